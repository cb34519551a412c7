"""What an Application's page says of the Stacks that it holds, over the table of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fleet.board.rows import StackRow
from stacks.phases.phase import WAITING_PREREQUISITE, WAITING_SOURCE, is_broken
from tui.widgets.text_view import Stretch, TextLine, toned_line
from views.tones import STANDING, standing

_WORDS = {WAITING_PREREQUISITE: "waiting for another Stack", WAITING_SOURCE: "waiting for its source"}
"""phases whose own words go on with a name"""


def held_stacks_line(stacks: Sequence[StackRow], unseen: int) -> TextLine:
    """How many Stacks there are, and how many of them are doing what, the worst first, each in its colour.

    `unseen` are those that the Application lists and the board doesn't have.
    """
    more: list[Stretch] = [(f"{unseen} more can't be seen", "odd")] if unseen else []
    if not stacks:
        return toned_line("Stacks", ("none that can be seen", "dim"), *_after("; ", more))
    by_urgency = sorted(stacks, key=lambda row: row.rank)
    counts = Counter((_words(row), standing(row.phase, row.rank)) for row in by_urgency)
    counted: list[Stretch] = [(f"{count} {words}", STANDING[how]) for (words, how), count in counts.items()]
    held = f"holds {len(stacks)} {'Stack' if len(stacks) == 1 else 'Stacks'}: "
    return toned_line("Stacks", (held, ""), *_joined(counted), *_after("; ", more))


def _words(row: StackRow) -> str:
    """What it is doing; marked where that is mostly nothing to worry about, and is here."""
    kind = row.phase.kind
    words = _WORDS.get(kind, kind.words)
    return f"{words} !" if is_broken(row.rank) and not is_broken(kind.rank) else words


def _joined(parts: Sequence[Stretch]) -> Iterator[Stretch]:
    for place, part in enumerate(parts):
        if place:
            yield ", ", ""
        yield part


def _after(between: str, parts: Sequence[Stretch]) -> list[Stretch]:
    return [(between, ""), *parts] if parts else []
