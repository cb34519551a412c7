"""How each kind of row looks: which columns matter most, what is coloured, what the filter can ask.

A tone is a word for a meaning (bad, busy, good, odd); the stylesheet says what colour that is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from fleet.columns import APP_COLUMNS, STACK_COLUMNS, Column, apps_by_urgency, by_urgency, holder
from fleet.rows import AppRow, Key, StackRow
from stacks.phase import Phase
from stacks.text import one_line, plain
from stacks.urgency import is_broken
from tui.query import Subject

Row = TypeVar("Row")

HEALTH_TONES: Mapping[str, str] = {
    "Healthy": "good",
    "Progressing": "busy",
    "Suspended": "busy",
    "Degraded": "bad",
    "Missing": "bad",
    "Unknown": "odd",
}
_SYNC_TONES: Mapping[str, str] = {"Synced": "good", "OutOfSync": "busy", "Unknown": "odd"}
_OPERATION_TONES: Mapping[str, str] = {
    "Succeeded": "good",
    "Running": "busy",
    "Waiting for retry": "busy",
    "Failed": "bad",
    "Error": "bad",
    "Terminating": "busy",
}


@dataclass(frozen=True)
class Extent:
    """The room of a column: it makes no sense below `least` cells and deserves no more than `most`.

    `weight` is how early it is left out where there is no room: 0 never, the largest first.
    """

    weight: int
    least: int
    most: int


@dataclass(frozen=True)
class Face(Generic[Row]):
    """Everything that drawing and sorting a kind of row needs to know of it."""

    noun: str
    columns: tuple[Column[Row], ...]
    extents: Mapping[str, Extent]
    identity: Callable[[Row], Hashable]
    context: Callable[[Row], str]
    tone: Callable[[Row, str], str]
    """(row, column id) -> tone"""
    order: Callable[[Row], Any]
    """its natural order"""
    order_name: str
    subject: Callable[[Row], Subject]
    broken: Callable[[Row], bool]
    verdict: Callable[[Row], str] | None = None
    """the word that is counted over the table"""
    aging: str = ""
    """the column in whose place the age of old data stands"""
    aging_else: str = ""
    """the column that tells it where that one isn't shown"""

    def column(self, column_id: str) -> Column[Row] | None:
        return next((column for column in self.columns if column.id == column_id), None)


def tidy(text: str) -> str:
    """Text that is safe in a cell, whatever it was."""
    return text if text.isprintable() else one_line(plain(text))


def _key(row: StackRow | AppRow) -> Key:
    return row.key


def _context(row: StackRow | AppRow) -> str:
    return row.key.context


def _stack_tone(row: StackRow, column: str) -> str:
    if column == "health":
        return HEALTH_TONES.get(row.health.status, "odd")
    if column == "phase":
        return "bad" if is_broken(row.rank) else "" if row.phase.name in ("ready", "preview-only") else "busy"
    if column == "name":
        return "name"
    if column == "message" and row.phase.name == "ready":
        return "dim"
    if row.holder is not None and column == "sync":
        return _SYNC_TONES.get(row.holder.sync, "odd") if row.holder.sync != "Synced" else ""
    if row.holder is not None and column == "app-health":
        return HEALTH_TONES.get(row.holder.health, "odd") if row.holder.health != "Healthy" else ""
    return ""


def _app_tone(row: AppRow, column: str) -> str:
    if column == "health":
        return HEALTH_TONES.get(row.health, "odd")
    if column == "sync":
        return _SYNC_TONES.get(row.sync, "odd")
    if column == "operation":
        return _OPERATION_TONES.get(row.operation, "")
    return "name" if column == "name" else ""


def _stack_subject(row: StackRow) -> Subject:
    phase_word, health = row.phase.name, row.health.status.lower()
    text = _text(STACK_COLUMNS, row, skip=("updated", "phase"))
    sync = row.holder.sync.lower() if row.holder else ""
    return Subject(
        text=f"{text} {phase_word} {_timeless(phase_word, row.phase.detail)}",
        context=row.key.context.lower(),
        namespace=row.key.namespace.lower(),
        name=row.key.name.lower(),
        app=holder(row).lower(),
        statuses=(health, phase_word, sync),
        labels=row.stack.metadata.labels or {},
    )


def _app_subject(row: AppRow) -> Subject:
    return Subject(
        text=_text(APP_COLUMNS, row, skip=("age",)),
        context=row.key.context.lower(),
        namespace=row.key.namespace.lower(),
        name=row.key.name.lower(),
        app=row.key.name.lower(),
        statuses=(row.health.lower(), row.sync.lower(), row.operation.lower()),
        labels=row.app.metadata.labels or {},
    )


def _text(columns: tuple[Column[Row], ...], row: Row, skip: tuple[str, ...]) -> str:
    """What a reader sees in the columns, without what only time changes."""
    return " ".join([column.text(row, 0.0) for column in columns if column.id not in skip]).lower()


@lru_cache(maxsize=1024)
def _timeless(name: str, detail: str) -> str:
    """A phase in words, without the age that only time changes."""
    return Phase(name, detail).words(0.0).lower()


def _is_bad_app(row: AppRow) -> bool:
    return row.health in ("Degraded", "Missing") or row.operation in ("Failed", "Error", "Waiting for retry")


STACK_FACE: Face[StackRow] = Face(
    noun="Stacks",
    columns=STACK_COLUMNS,
    extents={
        "name": Extent(0, 14, 40),
        "health": Extent(0, 11, 11),
        "phase": Extent(0, 22, 44),
        "context": Extent(1, 12, 24),
        "namespace": Extent(2, 12, 24),
        "message": Extent(3, 20, 4000),
        "updated": Extent(4, 7, 9),
        "sync": Extent(5, 9, 9),
        "application": Extent(6, 14, 30),
        "commit": Extent(7, 15, 15),
        "app-health": Extent(8, 11, 11),
        "stack": Extent(9, 24, 30),
    },
    identity=_key,
    context=_context,
    tone=_stack_tone,
    order=by_urgency,
    order_name="urgency",
    subject=_stack_subject,
    broken=lambda row: is_broken(row.rank),
    verdict=lambda row: row.health.status,
    aging="updated",
    aging_else="phase",
)

APP_FACE: Face[AppRow] = Face(
    noun="Applications",
    columns=APP_COLUMNS,
    extents={
        "name": Extent(0, 14, 40),
        "sync": Extent(0, 9, 9),
        "health": Extent(0, 11, 11),
        "context": Extent(1, 12, 24),
        "namespace": Extent(2, 10, 20),
        "message": Extent(3, 20, 4000),
        "stacks": Extent(4, 6, 6),
        "operation": Extent(5, 9, 17),
        "destination": Extent(6, 16, 40),
        "age": Extent(7, 4, 8),
    },
    identity=_key,
    context=_context,
    tone=_app_tone,
    order=apps_by_urgency,
    order_name="urgency",
    subject=_app_subject,
    broken=_is_bad_app,
    verdict=lambda row: row.health,
    aging="age",
    aging_else="health",
)
