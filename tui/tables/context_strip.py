"""Each context in a table's header: its name, its state, and how its Stacks stand, as a bar or in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fleet.board.context_state import ContextState
from tui.widgets.cell_layout import clean_cell
from tui.widgets.header_and_keys import HeaderPiece
from views.tones import CONTEXT_STATE, STANDING, unless_good

BLOCKS: Mapping[str, str] = {"broken": "▇", "working": "▅", "ready": "▃"}
SIGNS: Mapping[str, str] = {"broken": "#", "working": "+", "ready": "-"}
"""the same in ASCII"""
_BAR = 6
"""cells of a bar"""
_SEEN = ("connected", "restricted")
"""states of contexts whose Stacks are counted even if there are none"""
_WORDS = {"absent": "without Stacks", "restricted": "in part"}


def state_word(state: str) -> str:
    """The word for one of `CONTEXT_STATES`."""
    return _WORDS.get(state, state)


def bar(counts: Mapping[str, int], width: int = _BAR) -> dict[str, int]:
    """How many of the cells each standing gets: its share, and at least one where there is any."""
    present = {word: counts[word] for word in STANDING if counts.get(word)}
    total = sum(present.values())
    cells = {word: max(1, round(width * count / total)) for word, count in present.items()}
    while cells and (excess := sum(cells.values()) - width):
        largest = max(cells, key=lambda word: cells[word])
        cells[largest] -= 1 if excess > 0 else -1
    return cells


def context_strip(
    states: Sequence[ContextState],
    counts: Mapping[str, Mapping[str, int]],
    now: float,
    fits: Callable[[list[HeaderPiece]], bool],
    *,
    ascii_only: bool = False,
) -> list[HeaderPiece] | None:
    """The contexts one by one, with bars if those fit, else with numbers; None if there is no room for that either."""
    if not fits([piece for state in states for piece in _named(state, now)]):
        return None
    signs = SIGNS if ascii_only else BLOCKS
    for part in (lambda those: _bar_pieces(those, signs), _number_pieces):
        pieces: list[HeaderPiece] = []
        for state in states:
            pieces += _named(state, now)
            if counts.get(state.name) or state.state(now) in _SEEN:
                pieces += part(counts.get(state.name, {}))
        if fits(pieces):
            return pieces
    return None


def standing_pieces(counts: Mapping[str, Mapping[str, int]], *, ascii_only: bool = False) -> list[HeaderPiece]:
    """All contexts together, which is what explains the bars: ``broken 9  working 8  ready 11``."""
    signs = SIGNS if ascii_only else BLOCKS
    sums = {word: sum(each.get(word, 0) for each in counts.values()) for word in STANDING}
    return [
        HeaderPiece(f"{signs[word]} {word} {sums[word]:,}", tone if sums[word] else "dim", 7)
        for word, tone in STANDING.items()
    ]


def _named(state: ContextState, now: float) -> list[HeaderPiece]:
    word = state.state(now)
    tone = unless_good(CONTEXT_STATE.get(word, ""))
    pieces = [HeaderPiece(clean_cell(state.name), tone or "strong", 1)]
    if word == "connected":
        return pieces
    pieces.append(HeaderPiece(state_word(word), tone, 2, close=True))
    if reason := clean_cell(state.reason(now)):
        pieces.append(HeaderPiece(f"({reason})", tone, 9, close=True))
    return pieces


def _bar_pieces(counts: Mapping[str, int], signs: Mapping[str, str]) -> list[HeaderPiece]:
    pieces = [
        HeaderPiece(signs[word] * cells, STANDING[word], 1, close=True, joined=place > 0)
        for place, (word, cells) in enumerate(bar(counts).items())
    ]
    return [*pieces, HeaderPiece(f"{sum(counts.values()):,}", "", 1, close=True)]


def _number_pieces(counts: Mapping[str, int]) -> list[HeaderPiece]:
    pieces = [HeaderPiece(f"{sum(counts.values()):,}", "", 1, close=True)]
    if broken := counts.get("broken"):
        pieces.append(HeaderPiece(f"({broken:,} broken)", STANDING["broken"], 1, close=True))
    return pieces
