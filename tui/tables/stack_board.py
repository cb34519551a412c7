"""The table of Stacks on the board: why each isn't fine stands where other tables of Stacks have its message."""

from __future__ import annotations

from dataclasses import replace

from fleet.board.rows import StackRow
from tui.tables.table_spec import NOWHERE, STACK_TABLE, TableSpec
from views.cause_column import FindingLookup, cause_column, cause_group, next_column
from views.columns import Column, ColumnWidth
from views.filter_fields import stack_fields

_WIDTHS = {
    "phase": ColumnWidth(0, 16, 32),
    "context": ColumnWidth(1, 8, 24),
    "cause": ColumnWidth(2, 24, 4000, fills=True),
    "namespace": ColumnWidth(3, 9, 24),
    "next": ColumnWidth(4, 9, 9),
    "application": ColumnWidth(5, 11, 30),
    "updated": ColumnWidth(6, 9, 9),
    "sync": ColumnWidth(7, 9, 9),
    "commit": ColumnWidth(8, 15, 15),
    "app-health": ColumnWidth(9, 11, 11),
    "stack": ColumnWidth(10, 24, 30),
}
"""column -> its room: what is read here is the cause, so that the others go before it does"""
_BEHIND_CAUSE = ("next", "application")


def stack_board(lookup: FindingLookup) -> TableSpec[StackRow]:
    """The board's table of Stacks. `lookup` is asked at every line that is drawn: `BoardFindings.known`."""

    def tone(row: StackRow) -> str:
        """The colour of trouble is the health's and the phase's: a sentence is easier to read without."""
        found = lookup(row.key)
        return "" if found is not None and (found.finding is not None or found.needs_look) else "dim"

    cause = replace(cause_column(lookup), tone=tone)
    columns = {column.id: _with_room(column) for column in (*STACK_TABLE.columns, cause, next_column(lookup))}
    behind = [columns.pop(name) for name in ("cause", *_BEHIND_CAUSE)]
    order = list(columns)
    place = order.index("phase") + 1
    arranged = [columns[name] for name in order[:place]] + behind + [columns[name] for name in order[place:]]
    filter_fields = stack_fields(arranged)
    return replace(
        STACK_TABLE,
        columns=tuple(arranged),
        usual=tuple(column.id for column in arranged if column.id != "message"),
        filter_fields=filter_fields,
        filter_words=filter_fields.words,
        groupings={**STACK_TABLE.groupings, "cause": lambda row: cause_group(lookup(row.key)) or NOWHERE},
    )


_SAID_BY_APPLICATION = ("application", "sync", "app-health", "message")


def held_stacks_table(lookup: FindingLookup) -> TableSpec[StackRow]:
    """The same for the Stacks of one Application, whose page says what they have in common."""
    board = stack_board(lookup)
    return replace(board, columns=tuple(each for each in board.columns if each.id not in _SAID_BY_APPLICATION))


def _with_room(column: Column[StackRow]) -> Column[StackRow]:
    width = _WIDTHS.get(column.id)
    return column if width is None else replace(column, width=width)
