"""A board's findings are computed once, in slices, again when something they rest on changes, and given up in time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from diagnosis import board_findings
from diagnosis.board_facts import CHAIN
from diagnosis.board_findings import BoardFindings
from diagnosis.finding import NOTE, PROBLEM, Finding
from diagnosis.fleet_causes import fleet_causes
from fleet.board.board import Board
from fleet.board.context_state import KindVisibility
from fleet.board.rows import Key
from stacks.operator import OperatorState
from stacks.records.workspace import Update
from support.scene_boards import board_of, put_stack
from support.scenes import CONTEXT, scenes

WEDGED = ("12k-W1-wedge", "crash", "mid-deleted")


@contextmanager
def _computations() -> Iterator[list[Key]]:
    """The rows whose findings are computed meanwhile."""
    computed: list[Key] = []
    whole = board_findings.board_facts

    def counted(board: Board, rows: Any, *others: Any) -> Any:
        computed.append(rows[0].key)
        return whole(board, rows, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board_findings, "board_facts", counted)
        yield computed


def _wedge() -> tuple[Board, Key, float]:
    scene = scenes()[WEDGED[0]]
    return board_of(scene), Key(CONTEXT, *WEDGED[1:]), scene.now


def _stack(scene: str, name: str) -> dict[str, Any]:
    return copy.deepcopy(scenes()[scene].object("Stack", name))


def _id(findings: BoardFindings, key: Key, now: float) -> str | None:
    found = findings.finding(key, now)
    return found.finding.id if found is not None and found.finding is not None else None


def test_a_wedge_is_told_for_certain_by_what_the_board_looked_up() -> None:
    board, key, now = _wedge()
    found = BoardFindings(board).finding(key, now)
    assert found is not None
    assert found.finding is not None
    assert (found.finding.id, found.needs_look) == ("W-1", False)
    assert found.finding.evidence[0].text == board.stacks[key].stack.status.current_update.name  # type: ignore[union-attr]


def test_it_is_computed_once_while_nothing_changes() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    with _computations() as computed:
        for _ in range(3):
            assert _id(findings, key, now) == "W-1"
            assert findings.known(key) == findings.finding(key, now)
    assert computed == [key]


def test_what_is_known_is_never_computed() -> None:
    board, key, _ = _wedge()
    with _computations() as computed:
        assert BoardFindings(board).known(key) is None
    assert computed == []


def test_rows_that_are_fine_are_never_looked_at() -> None:
    scene = scenes()["01h-succeeded"]
    board = board_of(scene)
    findings = BoardFindings(board)
    with _computations() as computed:
        assert findings.advance(60.0, scene.now) == set()
        assert [findings.finding(key, scene.now) for key in board.stacks] == [None] * len(board.stacks)
    assert computed == []


def test_another_update_operator_or_stack_makes_another_finding() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    assert _id(findings, key, now) == "W-1"
    board.set_operator(CONTEXT, OperatorState((2, 9, 0), has_leader=False), now)
    assert _id(findings, key, now) == "B-1"
    board.set_operator(CONTEXT, OperatorState((2, 9, 0), has_leader=True), now)
    assert _id(findings, key, now) == "W-1"
    status = board.stacks[key].stack.status
    assert status is not None
    assert status.current_update is not None
    update = {"metadata": {"name": status.current_update.name, "namespace": key.namespace}}
    board.set_related_objects(key, now, update=_record(update), update_gone=False)
    assert _id(findings, key, now) != "W-1"


def _record(update: dict[str, Any]) -> Update:
    return msgspec.convert(update, Update)


def test_a_stack_that_waits_is_looked_at_again_when_the_one_it_waits_for_changes() -> None:
    scene = scenes()["06b-prereq-failing"]
    board = board_of(scene)
    findings = BoardFindings(board)
    waiting = next(key for key, row in board.stacks.items() if row.stack.spec.prerequisites)
    found = findings.finding(waiting, scene.now)
    assert found is not None
    assert found.finding is not None
    (cause,) = found.finding.caused_by
    other = _stack(scene.name, cause.key.name)
    other["metadata"]["resourceVersion"] = "changed"
    other["status"]["lastUpdate"]["message"] = "up failed: error: something else"
    with _computations() as computed:
        put_stack(board, other, scene.now)
        again = findings.finding(waiting, scene.now)
    assert computed == [waiting]
    assert again is not None
    assert again.finding is not None
    assert again.finding.caused_by[0].title != cause.title


def test_only_time_changes_what_goes_on_with_time() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    with _computations() as computed:
        findings.finding(key, now)
        findings.finding(key, now + 1.0)
        assert len(computed) == 1
        board.set_context_fields(
            CONTEXT, visibility={"stacks": KindVisibility(synced=True, last_event_at=now + 3600.0)}
        )
        findings.finding(key, now + 3600.0)
        assert len(computed) == 2


def test_a_row_that_is_fine_again_or_gone_has_no_finding_and_takes_no_room() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    findings.advance(60.0, now)
    assert key in findings._computed
    fine = _stack("01h-succeeded", scenes()["01h-succeeded"].expected[0]["name"])
    fine["metadata"] |= {"namespace": key.namespace, "name": key.name}
    put_stack(board, fine, now)
    assert findings.known(key) is None
    assert findings.finding(key, now) is None
    board.close(CONTEXT)
    findings.advance(60.0, now)
    assert not findings._computed
    assert list(findings.all_broken()) == []


def _many(count: int) -> tuple[Board, float]:
    """A board with so many Stacks that are wedged."""
    board, key, now = _wedge()
    for number in range(count - 1):
        stack = _stack(WEDGED[0], key.name)
        stack["metadata"] |= {"namespace": f"ns-{number}", "uid": f"uid-{number}"}
        other = put_stack(board, stack, now)
        board.set_related_objects(other, now, update_gone=True)
    return board, now


def test_a_slice_computes_a_part_and_the_next_one_goes_on() -> None:
    board, now = _many(5)
    findings = BoardFindings(board)
    troubled = [row.key for row, _ in findings.all_broken()]
    told: list[Key] = []
    with _computations() as computed:
        for slices in range(1, len(troubled) + 1):
            told += findings.advance(0.0, now)
            assert len(computed) == slices
        assert sorted(computed) == sorted(troubled) == sorted(told)
        while findings.advance(0.0, now):
            pass
        assert findings.advance(60.0, now) == set()
    assert len(computed) == len(set(computed))
    assert all(found is not None for _, found in findings.all_broken())


def test_what_is_on_the_screen_comes_first() -> None:
    board, now = _many(5)
    findings = BoardFindings(board)
    last = list(board.stacks)[-1]
    with _computations() as computed:
        assert findings.advance(0.0, now, first=[last]) == {last}
    assert computed == [last]


def test_a_new_round_over_all_rows_waits_where_that_is_asked_for() -> None:
    board, now = _many(5)
    findings = BoardFindings(board)
    last = list(board.stacks)[-1]
    with _computations() as computed:
        assert findings.advance(60.0, now, first=[last], new_round=False) == {last}
        assert findings.is_behind(now)
        findings.advance(60.0, now)
    assert len(computed) > 1


def test_a_row_that_changes_is_told_once() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    assert key in findings.advance(60.0, now)
    board.set_operator(CONTEXT, OperatorState((2, 9, 0), has_leader=False), now)
    assert key in findings.advance(60.0, now)
    assert key not in findings.advance(60.0, now)


def test_the_causes_of_the_fleet_are_those_of_its_rows() -> None:
    board, now = _many(5)
    findings = BoardFindings(board)
    findings.advance(60.0, now)
    causes = fleet_causes(findings, [row.key for row, _ in findings.all_broken()])
    assert sum(len(cause.stacks) for cause in causes if cause.id == "W-1") == 5


def test_what_a_closer_look_found_holds_until_the_row_changes() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    seen = Finding("X-1", PROBLEM, "found by a closer look")
    findings.remember(key, [seen, Finding("X-2", NOTE, "and this")], findings.row_version(key))
    found = findings.finding(key, now)
    assert found == findings.known(key)
    assert found is not None
    assert (found.finding, found.needs_look, [each.id for each in found.others]) == (seen, False, ["X-2"])
    stack = _stack(WEDGED[0], key.name)
    stack["metadata"]["resourceVersion"] = "changed"
    put_stack(board, stack, now)
    assert _id(findings, key, now) == "W-1"


def test_a_closer_look_at_a_row_that_has_changed_meanwhile_is_not_remembered() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    before = findings.row_version(key)
    stack = _stack(WEDGED[0], key.name)
    stack["metadata"]["resourceVersion"] = "changed"
    put_stack(board, stack, now)
    findings.remember(key, [Finding("X-1", PROBLEM, "found by a closer look")], before)
    assert _id(findings, key, now) == "W-1"


def test_where_a_closer_look_finds_nothing_there_is_no_mark_any_more() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    findings.remember(key, [], findings.row_version(key))
    found = findings.finding(key, now)
    assert found is not None
    assert (found.finding, found.needs_look) == (None, False)


def test_where_a_context_can_not_be_seen_time_stands_still() -> None:
    board, key, now = _wedge()
    findings = BoardFindings(board)
    findings.finding(key, now)
    board.set_context_fields(CONTEXT, visibility={"stacks": KindVisibility(synced=True, last_event_at=now)})
    with _computations() as computed:
        later = findings.finding(key, now + 7200.0)
    assert computed == []
    assert later == findings.known(key)


def test_a_prerequisite_that_the_board_is_not_shown_is_not_taken_for_missing() -> None:
    scene = scenes()["06b-prereq-failing"].copy()
    waiting = next(each for each in scene.objects if each["kind"] == "Stack" and each["spec"].get("prerequisites"))
    names = [each["name"] for each in waiting["spec"]["prerequisites"]]
    scene.objects = [each for each in scene.objects if each["metadata"]["name"] not in names]
    board = board_of(scene)
    found = BoardFindings(board).finding(
        Key(CONTEXT, waiting["metadata"]["namespace"], waiting["metadata"]["name"]), scene.now
    )
    assert found is not None
    assert found.finding is not None
    assert (found.finding.id, found.needs_look) == ("B-10", True)


def test_a_stack_that_stops_the_operator_is_told_of_the_others_until_it_is_mended() -> None:
    scene = scenes()["05p-poison-operator-restarted"]
    board = board_of(scene)
    findings = BoardFindings(board)
    other = next(key for key in board.stacks if key.name == "shop")
    assert _id(findings, other, scene.now) == "B-11"
    stack = _stack(scene.name, "duration")
    for prerequisite in stack["spec"]["prerequisites"]:
        prerequisite["requirement"]["succeededWithinDuration"] = "24h"
    put_stack(board, stack, scene.now)
    assert _id(findings, other, scene.now) != "B-11"


def test_of_a_chain_that_is_too_long_to_follow_a_closer_look_tells_the_end() -> None:
    scene = scenes()["06b-prereq-failing"]
    board = board_of(scene)
    waiting = next(row for row in board.stacks.values() if row.stack.spec.prerequisites)
    before = waiting.stack.spec.prerequisites[0].name  # type: ignore[index]
    chain = []
    for number in range(CHAIN + 1):
        stack = _stack(scene.name, waiting.key.name)
        stack["metadata"] |= {"name": f"link-{number}", "uid": f"link-{number}"}
        stack["spec"]["prerequisites"] = [{"name": before}]
        chain.append(put_stack(board, stack, scene.now))
        before = f"link-{number}"
    findings = BoardFindings(board)
    first, last = findings.finding(chain[0], scene.now), findings.finding(chain[-1], scene.now)
    assert first is not None
    assert last is not None
    assert (first.needs_look, last.needs_look) == (False, True)


def test_a_cause_that_fails_leaves_the_row_to_a_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a slip")

    monkeypatch.setattr(
        board_findings, "BOARD_CAUSES", tuple(replace(each, find=fails) for each in board_findings.BOARD_CAUSES)
    )
    board, key, now = _wedge()
    found = BoardFindings(board).finding(key, now)
    assert found is not None
    assert (found.finding, found.needs_look) == (None, True)
