"""What is offered: the verbs that help, what each is done to, and as commands, in which names are quoted."""

from __future__ import annotations

import shlex

import pytest

from actions.applications.diagnosed_application import ApplicationRequest
from actions.offers import against, commands, count_helpful, default_request, helpful_verbs, target_of, verb_title
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import FixRequest
from diagnosis.finding import PROBLEM, ActionArgument, Finding, NotHelpful
from fleet.board.board import Board
from fleet.board.rows import Holder, Key, StackRow
from support.finding_checks import the_finding
from support.fixing import target_of as target_of_stack
from support.objects import NOW, as_stack, stack_object
from support.scenes import scenes


def row(name: str = "shop", namespace: str = "prod", *, held: bool = False) -> StackRow:
    board = Board()
    board.open("eu")
    board.put_stack("eu", as_stack(stack_object(name, namespace)), NOW)
    (found,) = board.stacks.values()
    holder = Holder(Key("hub", "argocd", "infra"), "Synced", "Healthy") if held else None
    return StackRow(found.key, found.stack, found.health, found.phase, found.rank, holder, found.version)


def lines(*actions: str, held: bool = False, name: str = "shop") -> list[str]:
    return commands(Finding("X", PROBLEM, "x", actions=actions), row(name, held=held))


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ("unwedge", "kubectl pko-argo unwedge shop -n prod --context eu"),
        ("restart-workspace", "kubectl pko-argo restart-workspace shop -n prod --context eu"),
        ("app sync", "kubectl pko-argo app sync infra -n argocd --context hub"),
    ],
)
def test_a_verb_is_a_command_with_the_place_of_what_it_changes(action: str, line: str) -> None:
    assert lines(action, held=True) == [line]


def test_several_verbs_stand_in_the_order_in_which_they_are_done() -> None:
    assert [line.split()[2] for line in lines("cancel", "reconcile")] == ["cancel", "reconcile"]


def test_a_verb_for_an_application_is_left_out_where_none_holds_the_stack() -> None:
    assert lines("app sync") == []


def test_what_a_verb_needs_here_stands_in_its_command_alone() -> None:
    holder = ActionArgument("cancel", "--holder", "ci@runner 7")
    finding = Finding("U-3", PROBLEM, "x", actions=("cancel", "reconcile"), arguments=(holder,))
    cancel, reconcile = commands(finding, row())
    assert shlex.split(cancel)[-2:] == ["--holder", "ci@runner 7"]
    assert "--holder" not in reconcile


def test_a_name_that_means_something_to_a_shell_is_quoted() -> None:
    (line,) = lines("reconcile", name="a;b $(c)")
    assert shlex.split(line)[3] == "a;b $(c)"


def test_what_another_finding_says_is_no_use_is_not_offered() -> None:
    worse = Finding("A", PROBLEM, "a", actions=("unwedge",), not_helpful=(NotHelpful("reconcile", "it is wedged"),))
    failed = Finding("B", PROBLEM, "b", actions=("cancel", "reconcile", "a verb of tomorrow"))
    assert helpful_verbs([worse, failed], failed) == ["cancel"]
    assert helpful_verbs([failed], failed) == ["cancel", "reconcile"]


def test_each_kind_of_target_has_its_own_request_in_its_default_form() -> None:
    stack, application = (default_request(CHANGES[verb], NOW) for verb in ("unwedge", "app sync"))
    assert isinstance(stack, FixRequest) and stack.value.startswith("pko-argo-")
    assert isinstance(application, ApplicationRequest) and application.value.endswith("Z")


def test_a_leftover_update_is_asked_for_by_the_name_that_its_finding_has() -> None:
    scene = scenes()["12k-W1-wedge"].copy()
    metadata = {"name": "left", "namespace": "crash", "deletionTimestamp": "2026-11-20T00:00:00Z", "uid": "left"}
    metadata |= {"finalizers": ["finalizer.stack.pulumi.com"], "labels": {"pulumi.com/stack-name": "mid-deleted"}}
    scene.objects.append({"apiVersion": "auto.pulumi.com/v1alpha1", "kind": "Update", "metadata": metadata})
    found = the_finding(scene, "crash", "mid-deleted", "W-4")
    request = default_request(CHANGES["release"], NOW, found)
    assert isinstance(request, FixRequest) and request.update == "left"
    assert verb_title("release", found) == "release the Update left"
    other = default_request(CHANGES["reconcile"], NOW, found)
    assert isinstance(other, FixRequest) and other.update == ""
    again = against(found, CHANGES["release"], FixRequest(value="the same for all"))
    assert again == FixRequest(value="the same for all", update="left")
    assert verb_title("a verb of tomorrow") == ""


def test_a_stacks_change_is_no_offer_for_an_application() -> None:
    target = target_of_stack(scenes()["12k-W1-wedge"], "mid-deleted")
    where = (target.key, target.diagnosis, target.scope, target.clock)
    assert target_of(CHANGES["unwedge"], "Stack", *where) == target
    assert target_of(CHANGES["unwedge"], "Application", *where) is None
    assert target_of(CHANGES["app sync"], "Stack", *where) is None  # no Application is known to hold it
    assert target_of(CHANGES["install"], "Stack", *where) is None


def test_verbs_are_counted_by_whether_a_repair_has_to_come_first() -> None:
    failed = Finding("U-1", PROBLEM, "x", actions=("reconcile",), after_repair=("reconcile",))
    lost = Finding("W-5", PROBLEM, "x", actions=("reconcile",))
    wedged = Finding("W-1", PROBLEM, "x", actions=("unwedge",))
    destroy = Finding("D-3", PROBLEM, "x", actions=("reconcile", "release"), after_repair=("reconcile",))

    def said(*findings: Finding) -> list[str]:
        counted = count_helpful([[finding] for finding in findings], "Stack")
        return [f"{verb}: {count.words(len(findings))}" for verb, count in counted.items()]

    assert said(failed, failed, wedged) == [
        "unwedge: helps 1 of 3",
        "reconcile: once what they name is repaired: 2 of 3",
    ]
    assert said(failed, lost) == ["reconcile: helps 1 of 2; once what they name is repaired: 1 more"]
    assert said(failed, destroy) == [
        "reconcile: once what they name is repaired: 2 of 2",
        "release: helps 1 of 2",
    ]


def test_of_a_verb_that_helps_after_a_repair_that_is_said() -> None:
    failed = Finding("U-1", PROBLEM, "x", actions=("reconcile",), after_repair=("reconcile",))
    assert verb_title("reconcile", failed) == "ask for a run, once that is repaired"
    assert verb_title("reconcile") == "ask for a run"
