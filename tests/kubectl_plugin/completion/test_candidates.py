"""Completion offers what may come next: the grammar at once, and names of objects if they come in time."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from kubectl_plugin.cli.parser import commands
from kubectl_plugin.completion.candidates import FILES, NO_FILES, candidates
from support.argocds import config_map, put_argo_cd
from support.objects import stack_object
from support.program import ROOT, dead, environment, run, write
from support.waiting import LIMIT


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    config = write(tmp_path / "config", dead("prod-eu"), dead("prod-us"), dead("dev"))
    return {"KUBECONFIG": str(config), "HOME": str(tmp_path)}


def offered(words: list[str], environ: dict[str, str]) -> list[str]:
    """The candidates without what they mean."""
    *found, directive = candidates(words, environ)
    return [*(line.partition("\t")[0] for line in found), directive]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ge"], ["get"]),
        (["get", ""], ["apps", "contexts", "stacks", "updates", "workspaces"]),
        (["get", "st"], ["stacks"]),
        (["get", "stacks", "--context", "prod"], ["prod-eu", "prod-us"]),
        (["--context", "get", "lo"], ["logs"]),
        (["get", "stacks", "-o", "j"], ["json"]),
        (["get", "--sta"], ["--stack", "--status"]),
        (["get", "--status", "we"], ["wedged"]),
        (["get", "stacks", "sh"], []),
        (["logs", "--until-"], ["--until-done"]),
        (["wait", "--for", ""], ["deleted", "healthy", "ready", "reconciled", "updated"]),
        (["wait", "--for=re"], ["--for=ready", "--for=reconciled"]),
        (["tree", "-o", ""], ["json", "text", "yaml"]),
        (["health", "pr"], ["preview", "print"]),
        (["health", "print", "St"], ["Stack"]),
        (["health", "print", "-o", "helm"], ["helm-values"]),
        (["completion", ""], ["bash", "fish", "zsh"]),
        (["get", "--output=j"], ["--output=json"]),
        (["get", "--compare", "prod"], ["prod-eu", "prod-us"]),
        (["get", "--compare", "prod-eu", "prod"], ["prod-us"]),
        (["get", "--compare", "prod-eu", "prod-us", "st"], ["stacks"]),
        (["get", "--context=prod"], ["--context=prod-eu", "--context=prod-us"]),
        (["get", "--watch=x"], []),
    ],
)
def test_what_may_come_next_is_offered(words: list[str], expected: list[str], environ: dict[str, str]) -> None:
    assert offered(words, environ) == [*expected, NO_FILES]


@pytest.mark.parametrize("words", [["get", "--kubeconfig", ""], ["health", "test", ""]])
def test_where_a_file_is_wanted_the_shell_offers_files(words: list[str], environ: dict[str, str]) -> None:
    assert offered(words, environ) == [FILES]


def test_every_verb_and_every_long_flag_is_offered(environ: dict[str, str]) -> None:
    for command in commands():
        *outer, verb = command.words or ("",)
        assert verb in offered([*outer, verb], environ) or not verb
        flags = {name for flag in command.flags for name in flag.names if name.startswith("--")}
        assert flags <= set(offered([*command.words, "--"], environ))


def test_a_broken_kubeconfig_offers_no_contexts_and_no_error(tmp_path: Path) -> None:
    environ = {"KUBECONFIG": str(tmp_path / "nothing"), "HOME": str(tmp_path)}
    assert candidates(["get", "--context", ""], environ) == [NO_FILES]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        for name in ("shop", "store", "db"):
            made.store.put(stack_object(name))
        made.store.put(stack_object("shed", "dev"))
        for name in ("prod", "dev"):
            made.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield made


COMPLETE = (
    "import os, sys; from kubectl_plugin.completion.candidates import complete; complete(sys.argv[2:], os.environ, {})"
)


async def completed(kubeconfig: Path, *words: str, patience: float = LIMIT) -> tuple[list[str], str]:
    """What the program for completion prints, and what it says besides."""
    told = [sys.executable, "-c", COMPLETE.format(patience), "complete", *words]
    process = await asyncio.create_subprocess_exec(*told, cwd=ROOT, env=environment(kubeconfig), stdout=-1, stderr=-1)
    async with asyncio.timeout(LIMIT):
        out, err = await process.communicate()
    return out.decode().splitlines(), err.decode()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["logs", ""], ["db", "shop", "store"]),
        (["get", "stacks", "s"], ["shop", "store"]),
        (["tree", "-n", "dev", ""], ["shed"]),
        (["wait", "--for", "ready", "db", "s"], ["shop", "store"]),
        (["get", "stacks", "-A", "sh"], ["shed", "shop"]),
        (["logs", "shop", ""], ["db", "store"]),
        (["get", "stacks", "shop", "s"], ["store"]),
        (["get", "-n", ""], ["dev", "prod"]),
        (["get", "updates", "--stack", "d"], ["db"]),
    ],
)
async def test_names_come_from_the_cluster(
    server: ApiServer, tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))
    assert await completed(kubeconfig, *words) == ([*expected, NO_FILES], "")


async def test_only_namespaces_with_an_argo_cd_are_offered_as_one(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map())
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))
    assert await completed(kubeconfig, "health", "install", "--instance", "") == (["argocd", NO_FILES], "")


async def test_a_cluster_that_does_not_answer_is_not_waited_for(server: ApiServer, tmp_path: Path) -> None:
    server.faults.silence("/")
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))
    assert await completed(kubeconfig, "logs", "sh", patience=0.05) == ([NO_FILES], "")


async def test_clusters_that_answer_are_offered_although_another_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_for: list[str] = []

    async def listed(connection: Connection, choice: object, kind: str) -> list[str]:
        if connection.target.context == "slow":
            await asyncio.sleep(LIMIT)
            waited_for.append("slow")
        return ["shop"]

    monkeypatch.setattr("kubectl_plugin.completion.object_names._list_names", listed)
    config = write(tmp_path / "config", dead("eu"), dead("slow"))
    environ = {"KUBECONFIG": str(config), "HOME": str(tmp_path)}
    words = ["logs", "--all-contexts", "sh"]
    assert await asyncio.to_thread(candidates, words, environ, 0.05) == ["shop", NO_FILES]
    assert not waited_for


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_the_script_for_a_shell_is_one_that_it_understands(tmp_path: Path, shell: str) -> None:
    ended = await run(write(tmp_path / "config", dead("eu")), "completion", shell)
    assert (ended.code, ended.err) == (0, "")
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    script = tmp_path / "script"
    script.write_text(ended.out)
    subprocess.run([shell, "--no-execute" if shell == "fish" else "-n", str(script)], check=True, timeout=LIMIT)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("kubectl-pko_argo get --context prod-", "prod-eu"),
        ("kubectl-pko_argo get --context arn:aws:eks:eu", "eu:cluster/prod"),
        ("kubectl-pko_argo get --output=j", "json"),
        ("kubectl-pko_argo completion ", "bash fish zsh"),
    ],
)
async def test_bash_completes_with_our_script(tmp_path: Path, typed: str, offered: str) -> None:
    """What bash does at a tab, without the keyboard; it ends words at colons and equals signs, too."""
    script, env = await _installed(tmp_path, "bash")
    tab = f"COMP_LINE='{typed}'; COMP_POINT={len(typed)}; _kubectl_pko_argo; echo \"${{COMPREPLY[@]}}\""
    found = subprocess.run(
        ["bash", "-c", f"{script}\n{tab}"], env=env, capture_output=True, text=True, check=True, timeout=LIMIT
    )
    assert found.stdout == f"{offered}\n"


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("kubectl-pko_argo get --context prod-", ["prod-eu"]),
        ("kubectl-pko_argo get --context arn:aws:eks:eu", ["arn:aws:eks:eu:cluster/prod"]),
        ("kubectl-pko_argo get --output=j", ["--output=json"]),
        ("kubectl-pko_argo completion ", ["bash", "fish", "zsh"]),
    ],
)
async def test_fish_completes_with_our_script(tmp_path: Path, typed: str, offered: list[str]) -> None:
    script, env = await _installed(tmp_path, "fish")
    told = ["fish", "--no-config", "-c", f"{script}\ncomplete --do-complete '{typed}'"]
    found = subprocess.run(told, env=env, capture_output=True, text=True, check=True, timeout=LIMIT)
    assert [line.partition("\t")[0] for line in found.stdout.splitlines()] == offered


async def _installed(tmp_path: Path, shell: str) -> tuple[str, dict[str, str]]:
    """The script for a shell, and an environment in which what it calls is found."""
    fake = tmp_path / "kubectl_complete-pko_argo"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import pko_argo; pko_argo.complete()" "$@"\n')
    fake.chmod(0o755)
    config = write(tmp_path / "config", dead("prod-eu"), dead("arn:aws:eks:eu:cluster/prod"))
    env = environment(config) | {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    return (await run(config, "completion", shell)).out, env
