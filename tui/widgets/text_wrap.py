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
    pieces: list[str] = []
    current, room = "", width
    for character in word:
        cells = cell_len(character)
        if cells > room and current:
            pieces.append(current)
            current, room = "", width
        current += character
        room -= cells
    return [*pieces, current]
