"""How much of a line each column gets, and text cut and wrapped to it, counted in cells.

Columns are added in their `drop_order` for as long as each still fits at its least width;
what is left then makes them as wide as their content, and the last one takes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from stacks.text import one_line, plain

GAP = 1
"""blank cells between two columns"""
CUT = "…"


@dataclass(frozen=True, slots=True)
class Need:
    """What a column asks for: the cells of its content, the fewest it makes sense with, the most it deserves.

    `drop_order` 0 is never left out.
    """

    content: int
    least: int
    most: int
    drop_order: int
    fills: bool = False
    together: bool = False
    """it isn't there without the others of its `drop_order`"""

    @property
    def wanted(self) -> int:
        """The width at which nothing of it is cut."""
        return min(max(self.content, 1), self.most)

    @property
    def narrowest(self) -> int:
        """The width below which it had better be left out."""
        return min(self.least, self.wanted) if not self.fills else self.least


def fit(needs: Sequence[Need], width: int) -> list[int]:
    """The width of each column, 0 for those that are left out. With the gaps they fill at most `width`."""
    chosen: list[int] = []
    used = 0
    for index in sorted(range(len(needs)), key=lambda i: needs[i].drop_order):
        cost = needs[index].narrowest + (GAP if chosen else 0)
        if needs[index].drop_order and used + cost + _cost_of_others(needs, index, chosen) > width:
            break  # a later column says little without the one before it: a sync without its Application
        chosen.append(index)
        used += cost
    widths = [0] * len(needs)
    for index in chosen:
        widths[index] = needs[index].narrowest
    _shrink(widths, chosen, used - width)
    spare = max(0, width - used)
    for index in chosen:  # those that matter most get theirs first
        more = min(spare, max(0, needs[index].wanted - widths[index])) if not needs[index].fills else 0
        widths[index] += more
        spare -= more
    for index in chosen:
        if needs[index].fills:
            widths[index] += spare
            break
    return widths


def clean_cell(text: str) -> str:
    """Text on one line without control characters, whatever it was: safe in a cell. Blanks before and in it stay."""
    if text.isascii() and text.isprintable():
        return text
    cleaned = plain(text)
    return cleaned if cleaned.isprintable() else one_line(cleaned)


def cell(text: str, width: int) -> str:
    """The text in exactly `width` cells, with a sign where something was cut."""
    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + CUT


def shifted(text: str, cells: int) -> str:
    if text.isascii():
        return text[cells:]
    skipped = 0
    for index, character in enumerate(text):
        if skipped >= cells:
            return text[index:]
        skipped += cell_len(character)
    return ""


def _cost_of_others(needs: Sequence[Need], index: int, chosen: Sequence[int]) -> int:
    """The cells that those take that are left out together with this one, and aren't chosen yet."""
    if not needs[index].together:
        return 0
    alike = (i for i, need in enumerate(needs) if need.drop_order == needs[index].drop_order)
    return sum(needs[i].narrowest + GAP for i in alike if i != index and i not in chosen)


def _shrink(widths: list[int], chosen: Sequence[int], excess: int) -> None:
    """Take what is too much from the widest, cell by cell: at least something of each stays."""
    while excess > 0:
        widest = max(chosen, key=lambda index: widths[index])
        if widths[widest] <= 1:
            return
        widths[widest] -= 1
        excess -= 1


def wrap_text(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken between words where that is possible.

    Line ends and indents of the text stay; only a word that is longer than a line is broken itself.
    """
    width = max(2, width)  # no character is wider than two cells
    return [piece for line in text.split("\n") for piece in _wrap_line(line, width)]


def _wrap_line(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    if len(indent) > width // 2:
        indent = ""
    lines: list[str] = []
    current, room = indent, width - len(indent)
    for word in line.split():
        cells = cell_len(word)
        gap = 1 if current != indent else 0
        if cells + gap <= room:
            current += " " * gap + word
            room -= cells + gap
            continue
        if current != indent:
            lines.append(current)
        *full, rest = chopped(word, width - len(indent))
        lines += [indent + piece for piece in full]
        current, room = indent + rest, width - len(indent) - cell_len(rest)
    return [*lines, current] if current.strip() or not lines else lines


def chopped(word: str, width: int) -> list[str]:
    """The word in pieces of at most `width` cells; at least one piece."""
    pieces, at = [], 0
    while (end := end_of_fit(word, at, width)) < len(word):
        pieces.append(word[at:end])
        at = end
    return [*pieces, word[at:]]


def end_of_fit(text: str, at: int, cells: int) -> int:
    """The index where the part of the text that begins `at` fills so many cells; it has one character at least."""
    index = at
    while index < len(text) and (cells := cells - cell_len(text[index])) >= 0:
        index += 1
    return max(index, min(at + 1, len(text)))
