"""The lock that keeps runs out of a backend of one's own: where it is told of, who made it, and whether that runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import SaidText
from diagnosis.facts.quoted_parts import failure_says, workspace_says
from diagnosis.facts.run_facts import LOCKED, KnownRun, last_run_of, runs_on_backend_stack
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import Evidence
from stacks.fields import text
from stacks.times import instant, rfc3339

_HOLDER = re.compile(r"created by (?P<who>.{1,200}?) \(pid (?P<pid>\d+)\) at (?P<time>\S+)")
_PATH = re.compile(r"/locks/(\S{1,300})/[0-9a-f-]{36}\.json")
_CLOCKS = 2.0
"""seconds by which the clock of a pod may be wrong"""

LockState: TypeAlias = Literal["live", "over", "old", "fresh", ""]
"""`live`: a run that works now made it. `over`: the run that made it has ended. `old`: it is older than every run that
is known. `fresh`: it was made while the run that found it had begun, so somebody works there. Empty: nobody can tell"""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who made a lock of a backend stack, as the lock says."""

    line: Evidence
    who: str
    """``user@host``"""
    pid: str
    time: float | None
    as_written: str

    def __str__(self) -> str:
        return f"{self.who} (pid {self.pid}) since {self.as_written}"

    @property
    def host(self) -> str:
        """The host on which it was made: for a run in a workspace the name of the pod."""
        return self.who.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class SeenLock:
    """A lock that a failed run, or the initialisation of the workspace, ran into."""

    said: Evidence
    at_start: bool
    """whether it was the initialisation of the workspace"""
    stack: str
    """the backend stack that is locked, which may be another than that of the spec"""
    holder: LockHolder | None
    """None where nobody says who holds it"""
    state: LockState
    run: KnownRun | None
    """the run that made it, where that is known"""


def lock_in_the_way(facts: StackFacts, fleet: FleetFacts) -> SeenLock | None:
    """The lock that keeps the Stack from running; None where nothing tells of one."""
    said = failure_says(facts, LOCKED) if facts.failing else None
    messages = facts.failure_messages
    at_start = said is None
    if said is None:
        said, messages = workspace_says(facts, LOCKED), facts.workspace_messages
    if said is None:
        return None
    holder = _holder(facts, messages)
    state, run = _state_of_lock(facts, fleet, holder, at_start=at_start)
    return SeenLock(said, at_start, _locked_stack(facts, messages), holder, state, run)


def _locked_stack(facts: StackFacts, messages: Sequence[SaidText]) -> str:
    """The backend stack that is locked, by the lock's path."""
    own = text(facts.spec, "stack")
    for _, _, message in messages:
        found = _PATH.search(message)
        if found is not None and not f"/{own}".endswith(f"/{found[1]}"):
            return found[1]
    return own


def _holder(facts: StackFacts, messages: Sequence[SaidText]) -> LockHolder | None:
    """Who holds the lock, by the first of them that is named."""
    for obj, path, message in messages:
        for line in message.splitlines():
            found = _HOLDER.search(line)
            if found is not None:
                time = instant(found["time"])
                written = rfc3339(time) if time is not None else found["time"]
                quote = facts.objects.quote(obj, *path, part=line.strip(), time=time)
                return LockHolder(quote, found["who"].strip(), found["pid"], time, written)
    return None


def _state_of_lock(
    facts: StackFacts, fleet: FleetFacts, holder: LockHolder | None, *, at_start: bool
) -> tuple[LockState, KnownRun | None]:
    """What is known of whoever made the lock, and the run that did, where that is known."""
    if holder is None or holder.time is None:
        return "", None
    made, refused = holder.time, last_run_of(facts)
    runs = [run for run in runs_on_backend_stack(facts, fleet) if text(run.update, "metadata", "name") != refused.name]
    begun = [run for run in runs if run.began - _CLOCKS <= made and not _met_a_lock(run)]
    for run in begun:
        if run.ended is None:
            return "live", run
    for run in begun:
        if run.ended is not None and made <= run.ended + _CLOCKS:
            return "over", run
    if not at_start and refused.began is not None and made >= refused.began:
        return "fresh", None
    return ("old" if runs and all(made < run.began for run in runs) else ""), None


def _met_a_lock(run: KnownRun) -> bool:
    """Whether a run was itself refused for a lock, and so made none."""
    return LOCKED in text(run.update, "status", "message")
