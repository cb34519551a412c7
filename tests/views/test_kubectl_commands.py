"""What helps, as commands: names are quoted, a wedge takes two steps, and what no command does is left out."""

from __future__ import annotations

import shlex

import pytest

from diagnosis.finding import PROBLEM, Finding
from fleet.board.board import Board
from fleet.board.rows import Holder, Key, StackRow
from support.objects import NOW, as_stack, stack_object
from views.kubectl_commands import commands


def row(name: str = "shop", namespace: str = "prod", *, held: bool = False) -> StackRow:
    board = Board()
    board.open("eu")
    wedged = {"name": "shop-19b4d0f0000", "generation": 1}
    board.put_stack("eu", as_stack(stack_object(name, namespace, currentUpdate=wedged)), NOW)
    (found,) = board.stacks.values()
    holder = Holder(Key("hub", "argocd", "infra"), "Synced", "Healthy") if held else None
    return StackRow(found.key, found.stack, found.health, found.phase, found.rank, holder, found.version)


def lines(*actions: str, held: bool = False, name: str = "shop") -> list[list[str]]:
    return [shlex.split(line) for line in commands(Finding("X", PROBLEM, "x", actions=actions), row(name, held=held))]


def test_a_wedge_is_taken_away_and_a_run_is_asked_for() -> None:
    patch, annotate = lines("unwedge")
    assert patch[:7] == ["kubectl", "patch", "stack", "shop", "-n", "prod", "--context"]
    assert patch[-1] == (
        '[{"op":"test","path":"/status/currentUpdate/name","value":"shop-19b4d0f0000"},'
        '{"op":"remove","path":"/status/currentUpdate"}]'
    )
    assert annotate[:4] == ["kubectl", "annotate", "stack", "shop"]


@pytest.mark.parametrize(
    ("action", "begins"),
    [
        ("reconcile", "kubectl annotate stack shop -n prod --context eu --overwrite"),
        ("restart-workspace", "kubectl delete pod shop-workspace-0 -n prod --context eu"),
        ("cancel", "kubectl exec shop-workspace-0 -c pulumi -n prod --context eu -- pulumi cancel --yes --stack"),
        ("app sync", "argocd app sync argocd/infra"),
        ("app terminate", "argocd app terminate-op argocd/infra"),
    ],
)
def test_the_command_of_a_verb(action: str, begins: str) -> None:
    (line,) = lines(action, held=True)
    assert " ".join(line).startswith(begins)


def test_what_no_command_does_is_left_out() -> None:
    assert lines("release") == []
    assert lines("app sync") == []


def test_a_name_that_means_something_to_a_shell_is_quoted() -> None:
    (line,) = lines("restart-workspace", name="a; rm -rf $HOME")
    assert line[3] == "a; rm -rf $HOME-workspace-0"
