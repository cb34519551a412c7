"""What is sent to install and to take out, decided from one look at an argocd-cm."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from actions.checks.config_map_plans import WantedChecks, plan_install, plan_uninstall
from actions.checks.refresh import RefreshedApplication, plan_refresh
from actions.plan import (
    MANAGER,
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    Planned,
    TakenOver,
    describe,
    difference,
)
from demo.server.field_ownership import apply as applied
from demo.server.field_ownership import note_update
from health.checks import source
from support.argocds import (
    APPLIED,
    OPERATED,
    OURS,
    OURS_OF_PROGRAM,
    PROGRAM,
    RELEASE,
    STACK,
    THEIRS,
    TRACKED,
    UID,
    VERSION,
    argo_cd,
    argocd_resource,
    config_map,
)

Obj = dict[str, Any]
WANTED = WantedChecks({"pulumi.com/Stack": OURS})
CLOCK = 1_800_000_000.0


def body(plan: Planned) -> Any:
    assert isinstance(plan, Plan), plan
    return json.loads(plan.requests[0].body)


def with_ours(obj: Obj, **keys: str) -> Obj:
    """The ConfigMap after we have applied these keys."""
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": keys or {STACK: OURS}}
    return applied(obj, wanted, MANAGER, False, CLOCK)


def changed_by(obj: Obj, manager: str, **data: str) -> Obj:
    new = {**obj, "data": {**obj["data"], **data}, "metadata": dict(obj["metadata"])}
    note_update(obj, new, manager, "", CLOCK)
    return new


def test_only_our_key_is_applied_under_our_name_to_the_very_object_that_was_looked_at() -> None:
    plan = plan_install(argo_cd(config_map({"url": "https://argo.example"}, "kubectl-edit")), WANTED)
    assert body(plan) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": "argocd", "uid": UID, "resourceVersion": VERSION},
        "data": {STACK: OURS},
    }
    assert isinstance(plan, Plan)
    [request] = plan.requests
    assert (request.method, request.path) == ("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-cm")
    assert request.content_type == "application/apply-patch+yaml"
    assert request.params == (("fieldManager", "pko-argo"),)


def test_our_other_checks_are_applied_again_as_they_are_since_an_apply_takes_away_what_it_does_not_name() -> None:
    there = with_ours(config_map({"a": "1"}), **{PROGRAM: "-- an older text\nreturn {}"})
    assert body(plan_install(argo_cd(there), WANTED))["data"] == {PROGRAM: "-- an older text\nreturn {}", STACK: OURS}


def test_what_is_installed_already_is_not_written_again() -> None:
    assert isinstance(plan_install(argo_cd(with_ours(config_map({"a": "1"}))), WANTED), NothingToDo)
    from_yaml = config_map({STACK: OURS.strip().replace("\n", "\r\n")})
    assert isinstance(plan_install(argo_cd(from_yaml), WANTED), NothingToDo)


def test_an_older_check_of_ours_is_replaced() -> None:
    there = with_ours(config_map({"a": "1"}), **{STACK: "-- kubectl-pko-argo health check, version 0\nreturn {}"})
    assert body(plan_install(argo_cd(there), WANTED))["data"] == {STACK: OURS}


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-patch", "terraform-x"])
def test_a_check_of_somebody_else_is_theirs_until_it_is_said_to_take_it_over(manager: str) -> None:
    there = argo_cd(config_map({STACK: THEIRS}, manager))
    forced = WantedChecks(WANTED.scripts, override_owner=True)
    assert plan_install(there, forced) == PlanContested(
        "lab/argocd: somebody else has a check there", (TakenOver(STACK, THEIRS, (manager,)),)
    )
    plan = plan_install(there, WantedChecks(WANTED.scripts, take_over=True, override_owner=True))
    assert isinstance(plan, Plan)
    assert ("force", "true") in plan.requests[0].params
    assert plan.taken_over == (TakenOver(STACK, THEIRS, (manager,)),)


def test_our_check_that_a_hand_has_changed_is_theirs() -> None:
    there = changed_by(with_ours(config_map({"a": "1"})), "kubectl-edit", **{STACK: OURS + "-- more\n"})
    found = plan_install(argo_cd(there), WANTED)
    assert isinstance(found, PlanContested)
    assert found.values[0].managers == ("kubectl-edit",)


def test_force_is_used_for_nothing_else() -> None:
    plan = plan_install(argo_cd(config_map({"a": "1"})), WantedChecks(WANTED.scripts, take_over=True))
    assert isinstance(plan, Plan)
    assert ("force", "true") not in plan.requests[0].params


@pytest.mark.parametrize(
    ("metadata", "manager", "place", "words"),
    [
        ({"annotations": RELEASE}, "helm", "the values of the release argo, at configs.cm", "configs:\n  cm:\n"),
        ({"annotations": TRACKED}, "argocd-controller", "the Git source of the Application argo-cd", "patches:\n"),
        (
            {"labels": {"app.kubernetes.io/part-of": "argocd", "kustomize.toolkit.fluxcd.io/name": "infra"}},
            "kustomize-controller",
            "the Git source of Flux's Kustomization infra",
            "patches:\n",
        ),
        ({}, "Terraform", "that program", "data:\n"),
        ({}, "kubectl-replace", "the manifest that is replaced from", "patches:\n"),
    ],
)
def test_who_keeps_it_elsewhere_gets_a_snippet_and_nothing_is_written(
    metadata: Obj, manager: str, place: str, words: str
) -> None:
    there = argo_cd(config_map({"a": "1"}, manager, **metadata))
    found = plan_install(there, WANTED)
    assert isinstance(found, ChangeElsewhere)
    assert found.place == place
    assert words in found.snippet
    assert STACK in found.snippet
    forced = plan_install(there, WantedChecks(WANTED.scripts, override_owner=True))
    assert body(forced)["data"] == {STACK: OURS}


def test_what_kubectl_applied_is_written_since_it_keeps_a_key_that_was_never_in_the_manifest() -> None:
    there = argo_cd(config_map({"a": "1"}, "kubectl-client-side-apply", annotations=APPLIED))
    assert body(plan_install(there, WANTED))["data"] == {STACK: OURS}


def test_no_plan_ever_names_a_server_side_apply_by_kubectl() -> None:
    for there in (
        argo_cd(config_map({"a": "1"}, "kubectl-client-side-apply", annotations=APPLIED)),
        argo_cd(with_ours(config_map({"a": "1"}))),
        argo_cd(config_map({"a": "1"}, **OPERATED), config_owner=argocd_resource()),
    ):
        for plan in (plan_install(there, WantedChecks({"pulumi.com/Program": OURS_OF_PROGRAM})), plan_uninstall(there)):
            if isinstance(plan, Plan):
                said = "\n".join(describe(plan, whole=True))
                assert "kubectl" in said
                assert "--server-side" not in said


BROKEN = {
    "resource.customizations.health.a_b_c": "return {}",
    "resource.customizations.pulumi.com_Stack": "return {}",
    "resource.customizations.useOpenLibs.pulumi.com_Stack": "yes",
    "resource.customizations": "a: [",
    "resource.exclusions": "\t- x",
}


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_argo_cd_is_not_touched_and_what_to_mend_is_said(key: str) -> None:
    there = argo_cd(config_map({"a": "1", key: BROKEN[key]}))
    for found in (
        plan_install(there, WantedChecks(WANTED.scripts, take_over=True, override_owner=True)),
        plan_uninstall(there),
    ):
        assert isinstance(found, PlanBlocked)
        assert any(reason.startswith(f"{key}: ") for reason in found.reasons)


def test_without_its_label_argo_cd_does_not_see_it_and_nothing_is_written() -> None:
    found = plan_install(argo_cd(config_map({"a": "1"}, labels={})), WANTED)
    assert isinstance(found, PlanBlocked)
    assert "label configmap argocd-cm app.kubernetes.io/part-of=argocd" in found.reasons[0]


@pytest.mark.parametrize(
    ("there", "word"),
    [
        (None, "has no argocd-cm"),
        ({**config_map({"a": "1"}), "immutable": True}, "immutable"),
        (config_map({"a": "1"}, deletionTimestamp="2026-11-01T00:00:00Z"), "being deleted"),
        (config_map({"a": "x" * (1 << 20)}), "larger than a ConfigMap may be"),
    ],
)
def test_what_can_not_be_written_is_said_beforehand(there: Obj | None, word: str) -> None:
    found = plan_install(argo_cd(there), WANTED)
    assert isinstance(found, PlanBlocked)
    assert word in found.text


@pytest.mark.parametrize(
    "data", [None, {}, {"url": "a\r\n\tb"}, {"resource.customizations.health.pulumi.com-Stack": "x"}]
)
def test_no_data_tabs_and_keys_that_are_almost_ours_are_no_obstacle(data: dict[str, str] | None) -> None:
    assert body(plan_install(argo_cd(config_map(data)), WANTED))["data"] == {STACK: OURS}


def test_a_plan_says_where_a_legacy_block_an_exclusion_or_the_version_matters() -> None:
    block = {
        "resource.customizations": 'pulumi.com/Stack:\n  health.lua: "return {}"\n',
        "resource.exclusions": "- apiGroups: [pulumi.com]\n  kinds: [Stack]\n",
    }
    plan = plan_install(argo_cd(config_map(block), version="v3.5.2"), WANTED)
    assert isinstance(plan, Plan)
    assert "so far resource.customizations (pulumi.com/Stack) judges Stack" in " ".join(plan.notes)
    assert "resource.exclusions leaves out pulumi.com/Stack" in " ".join(plan.notes)
    plan = plan_install(argo_cd(config_map({}), version="v3.5.2"), WANTED)
    assert isinstance(plan, Plan)
    assert "from now on waves wait for pulumi up" in " ".join(plan.notes)


def test_a_plan_can_be_read_before_it_is_sent() -> None:
    plan = plan_install(argo_cd(config_map({"a": "1"})), WANTED)
    assert isinstance(plan, Plan)
    said = "\n".join(describe(plan))
    assert "PATCH /api/v1/namespaces/argocd/configmaps/argocd-cm?fieldManager=pko-argo" in said
    assert f"only if   uid {UID}, resourceVersion {VERSION} is still what it is" in said
    assert "246 lines" in said or f"{len(OURS.splitlines())} lines" in said
    assert "local FAILURE_LIMIT" not in said
    assert "local FAILURE_LIMIT" in "\n".join(describe(plan, whole=True))
    assert any(
        line == "+local FAILURE_LIMIT = 3 -- the operator's own; spec.maxUpdateFailures where it exists"
        for line in difference(plan)
    )


def test_what_is_proven_is_that_nothing_else_became_different() -> None:
    before = config_map({"a": "1"})
    plan = plan_install(argo_cd(before), WANTED)
    assert isinstance(plan, Plan)
    assert plan.proof is not None
    after = with_ours(before)
    assert plan.proof.side_effect(after) == plan.proof.missing(after) == ""
    assert "data a" in plan.proof.side_effect({**after, "data": {STACK: OURS}})
    assert "label" in plan.proof.side_effect({**after, "metadata": {**after["metadata"], "labels": {}}})
    assert "label" in plan.proof.missing({**after, "metadata": {**after["metadata"], "labels": {}}})
    assert "is gone again" in plan.proof.missing(before)
    assert "written by kubectl-edit" in plan.proof.missing(changed_by(after, "kubectl-edit", **{STACK: "x"}))
    assert "made anew" in plan.proof.missing({**after, "metadata": {**after["metadata"], "uid": "other"}})


# Taking it out


def test_taking_out_is_an_apply_that_does_not_name_the_key_any_more() -> None:
    plan = plan_uninstall(argo_cd(with_ours(config_map({"a": "1"}))))
    assert "data" not in body(plan)
    assert body(plan)["metadata"]["uid"] == UID


def test_taking_out_one_kind_applies_the_others_as_they_are() -> None:
    there = with_ours(config_map({"a": "1"}), **{STACK: OURS, PROGRAM: OURS_OF_PROGRAM})
    assert body(plan_uninstall(argo_cd(there), ["pulumi.com/Stack"]))["data"] == {PROGRAM: OURS_OF_PROGRAM}


def test_where_nothing_is_ours_nothing_is_done_and_a_check_that_looks_like_ours_is_named() -> None:
    assert isinstance(plan_uninstall(argo_cd(config_map({"a": "1", STACK: THEIRS}))), NothingToDo)
    found = plan_uninstall(argo_cd(config_map({STACK: OURS}, "kubectl-client-side-apply")))
    assert isinstance(found, NothingToDo)
    assert "kubectl-client-side-apply put there; take it out where it came from" in found.text


def test_a_check_of_ours_that_a_hand_put_there_is_not_done_with_before_the_hand_took_it_out() -> None:
    found = plan_uninstall(argo_cd(config_map({STACK: OURS}, "kubectl-patch")))
    assert isinstance(found, PlanBlocked)
    assert "kubectl-patch put there; take it out by hand: kubectl --context" in found.text
    assert f'[{{"op": "remove", "path": "/data/{STACK}"}}]' in found.text


def test_what_a_hand_put_beside_ours_is_named_when_ours_goes() -> None:
    there = with_ours(config_map({PROGRAM: OURS_OF_PROGRAM}, "kubectl-edit"))
    plan = plan_uninstall(argo_cd(there))
    assert isinstance(plan, Plan)
    assert any("kubectl-edit put there; take it out by hand" in note for note in plan.notes)


def test_a_value_that_was_taken_over_goes_back_in_one_patch_under_its_owners_name() -> None:
    kept = {STACK: TakenOver(STACK, THEIRS, ("kubectl-edit",))}
    there = with_ours(config_map({"a": "1"}), **{STACK: OURS, PROGRAM: OURS_OF_PROGRAM})
    plan = plan_uninstall(argo_cd(there), (), kept)
    assert body(plan) == [
        {"op": "test", "path": "/metadata/uid", "value": UID},
        {"op": "test", "path": "/metadata/resourceVersion", "value": VERSION},
        {"op": "test", "path": f"/data/{PROGRAM}", "value": OURS_OF_PROGRAM},
        {"op": "remove", "path": f"/data/{PROGRAM}"},
        {"op": "test", "path": f"/data/{STACK}", "value": OURS},
        {"op": "replace", "path": f"/data/{STACK}", "value": THEIRS},
    ]
    assert isinstance(plan, Plan)
    assert plan.requests[0].params == (("fieldManager", "kubectl-edit"),)


def test_what_cannot_be_read_of_the_record_is_said_in_the_plan_that_would_give_it_back() -> None:
    lost = ("/x.json can't be read: name the value with --restore FILE",)
    there = with_ours(config_map({"a": "1"}))
    plan = plan_uninstall(argo_cd(there), (), {}, lost)
    assert isinstance(plan, Plan)
    assert lost[0] in plan.notes
    assert f"  note      {lost[0]}" in describe(plan)
    given = plan_uninstall(argo_cd(there), (), {STACK: TakenOver(STACK, THEIRS)}, lost)
    assert isinstance(given, Plan)
    assert lost[0] not in given.notes
    in_resource = plan_uninstall(operated(check("Stack", OURS)), (), {}, lost)
    assert isinstance(in_resource, Plan)
    assert lost[0] in in_resource.notes


def test_kubectl_gives_back_what_we_would() -> None:
    kept = {STACK: TakenOver(STACK, "return {status = 'Healthy'}\n", ("kubectl-edit",))}
    there = with_ours(config_map({"a": "1"}), **{STACK: OURS, PROGRAM: OURS_OF_PROGRAM})
    plan = plan_uninstall(argo_cd(there), (), kept)
    assert isinstance(plan, Plan)
    [line] = plan.kubectl
    words = shlex.split(line)
    assert words[words.index("--field-manager") + 1] == "kubectl-edit"
    lasting = [one for one in body(plan) if one["path"] != "/metadata/resourceVersion"]
    assert json.loads(words[words.index("-p") + 1]) == lasting
    shown = next(line for line in describe(plan) if "kubectl  " in line)
    assert len(shown) < 300
    assert line in "\n".join(describe(plan, whole=True))


def test_kubectl_takes_out_all_of_them_at_once() -> None:
    there = with_ours(config_map({"a": "1"}), **{STACK: OURS, PROGRAM: OURS_OF_PROGRAM})
    plan = plan_uninstall(argo_cd(there))
    assert isinstance(plan, Plan)
    [line] = plan.kubectl
    words = shlex.split(line)
    assert json.loads(words[words.index("-p") + 1]) == [
        {"op": "remove", "path": f"/data/{PROGRAM}"},
        {"op": "remove", "path": f"/data/{STACK}"},
    ]


@pytest.mark.parametrize("context", ["lab; rm -rf $HOME", "it's", "a b"])
def test_the_lines_for_a_shell_survive_any_name_of_a_context(context: str) -> None:
    apps = [msgspec.convert({"metadata": {"name": "infra", "namespace": "argocd"}}, RefreshedApplication)]
    bare = replace(argo_cd(config_map({"a": "1"}, labels={})), context=context)
    there = replace(argo_cd(with_ours(config_map({"a": "1"}))), context=context)
    blocked = plan_uninstall(bare)
    assert isinstance(blocked, PlanBlocked)
    lines = ["kubectl" + blocked.reasons[0].partition("; kubectl")[2]]
    for plan in (
        plan_install(replace(argo_cd(config_map({"a": "1"})), context=context), WANTED),
        plan_install(replace(operated(), context=context), WANTED),
        plan_uninstall(there),
        plan_refresh(there, apps),
    ):
        assert isinstance(plan, Plan)
        lines += [line for line in plan.kubectl if " --context " in line]
    assert len(lines) == 5
    for line in lines:
        assert shlex.split(line)[:3] == ["kubectl", "--context", context]


def test_what_somebody_else_wants_too_stays() -> None:
    there = config_map({STACK: OURS}, "argocd-controller")
    there = applied(there, {"apiVersion": "v1", "metadata": {}, "data": {STACK: OURS}}, MANAGER, False, CLOCK)
    plan = plan_uninstall(argo_cd(there))
    assert isinstance(plan, Plan)
    assert plan.differences == ()
    assert f"{STACK} stays, since argocd-controller wants the same" in " ".join(plan.notes)
    assert plan.kubectl == ()
    assert "which kubectl can't do" in " ".join(plan.notes)


# argocd-operator


def check(kind: str, text: str, group: str = "pulumi.com") -> Obj:
    return {"group": group, "kind": kind, "check": text}


def operated(*checks: Obj, **spec: Any) -> Any:
    return argo_cd(config_map({"a": "1"}, **OPERATED), config_owner=argocd_resource(*checks, **spec))


def test_what_the_operator_keeps_is_written_into_its_resource_by_a_patch_that_tests() -> None:
    plan = plan_install(operated(), WANTED)
    assert isinstance(plan, Plan)
    assert plan.requests[0].path == "/apis/argoproj.io/v1beta1/namespaces/argocd/argocds/main"
    assert body(plan) == [
        {"op": "test", "path": "/metadata/uid", "value": UID},
        {"op": "test", "path": "/metadata/resourceVersion", "value": VERSION},
        {"op": "test", "path": "/spec/resourceHealthChecks", "value": None},
        {"op": "add", "path": "/spec/resourceHealthChecks", "value": []},
        {"op": "add", "path": "/spec/resourceHealthChecks/-", "value": check("Stack", OURS)},
    ]


def test_other_checks_in_the_resource_stay_where_they_are() -> None:
    other, old = check("Thing", "x", "acme.example"), check("Stack", "-- kubectl-pko-argo health check, version 0\n")
    operations = body(plan_install(operated(other, old), WANTED))
    assert operations[2:] == [
        {"op": "test", "path": "/spec/resourceHealthChecks/1/check", "value": old["check"]},
        {"op": "replace", "path": "/spec/resourceHealthChecks/1/check", "value": OURS},
    ]
    operations = body(plan_uninstall(operated(check("Stack", OURS), other, check("Program", OURS_OF_PROGRAM))))
    assert [(one["op"], one["path"]) for one in operations[2:]] == [
        ("test", "/spec/resourceHealthChecks/2/check"),
        ("remove", "/spec/resourceHealthChecks/2"),
        ("test", "/spec/resourceHealthChecks/0/check"),
        ("remove", "/spec/resourceHealthChecks/0"),
    ]


def test_in_the_resource_too_a_check_of_somebody_else_is_theirs() -> None:
    there = operated(check("Stack", THEIRS))
    assert isinstance(plan_install(there, WANTED), PlanContested)
    plan = plan_install(there, WantedChecks(WANTED.scripts, take_over=True))
    assert isinstance(plan, Plan)
    assert plan.taken_over == (TakenOver(STACK, THEIRS),)
    assert isinstance(plan_uninstall(there), NothingToDo)
    back = body(plan_uninstall(operated(check("Stack", OURS)), (), {STACK: TakenOver(STACK, THEIRS)}))
    assert back[-1] == {"op": "replace", "path": "/spec/resourceHealthChecks/0/check", "value": THEIRS}


def test_the_operators_extra_settings_win_so_nothing_is_written_beside_them() -> None:
    found = plan_install(operated(extraConfig={STACK: THEIRS}), WANTED)
    assert isinstance(found, PlanBlocked)
    assert "spec.extraConfig" in found.reasons[0]


def test_an_operator_whose_resource_can_not_be_read_gets_a_snippet() -> None:
    found = plan_install(argo_cd(config_map({"a": "1"}, **OPERATED)), WANTED)
    assert isinstance(found, ChangeElsewhere)
    assert "kind: ArgoCD" in found.snippet


def test_every_kind_has_a_plan() -> None:
    scripts = {kind: source(*kind.split("/")) for kind in ("pulumi.com/Program", "auto.pulumi.com/Update")}
    keys = body(plan_install(argo_cd(config_map({"a": "1"})), WantedChecks(scripts)))["data"]
    assert set(keys) == {PROGRAM, "resource.customizations.health.auto.pulumi.com_Update"}
