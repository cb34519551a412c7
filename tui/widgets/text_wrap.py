"""Long text in narrow windows, counted in cells."""

from __future__ import annotations

from rich.cells import cell_len


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
