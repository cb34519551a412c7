"""The page of a change shows, asks about, sends and follows one that it has never heard of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from actions.plan import Plan
from actions.record import ActionRecord
from actions.workflow import ChangeKind, ChangeRequest, Timing
from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.fleet import Fleet
from settings.state_file import location
from support.made_up_change import TEAM, StackTarget
from support.made_up_change import annotate as annotate
from support.objects import stack_object
from support.waiting import eventually
from tui.app import PkoArgo
from tui.plans.change_page import ChangePage
from tui.shell.navigation import OpenChange
from tui.shell.preferences import WriteSwitch
from tui.widgets.dialogs import ConfirmDialog


async def test_the_plan_says_that_an_earlier_attempt_was_broken_off(
    annotate: ChangeKind[StackTarget, ChangeRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with ApiServer() as server:
        obj = server.store.put(stack_object("shop"))
        target = StackTarget("lab", "prod", "shop", obj)
        earlier = annotate.plan(target, ChangeRequest(("payments",)), ActionRecord(tmp_path))
        assert isinstance(earlier, Plan)
        ActionRecord(location(os.environ).parent).note(earlier, "sending")
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(server.kubeconfig("lab")))
        kubeconfig = load(str(path), {})
        app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts), writing=WriteSwitch(on=True))
        async with app.run_test(size=(140, 45)) as pilot:
            await eventually(lambda: app.fleet.connection("lab") is not None)
            app.open_page(OpenChange("annotate", target, ChangeRequest(("payments",))))
            page = await eventually(lambda: app.screen if isinstance(app.screen, ChangePage) else None)
            await eventually(lambda: "before it knew what came of: give lab/prod/shop to payments" in page.text())
            await pilot.press("escape")


async def test_a_change_that_the_page_does_not_know_is_shown_sent_and_proven(
    annotate: ChangeKind[StackTarget, ChangeRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with ApiServer() as server:
        server.store.put(stack_object("shop"))
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(server.kubeconfig("lab")))
        kubeconfig = load(str(path), {})
        app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts), writing=WriteSwitch(on=True))
        async with app.run_test(size=(140, 45), notifications=True) as pilot:
            await eventually(lambda: app.fleet.connection("lab") is not None)
            app.open_page(OpenChange("annotate", StackTarget("lab", "prod", "shop", {}), ChangeRequest(("payments",))))
            page = await eventually(lambda: app.screen if isinstance(app.screen, ChangePage) else None)
            await eventually(lambda: page.plan is not None)
            page.change_run.timing = Timing(proof_interval=0.05)
            assert "give to payments: lab/prod/shop" in "".join(piece.text for piece in page.title_pieces(0.0))
            await eventually(lambda: "Looking at what is there" not in page.text())
            text = page.text()
            assert "PATCH /apis/pulumi.com/v1/namespaces/prod/stacks/shop?fieldManager=pko-argo" in text
            assert "+payments" in text and "low: nobody reads it" in text
            await pilot.press("enter")
            await eventually(lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("y")
            await eventually(lambda: page.change_run.result is not None)
            await eventually(lambda: "it is payments's; read back twice" in page.text())
            await pilot.press("r")
            await eventually(lambda: "lab/prod/shop is payments's already, and nothing to do" in page.text())
        found = server.store.get("Stack", "prod", "shop")
        assert found is not None and found["metadata"]["annotations"][TEAM] == "payments"
