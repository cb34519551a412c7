"""A finding: something that gets in the way, or the reason why two answers differ, as a value."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from fleet.board.rows import Key

BROKEN, PROBLEM, MISLEADS, WAITING, NOTE = "broken", "problem", "misleads", "waiting", "note"
SEVERITIES = (BROKEN, PROBLEM, MISLEADS, WAITING, NOTE)
"""The worst first. `BROKEN`: something works for nobody, as an Argo CD for no Application. `PROBLEM`: needs a person.
`MISLEADS`: shows something else than what is. `WAITING`: heals by itself. `NOTE`: worth knowing, in nobody's way."""
CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
CERTAINTIES = (CERTAIN, LIKELY, POSSIBLE)
"""`CERTAIN`: what proves it was read, and what would contradict it, too. `LIKELY`: it looks like it, and the proof
couldn't be read, or there is none. `POSSIBLE`: it fits, and so does something else."""

NEVER, ON_CHANGE, WAITS, RUNS, RETRIES = "never", "on change", "waits", "runs", "retries"
"""What happens next, in brief. `NEVER`: a person has to act on it. `ON_CHANGE`: a change of the spec, of the source or
of the request ends it, and nothing else does. `WAITS`: something else has to happen, at no known time. `RETRIES`: it
is tried again and again, at no known time."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object in a cluster that a finding points to."""

    context: str
    namespace: str
    kind: str
    name: str
    container: str = ""
    """where a line of a pod's log is meant"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen, and where.

    `path` is a JSON pointer into the object, empty for the object as a whole, and of a line in a log
    ``log:<container>@<time>``. `text` is what stands there, or a part of it, as it may be shown. `time` is an instant.
    """

    object: ObjectRef
    path: str = ""
    text: str = ""
    time: float | None = None


@dataclass(frozen=True, slots=True)
class NextEvent:
    """What happens by itself, and the instant; None where nobody can tell when, or it has no time."""

    what: str
    at: float | None = None
    _: KW_ONLY
    heals: bool = True
    """whether that may end what was found; where not, it stays until somebody acts"""
    brief: str = ""
    """the same in two words where there is no instant: what it waits for (``on NAME``), or what the operator and the
    kubelet do meanwhile; empty where `heals` says it all"""

    @property
    def in_brief(self) -> str:
        """What happens where there is no instant, in two words: never empty."""
        return self.brief or (WAITS if self.heals else NEVER)


@dataclass(frozen=True, slots=True)
class NotHelpful:
    """What people would try first, and why it doesn't help. `action` is a verb's own word, or a few words."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class ActionArgument:
    """What a verb needs beside the object's name to help here: a flag of the command line, and its value."""

    verb: str
    flag: str
    value: str


@dataclass(frozen=True, slots=True)
class CausedBy:
    """Another Stack that this one waits for or suffers from, and the id of the deepest finding there."""

    key: Key
    id: str
    via: tuple[Key, ...] = field(default=(), compare=False)
    """the Stacks between, in the order in which one waits for the next"""
    title: str = field(default="", compare=False)
    """of that finding"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found, for people and for programs. Its `id` stays the same from release to release."""

    id: str
    severity: str
    title: str
    _: KW_ONLY
    subject: str = ""
    """what it is about, such as a key of argocd-cm; stands before the title. Findings of Stacks are grouped by it:
    the Secret that is missing, the holder of the lock"""
    evidence: tuple[Evidence, ...] = ()
    """what it rests on comes first"""
    next_step: str = ""
    """what a person can do; empty where nothing is known to help"""
    certainty: str = CERTAIN
    makes_certain: str = ""
    """what would make it certain, where it isn't"""
    since: float | None = None
    """the instant from which it is like this, as far as anything tells"""
    next: NextEvent | None = None
    actions: tuple[str, ...] = ()
    """the verbs that help, in the order in which they are done"""
    arguments: tuple[ActionArgument, ...] = ()
    """of these verbs, where they need any"""
    after_repair: tuple[str, ...] = ()
    """those of these verbs that help only once a person has repaired what is named; sent before, they fail again"""
    not_helpful: tuple[NotHelpful, ...] = ()
    unknown: tuple[str, ...] = ()
    """what couldn't be read that this finding would have needed, each with its reason"""
    caused_by: tuple[CausedBy, ...] = ()
    waits_for: tuple[Key, ...] = ()
    """Stacks whose own findings are behind this one; `caused_by` is made of it once they are known"""
    problem_at: float | None = None
    """the instant from which waiting for it counts as a problem; None where nothing but another event makes it one"""

    @property
    def stays(self) -> bool:
        """Whether it is a problem for certain, and nothing that happens by itself ends it."""
        severe = self.severity in (BROKEN, PROBLEM) and self.certainty == CERTAIN
        return severe and self.next is not None and not self.next.heals
