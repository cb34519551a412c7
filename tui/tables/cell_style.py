"""What a line of a table says and how, before it becomes coloured cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.tables.groups import Group
from tui.tables.table_spec import TableSpec, tidy
from views.columns import Column
from views.tones import HEALTH, health_tone

Row = TypeVar("Row")

GONE = "gone"
"""in the place of an age: the row's object isn't there any more"""


@dataclass(frozen=True, slots=True)
class LineLook:
    """All that decides how a line looks. Two equal looks are drawn alike."""

    cells: tuple[str, ...]
    tones: tuple[str, ...]
    gutter: str
    style: str
    heading: bool = False
    """it is a group's own line: the cells are words in a row, and stand under no title"""


@dataclass(frozen=True, slots=True)
class LineState:
    """What a line's look depends on besides the row: the cursor (and whether it is active), the mark,
    and the age of the row's data, where that may not be true any more."""

    here: bool = False
    active: bool = True
    marked: bool = False
    old: str = ""

    @property
    def gutter(self) -> str:
        doubt = "-" if self.old == GONE else "~" if self.old else " "
        return f"{'>' if self.here else ' '}{'*' if self.marked else doubt}"

    @property
    def style(self) -> str:
        if self.here:
            return "cursor" if self.active else "cursor-blurred"
        return "marked" if self.marked else "stale" if self.old else ""


def row_look(face: TableSpec[Row], columns: Sequence[Column[Row]], row: Row, now: float, state: LineState) -> LineLook:
    """How the row looks in these columns. Under the cursor and in old rows meaning is told in words alone."""
    cells = [tidy(column.text(row, now)) for column in columns]
    if state.old:
        _tell_age(face, columns, cells, state.old)
    style = state.style
    tones = () if style else tuple([column.tone(row) for column in columns])
    return LineLook(tuple(cells), tones, state.gutter, style)


def heading_look(group: Group, state: LineState) -> LineLook:
    """How the line of a group looks: its name, how many there are, and the verdicts, the worst first."""
    words = [(f"{'[+]' if group.folded else '[-]'} {tidy(group.name)}", ""), (str(len(group.members)), "")]
    words += [(f"{word} {count}", health_tone(word)) for word, count in worst_first(group.verdicts)]
    plainly = state.here or not any(tone for _, tone in words)
    tones = () if plainly else tuple(tone for _, tone in words)
    return LineLook(tuple(text for text, _ in words), tones, state.gutter, state.style or "heading", heading=True)


def worst_first(tallies: Mapping[str, int]) -> list[tuple[str, int]]:
    """Verdicts with how many there are of each, in the order in which they matter."""
    others = [word for word in tallies if word and word not in HEALTH]
    return [(word, tallies[word]) for word in (*HEALTH, *others) if tallies.get(word)]


def _tell_age(face: TableSpec[Row], columns: Sequence[Column[Row]], cells: list[str], old: str) -> None:
    words = old if old == GONE else f"{old} old"
    ids = [column.id for column in columns]
    if face.aging in ids:
        cells[ids.index(face.aging)] = words
    elif face.aging_else in ids:
        place = ids.index(face.aging_else)
        cells[place] = f"{words}: {cells[place]}"
