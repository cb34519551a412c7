"""The columns of the table of contexts, what a filter finds there, and a row as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fleet.board.context_state import CONTEXT_STATES, ContextState
from stacks.times import kubectl_age
from stacks.versions import version_words
from views.columns import Column, ColumnWidth, name_tone, time_field
from views.context_counts import ContextCounts
from views.context_words import busy_word, is_saturated, lease_word, replicas_word, unseen_words
from views.filter import FilterFields
from views.json_output import context
from views.tones import CONTEXT_STATE, LEASE, STANDING


@dataclass(frozen=True)
class ContextRow:
    """A context, what is known of it at an instant, and what there is of it on the board."""

    state: ContextState
    word: str
    counts: ContextCounts

    @property
    def events(self) -> int:
        return sum(visibility.events for visibility in self.state.visibility.values())

    @property
    def is_broken(self) -> bool:
        """Whether it can't be seen, or nobody works on its Stacks."""
        return self.word in ("lost", "behind", "absent") or self.state.operator.has_leader is False


_NEVER = float("inf")


def _data_age(row: ContextRow, now: float) -> str:
    seconds = row.state.data_age(now)
    return "never" if seconds is None else kubectl_age(seconds)


def _oldest_at(row: ContextRow) -> float | None:
    oldest = row.counts.oldest
    return None if oldest is None else oldest.phase.since


def _oldest(row: ContextRow, now: float) -> str:
    if row.counts.oldest is None:
        return ""
    at = _oldest_at(row)
    return "?" if at is None else kubectl_age(now - at)


def _pko(row: ContextRow) -> str:
    return version_words(row.state.operator.version)


def _argo_cd(row: ContextRow) -> str:
    visibility = row.state.applications
    return row.state.argocd_version or ("none" if visibility.lost is not None and visibility.lost.absent else "?")


def _replicas_tone(row: ContextRow) -> str:
    workload = row.state.workload
    if workload.replicas is None or workload.available is None or workload.available >= workload.replicas > 0:
        return ""
    return "busy" if workload.available else "bad"


def _standing(word: str, title: str, drop_order: int, shortcut: str = "") -> Column[ContextRow]:
    """A column that counts the Stacks which stand so."""

    def count(row: ContextRow) -> int:
        return int(getattr(row.counts, word))

    return Column(
        word, title, lambda r, now: f"{count(r):,}", lambda r: -count(r), shortcut,
        width=ColumnWidth(drop_order, len(title), 7), tone=lambda r: STANDING[word] if count(r) else "dim",
    )  # fmt: skip


CONTEXT_COLUMNS: tuple[Column[ContextRow], ...] = (
    Column(
        "name", "CONTEXT", lambda r, now: r.state.name, lambda r: r.state.name, "X,N",
        width=ColumnWidth(0, 10, 40), tone=name_tone,
    ),
    Column(
        "state", "STATE", lambda r, now: r.state.state(now), lambda r: CONTEXT_STATES.index(r.word), "T",
        width=ColumnWidth(0, 10, 10), tone=lambda r: CONTEXT_STATE.get(r.word, ""),
    ),
    Column(
        "data", "DATA", _data_age, lambda r: r.state.stacks.last_event_at or 0.0, "A", width=ColumnWidth(4, 5, 8),
        is_time=True,
    ),
    _standing("broken", "BROKEN", 0, "R"),
    _standing("working", "WORKING", 8),
    _standing("ready", "READY", 7),
    Column(
        "oldest", "OLDEST", _oldest, lambda r: _oldest_at(r) or _NEVER, "O", width=ColumnWidth(3, 6, 8), is_time=True,
    ),
    Column("operator", "PKO", lambda r, now: _pko(r), _pko, width=ColumnWidth(9, 7, 18)),
    Column(
        "lease", "LEASE", lambda r, now: lease_word(r.state), lambda r: lease_word(r.state), "L",
        width=ColumnWidth(1, 6, 6), tone=lambda r: LEASE[lease_word(r.state)],
    ),
    Column(
        "replicas", "UP", lambda r, now: replicas_word(r.state.workload), lambda r: replicas_word(r.state.workload),
        width=ColumnWidth(10, 3, 7), tone=_replicas_tone,
    ),
    Column(
        "workers", "BUSY", lambda r, now: busy_word(r.state, r.counts), lambda r: -r.counts.busy, "Y",
        width=ColumnWidth(5, 5, 11), tone=lambda r: "bad" if is_saturated(r.state, r.counts) else "",
    ),
    Column(
        "queue", "QUEUE", lambda r, now: f"{len(r.counts.waiting):,}", lambda r: -len(r.counts.waiting), "Q",
        width=ColumnWidth(6, 5, 7), tone=lambda r: "busy" if r.counts.waiting else "dim",
    ),
    Column("stacks", "STACKS", lambda r, now: f"{r.counts.stacks:,}", lambda r: -r.counts.stacks, "S",
        width=ColumnWidth(13, 6, 7)),
    Column(
        "apps", "APPS", lambda r, now: f"{r.counts.apps:,}", lambda r: -r.counts.apps, "P", width=ColumnWidth(12, 4, 7)
    ),
    Column("events", "EVENTS", lambda r, now: f"{r.events:,}", lambda r: -r.events, "E", width=ColumnWidth(15, 6, 9)),
    Column(
        "server", "SERVER", lambda r, now: r.state.server_version or "?", lambda r: r.state.server_version,
        width=ColumnWidth(14, 7, 16),
    ),
    Column("argocd", "ARGO CD", lambda r, now: _argo_cd(r), _argo_cd, width=ColumnWidth(11, 7, 10)),
    Column(
        "hidden", "HIDDEN", lambda r, now: ", ".join(r.state.hidden), lambda r: r.state.hidden,
        width=ColumnWidth(16, 12, 40),
    ),
    Column(
        "reason", "NOT SEEN", lambda r, now: unseen_words(r.state, now), lambda r: unseen_words(r.state, 0.0), "M",
        width=ColumnWidth(2, 14, 4000),
    ),
)  # fmt: skip
_UNUSUAL = ("stacks", "events", "server", "hidden")
"""ids of the columns that have to be chosen: what they say is said elsewhere, or rarely asked for"""
USUAL_CONTEXT_COLUMNS = tuple(column.id for column in CONTEXT_COLUMNS if column.id not in _UNUSUAL)


def by_state(row: ContextRow) -> tuple[Any, ...]:
    """Those that can't be seen first, then those whose operator doesn't work. Counts don't move a line."""
    return (CONTEXT_STATES.index(row.word), row.state.operator.has_leader is not False)


def context_filter_fields(row: ContextRow) -> FilterFields:
    name = row.state.name.lower()
    text = " ".join([column.text(row, 0.0) for column in CONTEXT_COLUMNS]).lower()
    return FilterFields(text, context=name, name=name, statuses=(row.word,))


def context_row_fields(row: ContextRow, now: float) -> dict[str, Any]:
    """A context as ``get contexts -o json`` prints it, and what the board has counted beside that."""
    counts, oldest = row.counts, row.counts.oldest
    return {
        **context(row.state, now),
        "stacks": {"broken": counts.broken, "working": counts.working, "ready": counts.ready},
        "applications": counts.apps,
        "updates": {"running": counts.busy, "waiting": len(counts.waiting), "notLookedAt": counts.unclear},
        "oldestTrouble": None
        if oldest is None
        else {
            "namespace": oldest.key.namespace,
            "name": oldest.key.name,
            "phase": oldest.phase.name,
            "since": time_field(oldest.phase.since),
        },
    }
