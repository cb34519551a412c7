"""The columns that a reader chose, put into a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from settings.state_file import ColumnChoice
from tui.tables.table_spec import TableSpec
from views.columns import Column, ColumnWidth

Row = TypeVar("Row")

WIDEST = 200


def usual(face: TableSpec[Row]) -> tuple[ColumnChoice, ...]:
    """The choice of somebody who hasn't chosen."""
    return tuple(ColumnChoice(column.id) for column in face.columns)


def arranged(face: TableSpec[Row], chosen: Sequence[ColumnChoice]) -> TableSpec[Row]:
    """The face with these columns in this order. What isn't there (any more) is left out; nothing left means all."""
    columns: list[Column[Row]] = []
    for one in chosen:
        column = column_of(face, one.id)
        if column is None or column.id in {other.id for other in columns}:
            continue
        width = min(one.width, WIDEST)
        chosen_width = ColumnWidth(column.width.weight, width, width) if width > 0 else column.width
        columns.append(replace(column, width=chosen_width))
    return replace(face, columns=tuple(columns)) if columns else face


def column_of(face: TableSpec[Row], name: str) -> Column[Row] | None:
    """A column by its id, or the one that a path makes; None if there is none."""
    if (known := face.column(name)) is not None:
        return known
    from views.field_paths import PathError

    try:
        return own_column_of(face, name)
    except PathError:
        return None


def own_column_of(face: TableSpec[Row], name: str) -> Column[Row]:
    """The column that a path makes. Raises PathError if `name` is none, or leads nowhere."""
    from views.field_paths import PathError, own_column

    if not name.startswith((".", "[")) or face.record is None or face.record_type is None:
        there_are = ", ".join(column.id for column in face.columns)
        raise PathError(f"there is no column {name!r}; there are {there_are}, and paths such as .spec.branch")
    try:
        return own_column(name, face.record, face.record_type)
    except PathError as error:
        raise PathError(f"{name}: {error}") from None
