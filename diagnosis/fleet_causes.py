"""The causes of a whole fleet: findings of the same id about the same thing, in however many Stacks and contexts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from diagnosis.finding import SEVERITIES, Finding
from fleet.board.rows import Key


class Explained(Protocol):
    """What knows the findings of Stacks."""

    def findings(self, key: Key) -> Sequence[Finding]: ...


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
    def contexts(self) -> list[str]:
        return list(dict.fromkeys(key.context for key in self.stacks))


def fleet_causes(explained: Explained, keys: Iterable[Key]) -> list[FleetCause]:
    """The causes behind these Stacks, problems first, and of equally severe ones the widest first."""
    found: dict[tuple[str, str, str], list[tuple[Key, Finding]]] = {}
    for key in keys:
        for finding in explained.findings(key)[:1]:
            about = finding.subject or (str(key) if not finding.caused_by else finding.title)
            found.setdefault((finding.id, about, finding.severity), []).append((key, finding))
    causes = [_cause(members) for members in found.values()]
    return sorted(causes, key=lambda each: (SEVERITIES.index(each.severity), -len(each.stacks), each.id, each.key))


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
