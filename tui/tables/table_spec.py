"""What a table has to know of its kind of rows: the columns, its own or the chosen ones; how rows are told apart,
sorted, grouped and filtered; and the age of those that can't be seen now.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar

from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from settings.state_file import ColumnChoice
from stacks.phases.phase import is_broken
from stacks.records.application import Application
from stacks.records.stack import Stack
from stacks.times import kubectl_age
from views.columns import (
    APP_COLUMNS,
    STACK_COLUMNS,
    Column,
    ColumnWidth,
    application_of,
    apps_by_urgency,
    by_urgency,
    health_shown,
)
from views.commit_column import commit_column
from views.field_paths import PathError, own_column
from views.filter import FIELD_WORDS, FilterFields
from views.filter_fields import app_filter_fields, stack_filter_fields
from views.tones import standing

Row = TypeVar("Row")


@dataclass(frozen=True)
class TableSpec(Generic[Row]):
    """Everything that drawing and sorting a kind of row needs to know of it."""

    noun: str
    columns: tuple[Column[Row], ...]
    identity: Callable[[Row], Hashable]
    order_name: str
    filter_fields: Callable[[Row], FilterFields]
    filter_words: tuple[str, ...] = FIELD_WORDS
    """the fields that a filter may ask of its rows"""
    commit_column: Callable[[Callable[[], tuple[str, ...]]], Column[Row]] | None = None
    """made with a look-up of the commits that the filter asks for, it stands behind the name, in place of the column of
    that id, for as long as it asks for any"""
    context: Callable[[Row], str] = attrgetter("context")
    namespace: Callable[[Row], str] = lambda row: ""
    order: Callable[[Row], Any] = attrgetter("place")
    """its natural order"""
    broken: Callable[[Row], bool] = lambda row: False
    groupings: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    """what the rows can be grouped by"""
    label: Callable[[str], Callable[[Row], str]] | None = None
    """what groups the rows by a label"""
    record: Callable[[Row], Any] | None = None
    """the object behind a row, for columns of the user's own"""
    record_type: type[Any] | None = None
    health: Callable[[Row], str] | None = None
    """the word that is counted over the table"""
    standing: Callable[[Row], str] | None = None
    """how a row stands, a word of `views.tones.STANDING`, counted for each context"""
    usual: tuple[str, ...] = ()
    """ids of the columns that are shown where nothing was chosen; none: all of them"""
    stale_age_column: str = ""
    """the column in whose place the age of old data stands"""
    stale_age_fallback: str = ""
    """the column that tells it where that one isn't shown"""

    def grouping(self, name: str) -> Callable[[Row], str] | None:
        """What groups the rows so: one of the groupings, or ``label KEY``."""
        if name.startswith("label ") and self.label is not None:
            return self.label(name.removeprefix("label ").strip())
        return self.groupings.get(name)

    def column(self, column_id: str) -> Column[Row] | None:
        return next((column for column in self.columns if column.id == column_id), None)

    @property
    def usual_columns(self) -> tuple[ColumnChoice, ...]:
        return tuple(ColumnChoice(column) for column in self.usual or (each.id for each in self.columns))


def page_column(
    column_id: str,
    title: str,
    text: Callable[[Row, float], str],
    width: tuple[int, int, int],
    tone: Callable[[Row], str] = lambda row: "",
) -> Column[Row]:
    """A column of a table inside a page, which isn't sorted by its columns. `width`: see `ColumnWidth`."""
    return Column(column_id, title, text, lambda row: 0, width=ColumnWidth(*width), tone=tone)


NOWHERE = "(none)"
"""the group of the rows that have no Application, label or whatever it is"""


def by_label(key: str) -> Callable[[StackRow | AppRow], str]:
    def group(row: StackRow | AppRow) -> str:
        record = row.stack if isinstance(row, StackRow) else row.app
        return (record.metadata.labels or {}).get(key, "") or NOWHERE

    return group


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
    filter_words=stack_filter_fields.words,
    commit_column=commit_column,
    broken=lambda row: is_broken(row.rank),
    health=health_shown,
    standing=lambda row: standing(row.phase, row.rank),
    stale_age_column="updated",
    stale_age_fallback="phase",
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
    filter_words=app_filter_fields.words,
    broken=attrgetter("is_broken"),
    health=attrgetter("health"),
    stale_age_column="age",
    stale_age_fallback="health",
)
WIDEST = 200
"""cells that a column can be made wide"""


def with_columns(spec: TableSpec[Row], chosen: Sequence[ColumnChoice]) -> TableSpec[Row]:
    """The table with these columns in this order. Those that don't exist (any more) are left out; if none is left, the
    table with its usual ones.
    """
    columns = _known_columns(spec, chosen) or _known_columns(spec, spec.usual_columns)
    return replace(spec, columns=tuple(columns))


def with_asked_commits(spec: TableSpec[Row], asked: Callable[[], tuple[str, ...]]) -> TableSpec[Row]:
    """The table as it is while a filter asks for commits: they stand behind the name, and where a row is comes before
    all that says how it is.
    """
    if spec.commit_column is None:
        return spec
    own = spec.commit_column(asked)
    columns = [_beside_commits(column) for column in spec.columns if column.id != own.id]
    place = next((place for place, column in enumerate(columns, 1) if column.id == "name"), 0)
    return replace(spec, columns=(*columns[:place], own, *columns[place:]))


_LEAST_BESIDE = 4
"""cells of the filling column below which it is left out, beside what a wide window has for it"""


def _beside_commits(column: Column[Row]) -> Column[Row]:
    width = column.width
    if width.fills:
        return replace(column, width=replace(width, least=_LEAST_BESIDE))
    return replace(column, width=replace(width, drop_order=1)) if column.id == "namespace" else column


def _known_columns(spec: TableSpec[Row], chosen: Sequence[ColumnChoice]) -> list[Column[Row]]:
    columns: list[Column[Row]] = []
    for one in chosen:
        column = column_of(spec, one.id)
        if column is None or column.id in {other.id for other in columns}:
            continue
        width = min(one.width, WIDEST)
        chosen_width = ColumnWidth(column.width.drop_order, width, width) if width > 0 else column.width
        columns.append(replace(column, width=chosen_width))
    return columns


def column_of(spec: TableSpec[Row], name: str) -> Column[Row] | None:
    """A column by its id, or the one that a path makes; None if there is none."""
    if (known := spec.column(name)) is not None:
        return known
    try:
        return own_column_of(spec, name)
    except PathError:
        return None


def own_column_of(spec: TableSpec[Row], name: str) -> Column[Row]:
    """The column that a path makes. Raises PathError if `name` is none, or leads nowhere."""
    if not name.startswith((".", "[")) or spec.record is None or spec.record_type is None:
        there_are = ", ".join(column.id for column in spec.columns)
        raise PathError(f"there is no column {name!r}; there are {there_are}, and paths such as .spec.branch")
    try:
        return own_column(name, spec.record, spec.record_type)
    except PathError as error:
        raise PathError(f"{name}: {error}") from None


def stack_ages(contexts: Iterable[ContextState], now: float) -> dict[str, str]:
    """Context -> the age of what is shown of its Stacks, in words, for the contexts that can't be seen now."""
    return {context.name: _words(context.stacks.last_event_at, now) for context in contexts if context.stale(now)}


def seen_at(contexts: Iterable[ContextState], now: float) -> dict[str, float]:
    """Context -> the instant of what is shown of it, for those that can't be seen now: there, time stands still."""
    return {
        context.name: context.stacks.last_event_at
        for context in contexts
        if context.stale(now) and context.stacks.last_event_at is not None
    }


def application_ages(contexts: Iterable[ContextState], now: float) -> dict[str, str]:
    """Context -> the age of what is shown of its Applications, which may be hidden where Stacks are not."""
    return {
        context.name: _words(context.applications.last_event_at, now)
        for context in contexts
        if context.stale(now) or (context.applications.lost is not None and not context.applications.lost.absent)
    }


def _words(last_event_at: float | None, now: float) -> str:
    return "?" if last_event_at is None else kubectl_age(now - last_event_at)
