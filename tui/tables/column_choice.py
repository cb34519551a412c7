"""The columns that a reader chose: the table with these instead of its own, and columns made of a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from settings.state_file import ColumnChoice
from tui.tables.table_spec import TableSpec
from views.columns import Column, ColumnWidth

Row = TypeVar("Row")

WIDEST = 200
"""cells that a column can be made wide"""


def default_choice(spec: TableSpec[Row]) -> tuple[ColumnChoice, ...]:
    """The choice that is in force while nothing was chosen: all columns of the table, as wide as they are."""
    return tuple(ColumnChoice(column.id) for column in spec.columns)


def with_columns(spec: TableSpec[Row], chosen: Sequence[ColumnChoice]) -> TableSpec[Row]:
    """The table with these columns in this order. Those that don't exist (any more) are left out; if none is left, the
    table as it is.
    """
    columns: list[Column[Row]] = []
    for one in chosen:
        column = column_of(spec, one.id)
        if column is None or column.id in {other.id for other in columns}:
            continue
        width = min(one.width, WIDEST)
        chosen_width = ColumnWidth(column.width.weight, width, width) if width > 0 else column.width
        columns.append(replace(column, width=chosen_width))
    return replace(spec, columns=tuple(columns)) if columns else spec


def column_of(spec: TableSpec[Row], name: str) -> Column[Row] | None:
    """A column by its id, or the one that a path makes; None if there is none."""
    if (known := spec.column(name)) is not None:
        return known
    # Imported when a table has a column of the user's own: the first frame seldom needs it.
    from views.field_paths import PathError

    try:
        return own_column_of(spec, name)
    except PathError:
        return None


def own_column_of(spec: TableSpec[Row], name: str) -> Column[Row]:
    """The column that a path makes. Raises PathError if `name` is none, or leads nowhere."""
    from views.field_paths import PathError, own_column

    if not name.startswith((".", "[")) or spec.record is None or spec.record_type is None:
        there_are = ", ".join(column.id for column in spec.columns)
        raise PathError(f"there is no column {name!r}; there are {there_are}, and paths such as .spec.branch")
    try:
        return own_column(name, spec.record, spec.record_type)
    except PathError as error:
        raise PathError(f"{name}: {error}") from None
