"""The columns of Stacks and Applications, for the board, the printed tables, filters and JSON.

A column is one entry here. Where it stands on the board and in ``get``, what sorts by it, what a filter finds in it,
which field of the JSON it is, its colour on the board and its room all follow from that entry. Printed tables colour
words of health and sync only; the words that ``status:`` takes stand in `views.filter`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from diagnosis.finding import NEVER, ON_CHANGE, RUNS, WAITS
from fleet.board.rows import AppRow, StackRow, short_commit
from fleet.board.stack_health import health_order
from stacks.phases.phase import (
    DESTROY_STUCK,
    DESTROYING,
    READY,
    RESYNCING,
    STALLED,
    UPDATING,
    WAITING_PREREQUISITE,
    WAITING_SOURCE,
    WAITING_WORKSPACE,
    WEDGED,
    Phase,
    PhaseKind,
    is_broken,
)
from stacks.times import instant, kubectl_age, prose_span, rfc3339
from views.tones import OPERATION, health_tone, health_word, phase_tone, sync_tone, unless_good

Row = TypeVar("Row")


@dataclass(frozen=True)
class ColumnWidth:
    """The room of a column in cells of the terminal: below `least` it makes no sense, more than `most` it doesn't need.

    `drop_order` is how early it is left out where there is no room: 0 never, the largest first.
    """

    drop_order: int
    least: int
    most: int
    together: bool = False
    """left out unless all others of its `drop_order` have room, too"""
    fills: bool = False
    """it gets the room that the others leave; where no column does, that is the last one"""
    least_wide: int = 0
    """what `least` is in a wide window, where that is another"""


def name_tone(row: Any) -> str:
    """The tone of the cell that says what its row is called."""
    return "name"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column. What is said of a cell is said of the row that it stands in.

    Rows whose `order` is the same stand by their keys (`in_order`), or lines would change places though
    nothing about them did.
    """

    id: str
    title: str
    text: Callable[[Row, float], str]
    """what stands in the cell at an instant"""
    order: Callable[[Row], Any]
    """what it is sorted by"""
    shortcut: str = ""
    """the key that sorts by it together with shift, or several of them with commas"""
    wide: bool = False
    """whether it is printed only with ``-o wide``"""
    width: ColumnWidth = ColumnWidth(1, 8, 40)
    tone: Callable[[Row], str] = lambda row: ""
    """the cell's tone (`views.tones`)"""
    is_time: bool = False
    """whether it shows a span of time: such a cell isn't searched, and rows without one are printed last"""
    search_text: Callable[[Row], str] | None = None
    """what a filter finds in it, where that isn't the text at any instant"""
    filter_word: str = ""
    """WORD of the filter term ``WORD:text`` that asks for this column alone"""
    filter_value: Callable[[Row], str] | None = None
    """what that term compares, where that isn't what is searched"""
    json_field: str = ""
    """the field of the JSON that holds it; empty where it is a part of another column's, or is no part of the JSON"""
    json_value: Callable[[Row, float], Any] | None = None
    """the field's value, where that isn't the text"""

    @property
    def filter_text(self) -> Callable[[Row], str]:
        """What ``WORD:text`` compares of a row; nothing that changes with time alone."""
        text = self.text
        return self.filter_value or self.search_text or (lambda row: text(row, 0.0))

    def json(self, row: Row, now: float) -> Any:
        return self.json_value(row, now) if self.json_value is not None else self.text(row, now)


def in_order(rows: Iterable[Row], order: Callable[[Row], Any], key: Callable[[Row], Any]) -> list[Row]:
    """These rows sorted; those that the order makes no difference between by their keys."""
    return sorted(sorted(rows, key=key), key=order)


def json_fields(columns: Iterable[Column[Row]], row: Row, now: float) -> dict[str, Any]:
    """What of a row's JSON its columns hold."""
    return {column.json_field: column.json(row, now) for column in columns if column.json_field}


def time_field(at: float | None) -> str | None:
    """An instant in the JSON: RFC 3339 in UTC, or null."""
    return None if at is None else rfc3339(at)


def _ago(at: float | None, now: float) -> str:
    return "" if at is None else kubectl_age(now - at)


# Stacks


def by_urgency(row: StackRow) -> tuple[Any, ...]:
    """The board's own order: the worst first, and of equally bad ones the oldest trouble."""
    phase = row.phase
    since = 0.0 if phase.kind is READY else phase.since
    return (row.rank, _NEVER if since is None else since)


_NEVER = float("inf")
"""later than every instant that is known"""


def application_of(row: StackRow) -> str:
    """The Application that holds the Stack; a question mark where its cluster could only be guessed."""
    if row.holder is None:
        return ""
    elsewhere = f"{row.holder.key.context}:" if row.holder.key.context != row.key.context else ""
    return f"{elsewhere}{row.holder.key.name}{'' if row.holder.certain else '?'}"


def health_shown(row: StackRow) -> str:
    """A Stack's word of health as it is shown; the JSON and filters have the word alone."""
    return health_word(row.health.status, broken=is_broken(row.rank))


def _commits(row: StackRow) -> str:
    """The applied commit, with an asterisk where it isn't the wanted one."""
    wanted, applied = short_commit(row.commit_wanted), short_commit(row.commit_applied)
    return f"{applied or 'none'}*" if wanted and wanted != applied else applied


def _both_commits(row: StackRow) -> str:
    return " ".join(dict.fromkeys([short_commit(row.commit_wanted), short_commit(row.commit_applied)]))


def _sync(row: StackRow) -> str:
    return row.holder.sync if row.holder else ""


def _app_health(row: StackRow) -> str:
    return row.holder.health if row.holder else ""


def _phase_searched(row: StackRow) -> str:
    return f"{row.phase.name} {_timeless(row.phase.kind, row.phase.detail)}"


@lru_cache(maxsize=1024)
def _timeless(kind: PhaseKind, detail: str) -> str:
    """A phase in words, without the age that only time changes."""
    return Phase(kind, detail).words(0.0)


def _phase_json(row: StackRow, now: float) -> dict[str, Any]:
    return {"name": row.phase.name, "text": row.phase.words(now), "since": time_field(row.phase.since)}


def _application_json(row: StackRow, now: float) -> dict[str, Any] | None:
    if row.holder is None:
        return None
    key = row.holder.key
    return {
        "context": key.context,
        "namespace": key.namespace,
        "name": key.name,
        "sync": row.holder.sync,
        "health": row.holder.health,
    }


def next_run(row: StackRow, now: float) -> str:
    """What comes next by the row alone: a countdown, what it waits for, or that nothing by itself does; else empty.

    Where something is found for the row, that knows better (`views.cause_column`).
    """
    phase = row.phase
    if (words := _WITHOUT_TIME.get(phase.kind)) is not None:
        return words  # whatever was planned before it came to this
    if phase.kind in (WAITING_PREREQUISITE, WAITING_SOURCE):
        return f"on {phase.detail.split()[0].rstrip(',')}" if phase.detail else WAITS
    if phase.kind is WAITING_WORKSPACE:
        return "on pod"
    if phase.kind in RUNNING and not is_broken(row.rank):
        return RUNS
    return "" if row.next_attempt is None else countdown(row.next_attempt, now)


def countdown(at: float, now: float) -> str:
    """How long it is to an instant: ``42s``, or that it is due."""
    return prose_span(at - now) if at > now else "due"


RUNNING = (UPDATING, RESYNCING, DESTROYING)
"""phases in which a run is at work"""
_WITHOUT_TIME = {WEDGED: NEVER, DESTROY_STUCK: NEVER, STALLED: ON_CHANGE}
"""when a phase that no timer ends is over"""


STACK_COLUMNS: tuple[Column[StackRow], ...] = (
    Column(
        "context", "CONTEXT", lambda r, now: r.key.context, lambda r: r.key.context, "X",
        width=ColumnWidth(1, 12, 24), filter_word="ctx", json_field="context",
    ),
    Column(
        "namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: r.key.namespace, "S",
        width=ColumnWidth(2, 12, 24), filter_word="ns", json_field="namespace",
    ),
    Column(
        "name", "NAME", lambda r, now: r.key.name, lambda r: r.key.name, "N",
        width=ColumnWidth(0, 14, 40), tone=name_tone, json_field="name",
    ),
    Column(
        "health", "HEALTH", lambda r, now: health_shown(r), lambda r: health_order(r.health.status), "H",
        width=ColumnWidth(0, 13, 13), tone=lambda r: health_tone(health_shown(r)),
        search_text=lambda r: r.health.status, filter_word="status",
        json_field="health", json_value=lambda r, now: {"status": r.health.status, "message": r.health.message},
    ),
    Column(
        "phase", "PHASE", lambda r, now: r.phase.words(now), lambda r: r.phase.name, "P",
        width=ColumnWidth(0, 22, 44), tone=lambda r: phase_tone(r.phase, r.rank),
        search_text=_phase_searched, filter_word="status", filter_value=lambda r: r.phase.name,
        json_field="phase", json_value=_phase_json,
    ),
    Column(
        "application", "APPLICATION", lambda r, now: application_of(r), application_of, "L",
        width=ColumnWidth(4, 12, 30), filter_word="app", json_field="application", json_value=_application_json,
    ),
    Column(
        "sync", "SYNC", lambda r, now: _sync(r), _sync, "Y",
        width=ColumnWidth(6, 9, 9), tone=lambda r: unless_good(sync_tone(_sync(r))), filter_word="status",
    ),
    Column(
        "app-health", "APP-HEALTH", lambda r, now: _app_health(r), _app_health, wide=True,
        width=ColumnWidth(8, 11, 11), tone=lambda r: unless_good(health_tone(_app_health(r))),
    ),
    Column(
        "commit", "COMMIT", lambda r, now: _commits(r), _commits, "O",
        width=ColumnWidth(7, 15, 15), search_text=_both_commits, filter_word="commit", json_field="commit",
        json_value=lambda r, now: {"wanted": r.commit_wanted or None, "applied": r.commit_applied or None},
    ),
    Column(
        "updated", "UPDATED", lambda r, now: _ago(r.updated_at, now), lambda r: -(r.updated_at or 0.0), "A",
        width=ColumnWidth(3, 7, 9), is_time=True,
    ),
    Column(
        "next", "NEXT", next_run, lambda r: r.next_attempt or _NEVER, "R",
        width=ColumnWidth(10, 7, 9), is_time=True, json_field="nextAttempt",
        json_value=lambda r, now: time_field(r.next_attempt),
    ),
    Column(
        "stack", "STACK", lambda r, now: r.stack.spec.stack, lambda r: r.stack.spec.stack, wide=True,
        width=ColumnWidth(9, 24, 30), filter_word="stack", json_field="stack",
    ),
    Column(
        "message", "MESSAGE", lambda r, now: r.message, lambda r: r.message, "M",
        width=ColumnWidth(5, 20, 4000), tone=lambda r: "dim" if r.phase.kind is READY else "", filter_word="message",
        json_field="message",
    ),
)  # fmt: skip


# Applications


def apps_by_urgency(row: AppRow) -> tuple[Any, ...]:
    """The Applications' own order: those that hold Stacks first, then the worst health."""
    return (not row.holds, health_order(row.health))


def _stacks_held(row: AppRow) -> str:
    """The Stacks that an Application holds, counted by their health, the worst first: ``1 Degraded, 3 Healthy``."""
    counts = [f"{count} {status}" for status, count in row.verdicts]
    return ", ".join([*counts, *([f"{row.unseen} not seen"] if row.unseen else [])])


def _operation_json(row: AppRow, now: float) -> dict[str, Any] | None:
    operation = row.app.status.operation_state if row.app.status else None
    if operation is None:
        return None
    return {
        "phase": operation.phase,
        "message": operation.message,
        "startedAt": operation.started_at or None,
        "finishedAt": operation.finished_at or None,
    }


def _destination_json(row: AppRow, now: float) -> dict[str, Any]:
    to = row.app.spec.destination
    return {"server": to.server or None, "name": to.name or None, "namespace": to.namespace or None}


def _stacks_json(row: AppRow, now: float) -> list[dict[str, Any]]:
    return [{"context": key.context, "namespace": key.namespace, "name": key.name} for key in row.holds]


APP_COLUMNS: tuple[Column[AppRow], ...] = (
    Column(
        "context", "CONTEXT", lambda r, now: r.key.context, lambda r: r.key.context, "X",
        width=ColumnWidth(1, 12, 24), filter_word="ctx", json_field="context",
    ),
    Column(
        "namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: r.key.namespace, "S",
        width=ColumnWidth(2, 10, 20), filter_word="ns", json_field="namespace",
    ),
    Column(
        "name", "NAME", lambda r, now: r.key.name, lambda r: r.key.name, "N",
        width=ColumnWidth(0, 14, 40), tone=name_tone, filter_word="app", json_field="name",
    ),
    Column(
        "sync", "SYNC", lambda r, now: r.sync, lambda r: r.sync, "Y",
        width=ColumnWidth(0, 9, 9), tone=lambda r: sync_tone(r.sync), filter_word="status", json_field="sync",
    ),
    Column(
        "health", "HEALTH", lambda r, now: r.health, lambda r: health_order(r.health), "H",
        width=ColumnWidth(0, 11, 11), tone=lambda r: health_tone(r.health), filter_word="status", json_field="health",
    ),
    Column(
        "operation", "OPERATION", lambda r, now: r.operation, lambda r: r.operation, "P",
        width=ColumnWidth(5, 9, 17), tone=lambda r: OPERATION.get(r.operation, ""), filter_word="status",
        json_field="operation", json_value=_operation_json,
    ),
    Column(
        "stacks", "STACKS", lambda r, now: _stacks_held(r), lambda r: -len(r.holds), "T",
        width=ColumnWidth(4, 12, 40), json_field="stacks", json_value=_stacks_json,
    ),
    Column(
        "destination", "DESTINATION", lambda r, now: r.destination, lambda r: r.destination, "E",
        width=ColumnWidth(6, 16, 40), json_field="destination", json_value=_destination_json,
    ),
    Column(
        "age", "AGE", lambda r, now: _ago(instant(r.app.metadata.creation_timestamp), now),
        lambda r: r.app.metadata.creation_timestamp, "A", wide=True, width=ColumnWidth(7, 4, 8), is_time=True,
        json_field="created", json_value=lambda r, now: r.app.metadata.creation_timestamp or None,
    ),
    Column(
        "message", "MESSAGE", lambda r, now: r.message, lambda r: r.message, "M",
        width=ColumnWidth(3, 20, 4000), filter_word="message", json_field="message",
    ),
)  # fmt: skip
