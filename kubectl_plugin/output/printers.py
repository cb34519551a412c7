"""What verbs print: rows as tables, JSON, YAML or CSV for stdout, and how far something is on stderr.

Cells are made harmless here: a name may come from a kubeconfig, and nobody has looked at it before. JSON and YAML mean
the very value, with an escape for each character that can't be seen.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from stacks.text import escaped_json, is_visible, one_line, plain
from views.tones import CONTRADICTED, HEALTH, STYLES, SYNC, difference_tone

GAP = "   "
"""between columns"""
NOTHING = "<none>"
"""in the place of an empty cell"""
TONE_CODES = {str(tone): style.sgr for tone, style in STYLES.items() if style.sgr}
_COLOURS = {word: TONE_CODES[tone] for word, tone in {**SYNC, **HEALTH, **CONTRADICTED}.items()}
_NAMES = frozenset({"CONTEXT", "NAMESPACE", "NAME", "APPLICATION", "STACK"})
"""the columns of words that people choose, which have no colour, whatever they are"""
DIFFERS = "DIFFERS"
"""the title of the column that says how two Stacks compare, which is the last one"""


def clean_cells(row: Iterable[str]) -> list[str]:
    """The cells of a row, each on one line and without anything that a terminal obeys."""
    return [one_line(plain(cell)) if not (cell.isascii() and cell.isprintable()) else cell for cell in row]


def widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """The width of each column in terminal cells: that of its widest text."""
    from unicodedata import east_asian_width  # here, as it is a megabyte to load, and only tables ask for it

    def cells(text: str) -> int:
        return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)

    longest: list[int] = []
    for row in rows:
        measured = [cells(cell) for cell in row]
        longest = [max(pair) for pair in zip(measured, longest or measured, strict=True)]
    return longest


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, headers: bool = True, colour: bool = False) -> str:
    """A table as kubectl prints it: columns three blanks apart, the last one as long as it is."""
    lines = [[cell or NOTHING for cell in clean_cells(row)] for row in rows]
    if headers:
        lines.insert(0, list(titles))
    return line_up(titles, lines, widths(lines), colour=colour)


def line_up(titles: Sequence[str], lines: Sequence[Sequence[str]], wide: Sequence[int], *, colour: bool = False) -> str:
    """Lines whose cells are padded to the widths `wide`, but for the last one of each.

    With `colour`, words of health and sync have theirs, but not in the columns of names, and so has what differs.
    """
    padded = []
    for line in map(clean_cells, lines):
        cells = [
            cell.ljust(width) if cell.isascii() else cell + " " * (width - widths([[cell]])[0])
            for cell, width in zip(line[:-1], wide[:-1], strict=True)
        ]
        last = line[-1]
        if colour:
            cells = [
                cell if title in _NAMES else painted(cell, _COLOURS.get(cell.rstrip()))
                for title, cell in zip(titles[:-1], cells, strict=True)
            ]
            last = painted(last, TONE_CODES.get(difference_tone(last))) if titles[-1] == DIFFERS else last
        padded.append(GAP.join([*cells, last]).rstrip() + "\n")
    return "".join(padded)


def painted(text: str, code: str | None) -> str:
    """The text in the colour of this SGR code, such as one of TONE_CODES; as it is without one."""
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def may_colour(stream: TextIO) -> bool:
    """Whether colour is wanted: on a terminal only, and never against NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def writes_unicode(stream: TextIO) -> bool:
    """Whether the stream's encoding has the characters of lines, and with them those of any name."""
    try:
        "└".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def as_text(item: Any, form: str) -> str:
    """An object or a list of them as indented JSON or as YAML, as `form` says: ``json`` or ``yaml``."""
    if form == "json":
        return escaped_json(json.dumps(item, indent=2, ensure_ascii=not writes_unicode(sys.stdout))) + "\n"
    import yaml  # here, as it takes 20 ms of the start, and few ask for it

    def dumped(unicode: bool) -> str:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return str(yaml.dump(item, Dumper=dumper, sort_keys=False, allow_unicode=unicode, width=1000))

    text = dumped(writes_unicode(sys.stdout))
    return text if is_visible(text) else dumped(False)


def as_json_line(item: Any) -> str:
    """One item as JSON on one line, for streams."""
    return escaped_json(json.dumps(item, ensure_ascii=not writes_unicode(sys.stdout), separators=(",", ":"))) + "\n"


def as_name(resource: str, name: str) -> str:
    """A line that names an object as kubectl takes it: ``KIND/NAME``."""
    return f"{resource}/{one_line(plain(name))}\n"


def as_csv(titles: Sequence[str], rows: Iterable[Sequence[str]], *, headers: bool = True) -> str:
    """Comma-separated values after RFC 4180."""
    out = io.StringIO()
    writer = csv.writer(out)
    if headers:
        writer.writerow(titles)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue()


class Progress:
    """Prints steps and counts. `piped`: also where stderr is no terminal, with each on a line of its own."""

    def __init__(self, *, piped: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._silent = not (self._terminal or piped)
        self._line = ""
        """the last count; on a terminal it stands there and is written over"""

    @property
    def rewrites(self) -> bool:
        """Whether a count is written over the one before: on a terminal."""
        return self._terminal

    def count(self, line: str) -> None:
        """How far the present step is, in the place of what was counted before."""
        if self._silent or line == self._line:
            return
        if self._terminal:
            print(f"\r{line:<{len(self._line)}}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self._line = line

    def step(self, line: str) -> None:
        """A new step, on a line that stays."""
        self.end()
        if not self._silent:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the last count where it is, and go on below it."""
        if self._terminal and self._line:
            print(file=sys.stderr)
        self._line = ""

    def wipe(self) -> None:
        if self._terminal and self._line:
            print(f"\r{'':<{len(self._line)}}\r", end="", file=sys.stderr, flush=True)
        self._line = ""
