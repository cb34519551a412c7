"""What a table has to know of its kind of rows: the columns, how rows are told apart, sorted, grouped and filtered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

from fleet.board.rows import AppRow, StackRow
from stacks.phases.phase import is_broken
from stacks.records.application import Application
from stacks.records.stack import Stack
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column, application_of, apps_by_urgency, by_urgency
from views.filter import FilterFields, app_filter_fields, stack_filter_fields

Row = TypeVar("Row")


@dataclass(frozen=True)
class TableSpec(Generic[Row]):
    """Everything that drawing and sorting a kind of row needs to know of it."""

    noun: str
    columns: tuple[Column[Row], ...]
    identity: Callable[[Row], Hashable]
    context: Callable[[Row], str]
    namespace: Callable[[Row], str]
    order: Callable[[Row], Any]
    """its natural order"""
    order_name: str
    filter_fields: Callable[[Row], FilterFields]
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


def _is_bad_app(row: AppRow) -> bool:
    return row.health in ("Degraded", "Missing") or row.operation in ("Failed", "Error", "Waiting for retry")


STACK_TABLE: TableSpec[StackRow] = TableSpec(
    noun="Stacks",
    columns=STACK_COLUMNS,
    identity=attrgetter("key"),
    context=attrgetter("key.context"),
    namespace=attrgetter("key.namespace"),
    order=by_urgency,
    order_name="urgency",
    groupings={
        "context": attrgetter("key.context"),
        "namespace": lambda row: f"{row.key.context} / {row.key.namespace}",
        "application": lambda row: application_of(row) or NOWHERE,
        "phase": attrgetter("phase.name"),
    },
    label=by_label,
    record=attrgetter("stack"),
    record_type=Stack,
    filter_fields=stack_filter_fields,
    broken=lambda row: is_broken(row.rank),
    verdict=attrgetter("health.status"),
    aging="updated",
    aging_else="phase",
)

APPLICATION_TABLE: TableSpec[AppRow] = TableSpec(
    noun="Applications",
    columns=APP_COLUMNS,
    identity=attrgetter("key"),
    context=attrgetter("key.context"),
    namespace=attrgetter("key.namespace"),
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
    filter_fields=app_filter_fields,
    broken=_is_bad_app,
    verdict=attrgetter("health"),
    aging="age",
    aging_else="health",
)
