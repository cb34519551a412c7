"""Which Application holds which Stack, also from one cluster to another, and how that is said with the Stack."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.explain import Diagnosis
from diagnosis.facts import context_objects
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, LIKELY, CausedBy
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key
from support.applications import ARGOCD, IN_CLUSTER, application, operation, stack_resource
from support.scenes import Scene, diagnosis_of_all, scenes

SPOKE = "https://spoke.example:443"
SERVERS = DestinationMap(servers={"hub": "https://hub.example:443", "spoke": SPOKE})
APP = Key("hub", ARGOCD, "infra")
STACK = Key("spoke", "crash", "mid-deleted")


def _hub_and_spoke(server: str = SPOKE) -> dict[str, Scene]:
    """A wedged Stack in one cluster, and in another an Application whose sync waits for it."""
    spoke = scenes()["12k-W1-wedge"].copy()
    hub = Scene("hub", spoke.now, [])
    resource = stack_resource(STACK.namespace, STACK.name)
    app = application(hub.now, resource, server=server)
    operation(app, "Running", f"waiting for healthy state of pulumi.com/Stack/{STACK.name}", hub.now - 60)
    hub.objects.append(app)
    return {"hub": hub, "spoke": spoke}


def _tracked(scene: Scene, tracking_id: str) -> None:
    scene.object("Stack", STACK.name)["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": tracking_id}


def test_an_application_of_the_hub_waits_for_a_stack_of_the_spoke() -> None:
    diagnosis = diagnosis_of_all(_hub_and_spoke(), SERVERS)
    (finding,) = diagnosis.application_findings(APP)
    assert (finding.id, finding.caused_by) == ("A-1", (CausedBy(STACK, "W-1"),))
    assert [each.id for each in diagnosis.findings(STACK)] == ["W-1", "A-1"]
    assert diagnosis.fleet.held(APP) == [STACK]


def test_a_stack_of_the_same_name_in_another_cluster_is_not_meant() -> None:
    both = _hub_and_spoke(IN_CLUSTER)
    diagnosis = diagnosis_of_all(both, SERVERS)
    assert [each.id for each in diagnosis.findings(STACK)] == ["W-1"]
    assert diagnosis.fleet.held(APP) == []
    both["hub"].objects += both["spoke"].objects
    diagnosis = diagnosis_of_all(both, SERVERS)
    assert diagnosis.fleet.held(APP) == [STACK._replace(context="hub")]


def test_an_application_in_a_cluster_that_nobody_can_place_is_likely_by_the_stacks_own_word() -> None:
    both = _hub_and_spoke("https://elsewhere.example")
    assert [each.id for each in diagnosis_of_all(both).findings(STACK)] == ["W-1"]
    _tracked(both["spoke"], f"infra:pulumi.com/Stack:{STACK.namespace}/{STACK.name}")
    diagnosis = diagnosis_of_all(both)
    (_, shown) = diagnosis.findings(STACK)
    assert (shown.id, shown.certainty) == ("A-1", LIKELY)
    assert shown.makes_certain
    assert [each.certainty for each in diagnosis.application_findings(APP)] == [CERTAIN]


def test_a_stack_that_names_another_application_is_not_held() -> None:
    both = _hub_and_spoke()
    _tracked(both["spoke"], f"other:pulumi.com/Stack:{STACK.namespace}/{STACK.name}")
    assert diagnosis_of_all(both, SERVERS).fleet.held(APP) == []


def test_a_tracking_id_that_was_copied_says_nothing() -> None:
    both = _hub_and_spoke()
    _tracked(both["spoke"], "other:pulumi.com/Stack:crash/somewhere-else")
    assert diagnosis_of_all(both, SERVERS).fleet.held(APP) == [STACK]


def test_without_applications_nothing_is_held() -> None:
    diagnosis = diagnosis_of_all({"spoke": _hub_and_spoke()["spoke"]})
    assert diagnosis.fleet.holder(STACK) is None
    assert diagnosis.application_findings(APP) == []
    assert diagnosis.findings(Key("nowhere", "no", "body")) == []


def test_two_thousand_applications_and_ten_thousand_stacks_are_joined_without_a_look_at_their_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1795459369.0
    objects = ContextObjects("hub", now)
    apps, stacks = [], []
    for n in range(2000):
        held = [(f"ns-{n}", f"stack-{m}") for m in range(5)]
        others: list[dict[str, Any]] = [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": f"ns-{n}", "name": f"web-{m}"}
            for m in range(10)
        ]
        app = application(now, *(stack_resource(*place) for place in held), *others, name=f"app-{n}")
        operation(app, "Succeeded", "successfully synced (all tasks run)", now - 90, now - 60)
        apps.append(app)
        stacks += [{"kind": "Stack", "metadata": {"namespace": place[0], "name": place[1]}} for place in held]
    objects.put_list("Application", apps)
    objects.put_list("Stack", stacks)
    made_showable: set[str] = set()
    monkeypatch.setattr(context_objects, "shown", lambda obj: made_showable.add(obj["kind"]) or dict(obj))
    diagnosis = Diagnosis(FleetFacts({"hub": objects}), causes=())
    assert sum(len(diagnosis.fleet.held(Key("hub", ARGOCD, f"app-{n}"))) for n in range(2000)) == 10_000
    assert not any(diagnosis.application_findings(Key("hub", ARGOCD, f"app-{n}")) for n in range(2000))
    assert not any(diagnosis.findings(Key("hub", *place)) for place in objects.raw("Stack"))
    assert "Application" not in made_showable
