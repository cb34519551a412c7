"""Times that can't be, and clocks that differ: nothing fails, no age is negative, and nothing certain rests on them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from actions.offers import commands
from diagnosis.explain import OUR_ERROR
from diagnosis.finding import CERTAIN, LIKELY, NOTE, Finding
from diagnosis.stack_rows import stack_rows
from fleet.board.rows import Key
from kubectl_plugin.verbs.diagnose.findings_as_text import TextReport
from stacks.times import rfc3339
from support.scene_edits import lease, status_of
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes
from views.findings_markdown import MarkdownReport

_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_NEGATIVE = re.compile(r"(?:for|in|ago|runs for|nothing for) -\d|-\d+(?:s|m|h|d)\b")
ZERO, FUTURE = "0001-01-01T00:00:00Z", "2031-01-01T00:00:00Z"
NEEDS_THE_LEASE = ("B-1", "U-5", "W-1", "W-2", "W-5")


def _with_times(scene: Scene, time: str) -> Scene:
    def moved(value: Any) -> Any:
        return json.loads(_TIME.sub(time, json.dumps(value)))

    return replace(scene, objects=moved(scene.objects))


ODD: dict[str, Callable[[Scene], Scene]] = {
    "ahead": lambda scene: replace(scene, now=scene.now + 600.0),
    "behind": lambda scene: replace(scene, now=scene.now - 600.0),
    "zero": lambda scene: _with_times(scene, ZERO),
    "future": lambda scene: _with_times(scene, FUTURE),
    "no times": lambda scene: _with_times(scene, "yesterday"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_odd_times_break_nothing(scene: Scene, odd: str) -> None:
    changed = ODD[odd](scene)
    diagnosis = diagnosis_of(changed)
    keys = [Key(CONTEXT, *place) for place in diagnosis.fleet.contexts[CONTEXT].raw("Stack")]
    rows = stack_rows(diagnosis.fleet, keys)
    for key in keys:
        found = diagnosis.findings(key)
        assert not [each.title for each in found if each.id == OUR_ERROR]
        reports = TextReport(changed.now), MarkdownReport(changed.now)
        told = "".join(each.stack(rows[key], found, partial(commands, row=rows[key])) for each in reports)
        assert not _NEGATIVE.search(told), told
        if odd in ("zero", "future", "no times"):
            assert not [each for each in found if each.id in NEEDS_THE_LEASE and each.certainty == CERTAIN]


@pytest.mark.parametrize("time", [ZERO, FUTURE, ""])
def test_a_lease_whose_time_cant_be_right_proves_neither_life_nor_death(time: str) -> None:
    dead = scenes()["12d-new-stack-operator-down"].copy()
    lease(dead)["renewTime"] = time
    assert "B-1" not in ids_of(dead, "crash", "newborn")
    wedged = scenes()["12k-W1-wedge"].copy()
    lease(wedged)["renewTime"] = time
    found = _only(findings_of(wedged, "crash", "mid-deleted"))
    assert (found.id, found.certainty, found.makes_certain) == ("W-1", LIKELY, "the operator's Lease")
    assert found.unknown == ("its renewTime can't be right",)


def test_a_lease_of_a_clock_that_is_half_a_minute_ahead_is_believed() -> None:
    wedged = scenes()["12k-W1-wedge"].copy()
    lease(wedged)["renewTime"] = rfc3339(wedged.now + 30.0)
    assert _only(findings_of(wedged, "crash", "mid-deleted")).certainty == CERTAIN


def test_of_conditions_that_contradict_each_other_the_newest_counts() -> None:
    scene = scenes()["02d-stalled"].copy()
    stalled = next(each for each in status_of(scene, "Stack", "shop-capped")["conditions"] if each["type"] == "Stalled")
    ready = next(each for each in status_of(scene, "Stack", "shop-capped")["conditions"] if each["type"] == "Ready")
    ready |= {"status": "True", "reason": "ProcessingCompleted", "lastTransitionTime": rfc3339(scene.now - 7200.0)}
    ids = [(each.id, each.severity) for each in findings_of(scene, "fail", "shop-capped")]
    assert ids[0][0] == "U-1"
    assert ids[1:] in ([], [("W-3", NOTE)])
    stalled["lastTransitionTime"] = rfc3339(scene.now - 9000.0)
    assert "U-1" not in ids_of(scene, "fail", "shop-capped")


def _only(found: list[Finding]) -> Finding:
    assert [each.id for each in found][1:] == []
    return found[0]
