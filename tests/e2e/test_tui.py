"""The board, the pages and the logs as somebody uses them, on real API servers with a kubelet's own logs."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cluster.kubeconfig import load
from e2e.control_plane import VIEWER, ControlPlane
from e2e.kwok import Kwok
from e2e.staging import RECORDED, Staged, stage
from fleet.fleet import Fleet
from fleet.scope import WatchScope
from support.program import write
from support.terminal import terminal
from support.waiting import eventually
from tui.app import PkoArgo
from tui.logs.log_lines_widget import LogLines
from tui.logs.log_page import LogPage
from tui.pages.stack_page import StackPage

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded situations are not beside this project")

Obj = dict[str, Any]
FAILED = "error: Error reading file at path ./missing.txt"
UPDATES = [f"shop-capped-1a209a{rest}" for rest in ("8faff", "935d4", "98cb7", "9e87e")]
PATIENCE = 30.0


@pytest.fixture
def shop(plane: ControlPlane, kwok: Kwok) -> Staged:
    """An update that failed four times in one pod; the operator has given up."""
    return stage(plane, kwok, "02d-stalled")


@pytest.fixture
def kubeconfig(plane: ControlPlane, tmp_path: Path) -> Path:
    return write(tmp_path / "config", plane.kubeconfig())


@asynccontextmanager
async def board(kubeconfig: Path, namespace: str, stacks: int = 1) -> AsyncIterator[Pilot[None]]:
    """The board over all contexts, of one namespace."""
    config = load(str(kubeconfig), {})
    app = PkoArgo(Fleet(config, config.contexts, WatchScope(namespaces=(namespace,))))
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await eventually(lambda: len(app.fleet.board.stacks) == stacks, timeout=PATIENCE)
        await eventually(lambda: screen_text(pilot).count("shop-capped") >= stacks, timeout=PATIENCE)
        yield pilot


def screen_text(pilot: Pilot[None]) -> str:
    """What the lines of the screen say."""
    shown = "Header, SectionLine, TableWidget, TextView, LogLines"
    widgets = [widget for widget in pilot.app.screen.query(shown) if widget.display]
    return "\n".join(widget.render_line(y).text.rstrip() for widget in widgets for y in range(widget.size.height))


async def sees(pilot: Pilot[None], *words: str) -> None:
    """Wait until the screen says all of this."""

    def seen() -> bool:
        text = screen_text(pilot)
        missing = [each for each in words if each not in text]
        assert not missing, f"{missing} in\n{text}"
        return True

    await eventually(seen, timeout=PATIENCE, every=0.05)


async def log_page(pilot: Pilot[None], *keys: str) -> LogPage:
    """Press these keys, the last of which opens a log."""
    await pilot.press(*keys)
    await eventually(lambda: isinstance(pilot.app.screen, LogPage))
    page = pilot.app.screen
    assert isinstance(page, LogPage)
    return page


def numbered(page: LogPage) -> list[str]:
    """The test's own lines among those that were received, in their order."""
    return [line.text for line in page.buffer.lines if line.text.startswith("line ")]


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"line {number}" for number in range(first, first + count)]


async def received(page: LogPage, lines: list[str], timeout: float = PATIENCE) -> None:
    """Wait until these lines have come; each once, in this order."""
    await eventually(lambda: len(numbered(page)) >= len(lines), timeout=timeout, every=0.05)
    assert numbered(page) == lines


def notes(page: LogPage) -> str:
    return "\n".join(line.text for line in page.buffer.lines if line.kind == "note")


# From the board to the line that explains it


async def test_two_keys_lead_from_the_board_to_the_failing_line_on_a_small_terminal(
    shop: Staged, kubeconfig: Path
) -> None:
    async with terminal(kubeconfig, "-n", shop.namespace, columns=80, lines=24) as shown:
        await eventually(lambda: "UpdateFailed" in shown.text, timeout=PATIENCE)
        shown.type("l")
        await eventually(lambda: FAILED in shown.text and "run 4 of 4" in shown.text, timeout=PATIENCE)
        shown.type("e")
        await eventually(lambda: f">{FAILED}" in shown.text, timeout=PATIENCE)
        shown.type("qqq")  # one to go back, and where that was a moment ago, two to leave
        assert await shown.ended(5.0) == 0
        assert "Traceback" not in shown.text


async def test_runs_are_gone_through_and_each_is_tied_to_its_update(shop: Staged, kubeconfig: Path) -> None:
    async with board(kubeconfig, shop.namespace) as pilot:
        page = await log_page(pilot, "l")
        for number in (4, 3, 2, 1):
            await sees(pilot, f"run {number} of 4", f"== run {number}: up", UPDATES[number - 1], FAILED)
            await pilot.press("left_square_bracket")
        await sees(pilot, "run 1 of 4", "1 create")
        for _ in range(3):
            await pilot.press("right_square_bracket")
        await sees(pilot, "run 4 of 4", "follows")
        await pilot.press("0")
        await sees(pilot, "all 4 runs")
        assert sum(line.kind == "head" for line in page.view.lines) >= 5


async def test_a_run_in_the_history_leads_to_what_it_printed(shop: Staged, kubeconfig: Path) -> None:
    async with board(kubeconfig, shop.namespace) as pilot:
        await pilot.press("enter", "u")
        await sees(pilot, *UPDATES)
        await pilot.press("j")
        page = await log_page(pilot, "l")
        await sees(pilot, "run 3 of 4", UPDATES[2])
        shop.log().append('2026-11-25T10:00:00.000Z\tINFO\tserver\tselected a stack\t{"name": "dev"}')
        shop.log().append(*(f"2026-11-25T10:00:01.000Z\tINFO\tpulumi\t{line}" for line in numbers(3)))
        await received(page, numbers(3))
        await sees(pilot, "run 3 of 5", UPDATES[2])
        await pilot.press("escape", "enter", "l")
        await sees(pilot, "run 3 of 5", UPDATES[2])


# While a log is on the screen


async def test_a_pod_that_is_replaced_is_followed_on(shop: Staged, kubeconfig: Path) -> None:
    async with board(kubeconfig, shop.namespace) as pilot:
        page = await log_page(pilot, "l")
        shop.log().append(*numbers(50))
        await received(page, numbers(50))
        shop.kwok.delete_pod(shop.namespace, shop.pod["metadata"]["name"])
        await sees(pilot, "the log has ended: the pod is gone", "line 49")
        shop.make_pod()
        shop.log().append(*numbers(50, 50))
        await received(page, numbers(100))
        assert "was made anew" in notes(page)
        assert "missing" not in notes(page)


async def test_two_contexts_are_followed_as_one(
    shop: Staged, plane: ControlPlane, other: ControlPlane, other_kwok: Kwok, tmp_path: Path
) -> None:
    twin = stage(other, other_kwok, "02d-stalled", shop.namespace)
    config = write(tmp_path / "both", plane.kubeconfig("eu"), other.kubeconfig("us"))
    async with board(config, shop.namespace, stacks=2) as pilot:
        page = await log_page(pilot, "space", "j", "space", "l")
        await sees(pilot, "Logs 2 stacks", "[eu/shop-capped]", "[us/shop-capped]")
        for workspace in (shop, twin):
            workspace.log().append("both are being read")
        await eventually(lambda: sum("both are" in line.text for line in page.buffer.lines) == 2, timeout=PATIENCE)
        for number in range(40):
            (shop if number % 2 else twin).log().append(f"line {number}")
            await asyncio.sleep(0.01)
        await received(page, numbers(40))
        times = [line.time for line in page.buffer.lines if line.text.startswith("line ")]
        assert times == sorted(times)


async def test_what_is_searched_saved_and_copied_is_whole(
    shop: Staged, kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    long = f"line 0 {'x' * 20_000} the end"
    async with board(kubeconfig, shop.namespace) as pilot:
        page = await log_page(pilot, "l")
        shop.log().append(long, "line 1 \x1b]52;c;aGk=\x07\x1b[31mred")
        await eventually(lambda: len(numbered(page)) == 2, timeout=PATIENCE)
        await pilot.press("0", "slash", *"missing.t.t", "enter")
        await sees(pilot, "/missing.t.t: 8")
        await pilot.press("h")
        await sees(pilot, "only")
        assert len([line for line in page.view.lines if line.kind != "note"]) == 8
        await pilot.press("h", "G", "s", "m", "c")
        await eventually(lambda: pilot.app.clipboard == "line 1 red")
        await pilot.press("ctrl+s")
        await eventually(lambda: not isinstance(pilot.app.screen, LogPage))
        await pilot.press("j", "j", "enter")
        saved = (await eventually(lambda: list(tmp_path.glob("pko-argo-*-log-*.txt")), timeout=PATIENCE))[0]
        lines = await eventually(lambda: saved.read_text(encoding="utf-8").splitlines())
        assert [line.partition(" ")[2] for line in lines[-2:]] == [long, "line 1 red"]
        assert sum(FAILED in line and "pulumi" in line for line in lines) == sum(
            FAILED in line.whole for line in page.buffer.lines
        )


async def test_a_killed_api_server_is_told_and_costs_no_line(
    other: ControlPlane, other_kwok: Kwok, tmp_path: Path
) -> None:
    shop = stage(other, other_kwok, "02d-stalled")
    async with board(write(tmp_path / "config", other.kubeconfig("us")), shop.namespace) as pilot:
        page = await log_page(pilot, "l")
        shop.log().append(*numbers(100))
        await received(page, numbers(100))
        shop.log().append(*numbers(20, 100))
        other.stop(at_once=True)
        shop.log().append(*numbers(80, 120))
        await sees(pilot, "us lost", "trying again, what was received stays", "line 99")
        other.launch()
        await eventually(lambda: asyncio.to_thread(other.ready), timeout=60.0, every=0.2)
        shop.log().append(*numbers(50, 200))
        await received(page, numbers(250), timeout=90.0)
        await eventually(lambda: "connected again" in notes(page), timeout=PATIENCE)
        await sees(pilot, "line 249")
        await eventually(lambda: "us lost" not in screen_text(pilot), timeout=PATIENCE)
        assert "missing" not in notes(page)


# While a page is on the screen


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl")
async def test_what_kubectl_writes_appears_on_the_page(shop: Staged, kubeconfig: Path) -> None:
    def kubectl(*arguments: str, text: Obj | None = None) -> None:
        command = ["kubectl", "--kubeconfig", str(kubeconfig), "-n", shop.namespace, *arguments]
        done = subprocess.run(command, input=json.dumps(text), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    async def do(*arguments: str, text: Obj | None = None) -> None:
        await asyncio.to_thread(kubectl, *arguments, text=text)

    uid = shop.plane.request("GET", f"{shop.path('Stack')}/shop-capped")["metadata"]["uid"]
    owner = {"apiVersion": "pulumi.com/v1", "kind": "Stack", "name": "shop-capped", "uid": uid}
    update = {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {
            "name": f"shop-capped-{int(time.time() * 1000):x}",
            "labels": {"pulumi.com/stack-name": "shop-capped"},
            "ownerReferences": [owner],
        },
        "spec": {"type": "up", "workspaceName": "shop-capped", "stackName": "dev", "message": "made by hand"},
    }
    name = update["metadata"]["name"]
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "shop-capped.1"},
        "type": "Warning",
        "reason": "MadeByHand",
        "message": "seen at once",
        "lastTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "count": 7,
        "involvedObject": {"kind": "Stack", "name": "shop-capped", "namespace": shop.namespace, "uid": uid},
    }
    crash = {"name": "pulumi", "image": "x", "imageID": "", "ready": False, "restartCount": 3, "lastState": {},
             "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}}}  # fmt: skip
    async with board(kubeconfig, shop.namespace) as pilot:
        await pilot.press("enter", "t")
        await sees(pilot, "Pod shop-capped-workspace-0", "Running", f"Update {UPDATES[3]}", "1 older")
        pod = "shop-capped-workspace-0"
        told = json.dumps({"status": {"containerStatuses": [crash]}})
        await do("patch", "pod", pod, "--subresource=status", "--type=merge", "-p", told)
        await sees(pilot, "CrashLoopBackOff", "started again 3 times")
        await do("create", "-f", "-", text=update)
        await sees(pilot, f"Update {name}", "up pending")
        await pilot.press("u")
        await sees(pilot, name, "made by hand", *UPDATES)
        ended = {"status": "True", "reason": "x", "message": "", "lastTransitionTime": "2026-11-25T10:00:00Z"}
        over = [{"type": kind, **ended} for kind in ("Complete", "Failed")]
        done = json.dumps({"status": {"conditions": over, "message": "error: out of quota"}})
        await do("patch", "updates.auto.pulumi.com", name, "--subresource=status", "--type=merge", "-p", done)
        await sees(pilot, "out of quota")
        await do("delete", "updates.auto.pulumi.com", name)
        await eventually(lambda: name not in screen_text(pilot), timeout=PATIENCE)
        await pilot.press("e")
        await do("create", "-f", "-", text=event)
        await sees(pilot, "MadeByHand", "seen at once")
        await pilot.press("1")
        change = json.dumps({"spec": {"branch": "release"}})
        await do("patch", "stacks.pulumi.com", "shop-capped", "--type=merge", "-p", change)
        await sees(pilot, "the operator has not seen")


async def test_who_may_not_read_pods_and_events_is_told_in_their_place(
    shop: Staged, plane: ControlPlane, tmp_path: Path
) -> None:
    rules = [
        {"apiGroups": ["pulumi.com"], "resources": ["stacks"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["auto.pulumi.com"], "resources": ["workspaces", "updates"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    ]
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{shop.namespace}"
    plane.request("POST", f"{rbac}/roles", {"metadata": {"name": "reader"}, "rules": rules})
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "viewer"}],
    }
    plane.request("POST", f"{rbac}/rolebindings", binding)
    config = write(tmp_path / "viewer", plane.kubeconfig("real", VIEWER))
    async with board(config, shop.namespace) as pilot:
        await pilot.press("enter", "t")
        await sees(pilot, "pods", "hidden", "forbidden", "StatefulSet shop-capped-workspace", UPDATES[3])
        await pilot.press("e")
        await sees(pilot, "The events can't be read", "forbidden")
        assert isinstance(pilot.app.screen, StackPage)
        page = await log_page(pilot, "l")
        await sees(pilot, "pods may not be read", FAILED)
        assert page.query_one(LogLines).follow
