"""The collector has its rounds while nobody is waiting."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tui.shell.garbage_schedule import EVERY, MOST_CLOSED, QUIET, GarbageSchedule


@pytest.fixture
def rounds() -> Iterator[GarbageSchedule]:
    made = GarbageSchedule(0.0)
    yield made
    made.end()


def test_what_lives_is_set_aside_and_put_back_at_the_end(rounds: GarbageSchedule) -> None:
    assert not rounds.collect(1.0)
    assert gc.get_freeze_count() > 0
    rounds.end()
    assert gc.get_freeze_count() == 0


def test_a_full_round_waits_until_nobody_types(rounds: GarbageSchedule) -> None:
    rounds.key_pressed(EVERY)
    assert not rounds.collect(EVERY + 1)
    assert rounds.collect(EVERY + QUIET + 1)
    assert not rounds.collect(EVERY + QUIET + 2)


def test_what_was_set_aside_and_is_garbage_by_then_goes_at_the_full_round(rounds: GarbageSchedule) -> None:
    class Knot:
        gone = False

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            Knot.gone = True

    knot = Knot()
    rounds.collect(1.0)
    del knot
    gc.collect()
    assert not Knot.gone
    rounds.collect(EVERY + 1)
    assert Knot.gone


def test_while_keys_never_pause_only_a_few_closed_screens_stay(rounds: GarbageSchedule) -> None:
    class Screen:
        alive: ClassVar[weakref.WeakSet[Screen]] = weakref.WeakSet()

        def __init__(self) -> None:
            self.itself = self
            self.alive.add(self)

    for second in range(1, 200):
        rounds.key_pressed(float(second))
        rounds.collect(float(second), [Screen()])
        assert len(Screen.alive) <= MOST_CLOSED + 1


def test_screens_that_stay_open_are_no_reason_for_a_full_round(rounds: GarbageSchedule) -> None:
    class Screen:
        pass

    screens = [Screen() for _ in range(2 * MOST_CLOSED)]
    for second in range(1, 50):
        rounds.key_pressed(float(second))
        assert not rounds.collect(float(second), screens)
