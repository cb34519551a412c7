"""In the demo: our check is installed into its Argo CD from the keyboard, Applications change, and it is taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

import demo
from actions.workflow import Timing
from cluster.kubeconfig import load
from fleet.board.rows import Key
from fleet.fleet import Fleet
from support.argocds import STACK, same_but_for_managers
from support.waiting import eventually
from tui.app import PkoArgo
from tui.checks.checks_screen import ChecksScreen
from tui.plans.change_page import ChangePage
from tui.shell.preferences import WriteSwitch
from tui.widgets.dialogs import ChoiceDialog, TypedConfirm

HUB = "hub/argocd"


async def carried_out(app: PkoArgo, pilot: Any) -> ChangePage:
    """The plan on the screen, agreed to and seen through."""
    page = await eventually(lambda: app.screen if isinstance(app.screen, ChangePage) else None)
    await eventually(lambda: page.plan is not None)
    page.change_run.timing = Timing(proof_interval=0.05)
    await pilot.press("enter")
    await eventually(lambda: isinstance(app.screen, TypedConfirm))
    app.screen.query_one(Input).value = HUB
    await pilot.press("enter")
    await eventually(lambda: page.change_run.result is not None)
    assert page.change_run.result is not None and page.change_run.result.succeeded, page.change_run.result
    return page


async def test_install_and_uninstall_from_the_keyboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with demo.serve() as play:
        path = tmp_path / "config"
        demo.write_kubeconfig(path, play.kubeconfig())
        kubeconfig = load(str(path), {})
        app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts), writing=WriteSwitch(on=True))
        store = play.servers["hub"].store

        def health(name: str) -> str:
            row = app.fleet.board.app(Key("hub", "argocd", name))
            return row.health if row is not None else ""

        def config_map() -> Any:
            return store.get("ConfigMap", "argocd", "argocd-cm")

        before = config_map()
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await eventually(lambda: health("data") == "Progressing")
            await pilot.press("h")
            screen = await eventually(lambda: app.screen if isinstance(app.screen, ChecksScreen) else None)
            await eventually(lambda: len(screen.model.window.lines) == 3)
            while screen.model.window.key != Key("hub", "argocd", "argocd-cm"):
                await pilot.press("j")
            await pilot.press("i")
            await eventually(lambda: isinstance(app.screen, ChoiceDialog))
            await pilot.press("enter")
            page = await carried_out(app, pilot)
            assert page.change_run.result is not None and page.change_run.result.followed_up == 7
            assert STACK in config_map()["data"]
            await eventually(lambda: health("data") == "Degraded" == health("platform"))
            await pilot.press("escape", "u")
            await carried_out(app, pilot)
            await eventually(lambda: health("data") == "Progressing" == health("platform"))
        assert same_but_for_managers(before, config_map())
