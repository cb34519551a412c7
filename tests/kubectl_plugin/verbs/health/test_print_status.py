"""``health status`` tells of every Argo CD what is in force and what gets in the way, and promises by its exit code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from support.argocds import OURS, STACK, TRACKED, config_map, put_argo_cd
from support.objects import stack_object
from support.program import dead, run, write
from support.waiting import eventually

BROKEN = {"resource.customizations.pulumi.com_Stack": "x"}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("hub"))


async def test_an_argo_cd_in_words(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}, "kubectl-client-side-apply"))
    ended = await run(kubeconfig, "health", "status")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[0] == "hub/argocd: Argo CD v3.6.1 (image of StatefulSet/argocd-application-controller)"
    assert "kept by kubectl" in ended.lines[1]
    assert f"  Stack      ours, version 1, from {STACK}" in ended.lines
    assert "  Workspace  none" in ended.lines


async def test_what_breaks_it_is_said_with_the_fix_and_exit_code_3(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map(BROKEN))
    ended = await run(kubeconfig, "health", "status")
    assert ended.code == 3
    assert "  BROKEN     resource.customizations.pulumi.com_Stack: " in ended.out
    assert "-> rename it to resource.customizations.health.pulumi.com_Stack, or take it out" in ended.out


async def test_json_and_yaml_are_the_same(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}, "argocd-controller", annotations=TRACKED))
    app = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    source = {"repoURL": "https://user:secret@git.example/infra", "path": "argo"}
    server.store.put({**app, "metadata": {"name": "argo-cd", "namespace": "argocd"}, "spec": {"source": source}})
    ended = await run(kubeconfig, "health", "status", "-o", "json")
    (one,) = ended.json["instances"]
    assert one["checks"][0] == {
        "kind": "pulumi.com/Stack",
        "inForce": "ours",
        "version": 1,
        "current": True,
        "from": STACK,
        "useOpenLibs": False,
        "shadowsBuiltIn": True,
    }
    assert one["owner"]["who"] == "argo-cd"
    assert one["owner"]["keeper"]["source"] == "https://git.example/infra argo"
    assert (one["version"], one["configMap"], one["core"], one["labelled"]) == ("v3.6.1", "present", False, True)
    assert yaml.safe_load((await run(kubeconfig, "health", "status", "-o", "yaml")).out) == ended.json


async def test_required_kinds_have_to_be_ours(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}))
    assert (await run(kubeconfig, "health", "status", "--require", "Stack")).code == 0
    ended = await run(kubeconfig, "health", "status", "--require", "stack", "--require", "Program")
    assert ended.code == 3
    assert "hub/argocd: the check for pulumi.com/Program isn't ours" in ended.err


async def test_no_argo_cd_is_said_and_is_no_error_unless_a_check_is_required(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "status")
    assert (ended.code, ended.out, ended.err) == (0, "", "there is no Argo CD in hub\n")
    assert (await run(kubeconfig, "health", "status", "-o", "json")).json["instances"] == []
    assert (await run(kubeconfig, "health", "status", "--require", "Stack")).code == 3


async def test_five_argo_cds_and_only_the_one_that_is_meant(server: ApiServer, kubeconfig: Path) -> None:
    for number in range(5):
        put_argo_cd(server, config_map({}, namespace=f"argo-{number}"))
    ended = await run(kubeconfig, "health", "status", "-o", "json")
    assert [one["namespace"] for one in ended.json["instances"]] == [f"argo-{number}" for number in range(5)]
    ended = await run(kubeconfig, "health", "status", "--instance", "argo-3", "-o", "json")
    assert [one["namespace"] for one in ended.json["instances"]] == ["argo-3"]


async def test_stacks_that_are_left_out_of_the_sum_are_named(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({}))
    left_out = {"annotations": {"argocd.argoproj.io/ignore-healthcheck": "true"}}
    server.store.put(stack_object("quiet", metadata=left_out))
    server.store.put(stack_object("loud"))
    ended = await run(kubeconfig, "health", "status")
    assert ended.lines[-1] == "  hub: Stack prod/quiet"
    ignored = (await run(kubeconfig, "health", "status", "-o", "json")).json["ignored"]
    assert ignored == [{"context": "hub", "kind": "Stack", "namespace": "prod", "name": "quiet"}]


async def test_restricted_rights_give_a_partial_answer_that_says_so(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}))
    server.access.grant("t", "dev", AccessRule(("get", "list"), ("configmaps",), ("argocd",)))
    kubeconfig = write(tmp_path / "config", server.kubeconfig("hub", token="t"))
    ended = await run(kubeconfig, "health", "status")
    assert ended.code == 0
    assert "hub/argocd: Argo CD unknown (the workloads may not be read)" in ended.out
    assert "  Stack      ours" in ended.out
    assert "partial: hub: ConfigMaps can't be read: " in ended.err
    assert "partial: hub: Stacks (which of them are left out" in ended.err
    hidden = (await run(kubeconfig, "health", "status", "-o", "json")).json["hidden"]
    assert {one["what"].split()[0] for one in hidden} >= {"ConfigMaps", "Deployments", "Stacks"}


async def test_an_argocd_cm_that_may_not_be_read_is_not_taken_for_ours(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}, namespace="hidden"))
    server.access.grant("t", "dev", AccessRule(("get", "list"), ("deployments", "statefulsets")))
    kubeconfig = write(tmp_path / "config", server.kubeconfig("hub", token="t"))
    ended = await run(kubeconfig, "health", "status", "--require", "Stack")
    assert ended.code == 3
    assert "note       argocd-cm: may not be read" in ended.out


async def test_a_dead_context_is_named_and_the_others_are_shown(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map(BROKEN))
    kubeconfig = write(tmp_path / "config", server.kubeconfig("hub"), dead())
    ended = await run(kubeconfig, "health", "status", "--all-contexts")
    assert ended.code == 1
    assert "hub/argocd" in ended.out
    assert "error: dead: " in ended.err


async def test_twenty_contexts_are_asked_at_once(tmp_path: Path) -> None:
    """None of them answers before all have been asked."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ApiServer()) for _ in range(20)]
        faults = []
        for server in servers:
            put_argo_cd(server, config_map({}))
            faults.append(server.faults.silence())
        kubeconfig = write(tmp_path / "config", *(one.kubeconfig(f"c{n}") for n, one in enumerate(servers)))

        async def answer_when_all_are_asked() -> None:
            await eventually(lambda: all(server.requests for server in servers))
            for fault in faults:
                fault.remove()

        where = ("--all-contexts", "--request-timeout", "0")
        ended, _ = await asyncio.gather(
            run(kubeconfig, "health", "status", *where, "-o", "json"), answer_when_all_are_asked()
        )
    assert len(ended.json["instances"]) == 20


async def test_text_from_a_cluster_moves_no_cursor(server: ApiServer, kubeconfig: Path) -> None:
    evil = "x\x1b[2J\x1b]52;c;aGk=\x07y"
    put_argo_cd(server, config_map({"resource.respectRBAC": evil}, "mana\x1b[31mger"))
    for output in ("text", "json", "yaml"):
        ended = await run(kubeconfig, "health", "status", "-o", output)
        assert ended.code == 3
        assert "\x1b" not in ended.out
        assert "\\u001b" not in ended.out


@pytest.mark.parametrize(
    "data",
    [None, {"dashboard": "x" * 1_000_000}, {STACK: OURS.replace("\n", "\r\n")}, {STACK: "\treturn\t{}\r\n"}],
    ids=["no data", "1 MiB", "CRLF", "tabs"],
)
async def test_odd_config_maps_are_read(server: ApiServer, kubeconfig: Path, data: dict[str, str] | None) -> None:
    put_argo_cd(server, config_map(data))
    ended = await run(kubeconfig, "health", "status")
    assert ended.code in (0, 3)
    assert "hub/argocd" in ended.out
    assert len(ended.out) < 5000


async def test_nothing_is_written_and_no_secret_read(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: "x"}))
    await run(kubeconfig, "health", "status")
    assert {asked.method for asked in server.requests} == {"GET"}
    assert not [asked for asked in server.requests if "secrets" in asked.path]


async def test_wrong_usage_says_what_there_is(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "status", "--require", "Pod")
    assert ended.code == 2
    assert "kinds are Stack, Program, Workspace, Update" in ended.err
    assert (await run(kubeconfig, "health", "status", "-o", "xml")).code == 2
