"""The Stacks of an Application in one line: the worst first, each in its colour, and those that nobody sees."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.records.base import Condition
from tui.pages.held_stacks_text import held_stacks_line


@pytest.fixture
def rows(fleet: Any, kit: Any) -> list[Any]:
    fleet.put("eu", kit.ready("zoo"), kit.ready("api"), kit.stalled("web"), kit.waiting("cart", on="web"))
    fleet.sync()
    return list(fleet.board.stacks.values())


def test_the_worst_come_first_and_each_is_coloured(rows: list[Any]) -> None:
    line = held_stacks_line(rows, 0)
    assert line.text == "holds 4 Stacks: 1 stalled, 1 waiting for another Stack !, 2 ready"
    assert [tone for _, tone in line.stretches if tone] == ["bad", "bad", "good"]


def test_trouble_of_a_phase_that_is_mostly_fine_is_marked_and_not_by_its_colour_alone(fleet: Any, kit: Any) -> None:
    for name, age in (("new", 30), ("old", 90_000)):
        works = Condition("Reconciling", "True", "StackProcessing", "stack is being processed", kit.ago(age))
        fleet.put("eu", kit.stack(name, works))
    fleet.sync()
    line = held_stacks_line(list(fleet.board.stacks.values()), 0)
    assert line.text == "holds 2 Stacks: 1 updating !, 1 updating"


def test_those_that_cannot_be_seen_are_counted(rows: list[Any]) -> None:
    one = [row for row in rows if row.key.name == "zoo"]
    assert held_stacks_line(one, 2).text == "holds 1 Stack: 1 ready; 2 more can't be seen"
    assert held_stacks_line([], 2).text == "none that can be seen; 2 more can't be seen"
    assert held_stacks_line([], 0).text == "none that can be seen"
