"""Stacks that the operator can't decode or refuses without a word, and what only looks like it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import lease, renew, scene_of, set_version, wrote
from support.scenes import CONTEXT, Scene, ids_of

BLIND, RESTARTED = "05o-poison-runaway-resync", "05p-poison-operator-restarted"
CULPRIT = Key(CONTEXT, "poison", "duration")


@pytest.mark.parametrize("record", [BLIND, RESTARTED])
def test_the_stack_that_cant_be_decoded_names_its_field(record: str) -> None:
    scene = scene_of(record)
    found = the_finding(scene, "poison", "duration", "B-11")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "spec.prerequisites[0].requirement.succeededWithinDuration" in found.title
    assert found.evidence[0].text == "1d"
    assert found.caused_by == ()
    assert ids_of(scene, "poison", "duration") == ["B-11"]


@pytest.mark.parametrize(
    ("record", "namespace", "name", "title"),
    [
        (BLIND, "resync", "drift", "back to back"),
        (RESTARTED, "resync", "drift", "poison/duration"),
        (RESTARTED, "first", "shop", "poison/duration"),
    ],
)
def test_every_stack_that_needs_the_operator_suffers(record: str, namespace: str, name: str, title: str) -> None:
    scene = scene_of(record)
    found = the_finding(scene, namespace, name, "B-11")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert title in found.title
    assert [(cause.key, cause.id) for cause in found.caused_by] == [(CULPRIT, "B-11")]
    assert ids_of(scene, namespace, name) == ["B-11"]


def _with_ready_stack(**spec: Any) -> Scene:
    scene = scene_of(BLIND)
    shop = copy.deepcopy(scene_of("01h-succeeded").object("Stack", "shop"))
    shop["spec"] |= spec
    scene.objects.append(shop)
    return scene


def test_a_stack_that_waits_for_nothing_gets_a_note() -> None:
    assert the_finding(_with_ready_stack(), "first", "shop", "B-11").severity == NOTE


def test_a_stack_with_a_resync_is_about_to_run_without_end() -> None:
    scene = _with_ready_stack(continueResyncOnCommitMatch=True)
    assert the_finding(scene, "first", "shop", "B-11").severity == PROBLEM


def test_a_note_hides_no_cause_of_the_stack_itself() -> None:
    scene = _with_ready_stack(preview=False)
    shop = scene.object("Stack", "shop")
    shop["status"]["conditions"].append(
        {"type": "Stalled", "status": "True", "reason": "SpecInvalid", "message": 'missing "projectRepo"',
         "lastTransitionTime": "2026-11-23T18:40:00Z"}
    )  # fmt: skip
    assert ids_of(scene, "first", "shop")[0] == "B-3"
    assert "B-11" in ids_of(scene, "first", "shop")


@pytest.mark.parametrize(
    "spec",
    [
        {"updateTemplate": {"spec": {"ttlAfterCompleted": "2w"}}},
        {"config": ["a"]},
        {"config": "a: b"},
        {"workspaceTemplate": {"spec": {"pulumiLogLevel": -1}}},
    ],
)
def test_other_fields_that_the_operators_types_refuse(spec: dict[str, Any]) -> None:
    scene = scene_of(BLIND)
    stack = scene.object("Stack", "duration")
    del stack["spec"]["prerequisites"]
    stack["spec"] |= spec
    assert the_finding(scene, "poison", "duration", "B-11").certainty == CERTAIN


def test_what_the_operator_has_judged_it_could_decode() -> None:
    scene = scene_of(BLIND)
    scene.operator_log = []
    stack = scene.object("Stack", "duration")
    stack["metadata"]["finalizers"] = ["finalizer.stack.pulumi.com"]
    stack["status"] = {"conditions": [{"type": "Ready", "status": "False"}], "observedGeneration": 1}
    assert "B-11" not in ids_of(scene, "poison", "duration")
    assert "B-11" not in ids_of(scene, "resync", "drift")


def test_a_field_that_was_broken_later_counts_though_the_finalizer_is_there() -> None:
    scene = scene_of(BLIND)
    stack = scene.object("Stack", "duration")
    stack["metadata"] |= {"finalizers": ["finalizer.stack.pulumi.com"], "generation": 2}
    stack["status"] = {"conditions": [{"type": "Ready", "status": "False"}], "observedGeneration": 1}
    assert the_finding(scene, "poison", "duration", "B-11").certainty == CERTAIN


def test_pko_1_has_other_types() -> None:
    scene = scene_of(BLIND)
    set_version(scene, "v1.16.0")
    assert "B-11" not in ids_of(scene, "poison", "duration")


def _culprit_unread() -> Scene:
    """The Stack that can't be decoded isn't among those that may be read; another one waits to be seen."""
    scene = scene_of(BLIND)
    scene.objects.remove(scene.object("Stack", "duration"))
    shop = copy.deepcopy(scene_of("01h-succeeded").object("Stack", "shop"))
    shop["metadata"]["annotations"] = {"pulumi.com/reconciliation-request": "now"}
    wrote(shop, "kubectl-annotate", rfc3339(scene.now - 90))
    scene.objects.append(shop)
    return scene


def test_the_log_alone_makes_it_likely() -> None:
    found = the_finding(_culprit_unread(), "first", "shop", "B-11")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)
    assert found.evidence[0].text.startswith("failed to list *v1.Stack: time: unknown unit")


def test_a_list_that_failed_long_ago_says_nothing_of_now() -> None:
    scene = _culprit_unread()
    scene.now += 150
    renew(scene, 5)
    assert "B-11" not in ids_of(scene, "first", "shop")


def test_a_list_may_fail_for_another_reason() -> None:
    scene = _culprit_unread()
    last = scene.operator_log[-1].partition("\t")[0]
    scene.operator_log = [
        f'{last}\tERROR\tcontroller-runtime.cache.UnhandledError\tFailed to watch\t{{"type": "*v1.Stack", "error": '
        '"failed to list *v1.Stack: Get \\"https://10.0.0.1/apis\\": dial tcp 10.0.0.1:443: connection refused"}'
    ]
    assert "B-11" not in ids_of(scene, "first", "shop")


def test_a_source_whose_crd_isnt_installed() -> None:
    found = the_finding(scene_of("03h-flux-crd-missing"), "src-flux", "flux-missing", "B-2")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert 'no matches for kind "GitRepository"' in found.title
    assert "GitRepository" in found.next_step
    assert found.subject == "kind GitRepository of source.toolkit.fluxcd.io/v1"


def test_a_reference_of_a_type_that_doesnt_exist() -> None:
    scene = scene_of("05j-unknown-ref-type")
    scene.refused["operator log"] = "logs may not be read"
    found = the_finding(scene, "spec-bad", "unknown-ref", "B-2")
    assert found.certainty == CERTAIN
    assert "envRefs.KUBECONFIG is of type StackOutput" in found.title


@pytest.mark.parametrize(
    ("ref", "certainty"),
    [
        ({"type": "Literal"}, CERTAIN),
        ({"type": "Secret", "literal": {"value": "x"}}, CERTAIN),
        ({"type": "Secret", "secret": {"name": "env", "key": "k"}}, LIKELY),
        ({"type": "Literal", "literal": {"value": "x"}}, LIKELY),
        ({"type": "Env", "env": {"name": "X"}}, LIKELY),
    ],
)
def test_what_envrefs_may_hold(ref: dict[str, Any], certainty: str) -> None:
    scene = scene_of("05j-unknown-ref-type")
    scene.operator_log = []
    scene.object("Stack", "unknown-ref")["spec"]["envRefs"] = {"KUBECONFIG": ref}
    assert the_finding(scene, "spec-bad", "unknown-ref", "B-2").certainty == certainty


def test_without_the_log_it_is_likely_and_says_what_it_lacks() -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.refused["operator log"] = "logs may not be read"
    found = the_finding(scene, "src-flux", "flux-missing", "B-2")
    assert found.certainty == LIKELY
    assert found.unknown == ("the operator's log: logs may not be read",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"controller": "stack-controller"', '"controller": "workspace-controller"'),
        ('"name": "flux-missing"', '"name": "flux-missing-2"'),
        ('"namespace": "src-flux"', '"namespace": "elsewhere"'),
        ("no matches for kind", "the object has been modified: no matches for kind"),
    ],
)
def test_lines_about_something_else_prove_nothing(old: str, new: str) -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.operator_log = [line.replace(old, new) for line in scene.operator_log]
    assert the_finding(scene, "src-flux", "flux-missing", "B-2").certainty == LIKELY


def test_a_new_stack_has_a_minute() -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.now -= 210
    renew(scene, 5)
    assert ids_of(scene, "src-flux", "flux-missing") == []


def test_an_operator_that_has_just_begun_has_a_minute_too() -> None:
    scene = scene_of("03h-flux-crd-missing")
    lease(scene)["acquireTime"] = rfc3339(scene.now - 30)
    assert "B-2" not in ids_of(scene, "src-flux", "flux-missing")


@pytest.mark.parametrize("namespace", ["src-flux-2", "old-src-flux"])
def test_a_stack_of_the_same_name_in_a_namespace_that_sounds_alike_is_another(namespace: str) -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.operator_log = [
        line.replace('"namespace": "src-flux"', f'"namespace": "{namespace}"') for line in scene.operator_log
    ]
    assert the_finding(scene, "src-flux", "flux-missing", "B-2").certainty == LIKELY


def test_a_log_in_json_says_the_same() -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.operator_log = [
        '{"level":"error","ts":"2026-11-23T18:20:00.000Z","msg":"Reconciler error","controller":"stack-controller",'
        '"namespace":"src-flux","name":"flux-missing","error":"no matches for kind \\"GitRepository\\" in version '
        '\\"source.toolkit.fluxcd.io/v1\\""}'
    ]
    found = the_finding(scene, "src-flux", "flux-missing", "B-2")
    assert (found.certainty, found.subject) == (CERTAIN, "kind GitRepository of source.toolkit.fluxcd.io/v1")


def test_an_operator_that_is_dead_refuses_nothing() -> None:
    scene = scene_of("03h-flux-crd-missing")
    renew(scene, 100)
    assert ids_of(scene, "src-flux", "flux-missing") == ["B-1"]


def test_a_stack_without_the_finalizer_wasnt_refused() -> None:
    scene = scene_of("03h-flux-crd-missing")
    scene.object("Stack", "flux-missing")["metadata"]["finalizers"] = []
    assert "B-2" not in ids_of(scene, "src-flux", "flux-missing")


def _asked(ago: float) -> Scene:
    scene = scene_of("08a-annotation-not-seen")
    stack = scene.object("Stack", "shop")
    stack["metadata"]["managedFields"] = []
    wrote(stack, "kubectl-annotate", rfc3339(scene.now - ago))
    scene.operator_log = []
    return scene


def test_a_request_that_a_living_operator_doesnt_answer() -> None:
    found = the_finding(_asked(90), "first", "shop", "B-2")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)
    assert ids_of(_asked(90), "first", "shop") == ["B-2"]
    assert ids_of(_asked(30), "first", "shop") == ["R-1"]


@pytest.mark.parametrize(("ago", "certainty"), [(300, LIKELY), (60, CERTAIN)])
def test_only_what_was_refused_since_the_request_counts(ago: float, certainty: str) -> None:
    scene = _asked(90)
    scene.operator_log = [
        f'{rfc3339(scene.now - ago)}\tERROR\tReconciler error\t{{"controller": "stack-controller", '
        '"namespace": "first", "name": "shop", "error": "secrets is forbidden"}'
    ]
    found = the_finding(scene, "first", "shop", "B-2")
    assert found.certainty == certainty
    assert ("right" in found.next_step) == (certainty == CERTAIN)


def test_a_generation_that_is_saved_as_0_isnt_one_that_wasnt_seen() -> None:
    scene = _asked(90)
    stack = scene.object("Stack", "shop")
    stack["metadata"] |= {"annotations": {}, "generation": 4}
    stack["status"]["observedGeneration"] = 0
    assert "B-2" not in ids_of(scene, "first", "shop")
    stack["status"]["observedGeneration"] = 3
    assert the_finding(scene, "first", "shop", "B-2").certainty == LIKELY


def test_a_lease_that_was_given_back_is_no_refusal() -> None:
    scene = _asked(90)
    lease(scene).update(holderIdentity="", leaseDurationSeconds=1)
    renew(scene, 80)
    assert ids_of(scene, "first", "shop") == ["B-1"]


def test_a_stack_of_a_namespace_that_the_operator_doesnt_watch_blinds_nobody() -> None:
    scene = scene_of(BLIND)
    (container,) = scene.object("Deployment", "controller-manager")["spec"]["template"]["spec"]["containers"]
    container["env"] = [{"name": "WATCH_NAMESPACE", "value": "resync,first"}]
    assert "B-11" not in ids_of(scene, "resync", "drift")
    container["env"] = [{"name": "WATCH_NAMESPACE", "value": "resync,poison"}]
    assert ids_of(scene, "resync", "drift") == ["B-11"]
