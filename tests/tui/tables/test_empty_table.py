"""An empty board says why it is empty, and what to try."""

from __future__ import annotations

import pytest

from cluster.watch.watch_events import Lost, Restricted
from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.preferences import Preferences


def absent(fleet, *contexts: str) -> None:
    for context in contexts:
        fleet.board.apply_stack_event(context, Lost("no CRD", fleet.now, fleet.now, 404, absent=True), fleet.now)


def restrict(fleet, *contexts: str) -> None:
    for context in contexts:
        fleet.board.apply_stack_event(context, Restricted("stacks.pulumi.com is forbidden", ()), fleet.now)


def lose(fleet) -> None:
    for context in fleet.board.contexts:
        fleet.lose(context, "the token has expired")


def leave(fleet) -> None:
    for context in list(fleet.board.contexts):
        fleet.leave(context)


def half(fleet) -> None:
    absent(fleet, "eu")


SITUATIONS = [
    pytest.param(lambda fleet: None, ["Connecting ..."], id="still connecting"),
    pytest.param(half, ["Connecting ...", "1 of 2 contexts have answered"], id="one is still connecting"),
    pytest.param(lambda fleet: fleet.sync(), ["no Stacks in any of 2 contexts", "All namespaces"], id="none there"),
    pytest.param(
        lambda fleet: absent(fleet, "eu", "us"),
        ["eu and 1 more: the CRD of Stacks isn't installed", "right context?", "install the operator"],
        id="no CRD",
    ),
    pytest.param(
        lambda fleet: restrict(fleet, "eu", "us"), ["may not list Stacks", "is forbidden", "Ask for"], id="no rights"
    ),
    pytest.param(lose, ["the token has expired", "r there to try again now"], id="unreachable"),
    pytest.param(leave, ["No context is watched.", "Press x and + to watch one"], id="no context"),
]


@pytest.mark.parametrize(("happen", "said"), SITUATIONS)
async def test_the_reason_is_said_with_what_to_try(fleet, kit, happen, said) -> None:
    happen(fleet)
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 30), notifications=True):
        await eventually(lambda: all(words in kit.on_screen(app) for words in said))


async def test_every_context_with_a_reason_of_its_own_is_told(fleet, kit) -> None:
    fleet.sync()
    absent(fleet, "us")
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 30), notifications=True):
        await eventually(lambda: "us: the CRD of Stacks isn't installed" in kit.on_screen(app))
        assert "eu: connected, and there are no Stacks" in kit.on_screen(app)


async def test_what_is_said_changes_when_the_reason_does(fleet, kit) -> None:
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 30), notifications=True):
        await eventually(lambda: "Connecting ..." in kit.on_screen(app))
        lose(fleet)
        await eventually(lambda: "the token has expired" in kit.on_screen(app))
        fleet.sync()
        await eventually(lambda: "There are no Stacks" in kit.on_screen(app))


async def test_applications_have_reasons_of_their_own(fleet, kit) -> None:
    fleet.sync()
    for context in ("eu", "us"):
        fleet.board.apply_application_event(context, Lost("no CRD", fleet.now, fleet.now, 404, absent=True), fleet.now)
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await pilot.press("a")
        await eventually(lambda: "the CRD of Applications isn't installed" in kit.on_screen(app))


async def test_hints_name_the_contexts_that_are_not_watched_and_can_be_switched_off(fleet, kit) -> None:
    fleet.sync()
    for hints in (True, False):
        app = PkoArgo(fleet, preferences=Preferences(hints=hints))
        async with app.run_test(size=(120, 30), notifications=True):
            await eventually(lambda app=app: "There are no Stacks" in kit.on_screen(app))
            assert ("1 more contexts aren't watched" in kit.on_screen(app)) is hints
            assert ("kubectl pko-argo demo" in kit.on_screen(app)) is hints
