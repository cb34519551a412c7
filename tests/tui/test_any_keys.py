"""No keys end the program by an error, on whatever screen they are pressed, and however fast."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.mashing import DOORS, KEYS, MOMENT, PAUSE, PLACES, RunningFleet, demo_fleet, mash

STROKES = st.lists(
    st.one_of(st.sampled_from(DOORS), st.sampled_from(KEYS), st.sampled_from((MOMENT, PAUSE))), min_size=20, max_size=80
)


class Hand:
    """Presses keys on a board over a demo that goes on for as long as the hand is there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._demo = demo_fleet()
        self._fleet: RunningFleet = self._loop.run_until_complete(self._demo.__aenter__())

    def press(self, *keys: str) -> int:
        return self._loop.run_until_complete(mash(self._fleet, keys))

    def rest(self) -> None:
        self._loop.run_until_complete(self._demo.__aexit__(None, None, None))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@pytest.fixture(scope="module")
def hand() -> Iterator[Hand]:
    made = Hand()
    yield made
    made.rest()


@pytest.mark.parametrize("place", PLACES)
@given(keys=STROKES)
@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_keys_end_the_program_by_an_error(hand: Hand, place: str, keys: list[str]) -> None:
    hand.press(*PLACES[place], *keys)


@pytest.mark.parametrize(
    "keys",
    [
        ("b", PAUSE, "enter", "enter"),
        ("?", "escape"),
        ("?", "escape", "escape", "escape"),
        ("C", "q"),
        ("C", PAUSE, "enter", "enter", "space", "J"),
        ("l", "q"),
        ("l", "q", "q"),
        ("x", "/", "q", "escape", "escape", "/"),
        ("ctrl+s", PAUSE, "escape", "enter"),
        ("h", PAUSE, "i", PAUSE, "enter", "enter", "enter"),
    ],
)
def test_screens_that_close_as_fast_as_they_open_end_nothing(hand: Hand, keys: tuple[str, ...]) -> None:
    assert hand.press(*keys) > 0
