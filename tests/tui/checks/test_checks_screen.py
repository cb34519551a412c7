"""The screen of Argo CDs and health checks, over real API servers on loopback: looked at, compared, changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from textual.widgets import Input, OptionList

from actions.checks.config_map_plans import WantedChecks, plan_install
from actions.plan import Plan
from actions.record import ActionRecord
from actions.runner import PlanSent, send_request
from actions.workflow import Timing
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from demo.server.served_kinds import ARGOCDS, KINDS
from fleet.argocd.instances import find_instances
from fleet.board.rows import Key
from fleet.fleet import Fleet
from settings.config_file import parse
from support.argocds import (
    LABELS,
    OPERATED,
    OURS,
    RELEASE,
    STACK,
    THEIRS,
    config_map,
    put_argo_cd,
    same_but_for_managers,
)
from support.heartbeat import scripts_end_by_heartbeats
from support.objects import condition, stack_object
from support.program import write
from support.waiting import eventually
from tui.app import PkoArgo
from tui.checks.check_actions import SnippetPage
from tui.checks.checks_screen import ChecksScreen
from tui.checks.instance_page import InstancePage
from tui.checks.preview_page import PreviewPage
from tui.pages.stack_page import StackPage
from tui.plans.change_page import ChangePage
from tui.shell.preferences import WriteSwitch
from tui.widgets.dialogs import TypedConfirm

Obj = dict[str, Any]
SIZE = (140, 45)
HOSTILE = "[/x] \x1b]52;c;aGk=\x07 \x1b[31mred"
APP: Obj = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "status": {
        "health": {"status": "Progressing"},
        "sync": {"status": "Synced"},
        "resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}],
    },
}
INVALID = stack_object(
    "shop", conditions=[condition("Stalled", "SpecInvalid", 'missing "branch"')], observedGeneration=0
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "pko-argo"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        put_argo_cd(made, config_map({"url": "https://argo"}))
        made.store.put(INVALID)
        yield made


@pytest.fixture
async def broken() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        data = {STACK: OURS, "resource.customizations.useOpenLibs.pulumi.com_Stack": "yes"}
        put_argo_cd(made, config_map(data, namespace="gitops"), version="v3.5.2")
        yield made


def fleet_over(folder: Path, token: str = "", **servers: ApiServer) -> Fleet:
    files = []
    for name, server in servers.items():
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(server.kubeconfig(name, token=token)))
        files.append(str(path))
    kubeconfig = load(None, {"KUBECONFIG": ":".join(files)})
    return Fleet(kubeconfig, kubeconfig.contexts)


def seen(app: PkoArgo) -> str:
    """What the visible screen says."""
    widgets = [one for one in app.screen.query("Header, SectionLine, TableWidget, TextView, KeyLine") if one.display]
    return "\n".join(widget.render_line(y).text.rstrip() for widget in widgets for y in range(widget.size.height))


async def instances(app: PkoArgo, *names: str) -> ChecksScreen:
    """The screen, with these Argo CDs on it."""
    await eventually(lambda: app.fleet.board.contexts and app.fleet.connection(names[0].split("/")[0]))
    app.action_checks()
    await eventually(
        lambda: isinstance(app.screen, ChecksScreen) and all(name.split("/")[1] in seen(app) for name in names)
    )
    screen = app.screen
    assert isinstance(screen, ChecksScreen)
    return screen


async def choose(app: PkoArgo, pilot: Any, wanted: str) -> None:
    """The option that begins so, of a question."""
    options = await eventually(lambda: app.screen.query_one(OptionList) if app.screen.query(OptionList) else None)
    place = next(
        n for n in range(options.option_count) if str(options.get_option_at_index(n).prompt).startswith(wanted)
    )
    options.highlighted = place
    await pilot.press("enter")


async def change_page(app: PkoArgo) -> ChangePage:
    page = await eventually(lambda: app.screen if isinstance(app.screen, ChangePage) else None)
    await eventually(lambda: page.change_run.planned is not None or page.change_run.plan_error)
    page.change_run.timing = Timing(proof_interval=0.05)
    await eventually(lambda: "Looking at what is there" not in seen(app))
    return page


async def planned(app: PkoArgo, pilot: Any, check: str = "the check for Stacks") -> ChangePage:
    """The page of an installation, planned."""
    await pilot.press("i")
    await choose(app, pilot, check)
    return await change_page(app)


async def confirm(app: PkoArgo, pilot: Any, word: str) -> None:
    await pilot.press("enter")
    await eventually(lambda: isinstance(app.screen, TypedConfirm))
    app.screen.query_one(Input).value = word
    await pilot.press("enter")


def data_of(server: ApiServer, namespace: str = "argocd") -> dict[str, str]:
    found = server.store.get("ConfigMap", namespace, "argocd-cm")
    assert found is not None
    return found.get("data") or {}


async def taken_over(server: ApiServer, folder: Path, state: Path) -> None:
    """Our check is installed in the place of somebody else's, and theirs is kept."""
    connection = Connection(load(str(write(folder / "lab", server.kubeconfig("lab"))), {}).target("lab"))
    try:
        [found] = (await find_instances(connection)).instances
        plan = plan_install(found, WantedChecks({"pulumi.com/Stack": OURS}, take_over=True, override_owner=True))
        assert isinstance(plan, Plan)
        record = ActionRecord(state)
        record.save_taken_over(plan)
        assert isinstance(await send_request(connection, plan, record), PlanSent)
    finally:
        await connection.close()


# Looking


async def test_every_argo_cd_is_a_line_and_the_broken_one_comes_first(server, broken, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server, eu=broken))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("h")
        await eventually(lambda: "gitops" in seen(app) and "argocd" in seen(app))
        await eventually(lambda: [key.context for key in app.screen.model.window.lines] == ["eu", "hub"])
        lines = seen(app).splitlines()
        first = next(line for line in lines if "gitops" in line)
        second = next(line for line in lines if " argocd " in line)
        assert "v3.5.2" in first and "ours 1" in first and "broken: useOpenLibs.pulumi.com_Stack: str" in first
        assert "v3.6.1" in second and "built-in" in second
        assert "Argo CDs 2" in lines[0]


async def test_a_context_that_does_not_answer_and_one_without_argo_cd_are_told(server, tmp_path) -> None:
    async with ApiServer() as empty:
        app = PkoArgo(fleet_over(tmp_path, hub=server, lab=empty))
        async with app.run_test(size=SIZE, notifications=True):
            await instances(app, "hub/argocd")
            assert [str(key) for key in app.screen.model.window.lines] == ["hub/argocd/argocd-cm"]
    app = PkoArgo(fleet_over(tmp_path, lab=empty))
    async with app.run_test(size=SIZE, notifications=True):
        await eventually(lambda: app.fleet.connection("lab") is not None)
        app.action_checks()
        await eventually(lambda: "lab" in seen(app) and "it can't be asked" in seen(app))


async def test_there_is_no_argo_cd_is_said_where_there_is_none(tmp_path) -> None:
    async with ApiServer() as empty:
        app = PkoArgo(fleet_over(tmp_path, lab=empty))
        async with app.run_test(size=SIZE, notifications=True):
            await eventually(lambda: app.fleet.connection("lab") is not None)
            app.action_checks()
            await eventually(lambda: "There is no Argo CD in lab." in seen(app))


async def test_who_may_not_see_all_is_told_what_is_missing(server, tmp_path) -> None:
    server.access.grant("viewer", "viewer", AccessRule(READ, ("stacks", "applications")))
    app = PkoArgo(fleet_over(tmp_path, "viewer", hub=server))
    async with app.run_test(size=SIZE, notifications=True):
        await eventually(lambda: app.fleet.connection("hub") is not None)
        app.action_checks()
        await eventually(lambda: "no Argo CD that may be seen" in seen(app))


async def test_the_page_of_an_argo_cd_says_what_health_status_says(broken, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, eu=broken))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "eu/gitops")
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, InstancePage) and "CHECKS IN FORCE" in seen(app))
        text = seen(app)
        assert "Argo CD eu/gitops" in text and "v3.5.2 (image of StatefulSet/argocd-application-controller)" in text
        assert f"ours, version 1, from {STACK}" in text
        assert "BROKEN" in text and 'write "true" or "false"' in text
        assert "nobody is known to write it again" in text


async def test_a_screen_that_is_open_hears_of_a_change(server, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await eventually(lambda: "built-in" in seen(app))
        put_argo_cd(server, config_map({STACK: OURS}))
        await pilot.press("r")
        await eventually(lambda: "ours 1" in seen(app))


async def test_what_stands_in_argocd_cm_can_neither_style_the_screen_nor_end_it(server, tmp_path) -> None:
    put_argo_cd(server, config_map({f"resource.customizations.{HOSTILE}": "x", STACK: f"error({HOSTILE!r})"}, HOSTILE))
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        for key in ("enter", "d"):
            await pilot.press(key)
            await eventually(lambda: "[/x]" in seen(app))
            assert "\x1b" not in seen(app)


# Comparing, foreseeing, printing


async def test_the_difference_shows_what_is_installed_and_what_ours_is(server, tmp_path) -> None:
    put_argo_cd(server, config_map({STACK: THEIRS}))
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("d")
        await eventually(lambda: "+++ ours, version 1" in seen(app))
        assert f"--- hub/argocd {STACK} (other)" in seen(app)
        assert '-return {status = "Healthy"}' in seen(app)
        assert "+-- kubectl-pko-argo health check, version 1" in seen(app)


async def test_a_preview_judges_everything_twice_and_writes_nothing(server, tmp_path) -> None:
    server.store.put(APP)
    before = data_of(server)
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("p")
        await choose(app, pilot, "with the check for Stacks")
        await eventually(lambda: "Stacks: 1 judged, 1 Progressing -> Degraded" in seen(app))
        await pilot.press("2")
        await eventually(lambda: "SpecInvalid" in seen(app) and "Degraded" in seen(app))
        await pilot.press("3")
        await eventually(lambda: "infra" in seen(app))
        await pilot.press("2", "enter")
        await eventually(lambda: isinstance(app.screen, StackPage))
    assert data_of(server) == before


async def test_a_preview_of_taking_ours_out_has_the_value_back_that_was_taken_over(server, tmp_path, state) -> None:
    put_argo_cd(server, config_map({STACK: THEIRS}, "kubectl-edit"))
    await taken_over(server, tmp_path, state)
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("p")
        await choose(app, pilot, "without ours")
        await eventually(lambda: "Stack: ours, version 1" in seen(app) and "-> somebody else's" in seen(app))


async def test_a_preview_of_taking_ours_out_knows_what_argocd_operator_would_do(tmp_path) -> None:
    check = {"group": "pulumi.com", "kind": "Stack", "check": OURS}
    keeper = {
        "apiVersion": "argoproj.io/v1beta1",
        "kind": "ArgoCD",
        "metadata": {"name": "main", "namespace": "argocd"},
        "spec": {"resourceHealthChecks": [check]},
    }
    async with ApiServer((*KINDS, ARGOCDS)) as server:
        server.store.put(keeper)
        put_argo_cd(server, config_map({STACK: OURS}, "argocd-operator", **OPERATED))
        app = PkoArgo(fleet_over(tmp_path, hub=server))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await instances(app, "hub/argocd")
            await pilot.press("p")
            await choose(app, pilot, "without ours")
            await eventually(lambda: "Stack: ours, version 1" in seen(app) and f"{STACK} -> " in seen(app))
            assert "-> ours" not in seen(app)


async def test_a_preview_that_comes_after_the_reader_left_is_dropped(server, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("p")
        await choose(app, pilot, "with all four")
        await eventually(lambda: isinstance(app.screen, PreviewPage))
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, ChecksScreen))
        await eventually(lambda: not [one for one in app.workers if one.group == "preview"])
        await pilot.press("j")
        assert isinstance(app.screen, ChecksScreen)


async def test_a_snippet_for_the_owner_stands_first_and_is_copied_whole(server, tmp_path) -> None:
    put_argo_cd(server, config_map({}, annotations=RELEASE))
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("w")
        await choose(app, pilot, "helm-values, Stack (for its owner)")
        await eventually(lambda: isinstance(app.screen, SnippetPage) and "configs:" in seen(app))
        await pilot.press("c")
        assert yaml.safe_load(app.clipboard)["configs"]["cm"][STACK] == OURS


# Changing


async def test_without_the_switch_the_plan_is_shown_and_nothing_is_sent(server, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("i")
        await choose(app, pilot, "the check for Stacks")
        await change_page(app)
        await eventually(lambda: "Nothing can be sent: writes are off; type :write to switch them on." in seen(app))
        assert "PATCH /api/v1/namespaces/argocd/configmaps/argocd-cm?fieldManager=pko-argo" in seen(app)
        assert "only if" in seen(app) and "risk" in seen(app) and "proof" in seen(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ChangePage)
        assert STACK not in data_of(server)
        app.allow_writes(on=True)
        await eventually(lambda: "Enter sends this, after a question." in seen(app))


async def test_what_is_typed_has_to_be_the_argo_cd_and_then_it_is_installed_proven_and_noted(
    server, tmp_path, state
) -> None:
    before = server.store.get("ConfigMap", "argocd", "argocd-cm")
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot)
        await confirm(app, pilot, "yes")
        assert isinstance(app.screen, TypedConfirm) and STACK not in data_of(server)
        app.screen.query_one(Input).value = "hub/argocd"
        await pilot.press("enter")
        await eventually(lambda: page.change_run.result is not None)
        assert page.change_run.result.succeeded, page.change_run.result
        await eventually(lambda: "read back twice, and everything else is as it was" in seen(app))
        assert "is installed; no Application holds a Stack" in seen(app)
        assert data_of(server)[STACK] == OURS
        words = [json.loads(line)["word"] for line in (state / "actions.jsonl").read_text().splitlines()]
        assert words == ["sending", "done"]
        await pilot.press("escape")
        await eventually(lambda: "ours 1" in seen(app))
        await pilot.press("u")
        page = await change_page(app)
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: page.change_run.result is not None and "our checks are taken out" in seen(app))
    after = server.store.get("ConfigMap", "argocd", "argocd-cm")
    assert same_but_for_managers(before, after)


async def test_escape_at_the_question_sends_nothing(server, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot, "all four")
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, TypedConfirm))
        await pilot.press("escape")
        await eventually(lambda: app.screen is page)
        assert not page.change_run.sending and STACK not in data_of(server)


async def test_a_context_that_the_configuration_forbids_stays_as_it_is(server, tmp_path) -> None:
    settings = parse('read-only-contexts = ["h*"]\n', Path("config.toml"))
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True, forbids=settings.forbids))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("i")
        await choose(app, pilot, "the check for Stacks")
        await change_page(app)
        await eventually(lambda: "Nothing can be sent: read-only-contexts in config.toml names hub." in seen(app))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ChangePage) and STACK not in data_of(server)


async def test_a_check_of_somebody_else_is_shown_and_given_back(server, tmp_path, state) -> None:
    put_argo_cd(server, config_map({STACK: THEIRS}))
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot)
        assert "somebody else has a check there. t replaces it, and saves it first." in seen(app)
        assert THEIRS.strip() in seen(app)
        await pilot.press("t")
        await eventually(lambda: "takes" in seen(app) and page.plan is not None)
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: page.change_run.result is not None and "uninstall gives it back" in seen(app))
        assert data_of(server)[STACK] == OURS and len(list((state / "taken-over").iterdir())) == 1
        await pilot.press("escape", "u")
        page = await change_page(app)
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: page.change_run.result is not None and page.change_run.result.succeeded)
    assert data_of(server) == {STACK: THEIRS}


async def test_a_broken_argo_cd_is_not_touched_and_what_to_mend_is_said(broken, tmp_path) -> None:
    app = PkoArgo(fleet_over(tmp_path, eu=broken), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "eu/gitops")
        await pilot.press("u")
        await change_page(app)
        await eventually(lambda: "is broken, so nothing is changed before it is mended" in seen(app))
        assert "mend first" in seen(app) and "enter Send" not in seen(app)


async def test_where_the_owner_would_revert_it_what_to_put_where_is_shown(server, tmp_path) -> None:
    put_argo_cd(server, config_map({}, labels={**LABELS, "helm.toolkit.fluxcd.io/name": "argo"}))
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot)
        assert "flux keeps argocd-cm" in seen(app) and "put this into" in seen(app)
        await pilot.press("c")
        assert yaml.safe_load(app.clipboard)["configs"]["cm"][STACK] == OURS
        await pilot.press("f")
        await eventually(lambda: page.plan is not None and "PATCH" in seen(app))


async def test_who_may_not_write_is_told_so_and_nothing_was_written(server, tmp_path) -> None:
    server.access.grant("viewer", "viewer", AccessRule(READ, ("*",)))
    app = PkoArgo(fleet_over(tmp_path, "viewer", hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot)
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: page.change_run.result is not None and "FAILED" in seen(app))
        assert "nothing was written" in seen(app) and STACK not in data_of(server)


async def test_a_change_is_seen_through_when_its_page_is_left_and_the_end_is_told(server, tmp_path, kit) -> None:
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        page = await planned(app, pilot)
        page.change_run.timing = Timing(
            proof_interval=3.0
        )  # the page must be left before the end, however slowly keys are taken
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: page.change_run.sending)
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, ChecksScreen))
        await eventually(lambda: "the check of Stack is installed" in kit.told(app))
        assert data_of(server)[STACK] == OURS


async def test_who_leaves_the_program_meanwhile_leaves_a_whole_record(server, tmp_path, state) -> None:
    server.faults.latency(0.5, "PATCH")
    app = PkoArgo(fleet_over(tmp_path, hub=server), writing=WriteSwitch(on=True))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await instances(app, "hub/argocd")
        await pilot.press("i")
        await choose(app, pilot, "the check for Stacks")
        await change_page(app)
        await confirm(app, pilot, "hub/argocd")
        await eventually(lambda: any(asked.method == "PATCH" for asked in server.requests))
        await pilot.press("ctrl+c")
    words = [json.loads(line)["word"] for line in (state / "actions.jsonl").read_text().splitlines()]
    assert (words, data_of(server)[STACK]) == (["sending", "done"], OURS)


# On a Stack's page


async def opened(app: PkoArgo) -> StackPage:
    key = Key("hub", "prod", "shop")
    await eventually(lambda: (row := app.fleet.board.stacks.get(key)) is not None and row.holder)
    page = StackPage(app.fleet, key)
    await app.push_screen(page)
    return page


async def test_both_verdicts_stand_on_the_stacks_page_with_the_reason(server, tmp_path) -> None:
    server.store.put(APP)
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True):
        await opened(app)
        await eventually(lambda: "Argo CD shows   Progressing, by the check that Argo CD brings" in app.screen.text())
        assert "Our verdict     Degraded" in app.screen.text()
        assert "Our check isn't installed in hub/argocd" in app.screen.text()
        put_argo_cd(server, config_map({STACK: OURS}))
        app.fleet.instance_watch.refresh("hub")
        await eventually(lambda: "Argo CD shows   Degraded, by our check, version 1" in app.screen.text())
        assert "Our verdict" not in app.screen.text()
        assert "The Application says Progressing" in app.screen.text()


async def test_a_check_of_somebody_else_is_asked_about_the_stack_itself(server, tmp_path) -> None:
    server.store.put(APP)
    whole = 'return {status = "Suspended", message = obj.spec.stack .. " [/x]"}'
    put_argo_cd(server, config_map({STACK: whole}))
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with app.run_test(size=SIZE, notifications=True):
        await opened(app)
        await eventually(lambda: "Suspended, by somebody else's check" in seen(app))
        assert "acme/shop/dev [/x]" in seen(app)
        server.store.put({**INVALID, "spec": {"stack": "acme/shop/live"}})
        await eventually(lambda: "acme/shop/live [/x]" in seen(app))


async def test_an_argo_cd_that_may_not_be_seen_is_told_on_the_stacks_page(server, tmp_path) -> None:
    server.store.put(APP)
    server.access.grant("viewer", "viewer", AccessRule(READ, ("stacks", "applications")))
    app = PkoArgo(fleet_over(tmp_path, "viewer", hub=server))
    async with app.run_test(size=SIZE, notifications=True):
        await opened(app)
        await eventually(lambda: "Argo CD shows   can't be told" in app.screen.text())


async def test_a_script_that_takes_a_second_keeps_no_key_waiting(server, tmp_path, monkeypatch) -> None:
    server.store.put(APP)
    put_argo_cd(server, config_map({STACK: "while true do end"}))
    app = PkoArgo(fleet_over(tmp_path, hub=server))
    async with (
        scripts_end_by_heartbeats(monkeypatch) as heart,
        app.run_test(size=SIZE, notifications=True),
    ):
        await eventually(lambda: app.fleet.connection("hub") is not None)
        app.action_checks()
        await eventually(lambda: "health.pulumi.com_Stack: raises an error" in seen(app))
        assert not heart.stopped
