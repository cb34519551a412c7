"""What helps, as commands: names are quoted, and what is for an Application needs one."""

from __future__ import annotations

import shlex

import pytest

from actions.offers import commands
from diagnosis.finding import PROBLEM, ActionArgument, Finding
from fleet.board.board import Board
from fleet.board.rows import Holder, Key, StackRow
from support.objects import NOW, as_stack, stack_object


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
