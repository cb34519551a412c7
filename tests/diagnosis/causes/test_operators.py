"""The operator is down, its CRDs are too old, or there are two of it: what proves it, and what only looks like it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM
from stacks.times import instant, rfc3339
from support.finding_checks import the_finding
from support.scene_edits import OPERATOR, lease, renew, scene_of, set_version, wrote
from support.scenes import Scene, findings_of, ids_of


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("12d-new-stack-operator-down", "newborn"),
        ("12f-annotated-operator-down", "asked"),
        ("12g-running-operator-dead", "mid"),
        ("12i-complete-then-deleted-operator-dead", "quick"),
    ],
)
def test_what_waits_for_an_operator_whose_lease_is_old_has_a_problem(record: str, name: str) -> None:
    scene = scene_of(record)
    found = the_finding(scene, "crash", name, "B-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.since == instant(lease(scene)["renewTime"])
    assert found.next is not None and found.next.at is None
    assert OPERATOR in found.next_step
    assert ids_of(scene, "crash", name) == ["B-1"]


def test_a_lease_that_is_ten_seconds_old_proves_nothing_yet() -> None:
    assert "B-1" not in ids_of(scene_of("12c-complete-not-absorbed-operator-dead"), "crash", "quick")


def test_a_lease_may_last_longer_than_a_minute() -> None:
    scene = scene_of("12g-running-operator-dead")
    lease(scene)["leaseDurationSeconds"] = 300
    assert "B-1" not in ids_of(scene, "crash", "mid")


def test_a_stack_that_waits_for_nothing_gets_a_note() -> None:
    scene = scene_of("12f-annotated-operator-down")
    scene.object("Stack", "asked")["metadata"]["annotations"] = {}
    assert the_finding(scene, "crash", "asked", "B-1").severity == NOTE


@pytest.mark.parametrize(("ago", "certainty"), [(10, None), (30, LIKELY), (90, CERTAIN)])
def test_a_lease_that_was_given_back_is_taken_within_seconds_or_not_at_all(ago: float, certainty: str | None) -> None:
    scene = scene_of("12g-running-operator-dead")
    lease(scene).update(holderIdentity="", leaseDurationSeconds=1)
    renew(scene, ago)
    found = [finding for finding in findings_of(scene, "crash", "mid") if finding.id == "B-1"]
    assert [finding.certainty for finding in found] == ([certainty] if certainty else [])
    if found:
        the_finding(scene, "crash", "mid", "B-1")


def test_a_deployment_without_a_replica_proves_it_where_the_lease_was_just_given_back() -> None:
    scene = scene_of("12g-running-operator-dead")
    lease(scene).update(holderIdentity="", leaseDurationSeconds=1)
    renew(scene, 5)
    scene.object("Deployment", "controller-manager")["status"] = {"replicas": 1, "unavailableReplicas": 1}
    assert the_finding(scene, "crash", "mid", "B-1").certainty == CERTAIN


def test_a_deployment_without_a_replica_says_nothing_while_the_lease_is_renewed() -> None:
    scene = scene_of("01f-update-running")
    scene.object("Deployment", "controller-manager")["status"] = {}
    assert "B-1" not in ids_of(scene, "first", "shop")


def test_without_a_lease_a_stack_that_nobody_sees_makes_it_likely() -> None:
    scene = scene_of("12d-new-stack-operator-down")
    scene.refused["Lease"] = "leases may not be listed"
    found = the_finding(scene, "crash", "newborn", "B-1")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)
    assert "leases may not be listed" in found.unknown[0]
    scene.now -= 20
    assert ids_of(scene, "crash", "newborn") == []


def test_without_a_lease_a_run_that_goes_on_is_no_sign() -> None:
    scene = scene_of("12g-running-operator-dead")
    scene.refused["Lease"] = "leases may not be listed"
    assert "B-1" not in ids_of(scene, "crash", "mid")


def test_pko_1_saves_the_generation_at_the_end_of_a_run() -> None:
    scene = scene_of("12g-running-operator-dead")
    scene.refused["Lease"] = "leases may not be listed"
    stack = scene.object("Stack", "mid")
    stack["metadata"]["generation"] = 3
    wrote(stack, "kubectl-edit", rfc3339(scene.now - 100))
    assert "B-1" in ids_of(scene, "crash", "mid")
    set_version(scene, "v1.16.0")
    assert "B-1" not in ids_of(scene, "crash", "mid")


def _operator_pod(status: dict[str, Any]) -> dict[str, Any]:
    container = {"name": "manager", "image": f"pulumi/{OPERATOR}:v2.9.0"}
    metadata = {"name": "controller-manager-0", "namespace": OPERATOR, "uid": "operator-pod"}
    statuses = [{"name": "manager", "restartCount": 4, **status}]
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]},
        "status": {"containerStatuses": statuses},
    }  # fmt: skip


def test_the_operators_pod_says_why() -> None:
    scene = scene_of("12d-new-stack-operator-down")
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    scene.objects.append(_operator_pod({"lastState": killed, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}))
    found = the_finding(scene, "crash", "newborn", "B-1")
    assert "OOMKilled" in found.title
    assert "memory" in found.next_step
    assert [each.text for each in found.evidence if each.object.kind == "Pod"] == ["OOMKilled", "CrashLoopBackOff"]


def test_the_operators_pod_is_asked_for_by_its_name() -> None:
    scene = scene_of("12d-new-stack-operator-down")
    scene.objects.append(_operator_pod({"lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}))
    scene.refused["Pod"] = "pods may not be listed"
    scene.names[f"Pod {OPERATOR}"] = ["controller-manager-0", "somebody-else"]
    assert "OOMKilled" not in the_finding(scene, "crash", "newborn", "B-1").title
    del scene.refused["Pod"]
    assert "OOMKilled" in the_finding(scene, "crash", "newborn", "B-1").title


def test_an_operator_that_cant_start_is_said_to_wait_for_what() -> None:
    scene = scene_of("12d-new-stack-operator-down")
    scene.objects.append(_operator_pod({"state": {"waiting": {"reason": "ImagePullBackOff"}}}))
    assert "ImagePullBackOff" in the_finding(scene, "crash", "newborn", "B-1").title


LINE = (
    "2026-11-23T18:20:00.000Z\tERROR\tReconciler error\t"
    '{"controller": "stack-controller", "namespace": "src-flux", "name": "flux-missing", "error": '
    '"failed to create typed patch object (src-flux/flux-missing; pulumi.com/v1, Kind=Stack): '
    '.status.projectInfo: field not declared in schema"}'
)


def _crd(name: str, version: str, *fields: str) -> dict[str, Any]:
    status = {"type": "object", "properties": {each: {"type": "object"} for each in ("conditions", *fields)}}
    schema = {"openAPIV3Schema": {"properties": {"status": status}}}
    versions = [{"name": "v1beta0", "schema": {}}, {"name": version, "schema": schema}]
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
        "spec": {"versions": versions},
    }  # fmt: skip


def _unsaved(*, line: bool = True, crd: bool = True) -> Scene:
    """A Stack whose status can't be saved."""
    scene = scene_of("03h-flux-crd-missing")
    scene.operator_log = [LINE] if line else []
    fields = () if crd else ("projectInfo",)
    scene.objects.append(_crd("stacks.pulumi.com", "v1", *fields))
    scene.objects.append(_crd("updates.auto.pulumi.com", "v1alpha1", "projectInfo"))
    return scene


def test_crds_that_lack_what_the_operator_writes() -> None:
    scene = _unsaved()
    found = the_finding(scene, "src-flux", "flux-missing", "U-13")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The CRDs are older than the operator v2.9.0: stacks.pulumi.com has no status.projectInfo"
    assert ids_of(scene, "src-flux", "flux-missing") == ["U-13"]


@pytest.mark.parametrize(("line", "crd"), [(True, False), (False, True)])
def test_the_log_or_the_crd_alone_makes_it_likely(line: bool, crd: bool) -> None:
    found = the_finding(_unsaved(line=line, crd=crd), "src-flux", "flux-missing", "U-13")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)


def test_crds_that_cant_be_read_are_named() -> None:
    scene = _unsaved()
    scene.refused["CustomResourceDefinition"] = "CRDs may not be read"
    found = the_finding(scene, "src-flux", "flux-missing", "U-13")
    assert found.certainty == LIKELY
    assert found.unknown == ("the CRD stacks.pulumi.com: CRDs may not be read",)


def test_crds_of_this_version_arent_too_old() -> None:
    assert "U-13" not in ids_of(_unsaved(line=False, crd=False), "src-flux", "flux-missing")


def test_updates_that_end_aborted_for_it_are_no_cause_of_their_own() -> None:
    scene = scene_of("12m-operator-restart-aborted")
    scene.operator_log = [
        '2026-11-23T18:40:00.000Z\tERROR\tReconciler error\t{"controller": "update-controller", "namespace": "crash", '
        '"name": "mid-1a209b2af44", "error": "failed to create typed patch object (crash/mid-1a209b2af44; '
        'auto.pulumi.com/v1alpha1, Kind=Update): .status.projectInfo: field not declared in schema"}'
    ]
    assert ids_of(scene, "crash", "mid")[:1] == ["U-13"]
    assert not {"U-5", "U-7", "U-9"} & set(ids_of(scene, "crash", "mid"))


def test_an_operator_before_2_6_writes_nothing_that_its_crds_lack() -> None:
    scene = _unsaved()
    set_version(scene, "v2.5.1")
    assert "U-13" not in ids_of(scene, "src-flux", "flux-missing")


def test_from_2_6_the_workspaces_need_a_version() -> None:
    scene = _unsaved(line=False)
    set_version(scene, "v2.7.0")
    scene.objects.append(_crd("workspaces.auto.pulumi.com", "v1alpha1"))
    assert "workspaces.auto.pulumi.com" in the_finding(scene, "src-flux", "flux-missing", "U-13").title


def test_old_crds_arent_looked_for_while_results_are_saved() -> None:
    scene = scene_of("01h-succeeded")
    scene.operator_log = [LINE.replace("src-flux", "first").replace("flux-missing", "shop")]
    scene.objects.append(_crd("stacks.pulumi.com", "v1"))
    assert ids_of(scene, "first", "shop") == []


def _two_operators() -> Scene:
    scene = scene_of("01h-succeeded")
    renewed = rfc3339(scene.now - 5)
    old = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "pulumi-kubernetes-operator", "namespace": "legacy", "uid": "old"},
        "spec": {"template": {"spec": {"containers": [{"name": "operator", "image": f"pulumi/{OPERATOR}:v1.16.0"}]}}},
        "status": {"availableReplicas": 1},
    }  # fmt: skip
    held = {"holderIdentity": "old-operator", "renewTime": renewed, "leaseDurationSeconds": 15}
    metadata = {"name": "pulumi-kubernetes-operator-lock", "namespace": "legacy", "uid": "lock"}
    lock = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": held}
    scene.objects += [old, lock]
    return scene


def test_two_operators_of_different_generations() -> None:
    found = the_finding(_two_operators(), "first", "shop", "V-4")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)
    assert "legacy/pulumi-kubernetes-operator" in found.next_step


def test_an_operator_that_no_longer_works_does_no_harm() -> None:
    scene = _two_operators()
    scene.object("Lease", "pulumi-kubernetes-operator-lock")["spec"]["renewTime"] = rfc3339(scene.now - 300)
    assert "V-4" not in ids_of(scene, "first", "shop")
    scene = _two_operators()
    scene.object("Deployment", "pulumi-kubernetes-operator")["status"] = {}
    assert "V-4" not in ids_of(scene, "first", "shop")


@pytest.mark.parametrize(
    ("variable", "seen"),
    [
        ({"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}, False),
        ({"value": "legacy,other"}, False),
        ({"value": "legacy,first"}, True),
        ({"value": ""}, True),
    ],
)
def test_an_operator_of_1_x_may_watch_its_own_namespaces_only(variable: dict[str, Any], seen: bool) -> None:
    scene = _two_operators()
    containers = scene.object("Deployment", "pulumi-kubernetes-operator")["spec"]["template"]["spec"]["containers"]
    containers[0]["env"] = [{"name": "WATCH_NAMESPACE", **variable}]
    assert ("V-4" in ids_of(scene, "first", "shop")) == seen


def _second_operator(scene: Scene, watches: str) -> None:
    """Another operator in a namespace of its own, which works."""
    env = [{"name": "WATCH_NAMESPACE", "value": watches}]
    for kind, name in (("Lease", "operator.pulumi.com"), ("Deployment", "controller-manager")):
        made = copy.deepcopy(scene.object(kind, name))
        made["metadata"] |= {"namespace": "second", "uid": f"second-{kind}"}
        scene.objects.append(made)
    scene.objects[-1]["spec"]["template"]["spec"]["containers"][0]["env"] = env
    scene.objects[-2]["spec"]["renewTime"] = rfc3339(scene.now - 3.0)


def test_an_operator_that_works_elsewhere_does_nothing_for_a_namespace_that_it_doesnt_watch() -> None:
    scene = scene_of("12d-new-stack-operator-down")
    _second_operator(scene, "elsewhere")
    assert ids_of(scene, "crash", "newborn") == ["B-1"]
    both = scene_of("12d-new-stack-operator-down")
    _second_operator(both, "crash")
    assert "B-1" not in ids_of(both, "crash", "newborn")
