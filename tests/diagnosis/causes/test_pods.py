"""A pod that isn't made, has no node or no image: what refuses it is named, and one that just starts is left alone."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.pod_scenes import PodScene

QUOTA, NODE, IMAGE = "10h-quota", "10c-unschedulable", "10a-image-pull"


def test_a_quota_is_named_with_its_numbers() -> None:
    scene = PodScene(QUOTA)
    found = the_finding(scene.scene, "quota", "shop", "P-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "ResourceQuota quota/none"
    assert "requested pods=1, used pods=0, limit pods=0" in found.title


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ('pods "x" is forbidden: error looking up service account quota/ci: serviceaccount "ci" not found',
         "ServiceAccount quota/ci"),
        ("pods \"x\" is forbidden: failed quota: mem: must specify limits.memory for: bootstrap,fetch,pulumi",
         "ResourceQuota quota/mem"),
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest": seccompProfile',
         "pod security of namespace quota"),
        ('admission webhook "policy.acme.example" denied the request: no',
         "admission webhook policy.acme.example"),
        ("metadata.labels: Invalid value: must be no more than 63 characters", "shop-workspace-0"),
        ("something new", "Workspace quota/shop"),
    ],
)  # fmt: skip
def test_what_refuses_a_pod_is_what_it_is_about(message: str, subject: str) -> None:
    scene = PodScene(QUOTA)
    event = next(each for each in scene.scene.objects if each.get("reason") == "FailedCreate")
    event["message"] = message
    assert the_finding(scene.scene, "quota", "shop", "P-1").subject == subject


def test_a_refusal_from_before_the_last_change_of_the_statefulset_says_nothing() -> None:
    scene = PodScene(QUOTA)
    manager = {"manager": "pulumi-kubernetes-operator", "operation": "Apply", "time": rfc3339(scene.now)}
    scene.statefulset["metadata"]["managedFields"] = [manager]
    assert "P-1" not in scene.ids()
    manager["subresource"] = "status"
    assert "P-1" in scene.ids()


@pytest.mark.parametrize(("ago", "found"), [(1199.0, True), (1201.0, False)])
def test_a_refusal_that_wasnt_repeated_for_long_is_history(ago: float, found: bool) -> None:
    scene = PodScene(QUOTA)
    scene.statefulset["metadata"]["creationTimestamp"] = rfc3339(scene.now - 9000.0)
    event = next(each for each in scene.scene.objects if each.get("reason") == "FailedCreate")
    event["lastTimestamp"] = rfc3339(scene.now - ago)
    assert ("P-1" in scene.ids()) == found


def test_a_refusal_is_over_once_a_pod_was_made() -> None:
    scene = PodScene(QUOTA)
    scene.event(scene.statefulset, "SuccessfulCreate", "created", ago=0.0)
    assert "P-1" not in scene.ids()


def test_a_refusal_of_another_statefulset_of_that_name_says_nothing() -> None:
    scene = PodScene(QUOTA)
    scene.statefulset["metadata"]["uid"] = "another"
    assert "P-1" not in scene.ids()


def test_a_refused_pod_isnt_certain_where_pods_cant_be_read() -> None:
    scene = PodScene(QUOTA)
    scene.scene.refused["Pod"] = "forbidden"
    found = the_finding(scene.scene, "quota", "shop", "P-1")
    assert found.certainty == LIKELY
    assert found.unknown == ("whether the pod is there: forbidden",)


def test_a_pod_without_a_node_says_what_the_nodes_lack() -> None:
    scene = PodScene(NODE)
    found = the_finding(scene.scene, "pods", "unschedulable", "P-2")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "Insufficient memory")
    assert found.title.endswith("can't be scheduled: 1 Insufficient memory")


@pytest.mark.parametrize(("reason", "ago", "severity"), [
    ("TriggeredScaleUp", 30.0, WAITING), ("Nominated", 599.0, WAITING), ("TriggeredScaleUp", 601.0, PROBLEM),
    ("NotTriggerScaleUp", 30.0, PROBLEM),
])  # fmt: skip
def test_a_node_that_is_being_added_is_waited_for(reason: str, ago: float, severity: str) -> None:
    scene = PodScene(NODE)
    scene.event(scene.pod, reason, "pod triggered scale-up: [{pool 1->2 (max: 5)}]", ago=ago)
    assert the_finding(scene.scene, "pods", "unschedulable", "P-2").severity == severity


def test_a_pod_that_has_a_node_is_no_such_pod() -> None:
    scene = PodScene(NODE)
    scheduled = next(each for each in scene.pod["status"]["conditions"] if each["type"] == "PodScheduled")
    scheduled |= {"status": "True"}
    assert scene.ids() == []


def test_an_image_that_cant_be_pulled_is_named_with_its_field() -> None:
    scene = PodScene(IMAGE)
    found = the_finding(scene.scene, "pods", "image-pull", "P-3")
    assert found.subject == "image registry.acme.example/pulumi:nope"
    assert "spec.workspaceTemplate.spec.image" in found.next_step
    assert any("pull access denied" in each.text for each in found.evidence)


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])
def test_every_way_to_have_no_image(reason: str) -> None:
    scene = PodScene(IMAGE)
    scene.wait("pulumi", reason)
    found = the_finding(scene.scene, "pods", "image-pull", "P-3")
    assert found.certainty == CERTAIN
    assert found.next is not None
    assert found.next.what.startswith("kubelet tries again") == (reason in ("ErrImagePull", "ImagePullBackOff"))


def test_the_operators_own_image_is_told_from_the_stacks() -> None:
    scene = PodScene(IMAGE)
    scene.wait("pulumi", "PodInitializing")
    scene.wait("bootstrap", "ImagePullBackOff", 'Back-off pulling image "pulumi/pulumi-kubernetes-operator:v2.9.0"')
    found = the_finding(scene.scene, "pods", "image-pull", "P-3")
    assert found.subject == "image pulumi/pulumi-kubernetes-operator:v2.9.0"
    assert "AGENT_IMAGE" in found.next_step


def test_an_older_kubelet_says_in_an_event_why() -> None:
    scene = PodScene(IMAGE)
    image = "registry.acme.example/pulumi:nope"
    scene.wait("pulumi", "ImagePullBackOff", f'Back-off pulling image "{image}"')
    scene.event(scene.pod, "Failed", f'Failed to pull image "{image}": not found', ago=1.0)
    texts = [each.text for each in the_finding(scene.scene, "pods", "image-pull", "P-3").evidence]
    assert f'Failed to pull image "{image}": not found' in texts


@pytest.mark.parametrize(
    "recorded", ["01b-workspace-pending", "01c-installing", "01d-initializing", "15c-new-commit-rolls-pod"]
)
def test_a_pod_that_starts_is_left_alone(recorded: str) -> None:
    assert PodScene(recorded).ids() == []


@pytest.mark.parametrize(
    "recorded", [NODE, IMAGE, "04a-secret-missing", "03e-bad-commit", "03f-repodir-wrong", "05m-no-source"]
)
def test_a_pod_that_nobody_waits_for_or_that_is_on_its_way_out_says_nothing(recorded: str) -> None:
    leaving = PodScene(recorded)
    leaving.pod["metadata"]["deletionTimestamp"] = rfc3339(leaving.now)
    assert leaving.ids() == []
    ready = PodScene(recorded)
    ready.stack["status"]["conditions"] = [{"type": "Ready", "status": "True", "reason": "ProcessingCompleted"}]
    ready.stack["status"] |= {"observedGeneration": 1, "lastUpdate": {"state": "succeeded", "generation": 1}}
    assert ready.ids() == []


def test_a_pod_of_another_statefulset_is_no_pod_of_the_stack() -> None:
    scene = PodScene(IMAGE)
    scene.statefulset["metadata"]["uid"] = "another"
    assert scene.ids() == []


def test_an_update_that_waits_for_its_workspace_wants_the_pod_too() -> None:
    scene = PodScene(IMAGE)
    scene.update_waits()
    assert "P-3" in scene.ids()


def test_an_agent_that_has_worked_and_that_no_update_needs_may_lack_its_image() -> None:
    scene = PodScene(IMAGE)
    scene.has_worked()
    assert scene.ids() == ["P-3"]
