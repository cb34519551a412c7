"""A column is one entry: whatever shows, prints, searches or stores Stacks knows it from there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import LIMIT
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column, in_order

ROOT = Path(__file__).parents[2]

ONE_MORE = """
import json, sys
import views.columns as columns

columns.STACK_COLUMNS += (
    columns.Column(
        "branch", "BRANCH", lambda row, now: row.stack.spec.branch, lambda row: row.stack.spec.branch, "ctrl+b",
        width=columns.ColumnWidth(4, 6, 20), tone=lambda row: "odd", filter_word="branch", json_field="branch",
    ),
)

import msgspec
from fleet.board.board import Board
from kubectl_plugin.verbs.get.printable_kinds import KINDS
from stacks.records.stack import Stack
from tui.board_screens import StacksScreen
from tui.tables.line_look import LineState, row_look
from tui.tables.column_widths import ColumnWidths
from tui.tables.table_spec import STACK_TABLE
from views.filter import parse
from views.filter_fields import stack_filter_fields
from views.json_output import stack

board = Board()
board.open("eu")
record = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"stack": "acme/web/prod", "branch": "next"}}
board.put_stack("eu", msgspec.convert(record, Stack), 0.0)
row, = board.stacks.values()

widths = ColumnWidths(STACK_TABLE)
widths.measure_rows([row], 0.0)
widths.fit(400)
drawn = row_look(STACK_TABLE, STACK_TABLE.columns, row, 0.0, LineState())
printed = KINDS["stacks"].columns[-1]
fields = stack_filter_fields(row)
json.dump({
    "board": [drawn.cells[-1], drawn.tones[-1], len(STACK_TABLE.columns) - 1 in widths.shown],
    "sorted by": [b.key for b in StacksScreen.BINDINGS if getattr(b, "action", "") == "sort('branch')"],
    "printed": [printed.title, printed.text(row, 0.0)],
    "filtered": [
        parse(text, STACK_TABLE.filter_words).matches(fields) for text in ("branch:nex", "branch:main", "next")
    ],
    "json": list(stack(row, 0.0).items())[-1],
}, sys.stdout)
"""


def test_one_more_entry_is_on_the_board_in_get_in_filters_and_in_the_json() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_MORE], capture_output=True, text=True, cwd=ROOT, check=False, timeout=LIMIT
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "board": ["next", "odd", True],
        "sorted by": ["ctrl+b"],
        "printed": ["BRANCH", "next"],
        "filtered": [True, False, True],
        "json": ["branch", "next"],
    }


@pytest.mark.parametrize("columns", [STACK_COLUMNS, APP_COLUMNS], ids=["stacks", "apps"])
def test_no_two_columns_share_an_id_a_shortcut_or_a_field(columns: tuple[Column[object], ...]) -> None:
    for what in ([c.id for c in columns], [c.shortcut for c in columns], [c.json_field for c in columns]):
        given = [word for word in what if word]
        assert len(set(given)) == len(given)


def test_rows_that_are_sorted_alike_stand_by_their_keys() -> None:
    assert in_order(["b1", "a2", "a1"], lambda text: text[0], lambda text: text[1]) == ["a1", "a2", "b1"]
