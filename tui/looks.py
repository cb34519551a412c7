"""What a line of a table says and how, before it becomes coloured cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from fleet.columns import Column
from tui.faces import Face, tidy

Row = TypeVar("Row")

GONE = "gone"
"""in the place of an age: the row's object isn't there any more"""


@dataclass(frozen=True, slots=True)
class Look:
    """All that decides how a line looks. Two equal looks are drawn alike."""

    cells: tuple[str, ...]
    tones: tuple[str, ...]
    gutter: str
    style: str


@dataclass(frozen=True, slots=True)
class State:
    """What a line's look depends on besides the row: the cursor (and whether it is active), the mark,
    and the age of the row's data, where that may not be true any more."""

    here: bool = False
    active: bool = True
    marked: bool = False
    old: str = ""

    @property
    def gutter(self) -> str:
        return f"{'>' if self.here else ' '}{'*' if self.marked else '~' if self.old else ' '}"

    @property
    def style(self) -> str:
        if self.here:
            return "cursor" if self.active else "cursor-blurred"
        return "marked" if self.marked else "stale" if self.old else ""


def look(face: Face[Row], columns: Sequence[Column[Row]], row: Row, now: float, state: State) -> Look:
    """How the row looks in these columns. Under the cursor and in old rows meaning is told in words alone."""
    cells = [tidy(column.text(row, now)) for column in columns]
    if state.old:
        _tell_age(face, columns, cells, state.old)
    style = state.style
    tones = () if style else tuple([face.tone(row, column.id) for column in columns])
    return Look(tuple(cells), tones, state.gutter, style)


def _tell_age(face: Face[Row], columns: Sequence[Column[Row]], cells: list[str], old: str) -> None:
    words = old if old == GONE else f"{old} old"
    ids = [column.id for column in columns]
    if face.aging in ids:
        cells[ids.index(face.aging)] = words
    elif face.aging_else in ids:
        place = ids.index(face.aging_else)
        cells[place] = f"{words}: {cells[place]}"
