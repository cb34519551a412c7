"""``get`` prints what the clusters hold, in formats that scripts can rely on, and promises by its exit code."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from demo.server.api_server import ApiServer
from support.objects import PROCESSING, condition, last, stack_object
from support.program import PROGRAM, dead, environment, run, running, write
from support.waiting import LIMIT

APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "status": {
        "sync": {"status": "OutOfSync"},
        "health": {"status": "Progressing"},
        "resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}],
    },
}
UPDATE = {
    "apiVersion": "auto.pulumi.com/v1alpha1",
    "kind": "Update",
    "metadata": {"name": "shop-1", "namespace": "prod", "labels": {"pulumi.com/stack-name": "shop"}},
    "spec": {"stackName": "acme/shop/dev", "type": "up", "message": "Initial stack update", "workspaceName": "shop"},
    "status": {"conditions": [condition("Complete", "Updated"), condition("Failed", "UpdateFailed")]},
}
WORKSPACE = {
    "apiVersion": "auto.pulumi.com/v1alpha1",
    "kind": "Workspace",
    "metadata": {"name": "shop", "namespace": "prod", "labels": {"pulumi.com/stack-name": "shop"}},
    "spec": {"image": "pulumi/pulumi:latest"},
    "status": {"conditions": [condition("Ready", "Succeeded")], "pulumiVersion": "3.259.0"},
}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(
            stack_object("shop", lastUpdate=last(permalink="https://app.pulumi.com/acme/shop/dev/updates/7"))
        )
        made.store.put(stack_object("db", conditions=[condition("Stalled", "SpecInvalid", "missing branch")]))
        made.store.put(stack_object("cdn", "dev", conditions=[PROCESSING], metadata={"labels": {"tier": "edge"}}))
        for obj in (APP, UPDATE, WORKSPACE):
            made.store.put(obj)
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))


async def test_the_table_is_like_kubectls(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "stacks", "-A")
    assert (ended.code, ended.err) == (0, "")
    titles = ended.lines[0].split()
    assert titles[:4] == ["NAMESPACE", "NAME", "HEALTH", "PHASE"]
    rows = [line.split() for line in ended.lines[1:]]
    assert [row[:3] for row in rows] == [
        ["prod", "db", "Degraded"],
        ["dev", "cdn", "Progressing"],
        ["prod", "shop", "Healthy"],
    ]
    assert "infra" in ended.lines[3]
    assert "\x1b" not in ended.out


async def test_a_broken_stack_that_looks_well_is_marked_and_its_json_is_not(
    server: ApiServer, kubeconfig: Path
) -> None:
    waits = condition("Reconciling", "PrerequisiteNotSatisfied", "unable to fetch prerequisite nobody")
    server.store.put(stack_object("late", conditions=[waits], spec={"prerequisites": [{"name": "nobody"}]}))
    printed = await run(kubeconfig, "get", "stacks", "late")
    assert printed.lines[1].split("   ")[:2] == ["late", "Progressing !"]
    asked = await run(kubeconfig, "get", "stacks", "--status", "progressing", "-o", "json")
    assert [(item["name"], item["health"]["status"]) for item in asked.json] == [("late", "Progressing")]
    ended = await run(kubeconfig, "get", "stacks", "--filter", "cause:w-1")
    assert ended.code == 2
    assert "diagnose" in ended.err


async def test_the_contexts_namespace_is_the_default(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "stacks", "-o", "name")
    assert ended.lines == ["stack.pulumi.com/db", "stack.pulumi.com/shop"]
    several = await run(kubeconfig, "get", "stacks", "-n", "prod", "-n", "dev", "-o", "name")
    assert len(several.lines) == 3


async def test_without_a_terminal_the_bare_program_prints_everything(kubeconfig: Path) -> None:
    ended = await run(kubeconfig)
    assert len(ended.lines) == 4


async def test_json_has_the_documented_shape(kubeconfig: Path) -> None:
    items = (await run(kubeconfig, "get", "stacks", "shop", "-o", "json")).json
    assert len(items) == 1
    item = items[0]
    assert item["phase"]["name"] == "ready"
    assert item["health"]["status"] == "Healthy"
    assert item["application"] == {
        "context": "eu",
        "namespace": "argocd",
        "name": "infra",
        "sync": "OutOfSync",
        "health": "Progressing",
    }
    assert item["commit"] == {"wanted": "c1", "applied": "c1"}
    assert item["lastUpdate"]["permalink"] == "https://app.pulumi.com/acme/shop/dev/updates/7"
    assert list(item) == [
        "context", "namespace", "name", "uid", "created", "stack", "phase", "health", "application", "commit",
        "lastUpdate", "nextAttempt", "pollSeconds", "failures", "message",
    ]  # fmt: skip


async def test_yaml_is_the_same_in_yaml_and_csv_can_be_read_back(kubeconfig: Path) -> None:
    as_json = (await run(kubeconfig, "get", "stacks", "-A", "-o", "json")).json
    assert yaml.safe_load((await run(kubeconfig, "get", "stacks", "-A", "-o", "yaml")).out) == as_json
    table = list(csv.DictReader(io.StringIO((await run(kubeconfig, "get", "stacks", "-A", "-o", "csv")).out)))
    assert [row["NAME"] for row in table] == [item["name"] for item in as_json]


async def test_selection_by_label_status_and_name(kubeconfig: Path) -> None:
    assert (await run(kubeconfig, "get", "-A", "-l", "tier=edge", "-o", "name")).lines == ["stack.pulumi.com/cdn"]
    assert (await run(kubeconfig, "get", "-A", "--status", "degraded", "-o", "name")).lines == ["stack.pulumi.com/db"]
    words = await run(kubeconfig, "get", "-A", "--status", "stalled,updating", "-o", "name")
    assert words.lines == ["stack.pulumi.com/db", "stack.pulumi.com/cdn"]
    assert (await run(kubeconfig, "get", "stacks", "-A", "cdn", "shop", "-o", "name")).lines[0].endswith("cdn")


async def test_a_table_is_sorted_as_asked_and_may_lack_its_header(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "-A", "--sort", "name:desc", "--no-headers")
    assert [line.split()[1] for line in ended.lines] == ["shop", "db", "cdn"]


async def test_apps_workspaces_updates_and_contexts_can_be_got(kubeconfig: Path) -> None:
    assert (await run(kubeconfig, "get", "apps", "-A", "-o", "json")).json[0]["stacks"][0]["name"] == "shop"
    assert (await run(kubeconfig, "get", "workspaces", "-o", "json")).json[0]["ready"] is True
    update = (await run(kubeconfig, "get", "updates", "--stack", "shop", "-o", "json")).json[0]
    assert (update["state"], update["reason"]) == ("failed", "Initial stack update")
    assert (await run(kubeconfig, "get", "updates", "--stack", "other", "-o", "json")).json == []
    context = (await run(kubeconfig, "get", "contexts", "-o", "json")).json[0]
    assert (context["name"], context["state"]) == ("eu", "connected")


async def test_a_dead_context_is_named_and_the_others_are_printed(server: ApiServer, tmp_path: Path) -> None:
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"), dead())
    ended = await run(kubeconfig, "get", "stacks", "--all-contexts", "-A", "-o", "json")
    assert ended.code == 1
    assert {item["name"] for item in ended.json} == {"shop", "db", "cdn"}
    assert ended.err.startswith("error: dead: ")
    assert "Traceback" not in ended.err


async def test_what_is_not_there_is_said(kubeconfig: Path) -> None:
    missing = await run(kubeconfig, "get", "stacks", "nosuch")
    assert (missing.code, missing.out) == (1, "")
    assert '"nosuch" not found' in missing.err
    empty = await run(kubeconfig, "get", "stacks", "-n", "nowhere")
    assert (empty.code, empty.out) == (0, "")
    assert "no stacks found" in empty.err
    assert (await run(kubeconfig, "get", "stacks", "-n", "nowhere", "-o", "json")).json == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["frobnicate"], "verbs are"),
        (["get", "pods"], "kinds are stacks, apps"),
        (["get", "--status", "sad"], "use one of"),
        (["get", "--sort", "colour"], "use one of"),
        (["get", "--context", "nosuch"], "eu"),
        (["get", "-o", "xml"], "xml"),
        (["get", "--request-timeout", "soon"], "write 10s"),
        (["get", "updates", "-w"], "can't be watched"),
        (["get", "--nonsense"], "--nonsense"),
    ],
)
async def test_wrong_usage_says_what_would_be_right(kubeconfig: Path, arguments: list[str], hint: str) -> None:
    ended = await run(kubeconfig, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert hint in ended.err
    assert "Traceback" not in ended.err


async def test_a_watch_prints_what_changes_and_what_goes(server: ApiServer, kubeconfig: Path) -> None:
    async with running(kubeconfig, "get", "stacks", "-A", "-w", "-o", "name") as process:
        assert process.stdout is not None
        first = {(await process.stdout.readline()).decode().strip() for _ in range(3)}
        assert first == {"stack.pulumi.com/db", "stack.pulumi.com/cdn", "stack.pulumi.com/shop"}
        server.store.put(stack_object("new"))
        assert await process.stdout.readline() == b"stack.pulumi.com/new\n"
        server.store.delete("Stack", "prod", "db")
        assert await process.stdout.readline() == b"stack.pulumi.com/db\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process ignores")
async def test_a_server_that_hangs_up_cannot_end_it_by_sigpipe(kubeconfig: Path) -> None:
    """The signal comes from sockets, too: only where stdout has no reader may it end the program."""
    async with running(kubeconfig, "get", "stacks", "-A", "-w") as process:
        assert process.stdout is not None
        await process.stdout.readline()
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        (ignored,) = re.findall(r"^SigIgn:\s+([0-9a-f]+)$", status, re.MULTILINE)
        assert int(ignored, 16) >> (signal.SIGPIPE - 1) & 1


async def test_a_watch_whose_reader_is_gone_ends_by_sigpipe_and_without_a_word(
    server: ApiServer, kubeconfig: Path
) -> None:
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        "get",
        "stacks",
        "-A",
        "-w",
        env=environment(kubeconfig),
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    assert await asyncio.to_thread(os.read, reading, 10)
    os.close(reading)
    server.store.put(stack_object("new"))
    _, err = await asyncio.wait_for(process.communicate(), LIMIT)
    assert (process.returncode, err) == (-signal.SIGPIPE, b"")


async def test_a_closed_pipe_ends_it_without_a_word(kubeconfig: Path) -> None:
    async with running(kubeconfig, "get", "stacks", "-A", "-w") as process:
        assert process.stdout is not None
        await process.stdout.readline()
        process.terminate()
        assert process.stderr is not None
        assert b"Traceback" not in await process.stderr.read()


async def test_a_spoke_without_argo_cd_has_no_apps_and_is_no_error(server: ApiServer, kubeconfig: Path) -> None:
    server.faults.absent("applications")
    ended = await run(kubeconfig, "get", "apps", "-A", "-o", "json")
    assert (ended.code, ended.json) == (0, [])


async def test_a_cluster_that_knows_no_stacks_is_noted_beside_others_and_an_error_alone(
    server: ApiServer, tmp_path: Path
) -> None:
    async with ApiServer() as bare:
        bare.faults.absent("stacks")
        both = write(tmp_path / "both", server.kubeconfig("eu"), bare.kubeconfig("bare"))
        ended = await run(both, "get", "stacks", "--all-contexts", "-A", "-o", "name")
        assert (ended.code, len(ended.lines)) == (0, 3)
        assert ended.err == "note: bare: there are no stacks, as their CRD isn't installed\n"
        ended = await run(both, "get", "stacks", "--context", "bare", "-A")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == "error: bare: there are no stacks, as their CRD isn't installed\n"


async def test_nothing_found_names_the_namespace(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "stacks", "-n", "empty")
    assert (ended.code, ended.err) == (0, "no stacks found in namespace empty; -A looks at all of them\n")


async def test_the_application_is_found_whatever_namespace_is_asked_for(kubeconfig: Path) -> None:
    for arguments in (("get", "-n", "prod", "-o", "json"), ("get", "-n", "prod", "-A", "-o", "json")):
        shop = next(item for item in (await run(kubeconfig, *arguments)).json if item["name"] == "shop")
        assert shop["application"]["name"] == "infra"
    async with running(kubeconfig, "get", "stacks", "shop", "-n", "prod", "-w", "-o", "json") as process:
        assert process.stdout is not None
        assert json.loads(await process.stdout.readline())["application"]["name"] == "infra"


async def test_an_output_that_cannot_be_written_is_one_sentence(kubeconfig: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, "get", "-A", env=environment(kubeconfig), stdout=full, stderr=asyncio.subprocess.PIPE
        )
        _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode().count("\n") == 1
    assert "can't be written" in err.decode()


async def test_the_boards_own_flags_mean_nothing_to_a_table(kubeconfig: Path) -> None:
    plain = await run(kubeconfig)
    for flags in (["--theme", "dark"], ["--ascii"], ["--write"], ["--read-only", "--theme=light"]):
        ended = await run(kubeconfig, *flags)
        assert (ended.code, ended.out) == (0, plain.out), flags
    assert "shop" in plain.out


@pytest.mark.parametrize(
    ("closing", "code", "err"),
    [(">&-", 1, "error: the output can't be written: Bad file descriptor\n"), ("<&-", 0, ""), ("2>&-", 0, "")],
)
async def test_a_shell_may_close_what_it_likes(kubeconfig: Path, closing: str, code: int, err: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f'"$@" {closing}', "sh", *PROGRAM, "get", "-A", "-o", "name",
        env=environment(kubeconfig), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, said = await process.communicate()
    assert (process.returncode, said.decode()) == (code, err)
    assert (b"stack.pulumi.com/shop" in out) == (code == 0)


async def test_what_an_encoding_lacks_is_escaped_in_json(server: ApiServer, kubeconfig: Path) -> None:
    server.store.put(stack_object("umlaut", conditions=[condition("Stalled", "SpecInvalid", "\u00fcber")]))
    ascii_only = await run(
        kubeconfig, "get", "stacks", "umlaut", "-n", "prod", "-o", "json", env={"PYTHONIOENCODING": "ascii"}
    )
    whole = await run(kubeconfig, "get", "stacks", "umlaut", "-n", "prod", "-o", "json")
    assert "\\u00fcber" in ascii_only.out
    assert ascii_only.json[0]["health"] == whole.json[0]["health"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["contexts", "--status", "wedged"], "contexts have no such word; use one of connected, "),
        (["stacks", "--status", "synced"], "stacks have no such word; use one of healthy, "),
        (["updates", "--status", "healthy"], "updates have no such word; use one of pending, "),
        (["stacks/shop", "db"], "or KIND/NAME for each"),
        (["stacks/shop", "apps/infra"], "all of one kind"),
        (["nope/shop"], "or KIND/NAME for each"),
    ],
)
async def test_words_of_another_kind_are_wrong_usage(kubeconfig: Path, arguments: list[str], words: str) -> None:
    ended = await run(kubeconfig, "get", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err


async def test_objects_may_be_named_as_kubectl_names_them(kubeconfig: Path) -> None:
    named = await run(kubeconfig, "get", "stacks", "shop", "-n", "prod")
    for word in ("stacks/shop", "stack/shop", "stack.pulumi.com/shop"):
        assert (await run(kubeconfig, "get", word, "-n", "prod")).out == named.out, word
    assert (await run(kubeconfig, "get", "stacks.pulumi.com", "shop", "-n", "prod")).out == named.out


async def test_where_else_to_look_is_said_where_there_is_an_elsewhere(kubeconfig: Path) -> None:
    assert '"nope" not found in this namespace; -A looks' in (await run(kubeconfig, "get", "apps", "nope")).err
    assert (await run(kubeconfig, "get", "apps", "nope", "-A")).err == 'error: apps "nope" not found\n'
    assert (await run(kubeconfig, "get", "contexts", "--status", "lost")).err == "no contexts found\n"


async def test_what_was_never_updated_comes_last_whichever_way_times_are_sorted(
    server: ApiServer, kubeconfig: Path
) -> None:
    server.store.put(stack_object("never", lastUpdate=None))
    for way in ("updated", "updated:desc"):
        ended = await run(kubeconfig, "get", "stacks", "-A", "-o", "name", "--sort", way)
        names = [line.rpartition("/")[2] for line in ended.lines]
        assert names.index("shop") < names.index("never"), way
