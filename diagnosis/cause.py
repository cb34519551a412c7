"""A cause: one entry of the catalogue, with how it is found, and what there is to say of it in general."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from diagnosis.facts.application_facts import ApplicationFacts
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import Finding, NotHelpful
from stacks.versions import PkoVersion

SubjectFacts = TypeVar("SubjectFacts", StackFacts, ApplicationFacts)
"""what a cause is found with"""

EVERYTHING = "*"
"""in `Cause.beats`: every other cause of that Stack, where what is found is more than a note"""
OPERATOR, SPEC, PREREQUISITE, POD, AGENT, INITIALISATION, RUN, WEDGE, ARGOCD = range(1, 10)
"""How deep a cause lies; what lies deeper comes first."""


@dataclass(frozen=True, slots=True)
class Cause(Generic[SubjectFacts]):
    """One cause for which a Stack or an Application can be stuck.

    All texts but the title are Markdown for docs/troubleshooting.md.
    """

    id: str
    depth: int
    title: str
    """in plain words, for anything that it is found with"""
    symptom: str
    """what a reader sees of it: conditions, events, lines of logs"""
    explanation: str
    by_itself: str
    """what happens without anybody's doing, and when"""
    way_out: str
    versions: str
    """of PKO, or of Argo CD, in which it exists"""
    find: Callable[[SubjectFacts, FleetFacts], Finding | None]
    """finds it with one Stack or Application. It leaves `id` empty, and also `title`, `actions` and `not_helpful` where
    those of this entry hold: they are filled in from it"""
    helps: tuple[str, ...] = ()
    """the verbs that help, in their order"""
    after_repair: tuple[str, ...] = ()
    """the verbs that help only once a person has repaired what is found"""
    waits_alone: bool = False
    """whether a finding that only waits is best left alone: then the verbs that help aren't offered"""
    not_helpful: tuple[NotHelpful, ...] = ()
    beats: tuple[str, ...] = ()
    """ids of causes that aren't said beside this one: it explains what they rest on; or `EVERYTHING`"""
    yields_to: tuple[int, ...] = ()
    """depths of which any finding but a note says why; then this one isn't said"""
    of_fine_stacks: bool = False
    """whether it is said of Stacks that are fine by themselves, too: what is wrong around them"""
    since: PkoVersion = (1, 0, 0)
    """the version of PKO from which on it can be; of a Stack's cause that rests on what older ones don't have"""


AnyCause: TypeAlias = Cause[StackFacts] | Cause[ApplicationFacts]
