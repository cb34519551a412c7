"""What the two lines over a table say, as pieces that fit into any width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from fleet.board.context_state import ContextState
from stacks.times import age
from tui.tables.table_spec import tidy
from tui.widgets.cell_layout import cell
from views.tones import CONTEXT_STATE, HEALTH, health_tone, unless_good

_ALWAYS = ("Degraded", "Progressing", "Healthy", "Unknown")
_CUTTABLE = 3  # the weight of pieces that say something even if they are cut, such as reasons
_TELLING = 12  # cells


@dataclass(frozen=True, slots=True)
class HeaderPiece:
    """A few words of a line. Where there is no room, the heaviest pieces are left out first."""

    text: str
    tone: str = ""
    weight: int = 0
    close: bool = False
    """it belongs to the piece before it: one blank between them, not two"""

    @property
    def gap(self) -> str:
        return " " if self.close else "  "


@dataclass(frozen=True)
class HeaderFacts:
    """Everything that the lines tell."""

    noun: str
    listed: int
    total: int
    contexts: Sequence[ContextState]
    tallies: Mapping[str, int] | None = None
    sort: str = ""
    query: str = ""
    narrowed: str = ""
    grouped: str = ""
    only_broken: bool = False
    frozen: bool = False
    marked: int = 0
    marked_elsewhere: int = 0
    """of those, how many aren't listed"""
    writable: bool = False
    not_seen: int = 0
    """rows of contexts that can't be seen now, which aren't among the tallies"""


def first_line(summary: HeaderFacts, now: float) -> list[HeaderPiece]:
    """What is looked at, where, and how well that can be seen."""
    of = f"{summary.total:,}" if summary.listed == summary.total else f"{summary.listed:,} of {summary.total:,}"
    return [
        HeaderPiece(f"{summary.noun} {of}", "strong"),
        *([HeaderPiece(f"in {summary.narrowed}", "odd")] if summary.narrowed else []),
        *contexts(summary.contexts, now),
        HeaderPiece("writable" if summary.writable else "read-only", "odd" if summary.writable else "dim", 4),
    ]


def second_line(summary: HeaderFacts, now: float) -> list[HeaderPiece]:
    """The verdicts counted, how old the oldest data are, and what the reader has asked for."""
    asked = [
        HeaderPiece("frozen", "odd", 2) if summary.frozen else None,
        HeaderPiece("only broken", "odd", 2) if summary.only_broken else None,
        HeaderPiece(f"filter {summary.query}", "odd", 2) if summary.query else None,
        HeaderPiece(_marked(summary), "odd", 3) if summary.marked else None,
        HeaderPiece(f"grouped by {summary.grouped}", "dim", 5) if summary.grouped else None,
        HeaderPiece(f"by {summary.sort}", "dim", 5),
        oldest(summary.contexts, now),
    ]
    counted = tallies(summary.tallies) if summary.tallies is not None else []
    if summary.not_seen:
        counted.append(HeaderPiece(f"not seen now {summary.not_seen:,}", "odd", 1))
    return [*counted, *(piece for piece in asked if piece is not None)]


def _marked(summary: HeaderFacts) -> str:
    away = f" ({summary.marked_elsewhere} not listed)" if summary.marked_elsewhere else ""
    return f"{summary.marked} marked{away}"


def contexts(states: Sequence[ContextState], now: float) -> list[HeaderPiece]:
    """How many contexts are in which state, with the reason for the first of each that isn't well."""
    if not states:
        return [HeaderPiece("no context is watched", "bad")]
    by_state: dict[str, list[ContextState]] = {}
    for state in states:
        by_state.setdefault(state.state(now), []).append(state)
    if len(states) == 1:
        return _single(states[0], now)
    if set(by_state) == {"connected"}:
        return [HeaderPiece(f"{len(states)} contexts connected", "", 1)]
    words = [w for w in ("connected", "connecting", "behind", "restricted", "absent", "lost") if w in by_state]
    pieces = [HeaderPiece(f"{len(states)} contexts:", "", 2)]
    for word in words:
        pieces += _group(word, by_state[word], now, last=word == words[-1])
    return pieces


def _single(state: ContextState, now: float) -> list[HeaderPiece]:
    word = state.state(now)
    tone = unless_good(CONTEXT_STATE.get(word, ""))
    pieces = [HeaderPiece(f"{tidy(state.name)} {_word(word)}", tone, 1)]
    reason = state.reason(now)
    return [*pieces, HeaderPiece(f"({tidy(reason)})", tone, 3, close=True)] if reason else pieces


def _group(word: str, states: Sequence[ContextState], now: float, *, last: bool) -> list[HeaderPiece]:
    tone, comma = unless_good(CONTEXT_STATE.get(word, "")), "" if last else ","
    count = f"{len(states)} {_word(word)}"
    if word == "connected":
        return [HeaderPiece(f"{count}{comma}", tone, 1, close=True)]
    first, more = states[0], f", and {len(states) - 1} more" if len(states) > 1 else ""
    reason = f": {tidy(first.reason(now))}" if first.reason(now) else ""
    return [
        HeaderPiece(count, tone, 1, close=True),
        HeaderPiece(f"({tidy(first.name)}{reason}{more}){comma}", tone, 3, close=True),
    ]


def _word(state: str) -> str:
    return {"absent": "without Stacks", "restricted": "in part"}.get(state, state)


def tallies(counts: Mapping[str, int]) -> list[HeaderPiece]:
    """``Degraded 3`` and so on; verdicts that Stacks rarely have are told only where there are any."""
    others = [word for word in counts if word and word not in HEALTH]
    words = [word for word in (*HEALTH, *others) if counts.get(word) or word in _ALWAYS]
    return [_tally(word, counts.get(word, 0)) for word in words]


def _tally(word: str, count: int) -> HeaderPiece:
    return HeaderPiece(f"{word} {count}", health_tone(word)) if count else HeaderPiece(f"{word} 0", "dim", 6)


def oldest(states: Iterable[ContextState], now: float) -> HeaderPiece | None:
    """How old the oldest data on the screen are, and whose."""
    ages = [(heard, state.name) for state in states if (heard := state.heard_age(now)) is not None]
    if not ages:
        return None
    seconds, name = max(ages)
    where = f" ({tidy(name)})" if len(ages) > 1 else ""
    return HeaderPiece(f"oldest data {age(seconds)}{where}", "dim", 4)


def squeezed(pieces: Sequence[HeaderPiece], width: int) -> list[HeaderPiece]:
    """The pieces that fit, the heaviest left out or cut short; what had to stay may be cut at the end."""
    kept = list(pieces)
    while len(kept) > 1 and (excess := cells(kept) - width) > 0:
        heaviest = max(range(len(kept)), key=lambda index: (kept[index].weight, index))
        piece = kept[heaviest]
        if piece.weight == 0:
            break
        shorter = cell_len(piece.text) - excess
        if piece.weight == _CUTTABLE and shorter >= _TELLING:
            kept[heaviest] = replace(piece, text=cell(piece.text, shorter))
        else:
            del kept[heaviest]
    fitting: list[HeaderPiece] = []
    for piece in kept:
        left = width - cells(fitting) - (len(piece.gap) if fitting else 0)
        if left <= 0:
            break
        fitting.append(piece if cell_len(piece.text) <= left else replace(piece, text=cell(piece.text, left)))
    return fitting


def cells(pieces: Sequence[HeaderPiece]) -> int:
    """How long the pieces are in a line, with what stands between them."""
    return sum(cell_len(piece.text) + len(piece.gap) for piece in pieces) - (len(pieces[0].gap) if pieces else 0)
