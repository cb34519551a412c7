"""The column CAUSE says what is found for a row, marks what wants a closer look, and can be sorted and searched."""

from __future__ import annotations

import pytest

from diagnosis.board_findings import BoardFinding, BoardFindings
from diagnosis.finding import LIKELY, NOTE, PROBLEM, WAITING, Finding, NextEvent
from fleet.board.rows import Key, StackRow
from stacks.phases.phase import UPDATING, Phase
from support.scene_boards import board_of
from support.scenes import CONTEXT, scenes
from views.cause_column import cause_column, cause_group, next_column, next_text
from views.columns import STACK_COLUMNS
from views.filter import asks_for_cause, parse
from views.filter_fields import ColumnsFilterFields

FOUND = Finding("W-1", PROBLEM, "The operator waits for an Update that is gone", subject="Update shop/web-1")


@pytest.fixture
def row() -> StackRow:
    return board_of(scenes()["12k-W1-wedge"]).stacks[Key(CONTEXT, "crash", "mid-deleted")]


def test_it_says_what_is_found(row: StackRow) -> None:
    column = cause_column(lambda key: BoardFinding(FOUND, needs_look=False) if key == row.key else None)
    assert (column.text(row, 0.0), column.tone(row)) == (FOUND.title, "bad")


def test_what_wants_a_closer_look_is_marked_and_without_a_finding_stands_the_message(row: StackRow) -> None:
    assert cause_column(lambda _: BoardFinding(FOUND, True)).text(row, 0.0) == f"? {FOUND.title}"
    assert cause_column(lambda _: BoardFinding(None, True)).text(row, 0.0) == f"? {row.message}"
    assert cause_column(lambda _: BoardFinding(None, False)).text(row, 0.0) == row.message
    assert cause_column(lambda _: None).text(row, 0.0) == ""


def test_rows_of_one_cause_stand_together_and_those_without_one_last(row: StackRow) -> None:
    with_cause, without = cause_column(lambda _: BoardFinding(FOUND, True)), cause_column(lambda _: None)
    assert with_cause.order(row) < without.order(row)
    assert cause_group(BoardFinding(FOUND, True)) == "W-1 Update shop/web-1"
    assert cause_group(None) == ""


def test_it_can_be_asked_for(row: StackRow) -> None:
    column = cause_column(lambda _: BoardFinding(FOUND, False))
    fields = ColumnsFilterFields((*STACK_COLUMNS, column), lambda each: each.key, lambda each: None)(row)
    asked = [parse(text).matches(fields) for text in ("cause:w-1", "cause:gone", "cause:lock", "!cause:w-1", "web-1")]
    assert asked == [True, True, False, False, True]
    assert [asks_for_cause(parse(text)) for text in ("!cause:w-1", "status:ready")] == [True, False]


def test_it_draws_by_what_is_known_alone() -> None:
    scene = scenes()["12k-W1-wedge"]
    board = board_of(scene)
    findings = BoardFindings(board)
    column = cause_column(findings.known)
    wedged = board.stacks[Key(CONTEXT, "crash", "mid-deleted")]
    assert column.text(wedged, scene.now) == ""
    findings.advance(60.0, scene.now)
    assert "which is gone" in column.text(wedged, scene.now)


_STAYS = NextEvent("never by itself: it waits for a person", heals=False)


@pytest.mark.parametrize(
    ("finding", "shown"),
    [
        (Finding("B-3", PROBLEM, "", next=_STAYS), "never"),
        (Finding("B-3", PROBLEM, "", next=_STAYS, certainty=LIKELY), "never"),
        (Finding("B-3", PROBLEM, "", next=NextEvent("", heals=False, brief="on change")), "on change"),
        (Finding("B-5", PROBLEM, "", next=NextEvent("it polls every 30s", brief="polls 30s")), "polls 30s"),
        (Finding("C-1", WAITING, "", next=NextEvent("it is looked for again", 1012.0)), "12s"),
        (Finding("C-1", WAITING, "", next=NextEvent("it is looked for again", 990.0)), "due"),
        (Finding("C-1", PROBLEM, "", next=NextEvent("it goes on when that is there")), "waits"),
    ],
)
def test_what_comes_next_is_what_the_finding_says(finding: Finding, shown: str, row: StackRow) -> None:
    board = board_of(scenes()["06b-prereq-failing"])
    waiting = next(row for row in board.stacks.values() if row.phase.name == "waiting-prerequisite")
    for each in (waiting, row):
        assert next_text(each, BoardFinding(finding, False), 1000.0) == shown


def test_where_nothing_is_found_the_row_says_what_it_waits_for_or_that_it_runs(row: StackRow) -> None:
    board = board_of(scenes()["06b-prereq-failing"])
    waiting = next(row for row in board.stacks.values() if row.phase.name == "waiting-prerequisite")
    note = Finding("N-1", NOTE, "", next=NextEvent("it is looked for again", 1012.0))
    for found in (None, BoardFinding(None, True), BoardFinding(note, False)):
        assert next_text(waiting, found, 1000.0) == f"on {waiting.phase.detail.split()[0]}"
        assert next_text(row, found, 1000.0) == "never"
    running = StackRow(row.key, row.stack, row.health, Phase(UPDATING), UPDATING.rank, None, None)
    assert next_text(running, None, 1000.0) == "runs"


def test_of_a_run_that_lasts_unusually_long_that_is_said_and_not_what_every_run_says(row: StackRow) -> None:
    since, now = 1000.0, 1000.0 + 47 * 60
    column = cause_column(lambda _: BoardFinding(None, True))
    late = StackRow(row.key, row.stack, row.health, Phase(UPDATING, since=since, late_at=since + 1800.0), 7, None, None)
    assert column.text(late, now) == "? runs for 47m, unusually long"
    assert column.text(late, since + 60.0) == f"? {late.message}"


def test_each_destroy_that_is_stuck_in_the_recorded_scenes_says_what_ends_it() -> None:
    stuck = set()
    for scene in scenes().values():
        board = board_of(scene)
        findings = BoardFindings(board)
        column = next_column(findings.known)
        findings.advance(60.0, scene.now)
        stuck |= {column.text(each, scene.now) for each in board.stacks.values() if each.phase.name == "destroy-stuck"}
    assert stuck == {"never", "polls 30s"}


def test_rows_are_sorted_by_what_comes_first_and_those_that_never_do_last() -> None:
    board = board_of(scenes()["06b-prereq-failing"])
    waiting = next(row for row in board.stacks.values() if row.phase.name == "waiting-prerequisite")
    found = [
        next_column(lambda _, at=at: BoardFinding(Finding("C-1", WAITING, "", next=NextEvent("", at)), False))
        for at in (1.0, 2.0, None)
    ]
    orders = [column.order(waiting) for column in found]
    assert orders == sorted(orders) and orders[0] < orders[1] < orders[2]
