"""A configuration that can't work is said to be so in one sentence that says what to do. Nothing else is lost."""

from __future__ import annotations

import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from demo.server.api_server import ApiServer
from support.objects import stack_object
from support.program import Ended, run, write


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("shop"))
        yield made


def refused(ended: Ended, code: int, *words: str) -> None:
    """It ended with this code and a sentence with these words, and no traceback."""
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err


async def test_without_any_kubeconfig_it_is_said_what_is_missing(tmp_path: Path) -> None:
    refused(await run(tmp_path / "nothing", "get"), 2, "no kubeconfig", "nothing", "--kubeconfig")


async def test_a_broken_kubeconfig_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("contexts: [\n- oops: }")
    refused(await run(path, "get"), 2, str(path), "line")
    path.write_text("just text")
    refused(await run(path, "get"), 2, str(path))


async def test_a_context_that_names_a_missing_user_is_one_context_less(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig("eu", namespace="prod")
    config["contexts"].append({"name": "odd", "context": {"cluster": config["clusters"][0]["name"], "user": "ghost"}})
    ended = await run(write(tmp_path / "config", config), "get", "--all-contexts", "-o", "name")
    refused(ended, 1, "odd", "ghost")
    assert ended.lines == ["stack.pulumi.com/shop"]


async def test_two_files_with_the_same_context(server: ApiServer, tmp_path: Path) -> None:
    first = write(tmp_path / "first", server.kubeconfig("eu", namespace="prod"))
    second = write(tmp_path / "second", server.kubeconfig("eu", namespace="elsewhere"))
    ended = await run(f"{first}:{second}", "get", "-o", "name")
    assert (ended.code, ended.lines) == (0, ["stack.pulumi.com/shop"])
    assert "warning:" in ended.err
    assert str(second) in ended.err


def pointing_at(server: str, **user: Any) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "odd", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "odd",
    }


async def test_an_address_that_does_not_resolve_is_named(tmp_path: Path) -> None:
    ended = await run(write(tmp_path / "config", pointing_at("https://nowhere.invalid")), "get")
    refused(ended, 1, "odd", "nowhere.invalid")


async def test_an_address_where_nobody_listens_is_named(tmp_path: Path) -> None:
    refused(await run(write(tmp_path / "config", pointing_at("http://127.0.0.1:9")), "get"), 1, "odd", "127.0.0.1:9")


async def test_a_server_that_never_answers_is_given_up_and_named(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        ended = await run(write(tmp_path / "config", pointing_at(address)), "get", "--request-timeout", "500ms")
    refused(ended, 1, "odd")


def plugin(path: Path, script: str, **more: Any) -> dict[str, Any]:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(path), "interactiveMode": "Never", **more}}


async def test_a_plugin_that_is_not_installed_is_named(tmp_path: Path, server: ApiServer) -> None:
    user = plugin(tmp_path / "x", "")
    user["exec"] |= {"command": "no-such-plugin", "installHint": "brew install no-such-plugin"}
    ended = await run(write(tmp_path / "config", pointing_at(server.url, **user)), "get")
    refused(ended, 1, "no-such-plugin", "brew install")


async def test_a_plugin_that_fails_speaks_for_itself(tmp_path: Path, server: ApiServer) -> None:
    user = plugin(tmp_path / "login", "echo 'session expired, run: cloud login' >&2; exit 1")
    ended = await run(write(tmp_path / "config", pointing_at(server.url, **user)), "get")
    refused(ended, 1, "session expired, run: cloud login")


async def test_a_plugin_that_asks_gets_no_answer_and_is_not_waited_for(tmp_path: Path, server: ApiServer) -> None:
    user = plugin(tmp_path / "login", "read answer || { echo 'no terminal to ask on' >&2; exit 1; }")
    ended = await run(write(tmp_path / "config", pointing_at(server.url, **user)), "get")
    refused(ended, 1, "no terminal to ask on")


async def test_a_plugin_works_and_is_run_once(tmp_path: Path, server: ApiServer) -> None:
    credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t0k3n"}}'
    user = plugin(tmp_path / "login", f"echo run >> {tmp_path}/count; echo '{credential}'")
    server.access.grant("t0k3n", "somebody")
    ended = await run(write(tmp_path / "config", pointing_at(server.url, **user)), "get", "-A", "-o", "name")
    assert (ended.code, ended.lines) == (0, ["stack.pulumi.com/shop"])
    assert (tmp_path / "count").read_text() == "run\n"
    assert "t0k3n" not in ended.out + ended.err


async def test_a_context_by_glob_and_one_that_is_not_there(server: ApiServer, tmp_path: Path) -> None:
    config = write(
        tmp_path / "config", server.kubeconfig("prod-eu"), server.kubeconfig("prod-us"), server.kubeconfig("dev")
    )
    ended = await run(config, "get", "--context", "prod-*", "-A", "-o", "json")
    assert {item["context"] for item in ended.json} == {"prod-eu", "prod-us"}
    refused(await run(config, "get", "--context", "prd-eu"), 2, "prd-eu", "prod-eu")


async def test_no_cluster_is_contacted_that_was_not_asked_for(server: ApiServer, tmp_path: Path) -> None:
    async with ApiServer() as other:
        config = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"), other.kubeconfig("us"))
        assert (await run(config, "get")).code == 0
        assert not other.requests


async def test_wrong_settings_are_named_and_do_no_harm(server: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "pko-argo").mkdir()
    (tmp_path / "pko-argo" / "config.toml").write_text('colour = "red"\ncontexts = ["eu"]\n')
    config = write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))
    ended = await run(config, "get", "-o", "name", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (ended.code, ended.lines) == (0, ["stack.pulumi.com/shop"])
    assert "no setting 'colour'" in ended.err
