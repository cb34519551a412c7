"""Stacks that wait for others: missing, failing, running, out of date, in chains and in rings."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING
from fleet.board.rows import Key
from stacks.go_durations import go_seconds
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import renew, scene_of
from support.scenes import CONTEXT, Scene, ids_of


def _ids(scene: Scene, name: str) -> list[str]:
    return ids_of(scene, "prereq", name)


def test_a_prerequisite_that_doesnt_exist() -> None:
    found = the_finding(scene_of("06a-prereq-missing"), "prereq", "orphan", "B-9")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The prerequisite nosuch doesn't exist in prereq"
    assert _ids(scene_of("06a-prereq-missing"), "orphan") == ["B-9"]


def test_a_prerequisite_may_come_within_two_minutes() -> None:
    scene = scene_of("06a-prereq-missing")
    scene.now -= 70
    renew(scene, 5)
    assert the_finding(scene, "prereq", "orphan", "B-9").severity == WAITING


def test_the_text_of_before_doesnt_make_a_stack_missing_that_is_there() -> None:
    scene = scene_of("06a-prereq-missing")
    other = copy.deepcopy(scene.object("Stack", "orphan"))
    other["metadata"] |= {"name": "nosuch", "uid": "nosuch"}
    other["spec"].pop("prerequisites")
    other["status"] = {}
    scene.objects.append(other)
    assert "B-9" not in _ids(scene, "orphan")
    assert the_finding(scene, "prereq", "orphan", "B-10").title == "The prerequisite nosuch has never run"


def test_what_nearly_has_the_name() -> None:
    scene = scene_of("06a-prereq-missing")
    other = copy.deepcopy(scene.object("Stack", "orphan"))
    other["metadata"] |= {"name": "nosuchs", "uid": "nosuchs"}
    scene.objects.append(other)
    assert "There is nosuchs" in the_finding(scene, "prereq", "orphan", "B-9").next_step


def test_stacks_that_cant_be_read_arent_missing() -> None:
    scene = scene_of("06a-prereq-missing")
    objects = ContextObjects(CONTEXT, scene.now)
    objects.put(scene.object("Stack", "orphan"))
    objects.put_refusal("Stack", "stacks may not be listed")
    found = Diagnosis(FleetFacts({CONTEXT: objects})).findings(Key(CONTEXT, "prereq", "orphan"))
    assert [(each.id, each.certainty) for each in found] == [("B-10", LIKELY)]
    assert found[0].unknown == ("the Stack prereq/nosuch: stacks may not be listed",)


def test_a_prerequisite_that_fails_though_the_text_is_old() -> None:
    found = the_finding(scene_of("06b-prereq-failing"), "prereq", "api", "B-10")
    assert found.certainty == CERTAIN
    assert found.title == "The prerequisite db-bad has failed"
    assert [key.name for key in found.waits_for] == ["db-bad"]


@pytest.mark.parametrize(
    ("record", "name"), [("06e-prereq-running", "after-slow"), ("06h-prereq-out-of-date", "fresh")]
)
def test_while_the_prerequisite_works_it_waits(record: str, name: str) -> None:
    found = the_finding(scene_of(record), "prereq", name, "B-10")
    assert (found.severity, found.caused_by) == (WAITING, ())


def _chain() -> Scene:
    """`api` waits for `middle`, `middle` for `base`, whose spec is invalid."""
    scene = scene_of("06b-prereq-failing")
    api, base = scene.object("Stack", "api"), scene.object("Stack", "db-bad")
    middle = copy.deepcopy(api)
    middle["metadata"] |= {"name": "middle", "uid": "middle"}
    api["spec"]["prerequisites"] = [{"name": "middle"}]
    stalled = {"type": "Stalled", "status": "True", "reason": "SpecInvalid", "message": 'missing "projectRepo"'}
    base["status"] = {"conditions": [stalled | {"lastTransitionTime": "2026-11-23T18:27:08Z"}], "observedGeneration": 1}
    scene.objects.append(middle)
    return scene


def test_the_end_of_a_chain_is_the_cause_and_makes_it_a_problem() -> None:
    scene = _chain()
    for name in ("api", "middle"):
        found = the_finding(scene, "prereq", name, "B-10")
        assert found.severity == PROBLEM
        assert [(cause.key.name, cause.id) for cause in found.caused_by] == [("db-bad", "B-3")]


def _ring_of(*names: str) -> Scene:
    scene = scene_of("06d-prereq-self")
    first = scene.object("Stack", "selfish")
    scene.objects.remove(first)
    for name, waits_for in zip(names, [*names[1:], names[0]], strict=True):
        stack = copy.deepcopy(first)
        stack["metadata"] |= {"name": name, "uid": name}
        stack["spec"]["prerequisites"] = [{"name": waits_for}]
        scene.objects.append(stack)
    return scene


def test_a_stack_that_waits_for_itself() -> None:
    found = the_finding(scene_of("06d-prereq-self"), "prereq", "selfish", "B-10")
    assert (found.severity, found.certainty, found.caused_by) == (PROBLEM, CERTAIN, ())
    assert "names itself" in found.title


def test_every_member_of_a_ring_names_all_of_it() -> None:
    scene = _ring_of("a", "b", "c")
    subjects = set()
    for name in ("a", "b", "c"):
        found = the_finding(scene, "prereq", name, "B-10")
        assert (found.severity, found.caused_by) == (PROBLEM, ())
        assert "a, b and c" in found.title
        subjects.add(found.subject)
    assert len(subjects) == 1


def test_who_waits_for_a_ring_isnt_in_it() -> None:
    scene = _ring_of("a", "b")
    outside = copy.deepcopy(scene.object("Stack", "a"))
    outside["metadata"] |= {"name": "outside", "uid": "outside"}
    outside["spec"]["prerequisites"] = [{"name": "a"}]
    scene.objects.append(outside)
    found = the_finding(scene, "prereq", "outside", "B-10")
    assert found.severity == PROBLEM
    assert [cause.id for cause in found.caused_by] == ["B-10"]
    assert "ring" not in found.title


def test_a_ring_whose_member_has_succeeded_is_none() -> None:
    scene = _ring_of("a", "b")
    ready = {"type": "Ready", "status": "True", "reason": "ProcessingCompleted", "message": "",
             "lastTransitionTime": rfc3339(scene.now - 5)}  # fmt: skip
    last = {"state": "succeeded", "generation": 1, "lastResyncTime": rfc3339(scene.now - 5), "name": "b-1"}
    scene.object("Stack", "b")["status"] = {"conditions": [ready], "lastUpdate": last, "observedGeneration": 1}
    found = the_finding(scene, "prereq", "a", "B-10")
    assert (found.severity, found.certainty, found.actions) == (WAITING, LIKELY, ("reconcile",))
    assert "satisfied by now" in found.title
    assert "reconcile" not in [each.action for each in found.not_helpful]


def _after(requirement: str = "", **last: Any) -> Scene:
    """`fresh` waits for `base`, whose last run ended as said."""
    scene = scene_of("06h-prereq-out-of-date")
    base = scene.object("Stack", "base")
    base["status"].pop("currentUpdate")
    base["metadata"]["annotations"] = {}
    base["status"]["lastUpdate"] |= last
    base["status"]["conditions"] = [{"type": "Ready", "status": "True", "reason": "ProcessingCompleted", "message": ""}]
    entry: dict[str, Any] = {"name": "base"}
    if requirement:
        entry["requirement"] = {"succeededWithinDuration": requirement}
    scene.object("Stack", "fresh")["spec"]["prerequisites"] = [entry]
    return scene


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        (_after(state="failed"), "has failed"),
        (_after(generation=0), "has a newer spec that hasn't run"),
        (_after("30s"), "hasn't succeeded within the last 30s"),
        (_after("3m"), ""),
        (_after(), ""),
    ],
)
def test_each_prerequisite_is_judged_by_itself(scene: Scene, why: str) -> None:
    title = the_finding(scene, "prereq", "fresh", "B-10").title
    assert why in title if why else "satisfied by now" in title


def test_a_request_that_the_prerequisite_hasnt_run() -> None:
    scene = _after()
    scene.object("Stack", "base")["metadata"]["annotations"] = {"pulumi.com/reconciliation-request": "later"}
    assert "is asked for a run that it hasn't begun" in the_finding(scene, "prereq", "fresh", "B-10").title


def test_several_prerequisites_are_one_finding() -> None:
    scene = scene_of("06e-prereq-running")
    other = copy.deepcopy(scene.object("Stack", "slow"))
    other["metadata"] |= {"name": "second", "uid": "second"}
    other["status"] = {}
    scene.objects.append(other)
    scene.object("Stack", "after-slow")["spec"]["prerequisites"] = [{"name": "slow"}, {"name": "second"}]
    found = the_finding(scene, "prereq", "after-slow", "B-10")
    assert found.title == "Prerequisites aren't satisfied: slow is in its first run and second has never run"
    assert [key.name for key in found.waits_for] == ["slow", "second"]


def test_what_is_missing_comes_before_what_isnt_satisfied() -> None:
    scene = scene_of("06e-prereq-running")
    scene.object("Stack", "after-slow")["spec"]["prerequisites"] = [{"name": "slow"}, {"name": "gone"}]
    assert _ids(scene, "after-slow") == ["B-9"]


def test_a_stack_that_is_being_deleted_waits_for_nobody() -> None:
    scene = scene_of("06a-prereq-missing")
    scene.object("Stack", "orphan")["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 5)
    assert not {"B-9", "B-10"} & set(_ids(scene, "orphan"))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30s", 30.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("250ms", 0.25), ("", None), ("1d", None), ("x30s", None)],
)
def test_durations_of_go(said: str, seconds: float | None) -> None:
    assert go_seconds(said) == seconds
