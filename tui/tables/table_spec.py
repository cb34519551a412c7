"""How each kind of row looks: which columns matter most, what is coloured, what the filter can ask.

A tone is a word for a meaning (bad, busy, good, odd); the stylesheet says what colour that is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

from fleet.board.rows import AppRow, StackRow
from stacks.phases.phase_kinds import READY, is_broken
from stacks.records.application import Application
from stacks.records.stack import Stack
from stacks.text import one_line, plain
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column, apps_by_urgency, by_urgency, holder
from views.filter import FilterFields
from views.filter_fields import app_filter_fields, stack_filter_fields

Row = TypeVar("Row")

VERDICTS = ("Degraded", "Missing", "Progressing", "Suspended", "Unknown", "Healthy")
"""the order in which verdicts are counted aloud"""
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
class ColumnExtent:
    """The room of a column: it makes no sense below `least` cells and deserves no more than `most`.

    `weight` is how early it is left out where there is no room: 0 never, the largest first.
    """

    weight: int
    least: int
    most: int


@dataclass(frozen=True)
class TableSpec(Generic[Row]):
    """Everything that drawing and sorting a kind of row needs to know of it."""

    noun: str
    columns: tuple[Column[Row], ...]
    extents: Mapping[str, ColumnExtent]
    identity: Callable[[Row], Hashable]
    context: Callable[[Row], str]
    namespace: Callable[[Row], str]
    tone: Callable[[Row, str], str]
    """(row, column id) -> tone"""
    order: Callable[[Row], Any]
    """its natural order"""
    order_name: str
    subject: Callable[[Row], FilterFields]
    broken: Callable[[Row], bool]
    groupings: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    """what the rows can be grouped by"""
    label: Callable[[str], Callable[[Row], str]] | None = None
    """what groups the rows by a label"""
    record: Callable[[Row], Any] | None = None
    """the object behind a row, for columns of the user's own"""
    record_type: type[Any] | None = None
    verdict: Callable[[Row], str] | None = None
    """the word that is counted over the table"""
    aging: str = ""
    """the column in whose place the age of old data stands"""
    aging_else: str = ""
    """the column that tells it where that one isn't shown"""

    def grouping(self, name: str) -> Callable[[Row], str] | None:
        """What groups the rows so: one of the groupings, or ``label KEY``."""
        if name.startswith("label ") and self.label is not None:
            return self.label(name.removeprefix("label ").strip())
        return self.groupings.get(name)

    def column(self, column_id: str) -> Column[Row] | None:
        return next((column for column in self.columns if column.id == column_id), None)


NOWHERE = "(none)"
"""the group of the rows that have no Application, label or whatever it is"""


def by_label(key: str) -> Callable[[StackRow | AppRow], str]:
    """Groups by the value of a label."""

    def group(row: StackRow | AppRow) -> str:
        record = row.stack if isinstance(row, StackRow) else row.app
        return (record.metadata.labels or {}).get(key, "") or NOWHERE

    return group


def tidy(text: str) -> str:
    """Text that is safe in a cell, whatever it was."""
    return text if text.isprintable() else one_line(plain(text))


def _stack_tone(row: StackRow, column: str) -> str:
    if column == "health":
        return HEALTH_TONES.get(row.health.status, "odd")
    if column == "phase":
        return "bad" if is_broken(row.rank) else row.phase.kind.tone
    if column == "name":
        return "name"
    if column == "message" and row.phase.kind is READY:
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


def _is_bad_app(row: AppRow) -> bool:
    return row.health in ("Degraded", "Missing") or row.operation in ("Failed", "Error", "Waiting for retry")


STACK_FACE: TableSpec[StackRow] = TableSpec(
    noun="Stacks",
    columns=STACK_COLUMNS,
    extents={
        "name": ColumnExtent(0, 14, 40),
        "health": ColumnExtent(0, 11, 11),
        "phase": ColumnExtent(0, 22, 44),
        "context": ColumnExtent(1, 12, 24),
        "namespace": ColumnExtent(2, 12, 24),
        "updated": ColumnExtent(3, 7, 9),
        "application": ColumnExtent(4, 12, 30),
        "message": ColumnExtent(5, 20, 4000),
        "sync": ColumnExtent(6, 9, 9),
        "commit": ColumnExtent(7, 15, 15),
        "app-health": ColumnExtent(8, 11, 11),
        "stack": ColumnExtent(9, 24, 30),
    },
    identity=attrgetter("key"),
    context=attrgetter("key.context"),
    namespace=attrgetter("key.namespace"),
    tone=_stack_tone,
    order=by_urgency,
    order_name="urgency",
    groupings={
        "context": attrgetter("key.context"),
        "namespace": lambda row: f"{row.key.context} / {row.key.namespace}",
        "application": lambda row: holder(row) or NOWHERE,
        "phase": attrgetter("phase.name"),
    },
    label=by_label,
    record=attrgetter("stack"),
    record_type=Stack,
    subject=stack_filter_fields,
    broken=lambda row: is_broken(row.rank),
    verdict=attrgetter("health.status"),
    aging="updated",
    aging_else="phase",
)

APP_FACE: TableSpec[AppRow] = TableSpec(
    noun="Applications",
    columns=APP_COLUMNS,
    extents={
        "name": ColumnExtent(0, 14, 40),
        "sync": ColumnExtent(0, 9, 9),
        "health": ColumnExtent(0, 11, 11),
        "context": ColumnExtent(1, 12, 24),
        "namespace": ColumnExtent(2, 10, 20),
        "message": ColumnExtent(3, 20, 4000),
        "stacks": ColumnExtent(4, 12, 40),
        "operation": ColumnExtent(5, 9, 17),
        "destination": ColumnExtent(6, 16, 40),
        "age": ColumnExtent(7, 4, 8),
    },
    identity=attrgetter("key"),
    context=attrgetter("key.context"),
    namespace=attrgetter("key.namespace"),
    tone=_app_tone,
    order=apps_by_urgency,
    order_name="urgency",
    groupings={
        "context": attrgetter("key.context"),
        "namespace": lambda row: f"{row.key.context} / {row.key.namespace}",
        "sync": lambda row: row.sync or NOWHERE,
        "health": lambda row: row.health or NOWHERE,
    },
    label=by_label,
    record=attrgetter("app"),
    record_type=Application,
    subject=app_filter_fields,
    broken=_is_bad_app,
    verdict=attrgetter("health"),
    aging="age",
    aging_else="health",
)
