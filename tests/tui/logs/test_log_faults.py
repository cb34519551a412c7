"""Logs on the screen when things go wrong, and what its keys do: over real API servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from fleet.board.rows import Key
from fleet.fleet import Fleet
from support.objects import condition, last, stack_object
from support.podlogs import operator_logs
from support.program import write
from support.waiting import eventually
from support.workspaces import RUNNING, put_pod, put_workspace
from tui.app import PkoArgo
from tui.logs.log_lines_widget import LogLines
from tui.logs.log_page import LogPage
from tui.logs.whole_line import WholeLine
from tui.shell.preferences import Preferences
from tui.widgets.text_view import TextView

START = 1_700_000_000.0
TIME = "2026-11-25T10:00:00.000Z"
SECRET = "pl4nted-s3cret"
Page = Callable[..., Any]


def said(message: str, level: str = "INFO", logger: str = "pulumi") -> str:
    return f"{TIME}\t{level}\t{logger}\t{message}"


SELECTED = said("selected a stack", logger="server") + '\t{"name": "dev"}'


def log(server: ApiServer, *texts: str, stack: str = "shop", container: str = "pulumi", at: float = START) -> None:
    server.logs.extend("prod", f"{stack}-workspace-0", container, texts, at)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
def opened(server: ApiServer, tmp_path: Path) -> Page:
    """A log page over the server's context `lab`, and over others."""

    @asynccontextmanager
    async def open_page(
        *names: str,
        token: str = "",
        size: tuple[int, int] = (140, 40),
        preferences: Preferences | None = None,
        others: dict[str, ApiServer] | None = None,
        **page: Any,
    ) -> AsyncIterator[tuple[LogPage, Pilot[None]]]:
        servers = {"lab": server, **(others or {})}
        configs = [
            each.kubeconfig(name, token=token) if token else each.kubeconfig(name) for name, each in servers.items()
        ]
        kubeconfig = load(str(write(tmp_path / "config", *configs)), {})
        app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts), preferences=preferences or Preferences())
        async with app.run_test(size=size, notifications=True) as pilot:
            await eventually(lambda: all(app.fleet.connection(context) for context in servers))
            shown = LogPage(app.fleet, [Key(context, "prod", name) for context in servers for name in names], **page)
            await app.push_screen(shown)
            yield shown, pilot

    return open_page


def rows(page: LogPage) -> list[str]:
    """What the lines on the screen say."""
    lines = page.query_one(LogLines)
    return [lines.render_line(y).text.rstrip() for y in range(lines.size.height)]


def text(page: LogPage) -> str:
    """All of it, joined where a long line was broken."""
    return "".join(row[1:] if row[:1] in " >*" else row for row in rows(page))


def title(page: LogPage) -> str:
    return "\n".join(page.header.render_line(y).text for y in range(2))


async def sees(page: LogPage, words: str) -> None:
    await eventually(lambda: words in text(page))


# Faults


async def test_who_may_not_read_logs_is_told_so(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    server.access.grant(
        "viewer", "viewer", AccessRule(verbs=READ, resources=("stacks", "pods", "statefulsets", "workspaces"))
    )
    async with opened("shop", token="viewer") as (page, _):
        await sees(page, "pods/log")
        await sees(page, "forbidden")


async def test_who_may_not_read_pods_reads_logs_by_their_usual_names(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "line 1")
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=("stacks", "pods/log")))
    async with opened("shop", token="viewer") as (page, _):
        await sees(page, "pods may not be read")
        await sees(page, "line 1")


async def test_a_context_that_is_lost_is_told_and_its_lines_stay(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "line 1")
    async with opened("shop") as (page, _):
        await sees(page, "line 1")
        await server.refuse_connections()
        await eventually(lambda: "lab lost" in title(page))
        await sees(page, "trying again, what was received stays")
        assert "line 1" in text(page)
        log(server, "line 2", at=START + 5)
        await server.listen()
        await eventually(lambda: "line 2" in text(page) and "connected again" in text(page))
        assert "lab lost" not in title(page)


async def test_what_is_asked_for_anew_before_there_is_a_connection_stands_there_once(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_workspace(server)
    kubeconfig = load(str(write(tmp_path / "config", server.kubeconfig("lab"))), {})
    app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts))
    connection = app.fleet.connection
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await eventually(lambda: connection("lab"))
        with monkeypatch.context() as without:
            without.setattr(app.fleet, "connection", lambda context: None)
            page = LogPage(app.fleet, [Key("lab", "prod", "shop")])
            await app.push_screen(page)
            await sees(page, "there is no connection to it yet")
        await sees(page, "connected again")
        log(server, "line 1")
        await sees(page, "line 1")
        await pilot.press("a", "a")
        await sees(page, "line 1")
        log(server, "line 2", at=START + 5)
        await sees(page, "line 2")
        log(server, "line 3", at=START + 6)
        await sees(page, "line 3")
        written = [line.text for line in page.buffer.lines if line.text.startswith("line ")]
        assert written == ["line 1", "line 2", "line 3"]


async def test_a_token_that_expires_is_told_and_the_log_goes_on_with_the_next(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "line 1")
    server.access.grant("tok", "viewer")
    async with opened("shop", token="tok") as (page, _):
        await sees(page, "line 1")
        server.access.expire("tok")
        server.hang_up()
        await eventually(lambda: "credentials" in text(page))
        server.access.grant("tok", "viewer")
        log(server, "line 2", at=START + 5)
        await eventually(lambda: "line 2" in text(page))


async def test_an_image_that_cant_be_pulled_is_told_in_the_kubelets_words(server: ApiServer, opened: Page) -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "acme/pulumi:1"'}}
    put_workspace(server, pulumi=waiting)
    async with opened("shop") as (page, _):
        await sees(page, "waiting to start: ImagePullBackOff")
        await sees(page, 'Back-off pulling image "acme/pulumi:1"')


async def test_stacks_of_one_name_in_two_contexts_are_told_apart(server: ApiServer, opened: Page) -> None:
    async with ApiServer() as other:
        put_workspace(server)
        put_workspace(other)
        log(server, "first")
        log(other, "second", at=START + 1)
        async with opened("shop", others={"spoke": other}) as (page, _):
            await eventually(lambda: "[lab/shop] first" in text(page) and "[spoke/shop] second" in text(page))
            shown = [row for row in rows(page) if "first" in row or "second" in row]
            assert "first" in shown[0] and "second" in shown[1]


async def test_a_stack_that_is_created_anew_is_said_and_followed_on(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "old")
    async with opened("shop") as (page, _):
        await sees(page, "old")
        for kind, name in (
            ("Pod", "shop-workspace-0"),
            ("StatefulSet", "shop-workspace"),
            ("Workspace", "shop"),
            ("Stack", "shop"),
        ):
            server.store.delete(kind, "prod", name)
        server.logs.drop("prod", "shop-workspace-0")
        await sees(page, "the Stack is gone")
        put_workspace(server)
        log(server, "new", at=START + 5)
        await sees(page, "new")
        assert "old" in text(page)


async def test_more_logs_than_may_be_open_are_said_to_wait(server: ApiServer, opened: Page) -> None:
    names = [f"s{number}" for number in range(70)]
    for name in names:
        put_workspace(server, name)
        log(server, f"from {name}", stack=name)
    async with opened(*names) as (page, _):
        waits = "64 logs are open at once, 6 more wait"
        await eventually(lambda: any(waits in line.text for line in page.buffer.lines))
        await eventually(lambda: sum("from s" in line.text for line in page.buffer.lines) == 64)


async def test_pko_1_has_no_workspace_pods_and_it_is_said_where_to_look(server: ApiServer, opened: Page) -> None:
    failed = {"state": "failed", "lastResyncTime": "2026-11-23T18:24:13Z"}
    told = [condition("Reconciling", "RetryingAfterFailure", "exit status 255")]
    server.store.put(stack_object("old", lastUpdate=failed, conditions=told))
    async with opened("old") as (page, _):
        await sees(page, "PKO 1 has no workspace pods")
        await sees(page, "exit status 255")


async def test_where_the_pod_is_gone_message_permalink_and_reason_stand_in_its_place(
    server: ApiServer, opened: Page
) -> None:
    message = (
        f"up failed: exit status 1\ncode: 1\nstdout: Outputs:\n    key: {SECRET}\n\nstderr: error: no \x1b[31mfile\n"
    )
    failed = last("failed", message=message, permalink="https://app.pulumi.com/acme/db/7")
    server.store.put(
        stack_object("db", conditions=[condition("Stalled", "UpdateFailed", "up failed 4 times")], lastUpdate=failed)
    )
    async with opened("db") as (page, _):
        await sees(page, "there is no workspace pod")
        await sees(page, "error: no file")
        await sees(page, "https://app.pulumi.com/acme/db/7")
        assert SECRET not in text(page)


async def test_the_operators_lines_stand_where_there_is_no_log(server: ApiServer, opened: Page) -> None:
    server.store.put(stack_object("shop", conditions=[condition("Stalled", "SpecInvalid", "no such secret")]))
    _operator(server)
    server.logs.append(
        "pko", "pko-1", "manager",
        '2026-11-23T18:24:06Z\tERROR\tReconciler error\t{"controller": "stack-controller", "namespace": "prod", '
        '"name": "shop", "error": "no such secret"}',
    )  # fmt: skip
    async with opened("shop") as (page, _):
        await sees(page, "Reconciler error")


async def test_a_pod_that_goes_leaves_its_lines_and_the_reason(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "line 1")
    async with opened("shop") as (page, _):
        await sees(page, "line 1")
        server.store.delete("Pod", "prod", "shop-workspace-0")
        server.logs.drop("prod", "shop-workspace-0")
        await sees(page, "the log has ended: the pod is gone")
        await sees(page, "there is no workspace pod (the stack")
        put_pod(server, server.store.get("StatefulSet", "prod", "shop-workspace") or {}, pulumi=RUNNING)
        log(server, "line 2", at=START + 9)
        await sees(page, "line 2")
        assert "line 1" in text(page)


def _operator(server: ApiServer) -> None:
    server.store.put({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "operator.pulumi.com", "namespace": "pko"}, "spec": {"holderIdentity": "pko-1_uuid"},
    })  # fmt: skip
    image = "pulumi/pulumi-kubernetes-operator:v2.9.0"
    server.store.put({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pko-1", "namespace": "pko"},
        "spec": {"nodeName": "n", "containers": [{"name": "manager", "image": image}]},
    })  # fmt: skip


async def test_planted_secrets_come_out_nowhere(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(
        server,
        SELECTED,
        said("Updating (dev):"),
        said("Outputs:"),
        said(f'    password: "{SECRET}"'),
        said("Resources:"),
        said("up completed with an error", "ERROR", "server")
        + f'\t{{"error": "failed\\ncode: 1\\nstdout: Outputs:\\n    password: {SECRET}\\n\\nstderr: error: no\\n"}}',
    )
    _operator(server)
    complete = next(line for line in operator_logs()["17-secret-outputs"] if "\tUpdate complete\t" in line)
    server.logs.append(
        "pko",
        "pko-1",
        "manager",
        complete.replace('"namespace": "first"', '"namespace": "prod"').replace("hunter2", SECRET),
    )
    async with opened("shop") as (page, pilot):
        await sees(page, "up completed with an error")
        await pilot.press("o")
        await sees(page, "Update complete")
        copied: list[str] = []
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("c")
        saved = [export.make() for export in page.exports()]
        for line in page.buffer.lines:
            assert SECRET not in line.text + line.whole
        assert copied
        assert SECRET not in "".join([text(page), *copied, *saved])
        assert "Update complete" in saved[1]
        await pilot.press("E", "enter")
        await eventually(lambda: isinstance(pilot.app.screen, WholeLine))
        assert SECRET not in pilot.app.screen.query_one(TextView).text


async def test_a_line_of_a_megabyte_is_shown_in_part(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "x" * 1_000_000 + "\x1b]52;c;aGk=\x07end", "after \x00it \x1b[31mred")
    async with opened("shop", size=(80, 24)) as (page, pilot):
        await sees(page, "after it red")
        await pilot.press("w", "k", "k", "right", "w", "enter")
        await eventually(lambda: isinstance(pilot.app.screen, WholeLine))
        assert "more characters" in pilot.app.screen.query_one(TextView).text


async def test_what_the_configuration_allows_bounds_the_memory(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, *(said(f"{'y' * 500} {number}") for number in range(5000)))
    async with opened("shop", preferences=Preferences(log_memory=1 << 20)) as (page, pilot):
        await eventually(lambda: page.buffer.dropped > 0)
        await eventually(lambda: "4999" in text(page))
        await pilot.press("1")
        await sees(page, "older lines were let go: more than 1 MiB came")
        assert page.buffer.size <= 1 << 20


# Keys


async def test_keys_lead_from_run_to_run_and_to_the_whole_log(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    run = [SELECTED, said("Updating (dev)"), said("up completed", logger="server") + '\t{"result": "succeeded"}']
    log(server, *run, said("first only"))
    log(server, *run, said("second only"), at=START + 60)
    async with opened("shop") as (page, pilot):
        await sees(page, "second only")
        assert "first only" not in text(page)
        assert "run 2 of 2" in title(page)
        await pilot.press("left_square_bracket")
        await sees(page, "first only")
        assert "second only" not in text(page)
        await pilot.press("0")
        await sees(page, "second only")
        assert "first only" in text(page)
        await pilot.press("2")
        await eventually(lambda: "last 1m" in title(page) and "second only" not in text(page))
        log(server, said("just now"), at=page.fleet.clock())
        await sees(page, "just now")
        await pilot.press("right_square_bracket")
        await eventually(lambda: "run 2 of 2" in title(page))


async def test_times_marks_copy_and_the_whole_line(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, *(said(f"line {number}") for number in range(5)))
    async with opened("shop") as (page, pilot):
        await sees(page, "line 4")
        await pilot.press("t")
        await sees(page, "2023-11-14T22:13:20.000Z line 4")
        await pilot.press("t", "t", "t")
        assert "2023" not in text(page)
        copied: list[str] = []
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("g", "j", "m", "j", "m", "c")
        assert copied == ["line 0\nline 2"]
        assert "2 marked" in title(page)
        await pilot.press("ctrl+backslash")
        assert "marked" not in title(page)
        await pilot.press("enter")
        await eventually(lambda: isinstance(pilot.app.screen, WholeLine))
        await pilot.press("escape")
        assert pilot.app.screen is page


async def test_a_search_finds_goes_on_and_narrows(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, *(said(f"line {number} {'Bucket' if number % 10 == 0 else ''}") for number in range(100)))
    async with opened("shop", size=(100, 20)) as (page, pilot):
        await sees(page, "line 99")
        await pilot.press("slash", *"b.cket", "enter")
        await sees(page, "line 0 Bucket")
        assert "/b.cket: 10" in title(page)
        await pilot.press("n")
        assert page.log_lines.current is not None
        assert page.log_lines.current.text == "line 10 Bucket"
        await pilot.press("h")
        await eventually(lambda: "line 90 Bucket" in text(page) and "line 1 " not in text(page))
        await pilot.press("h", "slash", *"(", "enter")
        await eventually(
            lambda: any("no regular expression" in str(t.render()) for t in pilot.app.screen.query("Toast"))
        )


async def test_a_time_is_gone_to(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    for minute in range(30):
        log(server, said(f"minute {minute}"), at=START + minute * 60)
    async with opened("shop", size=(100, 20)) as (page, pilot):
        await sees(page, "minute 29")
        await pilot.press("T", *"2023-11-14T22:23:20Z", "enter")
        await eventually(lambda: page.log_lines.current is not None and page.log_lines.current.text == "minute 10")


async def test_the_containers_that_are_shown_can_be_chosen(server: ApiServer, opened: Page) -> None:
    put_workspace(server, sidecars=("proxy",))
    log(server, "from the agent")
    log(server, "cloned", container="fetch")
    log(server, "proxied", container="proxy")
    async with opened("shop") as (page, pilot):
        await eventually(lambda: page.fleet.board.stacks)
        await sees(page, "from the agent")
        assert "cloned" not in text(page)
        await pilot.press("a")
        await eventually(lambda: "[fetch] cloned" in text(page) and "[proxy] proxied" in text(page))
        await pilot.press("C")
        await eventually(lambda: pilot.app.screen is not page)
        await pilot.press("j", "j", "j", "j", "enter")  # all, bootstrap, fetch, pulumi, proxy
        await eventually(lambda: "proxied" in text(page) and "cloned" not in text(page))


async def test_a_pod_or_a_container_is_where_one_can_start(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, "from the agent")
    log(server, "cloned", container="fetch")
    async with opened("shop", pod="shop-workspace-0", container="fetch") as (page, _):
        await sees(page, "cloned")
        assert "Logs shop-workspace-0" in title(page)
        assert "from the agent" not in text(page)


async def test_commands_work_on_the_page_of_logs_too(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    async with opened("shop") as (page, pilot):
        copied: list[str] = []
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("colon", *"copy kubectl", "enter")
        await eventually(lambda: copied)
        assert "shop" in copied[0] and "kubectl" in copied[0]
        await pilot.press("colon", *"stacks", "enter")
        await eventually(lambda: pilot.app.screen is not page)


async def test_a_log_in_which_nothing_was_written_says_whose_it_is(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    async with opened("shop") as (page, pilot):
        await sees(page, "Nothing was written yet: container pulumi of pod shop-workspace-0.")
        log(server, "line 1")
        await sees(page, "line 1")
        await pilot.press("slash", *"nowhere", "enter", "h")
        await sees(page, "No line holds that")


async def test_a_run_that_the_log_does_not_hold_is_said_to_be_missing(server: ApiServer, opened: Page) -> None:
    put_workspace(server)
    log(server, SELECTED, said("Updating (dev)"))
    async with opened("shop", update="shop-18a00000000") as (page, _):
        await sees(page, "this log doesn't hold the run of shop-18a00000000")
        assert "run 1 of 1" in title(page)


async def test_a_pattern_that_takes_too_long_isnt_looked_for_any_more_and_says_so(
    server: ApiServer, opened: Page
) -> None:
    put_workspace(server)
    log(server, *(said("a" * 3900 + "!") for _ in range(20)))
    async with opened("shop") as (page, pilot):
        await sees(page, "aaaa")
        await pilot.press("slash", *"(a|aa)+[bc]", "enter")
        await eventually(lambda: any("takes too long" in note.message for note in page.app._notifications))
        assert not page.log_lines.search
        await pilot.press("0")
        await eventually(lambda: page.log_lines.follow)
