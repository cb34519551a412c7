"""An agent that runs and isn't let in, or isn't reached: who lacks what, and what may be in the way."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects, ObjectWanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, Finding
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.pod_scenes import PodScene
from support.scenes import CONTEXT

REVIEW, UNREACHED = "10g-no-auth-delegator", "10d-agent-unreachable"
_NO_TOKENS = (
    'failed to request token: serviceaccounts "controller-manager" is forbidden: cannot create resource '
    '"serviceaccounts/token" in API group ""'
)


@pytest.mark.parametrize("message", ["TokenReview API is unavailable", "SubjectAccessReview API is unavailable"])
def test_the_service_account_that_isnt_bound_is_named(message: str) -> None:
    scene = PodScene(REVIEW)
    scene.ready("Unauthenticated", message)
    scene.pod["spec"]["serviceAccountName"] = "deployer"
    found = the_finding(scene.scene, "noauth", "shop", "C-1")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "ServiceAccount noauth/deployer")
    assert found.actions == ("restart-workspace",)
    assert scene.ids() == ["C-1"]


def test_an_operator_that_may_not_use_the_agent() -> None:
    scene = PodScene(REVIEW)
    scene.ready("PermissionDenied", "forbidden")
    found = the_finding(scene.scene, "noauth", "shop", "C-2")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "workspaces/rpc" in found.next_step
    assert scene.ids() == ["C-2"]


@pytest.mark.parametrize("reason", ["Unauthenticated", "Internal"])
def test_an_operator_that_may_not_ask_for_tokens(reason: str) -> None:
    scene = PodScene(REVIEW)
    scene.ready(reason, _NO_TOKENS)
    found = the_finding(scene.scene, "noauth", "shop", "C-3")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert scene.ids() == ["C-3"]


_REFUSALS = [
    ("C-1", "Unauthenticated", "TokenReview API is unavailable"),
    ("C-2", "PermissionDenied", "forbidden"),
    ("C-3", "Internal", _NO_TOKENS),
]


@pytest.mark.parametrize(("wanted", "reason", "message"), _REFUSALS)
def test_a_refusal_counts_while_the_agent_runs_and_the_stack_waits(wanted: str, reason: str, message: str) -> None:
    def refused() -> PodScene:
        scene = PodScene(REVIEW)
        scene.ready(reason, message)
        return scene

    assert refused().ids() == [wanted]
    gone = refused()
    gone.scene.objects.remove(gone.pod)
    assert gone.ids() == []
    stopped = refused()
    stopped.wait("pulumi", "CrashLoopBackOff")
    assert stopped.ids() == []
    older = refused()
    older.workspace["metadata"]["generation"] = 2
    assert wanted not in older.ids()
    content = refused()
    content.stack["status"]["conditions"] = [{"type": "Ready", "status": "True", "reason": "ProcessingCompleted"}]
    assert wanted not in content.ids()


@pytest.mark.parametrize(("wanted", "reason", "message"), _REFUSALS)
def test_a_refusal_isnt_certain_where_pods_cant_be_read(wanted: str, reason: str, message: str) -> None:
    scene = PodScene(REVIEW)
    scene.ready(reason, message)
    scene.scene.refused["Pod"] = "forbidden"
    found = the_finding(scene.scene, "noauth", "shop", wanted)
    assert found.certainty == LIKELY
    assert found.unknown == ("whether the agent runs: forbidden",)


@pytest.mark.parametrize("message", ["context deadline exceeded", "unable to connect to workspace: TRANSIENT_FAILURE"])
def test_an_agent_that_isnt_reached_is_certain_and_why_is_open(message: str) -> None:
    scene = PodScene(UNREACHED)
    scene.ready("ConnectionFailed", message)
    found = the_finding(scene.scene, "pods", "agent-mute", "C-4")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.unknown == ("whether the agent listens: the container has no log",)
    assert found.actions == ()


def test_an_agent_whose_log_doesnt_say_that_it_listens_may_be_started_again() -> None:
    scene = PodScene(UNREACHED)
    scene.say("pulumi", "opened a local workspace")
    found = the_finding(scene.scene, "pods", "agent-mute", "C-4")
    assert "doesn't say that it listens" in found.title
    assert found.actions == ("restart-workspace",)
    scene.say("pulumi", "server listening")
    found = the_finding(scene.scene, "pods", "agent-mute", "C-4")
    assert found.actions == ()
    assert found.evidence[-1].text == "server listening"


@pytest.mark.parametrize(("since", "found"), [(31.0, True), (29.0, False)])
def test_an_agent_has_half_a_minute_to_be_reached(since: float, found: bool) -> None:
    scene = PodScene(UNREACHED)
    scene.run("pulumi", since=since)
    assert ("C-4" in scene.ids()) == found


def test_an_agent_that_doesnt_run_cant_be_reached() -> None:
    scene = PodScene(UNREACHED)
    scene.end("pulumi", 1)
    assert "C-4" not in scene.ids()


@pytest.mark.parametrize(("ago", "found"), [(31.0, True), (29.0, False)])
def test_an_update_that_cant_get_through_says_so_too(ago: float, found: bool) -> None:
    scene = PodScene(UNREACHED)
    scene.ready("Succeeded", "", status="True")
    scene.update_waits("TransientFailure", ago=ago)
    assert ("C-4" in scene.ids()) == found
    if found:
        assert the_finding(scene.scene, "pods", "agent-mute", "C-4").evidence[0].object.kind == "Update"


def test_an_update_that_waits_for_another_reason_isnt_about_the_connection() -> None:
    scene = PodScene(UNREACHED)
    scene.ready("Succeeded", "", status="True")
    scene.update_waits("Progressing", ago=300.0, progressing="True")
    assert "C-4" not in scene.ids()


@pytest.mark.parametrize("reason", ["RollingUpdate", "WaitingForReplicas", "Installing", "Initializing"])
def test_reasons_that_say_nothing(reason: str) -> None:
    scene = PodScene(UNREACHED)
    scene.ready(reason, "Waiting for something")
    scene.run("pulumi", since=100.0)
    assert scene.ids() == []


def _policy(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "allow-workspace-rpc", "namespace": "pods", "uid": "np-1"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


_OPERATOR = {"matchLabels": {"app.kubernetes.io/name": "pulumi-kubernetes-operator"}}
_HOME = {"matchLabels": {"kubernetes.io/metadata.name": "pulumi-kubernetes-operator"}}
_LABELLED = {"matchLabels": {"control-plane": "controller-manager"}}
_COMPONENT = "auto.pulumi.com/component"
_PODS = {"matchLabels": {_COMPONENT: "workspace"}}


@pytest.mark.parametrize(
    ("spec", "in_the_way"),
    [
        ({"podSelector": {}, "policyTypes": ["Ingress"]}, True),
        ({"podSelector": _PODS, "ingress": [{"from": [{"namespaceSelector": _HOME, "podSelector": _OPERATOR}]}]}, True),
        ({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}, True),
        ({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]}]}, True),
        (
            {"podSelector": _PODS, "ingress": [{"from": [{"namespaceSelector": _HOME, "podSelector": _LABELLED}]}]},
            False,
        ),
        ({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}, False),
        ({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}, False),
        ({"podSelector": {}, "ingress": [{}]}, False),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, False),
        ({"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Ingress"]}, False),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}, False),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}, True),
        ({"podSelector": {"matchExpressions": [{"key": _COMPONENT, "operator": "In", "values": ["workspace"]}]}}, True),
        ({"podSelector": {"matchExpressions": [{"key": _COMPONENT, "operator": "In", "values": ["web"]}]}}, False),
        ({"podSelector": {"matchExpressions": [{"key": _COMPONENT, "operator": "NotIn", "values": ["web"]}]}}, True),
        (
            {"podSelector": {"matchExpressions": [{"key": _COMPONENT, "operator": "NotIn", "values": ["workspace"]}]}},
            False,
        ),
    ],
)
def test_a_network_policy_that_keeps_the_operator_out_is_named(spec: dict[str, Any], in_the_way: bool) -> None:
    scene = PodScene(UNREACHED)
    labels = {"kubernetes.io/metadata.name": "pulumi-kubernetes-operator", "team": "platform"}
    home = {"name": "pulumi-kubernetes-operator", "labels": labels, "uid": "ns-1"}
    scene.scene.objects += [{"apiVersion": "v1", "kind": "Namespace", "metadata": home}, _policy(**spec)]
    found = the_finding(scene.scene, "pods", "agent-mute", "C-4")
    assert (found.subject == "NetworkPolicy pods/allow-workspace-rpc") == in_the_way
    assert ("port 50051" in found.next_step) == in_the_way


def test_a_policy_that_lets_the_operator_in_beside_another_is_enough() -> None:
    scene = PodScene(UNREACHED)
    closed, opened = (
        _policy(podSelector={}),
        _policy(podSelector={}, ingress=[{"from": [{"namespaceSelector": _HOME}]}]),
    )
    opened["metadata"] = {**opened["metadata"], "name": "open"}
    scene.scene.objects += [closed, opened]
    assert the_finding(scene.scene, "pods", "agent-mute", "C-4").subject == "Pod pods/agent-mute-workspace-0"


def test_policies_that_cant_be_read_are_said() -> None:
    scene = PodScene(UNREACHED)
    scene.scene.refused["NetworkPolicy"] = "forbidden"
    found = the_finding(scene.scene, "pods", "agent-mute", "C-4")
    assert any(each.startswith("whether a NetworkPolicy is in the way: ") for each in found.unknown)


def test_policies_that_werent_listed_are_read_one_by_one() -> None:
    scene = PodScene(UNREACHED)
    scene.scene.objects.append(_policy(podSelector={}, policyTypes=["Ingress"]))
    objects = ContextObjects(CONTEXT, scene.now, "pulumi-kubernetes-operator")
    for each in scene.scene.objects:
        if each["kind"] != "NetworkPolicy":
            objects.put_list(each["kind"], [each])
    policy, key = scene.scene.objects[-1], Key(CONTEXT, "pods", "agent-mute")

    def found() -> Finding:
        (finding,) = [each for each in Diagnosis(FleetFacts({CONTEXT: objects})).findings(key) if each.id == "C-4"]
        return finding

    assert "whether a NetworkPolicy is in the way: names were not read" in found().unknown
    every, one = ObjectWanted("NetworkPolicy", "pods"), ObjectWanted("NetworkPolicy", "pods", "allow-workspace-rpc")
    assert every in objects.wanted
    objects.put_names(every, ["allow-workspace-rpc"])
    assert found().subject == "Pod pods/agent-mute-workspace-0"
    assert one in objects.wanted
    objects.put_answer(one, policy, scene.now)
    assert found().subject == "NetworkPolicy pods/allow-workspace-rpc"
    objects.put_names(every, [f"policy-{number}" for number in range(11)])
    assert any("is in the way" in each for each in found().unknown)


def test_labels_of_the_operators_namespace_that_nobody_knows_count_as_letting_it_in() -> None:
    scene = PodScene(UNREACHED)
    team = {"namespaceSelector": {"matchLabels": {"team": "x"}}}
    scene.scene.objects.append(_policy(podSelector={}, ingress=[{"from": [team]}]))
    assert the_finding(scene.scene, "pods", "agent-mute", "C-4").subject == "Pod pods/agent-mute-workspace-0"


def test_a_long_log_may_have_lost_the_line_that_says_that_it_listens() -> None:
    scene = PodScene(UNREACHED)
    scene.say("pulumi", *["transport closed"] * 100)
    assert the_finding(scene.scene, "pods", "agent-mute", "C-4").actions == ()
    scene.say("pulumi", *["transport closed"] * 99)
    assert the_finding(scene.scene, "pods", "agent-mute", "C-4").actions == ("restart-workspace",)
    scene.has_worked()
    assert the_finding(scene.scene, "pods", "agent-mute", "C-4").actions == ()


def test_a_pod_on_its_way_out_isnt_reached_any_more() -> None:
    scene = PodScene(UNREACHED)
    scene.pod["metadata"]["deletionTimestamp"] = rfc3339(scene.now)
    assert "C-4" not in scene.ids()
