"""``health install`` asks before it writes, writes nothing where it mustn't, and says what became of it."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

import demo
from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.changing import Run
from support.changing import health as health
from support.program import PROGRAM, ROOT, dead, environment, run, write
from support.waiting import LIMIT


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        put_argo_cd(running, config_map({"url": "https://argo.example"}))
        yield running


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "kubeconfig", server.kubeconfig("lab"))


def data(server: ApiServer) -> dict[str, str]:
    found = server.store.get("ConfigMap", "argocd", "argocd-cm")
    assert found is not None
    return dict(found["data"])


def writes(server: ApiServer) -> int:
    return sum(asked.method != "GET" for asked in server.requests)


async def test_without_a_terminal_and_without_yes_nothing_is_written(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "install")
    assert ended.code == 2
    assert "--yes doesn't ask" in ended.err
    assert "PATCH /api/v1/namespaces/argocd/configmaps/argocd-cm?fieldManager=pko-argo" in ended.err
    assert ended.out == ""
    assert writes(server) == 0


@pytest.mark.parametrize(("answer", "wanted"), [("y\n", True), ("n\n", False), ("\n", False)])
async def test_on_a_terminal_a_person_is_asked(
    server: ApiServer, kubeconfig: Path, tmp_path: Path, answer: str, wanted: bool
) -> None:
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(*PROGRAM, "health", "install"),
            env=environment(kubeconfig, XDG_STATE_HOME=str(tmp_path / "state")),
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
            stderr=theirs,
        )
        async with asyncio.timeout(LIMIT):
            asked = b""
            while b"[y/N] " not in asked:  # what is typed before the question is no answer to it
                asked += await asyncio.to_thread(os.read, ours, 1 << 16)
            os.write(ours, answer.encode())
            out, _ = await process.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == (0 if wanted else 3)
    assert (STACK in data(server)) is wanted
    assert (b"is installed" in out) is wanted


async def test_a_plan_is_printed_whole_and_nothing_is_asked_of_the_cluster_but_to_be_read(
    server: ApiServer, health: Run
) -> None:
    ended = await health("install", "--dry-run=client", "--diff", "--read-only")
    assert ended.code == 0
    assert "local FAILURE_LIMIT" in ended.out
    assert f"+++ {STACK} (planned)" in ended.out
    assert writes(server) == 0


async def test_read_only_forbids_it_on_the_command_line_and_in_the_configuration(
    server: ApiServer, health: Run, tmp_path: Path
) -> None:
    ended = await health("install", "--yes", "--read-only")
    assert (ended.code, "--read-only: nothing may be changed" in ended.err) == (2, True)
    (tmp_path / "config" / "pko-argo").mkdir(parents=True)
    (tmp_path / "config" / "pko-argo" / "config.toml").write_text("read-only = true\n")
    ended = await health("install", "--yes")
    assert (ended.code, "read-only is set in" in ended.err) == (2, True)
    assert not server.requests


def forbid(folder: Path, pattern: str) -> None:
    (folder / "config" / "pko-argo").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "pko-argo" / "config.toml").write_text(f'read-only-contexts = ["{pattern}"]\n')


async def test_a_context_that_is_read_only_is_left_as_it_is_and_the_others_are_done(
    server: ApiServer, health: Run, kubeconfig: Path, tmp_path: Path
) -> None:
    async with ApiServer() as other:
        put_argo_cd(other, config_map({"url": "https://other"}))
        write(kubeconfig, server.kubeconfig("lab"), other.kubeconfig("prod-eu"))
        forbid(tmp_path, "prod-*")
        ended = await health("install", "--yes", "--all-contexts")
        assert ended.code == 3
        assert "error: prod-eu/argocd: read-only-contexts in " in ended.err
        assert " names prod-eu, so nothing is changed there; --dry-run=client shows what would be" in ended.err
        assert "lab/argocd: the check of Stack is installed" in ended.out
        assert (data(server)[STACK], data(other)) == (OURS, {"url": "https://other"})
        assert writes(other) == 0
        ended = await health("install", "--dry-run=client", "--context", "prod-eu")
        assert (ended.code, "prod-eu: ConfigMap argocd/argocd-cm" in ended.out) == (0, True)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("@live", "names lab"),
        ("LAB", 'warning: {config}: read-only-contexts: "LAB" matches no context of the kubeconfig; "lab" is'),
        ("@gone", "there is no group @gone; there are @live"),
    ],
)
async def test_groups_near_misses_and_what_makes_no_sense_forbid_in_read_only_contexts(
    server: ApiServer, health: Run, tmp_path: Path, entry: str, said: str
) -> None:
    forbid(tmp_path, entry)
    config = tmp_path / "config" / "pko-argo" / "config.toml"
    config.write_text(config.read_text() + '[groups]\nlive = ["l*"]\n')
    ended = await health("install", "--yes")
    assert ended.code == 2
    assert said.format(config=config) in ended.err
    assert not server.requests


async def test_a_read_only_context_where_nothing_is_to_be_done_is_no_problem(
    server: ApiServer, health: Run, kubeconfig: Path, tmp_path: Path
) -> None:
    async with ApiServer() as other, ApiServer() as empty:
        put_argo_cd(other, config_map({STACK: OURS}))
        write(kubeconfig, server.kubeconfig("lab"), other.kubeconfig("prod-eu"), empty.kubeconfig("prod-us"))
        forbid(tmp_path, "prod-*")
        ended = await health("install", "--yes", "--all-contexts")
        assert (ended.code, STACK in data(server)) == (0, True), ended.err


async def test_where_every_chosen_context_is_read_only_none_is_even_asked(
    server: ApiServer, health: Run, tmp_path: Path
) -> None:
    forbid(tmp_path, "l*")
    ended = await health("install", "--yes")
    assert (ended.code, "names lab: nothing may be changed; --dry-run=client" in ended.err) == (2, True)
    assert not server.requests


async def test_what_is_under_way_is_told_on_stderr_and_what_has_become_of_it_on_stdout(
    server: ApiServer, health: Run
) -> None:
    ended = await health("install", "--yes")
    assert ended.out == (
        "lab/argocd: the check of Stack is installed; read back twice, and everything else is as it was\n"
    )
    assert "lab/argocd: sending it\nlab/argocd: written; reading it back twice\n" in ended.err
    assert ended.err.endswith("Applications show it within five minutes; --refresh stacks makes them look at once\n")


async def test_installed_once_it_is_not_written_again(server: ApiServer, health: Run) -> None:
    assert (await health("install", "--yes")).code == 0
    assert data(server) == {"url": "https://argo.example", STACK: OURS}
    before = writes(server)
    ended = await health("install", "--yes")
    assert (ended.code, ended.out) == (0, "lab/argocd: installed already, and nothing to do\n")
    assert writes(server) == before


async def test_all_kinds_are_installed_and_taken_out_again(server: ApiServer, health: Run) -> None:
    assert (await health("install", "--all-kinds", "--yes")).code == 0
    assert len(data(server)) == 5
    assert (await health("uninstall", "--yes")).code == 0
    assert data(server) == {"url": "https://argo.example"}


async def test_of_several_argo_cds_one_has_to_be_named(server: ApiServer, health: Run) -> None:
    for number in range(4):
        put_argo_cd(server, config_map({"a": "1"}, namespace=f"argo{number}"))
    ended = await health("install", "--yes")
    assert ended.code == 2
    assert "choose one: --instance NAMESPACE (argo0, argo1, argo2, argo3, argocd)" in ended.err
    ended = await health("install", "--yes", "--instance", "argo2")
    assert ended.code == 0
    assert STACK not in data(server)


async def test_a_cluster_that_does_not_answer_is_said_and_the_others_are_done(
    server: ApiServer, health: Run, kubeconfig: Path
) -> None:
    write(kubeconfig, server.kubeconfig("lab"), dead())
    ended = await health("install", "--yes", "--all-contexts")
    assert ended.code == 1
    assert "error: dead: " in ended.err
    assert data(server)[STACK] == OURS


async def test_a_writer_that_reverts_it_is_found_out(server: ApiServer, health: Run) -> None:
    async def revert() -> None:
        while STACK not in data(server):
            await asyncio.sleep(0.005)
        server.store.patch("ConfigMap", "argocd", "argocd-cm", {"data": {STACK: None}})

    reverting = asyncio.create_task(revert())
    ended = await health("install", "--yes")
    await reverting
    assert ended.code == 3
    assert "is gone again: somebody keeps argocd-cm as it was" in ended.err


async def test_the_documented_rights_are_enough_and_the_second_role_is_needed(
    server: ApiServer, health: Run, kubeconfig: Path
) -> None:
    viewer, installer, _ = (
        [AccessRule(tuple(rule["verbs"]), tuple(rule["resources"])) for rule in role["rules"]]
        for role in yaml.safe_load_all((ROOT / "docs" / "rbac.yaml").read_text(encoding="utf-8"))
    )
    held = [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}]
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "a", "namespace": "argocd"},
    }
    server.store.put({**app, "spec": {}, "status": {"resources": held, "reconciledAt": "2026-11-01T00:00:00Z"}})
    server.access.grant("viewer", "viewer", *viewer)
    write(kubeconfig, server.kubeconfig("lab", token="viewer"))
    ended = await health("install", "--yes", "--refresh", "stacks", "--timeout", "1s")
    assert (ended.code, STACK in data(server), "forbidden" in ended.err) == (1, False, True)
    server.access.grant("viewer", "viewer", *viewer, *[rule for rule in installer if "configmaps" in rule.resources])
    ended = await health("install", "program", "--yes", "--refresh", "stacks", "--timeout", "1s")
    assert (ended.code, len(data(server))) == (1, 2), ended.err
    assert "is installed; its Applications show it within five minutes by themselves: " in ended.out
    server.access.grant("viewer", "viewer", *viewer, *installer)
    ended = await health("install", "--yes", "--refresh", "stacks", "--timeout", "1s")
    assert (ended.code, data(server)[STACK]) == (4, OURS), ended.err  # asked, and nobody plays Argo CD here
    assert "forbidden" not in ended.err


async def test_in_the_demo_the_applications_become_what_our_check_says(tmp_path: Path) -> None:
    async with demo.serve() as play:
        demo.write_kubeconfig(tmp_path / "demo", play.kubeconfig())
        hub = play.contexts["hub"].store

        def health_of(name: str) -> str:
            found = hub.get("Application", "argocd", name)
            assert found is not None
            return str(found["status"]["health"]["status"])

        before = {
            app["metadata"]["name"]: health_of(app["metadata"]["name"]) for app in hub.list("Application", "argocd")
        }
        where = ("--context", "hub", "--instance", "argocd", "--yes", "--refresh", "stacks", "--timeout", f"{LIMIT}s")
        state = {"XDG_STATE_HOME": str(tmp_path / "state")}
        ended = await run(tmp_path / "demo", "health", "install", *where, env=state)
        assert ended.code == 0, ended.err
        assert (
            "7 Applications were looked at again, and 4 of them show what their Stacks say; of 3 it can't be"
            in ended.out
        )
        assert any(health_of(name) == "Degraded" and word != "Degraded" for name, word in before.items())
        ended = await run(tmp_path / "demo", "health", "uninstall", *where, env=state)
        assert ended.code == 0, ended.err
        config = hub.get("ConfigMap", "argocd", "argocd-cm")
        assert config is not None
        assert STACK not in config["data"]
