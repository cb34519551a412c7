"""What can be waited for of a Stack holds for what is asked for now, never for an earlier spec, request or commit."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.board.board import Board
from fleet.board.rows import Key, StackRow
from fleet.board.wait_conditions import WAIT_CONDITIONS, is_healthy, is_ready, is_reconciled, is_updated
from kubectl_plugin.verbs.wait import CONDITIONS
from stacks.records.base import REQUEST
from support.objects import NOT_READY, NOW, PROCESSING, READY, at, condition, current, last, stack

SECOND = {"generation": 2}
ASKED = {"annotations": {REQUEST: "please"}}
GOING = {"deletionTimestamp": at(5.0)}
PKO_1 = {"state": "succeeded", "lastAttemptedCommit": "c1", "lastSuccessfulCommit": "c1"}


def row(**more: Any) -> StackRow:
    board = Board()
    board.open("eu")
    board.put_stack("eu", stack(**more), NOW)
    return board.stacks[Key("eu", "prod", "shop")]


def test_the_flag_has_a_word_for_each_and_one_for_absence() -> None:
    assert {*WAIT_CONDITIONS, "deleted"} == set(CONDITIONS)


@pytest.mark.parametrize(
    ("made", "ready"),
    [
        pytest.param({}, True, id="ready"),
        pytest.param({"observedGeneration": 0}, True, id="a first run, whose generation isn't noted"),
        pytest.param({"conditions": []}, False, id="not seen yet"),
        pytest.param({"conditions": [NOT_READY, PROCESSING]}, False, id="it works on it"),
        pytest.param({"metadata": SECOND, "observedGeneration": 1}, False, id="ready with an earlier spec"),
        pytest.param({"metadata": SECOND, "observedGeneration": 0}, False, id="generation 2 is no first run"),
        pytest.param({"metadata": GOING}, False, id="being deleted"),
        pytest.param({"conditions": [condition("Stalled", "SpecInvalid", ago=1.0), READY]}, False, id="a leftover"),
        pytest.param({"metadata": ASKED}, True, id="a request is another matter"),
    ],
)
def test_ready(made: dict[str, Any], ready: bool) -> None:
    assert is_ready(row(**made)) is ready


def test_healthy_is_what_the_health_check_says() -> None:
    assert is_healthy(row())
    assert not is_healthy(row(metadata=ASKED))
    assert not is_healthy(row(conditions=[condition("Stalled", "SpecInvalid", "missing branch")]))


@pytest.mark.parametrize(
    ("made", "updated"),
    [
        pytest.param({"lastUpdate": last()}, True, id="it succeeded"),
        pytest.param({}, False, id="never run"),
        pytest.param({"lastUpdate": last("failed")}, False, id="it failed"),
        pytest.param({"lastUpdate": last(), "metadata": SECOND}, False, id="of an earlier spec"),
        pytest.param({"lastUpdate": last(generation=2), "metadata": SECOND}, True, id="of this spec"),
        pytest.param({"lastUpdate": last(), "metadata": ASKED}, False, id="of an earlier request"),
        pytest.param({"lastUpdate": last(reconcileRequest="please"), "metadata": ASKED}, True, id="of this request"),
        pytest.param({"lastUpdate": last(), "spec": {"commit": "c2"}}, False, id="not of the commit of the spec"),
        pytest.param({"lastUpdate": last(), "currentUpdate": current(commit="c2")}, False, id="a newer commit runs"),
        pytest.param({"lastUpdate": last(), "currentUpdate": current()}, True, id="the same runs once more"),
        pytest.param({"lastUpdate": last(kind="preview"), "spec": {"preview": True}}, True, id="a preview, as asked"),
        pytest.param({"lastUpdate": last(kind="destroy"), "metadata": GOING}, False, id="a destroy"),
        pytest.param({"lastUpdate": PKO_1}, True, id="PKO 1, which notes no generation with a run"),
        pytest.param({"lastUpdate": PKO_1, "metadata": SECOND, "observedGeneration": 1}, False, id="PKO 1, earlier"),
        pytest.param({"lastUpdate": PKO_1, "metadata": ASKED}, False, id="PKO 1, an earlier request"),
    ],
)
def test_updated(made: dict[str, Any], updated: bool) -> None:
    assert is_updated(row(**made)) is updated


@pytest.mark.parametrize(
    ("made", "reconciled"),
    [
        pytest.param({}, True, id="nothing is asked for"),
        pytest.param({"metadata": ASKED}, False, id="not run yet"),
        pytest.param({"metadata": ASKED, "lastUpdate": last()}, False, id="another run is over"),
        pytest.param({"metadata": ASKED, "observedReconcileRequest": "please", "lastUpdate": last()}, False, id="seen"),
        pytest.param({"metadata": ASKED, "lastUpdate": last(reconcileRequest="please")}, True, id="over"),
        pytest.param({"metadata": ASKED, "lastUpdate": last("failed", reconcileRequest="please")}, True, id="failed"),
        pytest.param(
            {"metadata": ASKED, "observedReconcileRequest": "please", "lastUpdate": PKO_1}, True, id="PKO 1 notes it so"
        ),
    ],
)
def test_reconciled(made: dict[str, Any], reconciled: bool) -> None:
    assert is_reconciled(row(**made)) is reconciled
