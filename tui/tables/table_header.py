"""What the two lines over a table say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from rich.cells import cell_len

from fleet.board.context_state import ContextState
from stacks.times import kubectl_age
from tui.tables.context_strip import context_strip, standing_pieces, state_word
from tui.widgets.cell_layout import cell, clean_cell
from tui.widgets.header_and_keys import CUTTABLE, SHORTEST_CUT, HeaderPiece, cells
from views.tones import CONTEXT_STATE, HEALTH_COUNTED, health_tone, unless_good

_ALWAYS = ("Degraded", "Progressing", "Healthy", "Unknown")


@dataclass(frozen=True)
class HeaderFacts:
    noun: str
    listed: int
    total: int
    contexts: Sequence[ContextState]
    health_counts: Mapping[str, int] | None = None
    sort: str = ""
    query: str = ""
    scope: str = ""
    """the contexts and namespaces that are listed, where that isn't all"""
    grouped: str = ""
    only_broken: bool = False
    frozen: bool = False
    marked: int = 0
    marked_elsewhere: int = 0
    """of those, how many aren't listed"""
    writable: bool = False
    standing_counts: Mapping[str, Mapping[str, int]] | None = None
    """context -> how many listed rows stand how"""
    width: int = 0
    """cells of a line; 0 where that isn't known"""
    ascii_only: bool = False
    unseen: int = 0
    """rows of contexts that can't be seen now, which aren't counted"""


def first_line(facts: HeaderFacts, now: float) -> list[HeaderPiece]:
    """What is looked at, where, and how well that can be seen."""
    of = f"{facts.total:,}" if facts.listed == facts.total else f"{facts.listed:,} of {facts.total:,}"
    head = [
        HeaderPiece(f"{facts.noun} {of}", "head"),
        *([HeaderPiece(f"in {facts.scope}", "odd")] if facts.scope else []),
    ]
    mode = HeaderPiece("writable" if facts.writable else "read-only", "odd" if facts.writable else "dim", 4)
    return [*head, *_context_pieces(facts, now, [*head, mode]), mode]


def _context_pieces(facts: HeaderFacts, now: float, beside: list[HeaderPiece]) -> list[HeaderPiece]:
    """The contexts, one by one where there is room beside these pieces."""
    counts = facts.standing_counts
    if counts is None or len(facts.contexts) < 2:
        alone = contexts(facts.contexts, now)
        return [*alone, *standing_pieces(counts, ascii_only=facts.ascii_only)] if counts else alone

    def fits(pieces: list[HeaderPiece]) -> bool:
        return cells([*beside, *map(_at_least, pieces)]) <= facts.width - 2

    one_by_one = context_strip(facts.contexts, counts, now, fits, ascii_only=facts.ascii_only)
    pieces = one_by_one if one_by_one is not None else contexts(facts.contexts, now)
    return [*pieces, *standing_pieces(counts, ascii_only=facts.ascii_only)]


def _at_least(piece: HeaderPiece) -> HeaderPiece:
    """What is left of a piece where there is little room."""
    return (
        replace(piece, text=cell(piece.text, SHORTEST_CUT))
        if piece.drop_order == CUTTABLE and cell_len(piece.text) > SHORTEST_CUT
        else piece
    )


def second_line(facts: HeaderFacts, now: float) -> list[HeaderPiece]:
    """Health words counted, how old the oldest data are, and what the reader has asked for."""
    asked = [
        HeaderPiece("frozen", "odd", 2) if facts.frozen else None,
        HeaderPiece("only broken", "odd", 2) if facts.only_broken else None,
        HeaderPiece(f"filter {facts.query}", "odd", 2) if facts.query else None,
        HeaderPiece(_marked(facts), "odd", 3) if facts.marked else None,
        HeaderPiece(f"grouped by {facts.grouped}", "dim", 5) if facts.grouped else None,
        HeaderPiece(f"by {facts.sort}", "dim", 5),
        oldest(facts.contexts, now),
    ]
    counted = health_pieces(facts.health_counts) if facts.health_counts is not None else []
    if facts.unseen:
        counted.append(HeaderPiece(f"not seen now {facts.unseen:,}", "odd", 1))
    return [*counted, *(piece for piece in asked if piece is not None)]


def _marked(facts: HeaderFacts) -> str:
    away = f" ({facts.marked_elsewhere} not listed)" if facts.marked_elsewhere else ""
    return f"{facts.marked} marked{away}"


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
    pieces = [HeaderPiece(f"{clean_cell(state.name)} {state_word(word)}", tone, 1)]
    reason = state.reason(now)
    return [*pieces, HeaderPiece(f"({clean_cell(reason)})", tone, 3, close=True)] if reason else pieces


def _group(word: str, states: Sequence[ContextState], now: float, *, last: bool) -> list[HeaderPiece]:
    tone, comma = unless_good(CONTEXT_STATE.get(word, "")), "" if last else ","
    count = f"{len(states)} {state_word(word)}"
    if word == "connected":
        return [HeaderPiece(f"{count}{comma}", tone, 1, close=True)]
    first, more = states[0], f", and {len(states) - 1} more" if len(states) > 1 else ""
    reason = f": {clean_cell(first.reason(now))}" if first.reason(now) else ""
    return [
        HeaderPiece(count, tone, 1, close=True),
        HeaderPiece(f"({clean_cell(first.name)}{reason}{more}){comma}", tone, 3, close=True),
    ]


def health_pieces(counts: Mapping[str, int]) -> list[HeaderPiece]:
    """``Degraded 3`` and so on; words that Stacks rarely have are told only where there are any."""
    others = [word for word in counts if word and word not in HEALTH_COUNTED]
    words = [word for word in (*HEALTH_COUNTED, *others) if counts.get(word) or word in _ALWAYS]
    return [_health_piece(word, counts.get(word, 0)) for word in words]


def _health_piece(word: str, count: int) -> HeaderPiece:
    return HeaderPiece(f"{word} {count}", health_tone(word)) if count else HeaderPiece(f"{word} 0", "dim", 6)


def oldest(states: Iterable[ContextState], now: float) -> HeaderPiece | None:
    """How old the oldest data on the screen are, and whose."""
    ages = [(heard, state.name) for state in states if (heard := state.data_age(now)) is not None]
    if not ages:
        return None
    seconds, name = max(ages)
    where = f" ({clean_cell(name)})" if len(ages) > 1 else ""
    return HeaderPiece(f"oldest data {kubectl_age(seconds)}{where}", "dim", 4)
