"""What there is of a context on the board, counted."""

from __future__ import annotations

from fleet.board.board import Board
from support.objects import NOW, PROCESSING, condition, stack
from views.context_counts import NOTHING_THERE, CountedContexts, counts_by_context


def board_of(**names: list[str]) -> Board:
    board = Board()
    for context, kinds in names.items():
        board.open(context)
        for number, kind in enumerate(kinds):
            board.put_stack(context, stack(f"{kind}-{number}", conditions=CONDITIONS[kind]), NOW)
    return board


CONDITIONS = {
    "ready": None,
    "working": [PROCESSING],
    "broken": [condition("Stalled", "SpecInvalid", "no such branch", ago=300)],
    "older": [condition("Stalled", "SpecInvalid", "no such branch", ago=9000)],
}


def test_stacks_are_counted_by_how_they_stand_and_the_oldest_trouble_is_named() -> None:
    counts = counts_by_context(board_of(eu=["ready", "working", "broken", "older"], us=["ready"]), NOW)
    eu, us = counts["eu"], counts["us"]
    assert (eu.broken, eu.working, eu.ready, eu.stacks) == (2, 1, 1, 4)
    assert eu.oldest is not None and eu.oldest.key.name == "older-3"
    assert (us.broken, us.ready, us.oldest) == (0, 1, None)


def test_they_are_counted_once_a_second_and_at_once_for_a_context_that_has_come() -> None:
    board, clock = board_of(eu=["ready"]), [0.0]
    counted = CountedContexts(board, lambda: clock[0])
    counted.update(NOW)
    before = counted.version
    board.put_stack("eu", stack("new", conditions=CONDITIONS["broken"]), NOW)
    counted.update(NOW)
    assert (counted.of("eu").broken, counted.version) == (0, before)
    clock[0] = 1.0
    counted.update(NOW)
    assert (counted.of("eu").broken, counted.version) == (1, before + 1)
    board.open("us")
    counted.update(NOW)
    assert counted.version == before + 2
    assert counted.of("moon") is NOTHING_THERE
