"""What the two lines over a table say, as pieces that fit into any width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.contexts import ContextState
from stacks.times import age
from tui.faces import HEALTH_TONES, tidy
from tui.layout import cell

VERDICTS = ("Degraded", "Missing", "Progressing", "Suspended", "Unknown", "Healthy")
"""the order in which verdicts are counted aloud"""
_ALWAYS = ("Degraded", "Progressing", "Healthy", "Unknown")
_STATE_TONES = {"lost": "bad", "behind": "bad", "absent": "odd", "restricted": "odd", "connecting": "busy"}
_BETWEEN = "  "


@dataclass(frozen=True, slots=True)
class Piece:
    """A few words of a line. Where there is no room, the heaviest pieces are left out first."""

    text: str
    tone: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Summary:
    """Everything that the lines tell."""

    noun: str
    listed: int
    total: int
    contexts: Sequence[ContextState]
    tallies: Mapping[str, int] = field(default_factory=dict)
    sort: str = ""
    query: str = ""
    problem: str = ""
    only_broken: bool = False
    frozen: bool = False
    marked: int = 0
    writable: bool = False


def first_line(summary: Summary, now: float) -> list[Piece]:
    """What is looked at, where, and how well that can be seen."""
    of = f"{summary.listed} of {summary.total}" if summary.listed != summary.total else f"{summary.total}"
    return [
        Piece(f"{summary.noun} {of}", "strong"),
        *contexts(summary.contexts, now),
        Piece("writable" if summary.writable else "read-only", "odd" if summary.writable else "dim", 4),
    ]


def second_line(summary: Summary, now: float) -> list[Piece]:
    """The verdicts counted, how old the oldest data are, and what the reader has asked for."""
    asked = [
        Piece("frozen", "odd", 2) if summary.frozen else None,
        Piece("only broken", "odd", 2) if summary.only_broken else None,
        Piece(f"filter {summary.query}", "odd", 2) if summary.query else None,
        Piece(summary.problem, "bad", 1) if summary.problem else None,
        Piece(f"{summary.marked} marked", "odd", 3) if summary.marked else None,
        Piece(f"by {summary.sort}", "dim", 5),
        oldest(summary.contexts, now),
    ]
    return [*tallies(summary.tallies), *(piece for piece in asked if piece is not None)]


def contexts(states: Sequence[ContextState], now: float) -> list[Piece]:
    """How many contexts are in which state, with the reason for the first of each that isn't well."""
    if not states:
        return [Piece("no context is watched", "bad")]
    by_state: dict[str, list[ContextState]] = {}
    for state in states:
        by_state.setdefault(state.state(now), []).append(state)
    if len(states) == 1:
        return _single(states[0], now)
    if set(by_state) == {"connected"}:
        return [Piece(f"{len(states)} contexts connected", "", 1)]
    total = [Piece(f"{len(states)} contexts:", "", 3)]
    return total + [
        piece
        for word in ("connected", "connecting", "behind", "restricted", "absent", "lost")
        if word in by_state
        for piece in _group(word, by_state[word], now)
    ]


def _single(state: ContextState, now: float) -> list[Piece]:
    word = state.state(now)
    tone = _STATE_TONES.get(word, "")
    pieces = [Piece(f"{tidy(state.name)} {_word(word)}", tone, 1)]
    reason = state.reason(now)
    return [*pieces, Piece(f"({tidy(reason)})", tone, 3)] if reason else pieces


def _group(word: str, states: Sequence[ContextState], now: float) -> list[Piece]:
    tone = _STATE_TONES.get(word, "")
    count = Piece(f"{len(states)} {_word(word)}", tone, 1)
    if word == "connected":
        return [count]
    first = states[0]
    reason = tidy(first.reason(now))
    more = f", and {len(states) - 1} more" if len(states) > 1 else ""
    name = tidy(first.name)
    if word == "connecting":
        return [count, Piece(f"({name}{more})", tone, 3)]
    return [count, Piece(f"({name}: {reason}{more})" if reason else f"({name}{more})", tone, 2)]


def _word(state: str) -> str:
    return {"absent": "without Stacks", "restricted": "in part"}.get(state, state)


def tallies(counts: Mapping[str, int]) -> list[Piece]:
    """``Degraded 3`` and so on; verdicts that Stacks rarely have are told only where there are any."""
    others = [word for word in counts if word and word not in VERDICTS]
    words = [word for word in (*VERDICTS, *others) if counts.get(word) or word in _ALWAYS]
    return [
        Piece(f"{word} {counts.get(word, 0)}", HEALTH_TONES.get(word, "") if counts.get(word) else "dim")
        for word in words
    ]


def oldest(states: Iterable[ContextState], now: float) -> Piece | None:
    """How old the oldest data on the screen are, and whose."""
    ages = [(heard, state.name) for state in states if (heard := state.heard_age(now)) is not None]
    if not ages:
        return None
    seconds, name = max(ages)
    where = f" ({tidy(name)})" if len(ages) > 1 else ""
    return Piece(f"oldest data {age(seconds)}{where}", "dim", 4)


def squeezed(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """The pieces that fit, between blanks; the last one that had to stay may be cut."""
    kept = list(pieces)
    while len(kept) > 1 and _length(kept) > width:
        heaviest = max(range(len(kept)), key=lambda index: (kept[index].weight, index))
        if kept[heaviest].weight == 0:
            break
        excess = _length(kept) - width
        piece = kept[heaviest]
        if len(piece.text) - excess >= 12 and piece.weight <= 3:  # a reason cut short still says something
            kept[heaviest] = Piece(cell(piece.text, len(piece.text) - excess), piece.tone, piece.weight)
            break
        del kept[heaviest]
    fitting: list[Piece] = []
    left = width
    for piece in kept:
        left -= len(_BETWEEN) if fitting else 0
        if left <= 0:
            break
        fitting.append(piece if _cells(piece.text) <= left else Piece(cell(piece.text, left), piece.tone))
        left -= _cells(piece.text)
    return fitting


def _length(pieces: Sequence[Piece]) -> int:
    return sum(_cells(piece.text) for piece in pieces) + len(_BETWEEN) * (len(pieces) - 1)


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
