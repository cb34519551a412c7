"""Applications that can't be compared, and those that a person lets wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnosis.catalogue import APPLICATION_CAUSES
from diagnosis.explain import OUR_ERROR, Diagnosis
from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.applications import (
    ARGOCD,
    NAME,
    Obj,
    application,
    application_findings,
    application_ids,
    condition,
    operation,
    stack_resource,
    the_application_finding,
)
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes

STACK = ("first", "shop")
SKIP = "argocd.argoproj.io/skip-reconcile"
APPROVED = "argocd.argoproj.io/deletion-approved"


def _scene(**fields: Any) -> tuple[Scene, Obj]:
    scene = scenes()["01h-succeeded"].copy()
    app = application(scene.now, stack_resource(*STACK, **fields))
    scene.objects.append(app)
    return scene, app


def _broken(scene: Scene, name: str = "infra") -> Obj:
    """An Application as it looks when Argo CD can't read its settings."""
    app = application(scene.now, name=name)
    del app["status"]["resources"], app["status"]["resourceHealthSource"]
    app["status"]["sync"]["status"] = app["status"]["health"]["status"] = "Unknown"
    return app


def _argocd_cm(**data: str) -> Obj:
    labels = {"app.kubernetes.io/part-of": "argocd"}
    return {"kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": ARGOCD, "labels": labels}, "data": data}


BAD = {"resource.customizations.health.a_b_c": "return {}", "url": "https://argocd.example"}


def _instance(*others: Obj, config_map: Obj | None) -> Scene:
    scene = scenes()["01h-succeeded"].copy()
    scene.object("Stack", "shop")["metadata"]["annotations"] = {
        "argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:first/shop"
    }
    scene.objects += [_broken(scene), _broken(scene, "web"), *others]
    if config_map is not None:
        scene.objects.append(config_map)
    return scene


def test_a_key_that_argo_cd_cannot_read_is_found_with_every_application() -> None:
    scene = _instance(config_map=_argocd_cm(**BAD))
    for name in ("infra", "web"):
        finding = the_application_finding(scene, "A-9", name)
        assert (finding.severity, finding.certainty) == (PROBLEM, CERTAIN)
        assert finding.evidence[0].path == "/data/resource.customizations.health.a_b_c"
        assert "resource.customizations.health.a_b_c" in finding.title
    assert [(each.id, each.severity) for each in findings_of(scene, *STACK)] == [("A-9", NOTE)]


def test_the_picture_alone_is_likely() -> None:
    finding = the_application_finding(_instance(config_map=_argocd_cm(url="https://argocd.example")), "A-9")
    assert finding.certainty == LIKELY
    scene = _instance(config_map=_argocd_cm(**BAD))
    scene.refused["ConfigMap"] = "403 Forbidden"
    finding = the_application_finding(scene, "A-9")
    assert finding.certainty == LIKELY
    assert "403" in finding.unknown[0]


def test_a_config_map_without_its_label_or_none_at_all_is_the_cause() -> None:
    unlabelled = _argocd_cm()
    unlabelled["metadata"]["labels"] = {}
    finding = the_application_finding(_instance(config_map=unlabelled), "A-9")
    assert (finding.certainty, "label" in finding.title) == (CERTAIN, True)
    finding = the_application_finding(_instance(config_map=None), "A-9")
    assert (finding.certainty, "has no argocd-cm" in finding.title) == (CERTAIN, True)


def test_one_application_that_is_compared_means_that_the_settings_can_be_read() -> None:
    scene = scenes()["01h-succeeded"]
    well = application(scene.now, stack_resource(*STACK), name="well")
    assert application_ids(_instance(well, config_map=_argocd_cm(**BAD))) == []
    well["metadata"]["annotations"][SKIP] = "true"
    assert application_ids(_instance(well, config_map=_argocd_cm(**BAD))) == ["A-9"]
    elsewhere = application(scene.now, name="elsewhere")
    elsewhere["status"]["controllerNamespace"] = "argocd-two"
    assert application_ids(_instance(elsewhere, config_map=_argocd_cm(**BAD))) == ["A-9"]


def test_the_settings_are_not_asked_for_while_an_application_is_compared() -> None:
    scene, app = _scene()
    condition(app, "ComparisonError", "failed to load target state", scene.now)
    diagnosis = diagnosis_of(scene)
    assert [each.id for each in diagnosis.application_findings(Key(CONTEXT, ARGOCD, NAME))] == ["A-4"]
    assert not diagnosis.fleet.contexts[CONTEXT].wanted
    assert not diagnosis.fleet.contexts[CONTEXT].of_kind("ConfigMap")


def test_an_application_that_was_never_compared_is_nothing() -> None:
    scene = scenes()["01h-succeeded"].copy()
    scene.objects.append(_broken(scene))
    del scene.objects[-1]["status"]["reconciledAt"]
    assert application_ids(scene) == []


@pytest.mark.parametrize(
    ("kind", "message", "many"),
    [
        ("InvalidSpecError", "unable to find destination server: there are no clusters with this name: edge-7", False),
        ("InvalidSpecError", "there are 2 clusters with the same name: [https://a https://b]", True),
        ("ComparisonError", 'rpc error: code = NotFound desc = cluster "https://edge-7" not found', False),
    ],
)
def test_a_destination_that_argo_cd_does_not_know(kind: str, message: str, many: bool) -> None:
    scene, app = _scene()
    app["spec"]["destination"] = {"name": "edge-7", "namespace": "default"}
    condition(app, kind, message, scene.now - 60)
    finding = the_application_finding(scene, "A-8")
    assert application_ids(scene) == ["A-8"]
    assert (finding.severity, finding.since, "edge-7" in finding.title) == (PROBLEM, scene.now - 60, True)
    assert ("more than one" in finding.title) is many


@pytest.mark.parametrize("kind", ["ComparisonError", "InvalidSpecError", "UnknownError", "DeletionError", "SyncError"])
def test_an_error_condition_is_named(kind: str) -> None:
    scene, app = _scene()
    condition(app, kind, "failed to generate manifest: no such file\nand more", scene.now - 60)
    operation(app, "Error", "ComparisonError: failed", scene.now - 50, scene.now - 40)
    finding = the_application_finding(scene, "A-4")
    assert application_ids(scene) == ["A-4"]
    assert "no such file" in finding.title
    assert [(each.id, each.severity) for each in findings_of(scene, *STACK)] == [("A-4", NOTE)]


def test_a_health_script_that_raises_is_named_as_such() -> None:
    scene, app = _scene()
    message = (
        'error setting app health: failed to get resource health for "Stack" with name "shop": <string>:2: attempt'
    )
    condition(app, "ComparisonError", message, scene.now)
    assert "health script" in the_application_finding(scene, "A-4").title


def test_a_warning_is_no_error() -> None:
    scene, app = _scene()
    condition(app, "OrphanedResourceWarning", "Application has 3 orphaned resources", scene.now)
    condition(app, "RepeatedResourceWarning", "Resource appeared 2 times", scene.now)
    assert application_ids(scene) == []


def test_a_deletion_that_waits_for_a_confirmation() -> None:
    scene, app = _scene(requiresDeletionConfirmation=True)
    assert application_ids(scene) == []
    app["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 60)
    finding = the_application_finding(scene, "A-7")
    assert (finding.severity, "Stack first/shop" in finding.title) == (PROBLEM, True)
    app["metadata"]["annotations"][APPROVED] = rfc3339(scene.now - 90)
    assert application_ids(scene) == ["A-7"]
    app["metadata"]["annotations"][APPROVED] = rfc3339(scene.now - 30)
    assert application_ids(scene) == []


def test_a_sync_that_waits_for_a_confirmation_to_prune_is_not_one_that_does_not_end() -> None:
    scene, app = _scene()
    message = "waiting for pruning confirmation of pulumi.com/Stack/shop and 2 more resources"
    operation(app, "Running", message, scene.now - 3600)
    finding = the_application_finding(scene, "A-7")
    assert application_ids(scene) == ["A-7"]
    assert "pulumi.com/Stack/shop and 2 more" in finding.title
    app["metadata"]["annotations"][APPROVED] = rfc3339(scene.now - 60)
    assert application_ids(scene) == ["A-3"]


@pytest.mark.parametrize(
    ("value", "paused"), [("true", True), ("1", True), ("T", True), ("yes", False), ("false", False)]
)
def test_a_paused_application_is_a_note(value: str, paused: bool) -> None:
    scene, app = _scene()
    app["metadata"]["annotations"][SKIP] = value
    assert application_ids(scene) == (["A-10"] if paused else [])
    if paused:
        assert the_application_finding(scene, "A-10").severity == NOTE
        assert [(each.id, each.severity) for each in findings_of(scene, *STACK)] == [("A-10", NOTE)]


@pytest.mark.parametrize("what", ["operation", "refresh", "deletion"])
def test_a_paused_application_of_which_something_is_wanted_is_a_problem(what: str) -> None:
    scene, app = _scene()
    app["metadata"]["annotations"][SKIP] = "true"
    if what == "operation":
        operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/shop", scene.now - 7200)
    elif what == "refresh":
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal"
    else:
        app["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 60)
    finding = the_application_finding(scene, "A-10")
    assert (finding.severity, what in finding.title) == (PROBLEM, True)
    assert application_ids(scene) == ["A-10"]


HOSTILE: list[Any] = [None, 7, "x", [], [None, 3, "x", [[]]], {}, {"status": 3, "resources": 5}, [{"name": 3}], True]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_nothing_raises_on_an_application_that_makes_no_sense(value: Any) -> None:
    def paths(obj: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        return [
            path
            for name, item in obj.items()
            for path in [(*above, name), *(paths(item, (*above, name)) if isinstance(item, dict) else [])]
        ]

    scene, app = _scene()
    operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/shop", scene.now - 7200)
    app["status"]["history"] = []
    condition(app, "ComparisonError", 'cluster "x" not found', scene.now)
    for path in paths(app):
        if path in (("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")):
            continue
        changed = scene.copy()
        parent: Any = changed.objects[-1]
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = value
        assert "program-error" not in [finding.id for finding in application_findings(changed)], path
        assert "program-error" not in ids_of(changed, *STACK), path


@pytest.mark.parametrize("data", HOSTILE, ids=repr)
def test_nothing_raises_on_settings_that_make_no_sense(data: Any) -> None:
    config_map = _argocd_cm()
    config_map["data"] = {**BAD, "resource.customizations": data} if data is None or data == 7 else data
    found = application_ids(_instance(config_map=config_map))
    assert found == ["A-9"]


def test_a_cause_that_fails_hides_no_other() -> None:
    def fails(facts: object, fleet: object) -> None:
        raise RuntimeError("a slip")

    scene, app = _scene()
    condition(app, "ComparisonError", "failed to load target state", scene.now)
    (first, *_) = APPLICATION_CAUSES
    broken = replace(first, id="X-1", find=fails)
    diagnosis = Diagnosis(diagnosis_of(scene).fleet, application_causes=(broken, *APPLICATION_CAUSES))
    ids = [finding.id for finding in diagnosis.application_findings(Key(CONTEXT, ARGOCD, NAME))]
    assert ids == ["A-4", OUR_ERROR]
