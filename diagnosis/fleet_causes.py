"""The causes of a whole fleet: findings of the same id about the same thing, in however many Stacks and contexts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from diagnosis.finding import NOTE, SEVERITIES, WAITING, Finding
from fleet.board.rows import Key


class Explained(Protocol):
    """What knows the findings of Stacks."""

    def findings(self, key: Key) -> Sequence[Finding]: ...


class CauseKey(NamedTuple):
    """Tells causes apart: the id, what it is about, and how severe it is there."""

    id: str
    about: str
    severity: str

    @property
    def name(self) -> str:
        return f"{self.id} {self.about}"


@dataclass(frozen=True, slots=True)
class FleetCause:
    """One cause over all Stacks that have it as their first finding, or suffer from it through another Stack."""

    id: str
    title: str
    key: str
    """what it is about: the Secret, the image, the lock's holder; empty where each Stack has its own"""
    severity: str
    stacks: tuple[Key, ...]
    since: float | None
    example: Finding
    """of the first of these Stacks: what happens next, what to do"""

    @property
    def identity(self) -> CauseKey:
        """The same whichever of its Stacks have it, where it is about something that they share."""
        return _identity(self.stacks[0], self.example)

    @property
    def contexts(self) -> list[str]:
        return list(dict.fromkeys(key.context for key in self.stacks))


class FleetTroubles(NamedTuple):
    """Why the Stacks of a fleet, or of a part of it, aren't fine."""

    causes: list[FleetCause]
    waiting: int
    """Stacks that only wait for what comes by itself, whose causes are left out"""
    unexplained: int
    """Stacks that are broken though nothing is found"""


def fleet_troubles(explained: Explained, keys: Iterable[Key], broken: Iterable[Key]) -> FleetTroubles:
    """The causes behind these Stacks without mere notes, and how many of the broken ones have none.

    Those for which Stacks only wait, with nothing broken about it, are told where there is nothing worse.
    """
    causes = [cause for cause in fleet_causes(explained, keys) if cause.severity != NOTE]
    known = {key for cause in causes for key in cause.stacks}
    in_trouble = set(broken)
    worse = [cause for cause in causes if not _only_waits(cause, in_trouble)]
    waiting = sum(len(cause.stacks) for cause in causes) - sum(len(cause.stacks) for cause in worse) if worse else 0
    return FleetTroubles(worse or causes, waiting, sum(key not in known for key in in_trouble))


def _only_waits(cause: FleetCause, broken: Set[Key]) -> bool:
    """Whether it is no problem, and none of its Stacks is broken or will count as such while it waits."""
    waits = cause.severity == WAITING and cause.example.problem_at is None
    return waits and broken.isdisjoint(cause.stacks)


def fleet_causes(explained: Explained, keys: Iterable[Key]) -> list[FleetCause]:
    """The causes behind these Stacks, problems first, and of equally severe ones the widest first."""
    found: dict[CauseKey, list[tuple[Key, Finding]]] = {}
    for key in keys:
        for finding in explained.findings(key)[:1]:
            found.setdefault(_identity(key, finding), []).append((key, finding))
    causes = [_cause(members) for members in found.values()]
    return sorted(causes, key=lambda each: (SEVERITIES.index(each.severity), -len(each.stacks), each.id, each.key))


def _identity(key: Key, finding: Finding) -> CauseKey:
    about = finding.subject or (str(key) if not finding.caused_by else finding.title)
    return CauseKey(finding.id, about, finding.severity)


def _cause(members: list[tuple[Key, Finding]]) -> FleetCause:
    first = members[0][1]
    times = [finding.since for _, finding in members if finding.since is not None]
    return FleetCause(
        first.id,
        first.title,
        first.subject,
        first.severity,
        tuple(key for key, _ in members),
        min(times, default=None),
        first,
    )
