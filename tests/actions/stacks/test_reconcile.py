"""A run is asked for: what is said of a request that somebody else has made."""

from __future__ import annotations

from typing import Any

import pytest

from actions.stacks.reconcile import RECONCILE
from actions.stacks.unwedge import UNWEDGE
from stacks.records.base import REQUEST
from support.fixing import plan_of, target_of
from support.scenes import Scene, scenes

LOCKED, NAME = scenes()["13c-destroy-failed-once"], "stuck-destroy"
GONE = scenes()["12k-W1-wedge"]
REPLACES = "a run was asked for with theirs, and hasn't begun yet: this request replaces that one"


def asked(scene: Scene, name: str, **status: Any) -> Scene:
    """The scene in which somebody has asked for a run of the Stack; `status` are parts of its status."""
    changed = scene.copy()
    stack = changed.object("Stack", name)
    stack["metadata"].setdefault("annotations", {})[REQUEST] = "theirs"
    for part, value in status.items():
        stack["status"][part] = {**stack["status"].get(part, {}), **value}
    return changed


def test_a_request_of_somebody_else_that_has_not_run_yet_is_said_to_be_replaced() -> None:
    assert REPLACES in plan_of(RECONCILE, target_of(asked(LOCKED, NAME), NAME)).notes
    assert REPLACES in plan_of(UNWEDGE, target_of(asked(GONE, "mid-deleted"), "mid-deleted")).notes


@pytest.mark.parametrize("part", ["lastUpdate", "currentUpdate"])
def test_one_that_ran_or_runs_is_not_replaced(part: str) -> None:
    scene = asked(LOCKED, NAME, **{part: {"name": f"{NAME}-1a209af0000", "reconcileRequest": "theirs"}})
    assert not any("replaces" in note for note in plan_of(RECONCILE, target_of(scene, NAME)).notes)


def test_where_nobody_has_asked_nothing_is_said() -> None:
    scene = LOCKED.copy()
    scene.object("Stack", NAME)["metadata"].pop("annotations", None)
    assert plan_of(RECONCILE, target_of(scene, NAME)).notes == ()


def test_a_run_that_destroys_is_agreed_to_by_a_typed_word() -> None:
    destroys = plan_of(RECONCILE, target_of(LOCKED, NAME))
    assert (destroys.risk.level, destroys.word) == ("medium", "recorded")
    assert "destroys the cloud resources" in destroys.risk.text
    applies = plan_of(RECONCILE, target_of(scenes()["02d-stalled"], "shop-capped"))
    assert (applies.risk.level, applies.word) == ("low", "")


def test_that_it_fails_again_before_a_repair_stands_in_the_plan() -> None:
    (note,) = plan_of(RECONCILE, target_of(scenes()["02d-stalled"], "shop-capped")).notes
    assert note.startswith("it helps only once what U-1 names is repaired, and fails again before: ")
