"""Keys belong to what is there when their turn comes, however fast they are typed."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from textual import events
from textual.screen import Screen
from textual.widgets import Input

import tui
from support.mashing import key_event
from support.waiting import eventually
from tui.app import PkoArgo
from tui.pages.page_screen import PageScreen
from tui.shell.board_app import MOST_SCREENS
from tui.shell.navigation import OpenStack, open_page
from tui.widgets.dialogs import ChoiceDialog
from tui.widgets.leavable import LeavableScreen


@pytest.fixture
def app(fleet, kit) -> PkoArgo:
    fleet.put("eu", kit.ready("api"), kit.stalled("web"), kit.ready("zoo"))
    fleet.put_apps("eu", kit.application("shop", "web"))
    fleet.sync()
    return PkoArgo(fleet)


def burst(app: PkoArgo, *keys: str) -> None:
    for key in keys:
        app.post_message(key_event(key))


def names(app: PkoArgo) -> list[str]:
    return [type(screen).__name__ for screen in app.screen_stack]


@pytest.mark.parametrize(
    ("keys", "screens", "section"),
    [
        (("enter", "2"), ["StacksScreen", "StackPage"], "Tree"),
        (("enter", "u"), ["StacksScreen", "StackPage"], "Updates"),
        (("enter", "tab", "tab", "tab"), ["StacksScreen", "StackPage"], "Events"),
        (("enter", "a"), ["StacksScreen", "StackPage", "ApplicationPage"], None),
        (("enter", "y"), ["StacksScreen", "StackPage", "YamlPage"], None),
        (("a", "enter", "y", "escape"), ["StacksScreen", "ApplicationsScreen", "ApplicationPage"], None),
        (("b", "j", "enter", "enter"), ["StacksScreen", "StackPage"], None),
        (("?", "escape", "C", "j", "q", "x", "q", "l"), ["StacksScreen", "LogPage"], None),
        ((*":apps", "enter", "enter"), ["StacksScreen", "ApplicationsScreen", "ApplicationPage"], None),
    ],
)
async def test_keys_in_one_burst_do_what_they_do_one_by_one(app, kit, keys, screens, section) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        burst(app, *keys)
        await eventually(lambda: names(app) == screens)
        await pilot.pause()
        assert names(app) == screens
        assert section is None or app.screen.section == section


async def test_what_is_pasted_behind_a_key_goes_where_the_key_leads(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        burst(app, "/")
        app.post_message(events.Paste("zo"))
        burst(app, "o")
        await eventually(lambda: app.screen.query_one("FilterLine", Input).value == "zoo")


async def test_ctrl_c_waits_for_no_other_key(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        burst(app, *["enter", "q"] * 200, "ctrl+c")
        await asyncio.wait_for(eventually(lambda: not app.is_running), 5.0)


async def test_keys_go_on_though_the_queue_of_the_last_one_was_closed(app, kit, monkeypatch) -> None:
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        table = app.focused
        assert table is not None
        monkeypatch.setattr(table, "call_later", lambda *_: True)  # it takes the callback, and never runs it
        burst(app, "j", "x")
        await eventually(lambda: names(app) == ["StacksScreen", "ContextsScreen"])


async def test_a_screen_that_is_told_twice_to_close_closes_alone(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        answers: list[int | None] = []
        for below in (["StacksScreen"], ["StacksScreen", "ContextsScreen"]):
            dialog = ChoiceDialog("which", ["this", "that"])
            app.push_screen(dialog, answers.append)
            await pilot.pause()
            dialog.dismiss(0)
            dialog.dismiss(1)
            await pilot.pause()
            assert names(app) == below
            await pilot.press("x")
        assert answers == [0, 0]


async def test_a_dialog_that_opens_by_itself_hears_keys_once_it_is_there(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        answers: list[int | None] = []
        dialog = ChoiceDialog("which", ["this", "that", "those"])
        app.push_screen(dialog, answers.append)
        assert not dialog.is_mounted
        assert not await app.run_action("next", dialog)
        burst(app, "j", "j", "enter")
        await eventually(lambda: answers == [2])


async def test_a_page_that_is_asked_for_twice_is_opened_once(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        board, key = app.screen, next(iter(app.fleet.board.stacks))
        open_page(board, OpenStack(key))
        open_page(board, OpenStack(key))
        await pilot.pause()
        assert names(app) == ["StacksScreen", "StackPage"]


async def test_pages_that_lead_to_each_other_in_a_circle_come_to_an_end(app, kit) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        burst(app, *["enter", "a"] * 10)
        await eventually(lambda: "esc goes back" in kit.told(app))
        await pilot.pause()
        assert len(app.screen_stack) == MOST_SCREENS
        burst(app, *["escape"] * MOST_SCREENS)
        await eventually(lambda: names(app) == ["StacksScreen"])


def screens() -> Iterator[type[Screen[Any]]]:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        found = vars(importlib.import_module(module.name)).values()
        yield from (each for each in found if isinstance(each, type) and issubclass(each, Screen))


def test_every_screen_closes_only_while_it_is_on_top() -> None:
    ours = [screen for screen in screens() if screen.__module__.startswith("tui.")]
    assert len(ours) > 20
    assert PageScreen in ours
    assert [screen for screen in ours if not issubclass(screen, LeavableScreen)] == []
