"""``logs`` prints what pods print: bytes for a pipe, lines to read for a terminal, and it says what it can't."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.objects import PROCESSING, condition, current, last, stack_object
from support.podlogs import Recorded, agent_logs, operator_logs, stamped
from support.program import PROGRAM, Ended, dead, environment, run, running, write
from support.terminal import terminal
from support.waiting import LIMIT, eventually
from support.workspaces import put_workspace

START = 1_700_000_000.0
TIME = "2026-11-23T18:24:13.057Z"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        put_workspace(made)
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))


def put(server: ApiServer, *texts: str, container: str = "pulumi", stack: str = "shop", at: float = START) -> None:
    server.logs.extend("prod", f"{stack}-workspace-0", container, texts, at)


def recorded(situation: str) -> Recorded:
    return next(log for log in agent_logs() if log.situation == situation and log.container == "pulumi")


def play(server: ApiServer, situation: str, stack: str = "shop") -> list[str]:
    """A real agent's log in the pod of a Stack."""
    lines = recorded(situation).lines
    for at, text in stamped(lines):
        server.logs.append("prod", f"{stack}-workspace-0", "pulumi", text, at)
    return lines


async def test_a_pipe_gets_the_log_as_it_is(server: ApiServer, kubeconfig: Path) -> None:
    hostile = ["\x1b]52;c;aGk=\x07", "50%\r100%", "a\x00b", "\x1b[31mred", "[/x]", ""]
    put(server, *hostile, "\udcff\udcfe")
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "logs", "shop", env=environment(kubeconfig), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out == "".join(f"{line}\n" for line in hostile).encode() + b"\xff\xfe\n"
    assert process.returncode == 0


async def test_a_terminal_gets_nothing_that_commands_it(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "\x1b]52;c;aGk=\x07clip", "50%\rdone", "a\x00b", "\x1b]0;title\x07x", "\x1b[2Jy", "\udcffz", "\x9b31mw")
    async with terminal(kubeconfig, "logs", "shop", env={"NO_COLOR": "1"}) as tty:
        assert await tty.ended() == 0
        out = tty.raw
    assert out.count(b"\x1b") == 0
    assert [line for line in out.decode().split("\r\n") if line] == ["clip", "done", "ab", "x", "y", "\ufffdz", "w"]


async def test_a_terminal_gets_the_last_run_in_short(server: ApiServer, kubeconfig: Path) -> None:
    play(server, "02d-stalled")
    async with terminal(kubeconfig, "logs", "shop", columns=200, env={"NO_COLOR": "1"}) as tty:
        assert await tty.ended() == 0
        out = [line for line in tty.text.split("\r\n") if line]
    assert out[:3] == [
        "eu/prod/shop: run 4: up fail-shop-capped failed (1 same, 1 error); 3 earlier: --all-runs",
        "selected a stack: organization/infra/fail-shop-capped",
        "Updating (fail-shop-capped):",
    ]
    assert sum(line.startswith("Updating") for line in out) == 1
    assert not any("grpc" in line or "replicas" in line for line in out)
    assert "up completed with an error: Error reading file at path ./missing.txt" in "\n".join(out)


async def test_a_terminal_that_follows_begins_with_the_last_run_and_goes_on(
    server: ApiServer, kubeconfig: Path
) -> None:
    play(server, "02b-failed-twice")
    async with terminal(kubeconfig, "logs", "-f", "shop", columns=200, env={"NO_COLOR": "1"}) as tty:
        await eventually(lambda: "up completed with an error" in tty.text)
        assert tty.text.count("Updating (fail-shop-capped):") == 1
        put(server, f"{TIME}\tINFO\tpulumi\tand on it goes", at=START + 1e8)
        await eventually(lambda: "and on it goes" in tty.text)


async def test_all_runs_are_there_for_a_terminal_that_asks(server: ApiServer, kubeconfig: Path) -> None:
    play(server, "02d-stalled")
    for flags in (["--all-runs"], ["--since-time", "2026-11-23T18:00:00Z"], ["--tail", "1000"]):
        async with terminal(kubeconfig, "logs", "shop", *flags, columns=200, env={"NO_COLOR": "1"}) as tty:
            assert await tty.ended() == 0
            assert tty.text.count("Updating (fail-shop-capped):") == 4


async def test_colour_follows_what_is_done_and_the_users_wish(server: ApiServer, kubeconfig: Path) -> None:
    put(server, f"{TIME}\tINFO\tpulumi\t+ aws:s3/bucket:Bucket: (create)")
    coloured = await run(kubeconfig, "logs", "shop", "--color", "always")
    assert coloured.out == "\x1b[32m+ aws:s3/bucket:Bucket: (create)\x1b[0m\n"
    assert "\x1b" not in (await run(kubeconfig, "logs", "shop")).out
    async with terminal(kubeconfig, "logs", "shop", "--color", "never") as tty:
        await tty.ended()
        assert b"\x1b" not in tty.raw


async def test_a_part_of_a_log_is_chosen_by_count_and_time(server: ApiServer, kubeconfig: Path) -> None:
    for number in range(6):
        put(server, f"line {number}", at=START + number / 2)
    lines = [f"line {number}" for number in range(6)]
    assert (await run(kubeconfig, "logs", "shop", "--tail", "2")).lines == lines[4:]
    assert (await run(kubeconfig, "logs", "shop", "--tail", "-1")).lines == lines
    since = await run(kubeconfig, "logs", "shop", "--since-time", "2023-11-14T22:13:20.5Z")
    assert since.lines == lines[1:]
    until = await run(kubeconfig, "logs", "shop", "--until", "2023-11-14T22:13:21Z")
    assert until.lines == lines[:3]
    assert (await run(kubeconfig, "logs", "shop", "--since", "10s")).lines == []
    stamps = await run(kubeconfig, "logs", "shop", "--timestamps", "--tail", "1")
    assert stamps.out == "2023-11-14T22:13:22.500000000Z line 5\n"


async def test_lines_are_chosen_and_left_out_by_pattern(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "error: one", "fine", "error: two", "warning: three")
    assert (await run(kubeconfig, "logs", "shop", "--grep", "^error", "--grep", "warn")).lines == [
        "error: one", "error: two", "warning: three",
    ]  # fmt: skip
    assert (await run(kubeconfig, "logs", "shop", "--grep", "error", "--exclude", "two$")).lines == ["error: one"]


async def test_lines_of_several_containers_bear_their_origin(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "from fetch", container="fetch")
    put(server, "from pulumi", at=START + 1)
    every = await run(kubeconfig, "logs", "shop", "--all-containers")
    assert every.lines == ["[eu/prod/shop fetch] from fetch", "[eu/prod/shop pulumi] from pulumi"]
    assert (await run(kubeconfig, "logs", "shop", "--all-containers", "--no-prefix")).lines == [
        "from fetch",
        "from pulumi",
    ]
    assert (await run(kubeconfig, "logs", "shop", "-c", "fetch", "--prefix")).lines == [
        "[eu/prod/shop fetch] from fetch"
    ]
    wrong = await run(kubeconfig, "logs", "shop", "-c", "nobody")
    assert wrong.code == 1
    assert "pod shop-workspace-0 has no container nobody; it has bootstrap, fetch, pulumi" in wrong.err


async def test_previous_prints_the_log_of_the_container_before_its_restart(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "old")
    server.logs.restart("prod", "shop-workspace-0", "pulumi")
    put(server, "new")
    assert (await run(kubeconfig, "logs", "shop", "-p")).lines == ["old"]
    assert (await run(kubeconfig, "logs", "shop")).lines == ["new"]
    server.logs.drop("prod", "shop-workspace-0")
    none = await run(kubeconfig, "logs", "shop", "--previous")
    assert (none.code, none.out) == (1, "")
    assert 'previous terminated container "pulumi" in pod "shop-workspace-0" not found' in none.err


async def test_two_stacks_of_one_name_are_told_apart(server: ApiServer, tmp_path: Path) -> None:
    async with ApiServer() as other:
        put_workspace(other)
        config = write(
            tmp_path / "both", server.kubeconfig("eu", namespace="prod"), other.kubeconfig("us", namespace="prod")
        )
        for number in range(4):
            put(server if number % 2 else other, f"line {number}", at=START + number)
        both = await run(config, "logs", "shop", "--all-contexts")
        assert both.lines == [
            "[us/prod/shop pulumi] line 0", "[eu/prod/shop pulumi] line 1",
            "[us/prod/shop pulumi] line 2", "[eu/prod/shop pulumi] line 3",
        ]  # fmt: skip


async def test_stacks_are_chosen_by_name_label_or_all(server: ApiServer, kubeconfig: Path) -> None:
    server.store.patch("Stack", "prod", "shop", {"metadata": {"labels": {"tier": "web"}}})
    put_workspace(server, "db")
    put(server, "from shop")
    put(server, "from db", stack="db", at=START + 1)
    both = ["[eu/prod/shop pulumi] from shop", "[eu/prod/db pulumi] from db"]
    assert (await run(kubeconfig, "logs", "shop", "stack/db")).lines == both
    assert (await run(kubeconfig, "logs", "-l", "tier=web")).lines == both[:1]
    assert (await run(kubeconfig, "logs", "-A")).lines == both
    none = await run(kubeconfig, "logs", "nobody", "shop")
    assert (none.code, none.lines) == (1, both[:1])
    assert none.err == 'error: stack "nobody" not found in this namespace; -A looks at all of them\n'


WRONG = [
    [],
    ["shop", "-l", "a=b"],
    ["shop", "--since", "1h", "--since-time", "2026-11-23T18:24:01Z"],
    ["shop", "-p", "-f"],
    ["shop", "-c", "fetch", "--all-containers"],
    ["shop", "db", "--update", "shop-1"],
    ["shop", "--update", "shop-1", "--all-runs"],
    ["shop", "--since", "soon"],
    ["shop", "--since-time", "yesterday"],
    ["shop", "--tail", "x"],
    ["shop", "--grep", "("],
    ["shop", "--max-log-requests", "0"],
    ["shop", "-o", "yaml"],
    ["shop", "--color", "pink"],
]


@pytest.mark.parametrize("flags", WRONG, ids=" ".join)
async def test_wrong_usage_is_told_and_ends_with_2(tmp_path: Path, flags: list[str]) -> None:
    wrong = await run(write(tmp_path / "config", dead()), "logs", *flags)
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err
    assert "Traceback" not in wrong.err


async def test_json_is_an_object_a_line_whole_and_with_its_run(server: ApiServer, kubeconfig: Path) -> None:
    lines = play(server, "02b-failed-twice")
    log = recorded("02b-failed-twice")
    labels = {"pulumi.com/stack-name": "shop"}
    for update in log.updates:
        server.store.put({
            "apiVersion": "auto.pulumi.com/v1alpha1", "kind": "Update",
            "metadata": {"name": update.metadata.name, "namespace": "prod", "labels": labels},
            "spec": {"type": "up", "workspaceName": "shop"},
        })  # fmt: skip
    items = [json.loads(line) for line in (await run(kubeconfig, "logs", "shop", "-o", "json")).lines]
    assert {item["run"] for item in items} == {None, 1, 2}
    of_run = {item["run"]: item["update"] for item in items}
    assert [of_run[1], of_run[2]] == [update.metadata.name for update in log.updates]
    first = items[0]
    assert first | {"time": ""} == {
        "context": "eu", "namespace": "prod", "stack": "shop", "pod": "shop-workspace-0", "container": "pulumi",
        "time": "", "run": None, "update": None, "level": "INFO", "logger": "cmd.serve",
        "message": "Pulumi Kubernetes Agent", "fields": {"version": "v2.9.0"},
    }  # fmt: skip
    steps = [item for item in items if item.get("kind") == "step"]
    assert [step["verb"] for step in steps] == ["create", "same"]
    assert sum(item.get("kind") == "error" for item in items) == 2
    assert len(items) < len(lines)  # outputs are left out
    assert "replicas" not in json.dumps(items)


async def test_one_update_is_one_run(server: ApiServer, kubeconfig: Path) -> None:
    play(server, "02b-failed-twice")
    log = recorded("02b-failed-twice")
    second = log.updates[1].metadata.name
    server.store.patch("Stack", "prod", "shop", {"status": {"lastUpdate": last("failed", name=second)}})
    found = await run(kubeconfig, "logs", "shop", "--update", second)
    assert found.code == 0
    assert sum("\tpulumi\tUpdating (" in line for line in found.lines) == 1
    assert found.lines[0].split("\t")[0] > "2026-11-23T18:26:44"
    assert found.lines[0].endswith('selected a stack\t{"name": "organization/infra/fail-shop-capped"}')


async def test_an_update_that_nobody_knows_is_told(server: ApiServer, kubeconfig: Path) -> None:
    play(server, "02b-failed-twice")
    found = await run(kubeconfig, "logs", "stack/shop", "--update", "nope")
    assert (found.code, found.out) == (1, "")
    assert found.err == "error: no Update nope of eu/prod/shop is known\n"
    waited = await timed_out(kubeconfig, "logs", "shop", "--update", "nope", "--until-done")
    assert "no Update nope of eu/prod/shop is known; waiting for it" in waited.err


@pytest.mark.parametrize("log", [True, False], ids=["another pod", "no pod"])
async def test_an_update_whose_pod_was_replaced_speaks_for_itself(
    server: ApiServer, kubeconfig: Path, log: bool
) -> None:
    if log:
        put(server, "a new pod", at=1_800_000_000.0)
    else:
        server.store.delete("Pod", "prod", "shop-workspace-0")
    server.store.put(stack_object("shop", lastUpdate=last("failed", name="other", message="not this one")))
    done = "2026-11-23T18:24:13Z"
    server.store.put(
        {
            "apiVersion": "auto.pulumi.com/v1alpha1",
            "kind": "Update",
            "metadata": {"name": "shop-1", "namespace": "prod", "labels": {"pulumi.com/stack-name": "shop"}},
            "spec": {"type": "up"},
            "status": {
                "conditions": [
                    {"type": "Complete", "status": "True", "reason": "Updated", "lastTransitionTime": done},
                    {"type": "Failed", "status": "True", "reason": "UpdateFailed", "lastTransitionTime": done},
                ],
                "message": "error: the quota is used up",
                "permalink": "https://app.pulumi.com/acme/shop/dev/updates/7",
            },
        }
    )
    found = await run(kubeconfig, "logs", "shop", "--update", "shop-1")
    assert (found.code, found.lines) == (
        0, ["error: the quota is used up", "https://app.pulumi.com/acme/shop/dev/updates/7"],
    )  # fmt: skip
    assert ("so the pod was replaced" if log else "there is no workspace pod") in found.err
    assert found.err.startswith("eu/prod/shop: shop-1: ")


@pytest.mark.parametrize("part", [["--since", "5s"], ["--tail", "0"]], ids=["since", "tail"])
async def test_a_part_without_a_line_is_no_failure(server: ApiServer, kubeconfig: Path, part: list[str]) -> None:
    put(server, "long ago")
    found = await run(kubeconfig, "logs", "shop", *part)
    assert (found.code, found.out, found.err) == (0, "", "")


async def test_a_cluster_that_cant_be_asked_has_or_hasnt_the_stack(server: ApiServer, tmp_path: Path) -> None:
    found = await run(write(tmp_path / "dead", dead()), "logs", "shop")
    assert found.code == 1
    assert "not found" not in found.err


async def test_following_waits_for_a_cluster_that_is_not_there_yet(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "line")
    await server.refuse_connections()
    async with running(kubeconfig, "logs", "-f", "shop", "nobody") as process:
        assert process.stderr is not None
        async with asyncio.timeout(LIMIT):
            assert b"trying again" in await process.stderr.readline()
        await server.listen()
        assert (await read_line(process)).endswith("line")
        async with asyncio.timeout(LIMIT):
            said = [await process.stderr.readline(), await process.stderr.readline()]
        assert b"connected again" in said[0]
        assert b'"nobody" not found' in said[1]


SECRET = "pl4nted-s3cret"


async def test_planted_secrets_come_out_nowhere(server: ApiServer, kubeconfig: Path) -> None:
    put(
        server,
        f"{TIME}\tINFO\tpulumi\tUpdating (dev):",
        f"{TIME}\tINFO\tpulumi\tOutputs:",
        f'{TIME}\tINFO\tpulumi\t    password: "{SECRET}"',
        f"{TIME}\tINFO\tpulumi\tResources:",
        f'{TIME}\tERROR\tserver\tup completed with an error\t{{"error": "failed\\ncode: 1\\n'
        f'stdout: Outputs:\\n    password: {SECRET}\\n\\nstderr: error: no\\n"}}',
    )
    server.store.put({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "operator.pulumi.com", "namespace": "pko"}, "spec": {"holderIdentity": "pko-1_uuid"},
    })  # fmt: skip
    image = "pulumi/pulumi-kubernetes-operator:v2.9.0"
    server.store.put({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pko-1", "namespace": "pko"},
        "spec": {"nodeName": "n", "containers": [{"name": "manager", "image": image}]},
    })  # fmt: skip
    complete = next(line for line in operator_logs()["17-secret-outputs"] if "\tUpdate complete\t" in line)
    complete = complete.replace('"namespace": "first"', '"namespace": "prod"').replace("hunter2", SECRET)
    assert SECRET in complete
    server.logs.append("pko", "pko-1", "manager", complete)
    for flags in ([], ["-o", "json"], ["--color", "always"], ["--timestamps", "--all-runs"], ["--grep", "."]):
        found = await run(kubeconfig, "logs", "shop", "--operator", *flags)
        assert found.code == 0
        assert "Update complete" in found.out
        assert SECRET not in found.out + found.err


async def test_an_image_that_cant_be_pulled_is_told_as_what_it_is(server: ApiServer, kubeconfig: Path) -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff"}}
    put_workspace(server, "db", pulumi=waiting)
    found = await run(kubeconfig, "logs", "db")
    assert (found.code, found.out) == (1, "")
    assert found.err == (
        'eu/prod/db pulumi: container "pulumi" in pod "db-workspace-0" is waiting to start: '
        "trying and failing to pull image\n"
    )


async def test_where_the_pod_is_gone_the_message_stands_in_its_place(server: ApiServer, kubeconfig: Path) -> None:
    message = "up failed: exit status 1\ncode: 1\nstdout: \nstderr: error: no \x1b[31msuch file\n"
    failed = last("failed", message=message, permalink="https://app.pulumi.com/acme/db/7")
    server.store.put(
        stack_object("db", conditions=[condition("Stalled", "UpdateFailed", "up failed 4 times")], lastUpdate=failed)
    )
    found = await run(kubeconfig, "logs", "db")
    assert found.code == 0
    assert found.lines[-2:] == ["stderr: error: no such file", "https://app.pulumi.com/acme/db/7"]
    assert "there is no workspace pod" in found.err


async def test_pko_1_has_no_workspace_pods_and_that_is_said(server: ApiServer, kubeconfig: Path) -> None:
    old = {"state": "succeeded", "lastResyncTime": "2026-11-23T18:24:13Z"}
    server.store.put(stack_object("old", lastUpdate=old))
    found = await run(kubeconfig, "logs", "old")
    assert found.code == 1
    assert "PKO 1 has no workspace pods" in found.err
    assert "--operator" in found.err


async def test_a_context_that_cant_be_reached_is_named_and_the_rest_printed(server: ApiServer, tmp_path: Path) -> None:
    put(server, "line")
    config = write(tmp_path / "both", server.kubeconfig("eu", namespace="prod"), dead())
    found = await run(config, "logs", "shop", "--all-contexts", "-n", "prod")
    assert (found.code, found.lines) == (1, ["[eu/prod/shop pulumi] line"])
    assert "error: dead: " in found.err


async def read_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def test_following_goes_through_hang_ups_and_says_so(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "line 0")
    async with running(kubeconfig, "logs", "-f", "shop") as process:
        assert await read_line(process) == "line 0"
        for number in range(1, 20):
            if number % 5 == 0:
                server.hang_up()
            put(server, f"line {number}", at=START + number)
            assert await read_line(process) == f"line {number}"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(LIMIT):
            _, err = await process.communicate()
    assert process.returncode == 128 + signal.SIGINT
    assert b"connected again" in err
    assert b"Traceback" not in err


async def test_a_gap_is_visible_to_people_and_programs(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "line 0")
    async with running(kubeconfig, "logs", "-f", "shop", "-o", "json") as process:
        assert json.loads(await read_line(process))["message"] == "line 0"
        await server.refuse_connections()
        server.logs.present("prod", "shop-workspace-0", "pulumi").lines.clear()
        put(server, "line 9", at=START + 60)
        await server.listen()
        gap = json.loads(await read_line(process))
        assert (gap["event"], gap["since"], gap["until"]) == (
            "gap", "2023-11-14T22:13:20.000000000Z", "2023-11-14T22:14:20.000000000Z",
        )  # fmt: skip
        assert json.loads(await read_line(process))["message"] == "line 9"
        process.terminate()
        _, err = await process.communicate()
    assert b"lines may be missing after 2023-11-14T22:13:20.000000000Z" in err


async def test_a_stack_that_doesnt_run_yet_is_waited_for(server: ApiServer, kubeconfig: Path) -> None:
    server.store.put(stack_object("new", conditions=[PROCESSING], metadata={"uid": ""}))
    async with running(kubeconfig, "logs", "-f", "new") as process:
        assert process.stderr is not None
        async with asyncio.timeout(LIMIT):
            assert b"there is no workspace pod yet (the stack: updating" in await process.stderr.readline()
        put_workspace(server, "new")
        put(server, "it runs", stack="new")
        assert await read_line(process) == "it runs"


async def test_a_stack_that_isnt_there_isnt_waited_for(server: ApiServer, kubeconfig: Path) -> None:
    found = await run(kubeconfig, "logs", "-f", "nobody")
    assert (found.code, found.out) == (1, "")
    assert 'error: stack "nobody" not found' in found.err


@pytest.mark.parametrize("flags", [["-f"], []], ids=["followed", "once"])
async def test_who_may_not_read_stacks_is_told_and_not_kept_waiting(
    server: ApiServer, tmp_path: Path, flags: list[str]
) -> None:
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=("pods",)))
    config = write(tmp_path / "viewer", server.kubeconfig("eu", namespace="prod", token="viewer"))
    found = await run(config, "logs", "shop", *flags)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("error: eu: ")
    assert "forbidden" in found.err
    assert "not found" not in found.err


async def test_a_lost_cluster_is_told_once_for_all_its_logs(server: ApiServer, kubeconfig: Path) -> None:
    for number in range(8):
        put_workspace(server, f"s{number}")
        put(server, "line", stack=f"s{number}")
    async with running(kubeconfig, "logs", "-f", "-A") as process:
        for _ in range(8):
            await read_line(process)
        await server.refuse_connections()
        assert process.stderr is not None
        async with asyncio.timeout(LIMIT):
            assert b"eu: " in await process.stderr.readline()
        await server.listen()
        async with asyncio.timeout(LIMIT):
            assert await process.stderr.readline() == b"eu: connected again\n"
        process.terminate()
        _, err = await process.communicate()
    assert err == b""


async def test_a_reader_that_leaves_early_ends_logs_quietly(server: ApiServer, kubeconfig: Path) -> None:
    put(server, *(f"line {number}" for number in range(20_000)))
    command = f"'{sys.executable}' '{PROGRAM[1]}' logs shop | head -2"
    process = await asyncio.create_subprocess_shell(
        command, env=environment(kubeconfig), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(LIMIT):
        out, err = await process.communicate()
    assert (out, err) == (b"line 0\nline 1\n", b"")


async def test_until_done_ends_without_waiting_for_what_has_ended(server: ApiServer, kubeconfig: Path) -> None:
    play(server, "01h-succeeded")
    done = last(permalink="https://app.pulumi.com/acme/shop/7")
    server.store.patch("Stack", "prod", "shop", {"status": {"lastUpdate": done}})
    found = await run(kubeconfig, "logs", "shop", "--until-done")
    assert found.code == 0
    assert "server\tup completed" in found.out
    assert "eu/prod/shop: succeeded https://app.pulumi.com/acme/shop/7" in found.err
    failed = {
        "status": {
            "conditions": [condition("Stalled", "UpdateFailed")],
            "lastUpdate": last("failed", message="error: no"),
        }
    }
    server.store.patch("Stack", "prod", "shop", failed)
    found = await run(kubeconfig, "logs", "shop", "--until-done")
    assert found.code == 3
    assert "eu/prod/shop: failed (UpdateFailed): no" in found.err


@pytest.mark.parametrize(("situation", "code"), [("01h-succeeded", 0), ("02a-failed-once", 3)])
async def test_until_done_waits_for_the_last_lines(
    server: ApiServer, kubeconfig: Path, situation: str, code: int
) -> None:
    busy = {"status": {"conditions": [PROCESSING], "currentUpdate": current(name="shop")}}
    server.store.patch("Stack", "prod", "shop", busy)
    lines = stamped(recorded(situation).lines)
    for at, text in lines[:-8]:
        server.logs.append("prod", "shop-workspace-0", "pulumi", text, at)
    async with running(kubeconfig, "logs", "shop", "--until-done") as process:
        assert "Pulumi Kubernetes Agent" in await read_line(process)
        state = "succeeded" if code == 0 else "failed"
        conditions = [] if code == 0 else [condition("Reconciling", "RetryingAfterFailure")]
        ready = stack_object("shop")["status"]["conditions"]
        over = {"conditions": conditions or ready, "currentUpdate": None, "lastUpdate": last(state)}
        server.store.patch("Stack", "prod", "shop", {"status": over})
        for at, text in lines[-8:]:
            server.logs.append("prod", "shop-workspace-0", "pulumi", text, at)
        async with asyncio.timeout(LIMIT):
            out, _ = await process.communicate()
    assert process.returncode == code
    assert f"finished streaming call with code {'OK' if code == 0 else 'Unknown'}" in out.decode()


async def test_until_done_does_not_take_an_older_result_for_the_new_one(server: ApiServer, kubeconfig: Path) -> None:
    """As in a job that has just applied a new spec: the operator hasn't seen it yet."""
    play(server, "01h-succeeded")
    server.store.patch("Stack", "prod", "shop", {"metadata": {"generation": 2}, "status": {"lastUpdate": last()}})
    found = await run(kubeconfig, "logs", "shop", "--until-done", "--timeout", "1500ms")
    assert found.code == 4
    assert "timed out after 1.5s" in found.err


async def timed_out(kubeconfig: Path, *arguments: str) -> Ended:
    """A run whose time is up after it has said something, however busy the machine is."""
    for seconds in (1, 5, 25):
        found = await run(kubeconfig, *arguments, "--timeout", f"{seconds}s")
        assert found.code == 4
        if found.out or found.err.count("\n") > 1:
            break
    return found


async def test_a_log_that_is_followed_until_time_runs_out_ends_with_code_4(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "line")
    assert (await timed_out(kubeconfig, "logs", "-f", "shop")).lines == ["line"]


async def test_more_than_may_be_open_are_read_one_after_the_other(server: ApiServer, kubeconfig: Path) -> None:
    for number in range(6):
        put_workspace(server, f"s{number}")
        put(server, f"from s{number}", stack=f"s{number}")
    found = await run(kubeconfig, "logs", "-A", "--max-log-requests", "2", "--no-prefix")
    assert sorted(found.lines) == [f"from s{number}" for number in range(6)]


async def test_a_line_of_a_megabyte_is_one_line(server: ApiServer, kubeconfig: Path) -> None:
    put(server, "x" * (1 << 20), "after")
    found = await run(kubeconfig, "logs", "shop")
    assert [len(line) for line in found.lines] == [1 << 20, 5]


def test_flags_before_and_after_the_name_are_all_understood() -> None:
    from kubectl_plugin.cli.parser import parse

    options = parse(["logs", "shop", "-n", "prod", "-f", "--since", "1h"])
    assert (options.names, options.namespaces, options.follow, options.since) == (["shop"], ["prod"], True, 3600.0)


async def test_a_pattern_that_takes_too_long_ends_the_verb_in_words(server: ApiServer, kubeconfig: Path) -> None:
    put_workspace(server)
    server.logs.append("prod", "shop-workspace-0", "pulumi", "a" * 4000 + "!")
    done = await run(kubeconfig, "logs", "shop", "--grep", "(a|aa)+[bc]")
    assert done.code == 2
    assert "takes too long on a line of 4,001 characters" in done.err
