"""Groups of rows under headings: which there are, what is in them, and which are folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.tables.row_index import IndexedRow

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Heading:
    """The key of a group's own line."""

    group: str


@dataclass(frozen=True)
class Group:
    """What the heading of a group shows."""

    name: str
    members: tuple[Hashable, ...]
    verdicts: Mapping[str, int]
    """verdict -> how many of the rows have it"""
    folded: bool


class Groups(Generic[Row]):
    """Puts headings among the lines. A group stands where its first row would: sorted by urgency, the
    group with the worst row is the first.
    """

    def __init__(self, verdict: Callable[[Row], str] | None) -> None:
        self._verdict = verdict
        self._folded: set[str] = set()
        self._all_folded = False
        self.by_heading: dict[Hashable, Group] = {}

    def lines(self, rows: Sequence[IndexedRow[Row]]) -> list[Hashable]:
        """The keys of all lines: each heading, and the rows below it unless it is folded."""
        buckets: dict[str, list[IndexedRow[Row]]] = {}
        for indexed in rows:
            buckets.setdefault(indexed.group, []).append(indexed)
        self.by_heading = {}
        lines: list[Hashable] = []
        for name, members in buckets.items():
            keys = [indexed.key for indexed in members]
            heading = Heading(name)
            folded = self.is_folded(name)
            self.by_heading[heading] = Group(name, tuple(keys), self._count_verdicts(members), folded)
            lines.append(heading)
            if not folded:
                lines += keys
        return lines

    def is_folded(self, name: str) -> bool:
        """Whether only the heading of a group is shown."""
        return (name in self._folded) != self._all_folded

    def fold(self, name: str) -> None:
        """Show only the heading of this group, or all of it again."""
        self._folded ^= {name}

    def fold_all(self) -> None:
        """Show headings alone, or everything again."""
        anything_open = any(not group.folded for group in self.by_heading.values())
        self._folded.clear()
        self._all_folded = anything_open

    def _count_verdicts(self, members: Sequence[IndexedRow[Row]]) -> Mapping[str, int]:
        return Counter(map(self._verdict, [indexed.row for indexed in members])) if self._verdict is not None else {}
