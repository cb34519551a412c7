"""Credential plugins are other people's programs: each test runs a real one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cluster.auth.credentials import Credentials
from cluster.auth.exec_plugin import PluginRunner
from cluster.errors import CredentialError
from cluster.target import ExecPlugin, KubeconfigUser, Target
from support.waiting import LIMIT, eventually

V1 = "client.authentication.k8s.io/v1"

Script = Callable[..., ExecPlugin]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Makes an executable of a shell script; `runs()` of the folder tells how often it ran."""

    def make(body: str, name: str = "login", **fields: Any) -> ExecPlugin:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho $$ >> {tmp_path}/runs\n{body}\n")
        path.chmod(0o755)
        return ExecPlugin(str(path), fields.pop("api_version", V1), **fields)

    return make


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().split()) if (folder / "runs").exists() else 0


def printing(api_version: str = V1, kind: str = "ExecCredential", **status: Any) -> str:
    return f"cat <<'END'\n{json.dumps({'apiVersion': api_version, 'kind': kind, 'status': status})}\nEND"


def credentials(plugin: ExecPlugin, plugins: PluginRunner | None = None, **target: Any) -> Credentials:
    whole = Target("ctx", "https://it.example", user=KubeconfigUser("me", exec=plugin), **target)
    return Credentials(whole, plugins or PluginRunner(environ={"PATH": os.environ["PATH"]}))


async def refusal(plugin: ExecPlugin, **options: Any) -> str:
    options = {"environ": {"PATH": os.environ["PATH"]}, **options}
    with pytest.raises(CredentialError) as caught:
        await credentials(plugin, PluginRunner(**options)).headers()
    return str(caught.value)


@pytest.mark.parametrize("api_version", [V1, "client.authentication.k8s.io/v1beta1"])
async def test_the_token_of_a_plugin_is_sent(script: Script, api_version: str) -> None:
    plugin = script(printing(api_version, token="abc"), api_version=api_version)
    assert await credentials(plugin).headers() == {"Authorization": "Bearer abc"}


async def test_a_plugin_may_print_a_client_certificate_instead(script: Script) -> None:
    plugin = script(printing(clientCertificateData="CERT", clientKeyData="KEY"))
    auth = await credentials(plugin).auth()
    assert (auth.authorization, auth.certificate, auth.key) == ("", b"CERT", b"KEY")


async def test_a_plugin_gets_its_arguments_its_variables_and_what_kubectl_tells_it(
    script: Script, tmp_path: Path
) -> None:
    plugin = script(
        f'echo "$1 $MINE $INHERITED" > {tmp_path}/said\n'
        f'printf %s "$KUBERNETES_EXEC_INFO" > {tmp_path}/info\n{printing(token="t")}',
        args=("one",),
        env=(("MINE", "two"),),
        provide_cluster_info=True,
    )
    plugins = PluginRunner(environ={"PATH": os.environ["PATH"], "INHERITED": "three"})
    await credentials(plugin, plugins, ca=b"CA", tls_server_name="inner", exec_config={"a": 1}).headers()
    assert (tmp_path / "said").read_text() == "one two three\n"
    assert json.loads((tmp_path / "info").read_text()) == {
        "kind": "ExecCredential",
        "apiVersion": V1,
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://it.example",
                "tls-server-name": "inner",
                "certificate-authority-data": "Q0E=",
                "config": {"a": 1},
            },
        },
    }


async def test_a_plugin_is_told_nothing_of_the_cluster_unless_it_wants_to_know(script: Script, tmp_path: Path) -> None:
    plugin = script(f'printf %s "$KUBERNETES_EXEC_INFO" > {tmp_path}/info\n{printing(token="t")}')
    await credentials(plugin).headers()
    assert json.loads((tmp_path / "info").read_text())["spec"] == {"interactive": False}


# What goes wrong


async def test_what_a_kubeconfig_has_for_a_plugin_and_json_cant_hold_is_refused(script: Script) -> None:
    plugin = script(printing(token="t"), provide_cluster_info=True)
    many: Any = "x"
    for _ in range(40):
        many = [many, many]
    for odd in (date(2026, 1, 1), {"a": {1, 2}}, many):
        with pytest.raises(CredentialError, match="can't be passed on as JSON"):
            await credentials(plugin, exec_config=odd).auth()


async def test_half_a_character_in_a_certificate_is_no_reason_to_stumble(script: Script) -> None:
    plugin = script(printing(clientCertificateData="c\ud800", clientKeyData="k"))
    assert (await credentials(plugin).auth()).certificate == b"c?"


async def test_a_missing_plugin_is_named_with_the_hint_of_the_kubeconfig() -> None:
    said = await refusal(ExecPlugin("no-such-login", V1, install_hint="get it from the intranet"))
    assert said == 'the credential plugin "no-such-login" isn\'t installed: get it from the intranet'
    assert "install it" in await refusal(ExecPlugin("no-such-login", V1))


async def test_a_plugin_that_isnt_executable_says_so(script: Script) -> None:
    plugin = script("")
    Path(plugin.command).chmod(0o644)
    assert "can't be run: Permission denied" in await refusal(plugin)


async def test_a_failing_plugin_is_quoted_with_the_end_of_what_it_said(script: Script) -> None:
    plugin = script(
        'echo "first line" >&2; i=0; while [ $i -lt 40 ]; do echo "noise $i" >&2; i=$((i+1)); done\n'
        'printf "ERROR: \\033[31mtoken expired\\033[0m\\a, run:\\n\\n  login again\\n" >&2; exit 3'
    )
    said = await refusal(plugin)
    assert said.startswith('the credential plugin "login" failed with exit code 3: ')
    assert said.endswith("ERROR: token expired, run: login again")
    assert "first line" not in said
    assert len(said) <= 300


async def test_what_a_failing_plugin_lets_slip_of_a_token_isnt_repeated(script: Script) -> None:
    plugin = script('echo "Authorization: Bearer hunter2hunter2 at https://me:hunter2@sso.example/" >&2; exit 1')
    assert "hunter2" not in await refusal(plugin)


async def test_a_plugin_killed_by_a_signal_says_so(script: Script) -> None:
    assert "was ended by signal 9" in await refusal(script("kill -9 $$"))


async def test_a_plugin_that_hangs_is_ended_with_its_children(script: Script, tmp_path: Path) -> None:
    plugin = script(f"sleep 600 & echo $! > {tmp_path}/making && mv {tmp_path}/making {tmp_path}/child; wait")
    for time_limit in (0.3, 1, 5, 20):
        async with asyncio.timeout(LIMIT):
            assert f"gave no answer within {time_limit} s" in await refusal(plugin, time_limit=time_limit)
        if (tmp_path / "child").exists():
            break  # it came so far that it had a child, however busy the machine is
    child = int((tmp_path / "child").read_text())
    await eventually(lambda: not alive(child))


async def test_nobody_waiting_any_more_ends_the_plugin_too(script: Script, tmp_path: Path) -> None:
    plugin = script("sleep 60")
    waiting = asyncio.ensure_future(credentials(plugin).headers())
    await eventually(lambda: runs(tmp_path) == 1)
    process = int((tmp_path / "runs").read_text())
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await eventually(lambda: not alive(process))


async def test_a_browser_left_behind_with_the_output_open_isnt_waited_for_nor_killed(
    script: Script, tmp_path: Path
) -> None:
    plugin = script(f"sleep 600 & echo $! > {tmp_path}/child\n{printing(token='t')}")
    async with asyncio.timeout(LIMIT):
        assert await credentials(plugin).headers()
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    os.kill(child, signal.SIGKILL)


async def test_a_plugin_that_prints_for_ever_fills_no_memory(script: Script) -> None:
    assert "gave no answer" in await refusal(script("exec yes"), time_limit=0.5)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("echo hello", "isn't JSON"),
        ("true", "isn't JSON"),
        ("printf '\\377'", "isn't JSON"),
        ("echo []", "isn't an ExecCredential"),
        ("echo '{}'", "isn't an ExecCredential"),
        (printing(kind="Secret", token="hunter2"), "isn't an ExecCredential"),
        (printing(api_version="client.authentication.k8s.io/v1beta1", token="hunter2"), f"the apiVersion {V1}"),
        (printing(), "neither a token nor a certificate"),
        (printing(token=7), "neither a token nor a certificate"),
        (printing(clientCertificateData="hunter2"), "neither a token nor a certificate"),
        (printing(token="hunter2", expirationTimestamp="tomorrow"), "isn't a time"),
        (printing(token="hunter2\u0001"), "characters that can't be sent"),
    ],
)
async def test_a_plugin_that_prints_something_else_is_told_what_without_quoting_it(
    script: Script, output: str, words: str
) -> None:
    said = await refusal(script(output))
    assert words in said
    assert "hunter2" not in said


# Asking the user


@pytest.mark.parametrize("mode", ["Never", "IfAvailable"])
async def test_a_plugin_that_asks_for_input_without_a_terminal_meets_the_end_of_it(script: Script, mode: str) -> None:
    plugin = script('read answer || { echo "no input" >&2; exit 1; }', interactive_mode=mode)
    assert (await refusal(plugin)).endswith("no input")


async def test_a_plugin_cant_ask_behind_our_back_either(script: Script) -> None:
    plugin = script('if (exec < /dev/tty) 2>/dev/null; then echo "got it" >&2; else echo "no tty" >&2; fi; exit 1')
    assert (await refusal(plugin)).endswith("no tty")


async def test_a_plugin_that_has_to_ask_isnt_even_started_without_a_terminal(script: Script, tmp_path: Path) -> None:
    plugin = script(printing(token="t"), interactive_mode="Always")
    assert "has to ask you something" in await refusal(plugin)
    assert "has to ask you something" in await refusal(plugin, lend_terminal=lambda _: None)
    assert runs(tmp_path) == 0


@pytest.mark.parametrize("mode", ["IfAvailable", "Always"])
async def test_the_terminal_is_lent_while_the_plugin_runs(script: Script, tmp_path: Path, mode: str) -> None:
    plugin = script(
        f'printf %s "$KUBERNETES_EXEC_INFO" > {tmp_path}/info\n{printing(token="t")}', interactive_mode=mode
    )
    story: list[str] = []

    @asynccontextmanager
    async def terminal() -> AsyncIterator[None]:
        story.append(f"lent after {runs(tmp_path)}")
        yield
        story.append(f"back after {runs(tmp_path)}")

    plugins = PluginRunner(environ={"PATH": os.environ["PATH"]}, lend_terminal=lambda _: terminal())
    await credentials(plugin, plugins).headers()
    assert story == ["lent after 0", "back after 1"]
    assert json.loads((tmp_path / "info").read_text())["spec"]["interactive"] is True


# How often


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_login_is_kept_until_a_minute_before_its_end(script: Script, tmp_path: Path) -> None:
    clock = Clock()
    plugin = script(printing(token="t", expirationTimestamp="2027-01-15T08:10:00Z"))  # in ten minutes
    held = credentials(plugin, PluginRunner(environ={"PATH": os.environ["PATH"]}, clock=clock))
    for seconds, times in ((0, 1), (500, 1), (541, 2)):
        clock.now = Clock.now + seconds
        await held.headers()
        assert runs(tmp_path) == times


async def test_a_login_without_an_end_is_kept_until_it_is_refused(script: Script, tmp_path: Path) -> None:
    answer = printing(token="tN").replace("<<'END'", "<<END").replace("tN", "t$n")
    held = credentials(script(f"n=$(grep -c . {tmp_path}/runs)\n{answer}"))
    first = await held.auth()
    assert await held.auth() == first
    assert await held.renew(first)
    assert (await held.auth()).authorization == "Bearer t2"
    assert await held.renew(first), "somebody else was faster, and nothing has to run again"
    assert runs(tmp_path) == 2


async def test_a_refused_login_that_comes_again_is_nothing_new(script: Script, tmp_path: Path) -> None:
    held = credentials(script(printing(token="same")))
    assert not await held.renew(await held.auth())
    assert runs(tmp_path) == 2


async def test_a_plugin_never_runs_twice_at_once_and_contexts_with_one_user_share_its_login(
    script: Script, tmp_path: Path
) -> None:
    plugin = script(f"sleep 0.2\n{printing(token='t')}")
    plugins = PluginRunner(environ={"PATH": os.environ["PATH"]})
    contexts = [credentials(plugin, plugins) for _ in range(5)]
    told = await asyncio.gather(*(context.headers() for context in contexts * 3))
    assert told == [{"Authorization": "Bearer t"}] * 15
    assert runs(tmp_path) == 1


async def test_who_stood_in_line_while_the_plugin_failed_doesnt_make_it_fail_again(
    script: Script, tmp_path: Path
) -> None:
    plugin = script("sleep 0.2; echo denied >&2; exit 1")
    plugins = PluginRunner(environ={"PATH": os.environ["PATH"]})
    contexts = [credentials(plugin, plugins) for _ in range(5)]
    told = await asyncio.gather(*(context.headers() for context in contexts), return_exceptions=True)
    assert {str(each) for each in told} == {'the credential plugin "login" failed with exit code 1: denied'}
    assert runs(tmp_path) == 1


async def test_few_plugins_run_at_once(script: Script, tmp_path: Path) -> None:
    plugins = PluginRunner(environ={"PATH": os.environ["PATH"]}, at_once=2)
    body = (
        f"touch {tmp_path}/now.$$; ls {tmp_path} | grep -c now. >> {tmp_path}/at_once; sleep 0.1; rm {tmp_path}/now.$$"
    )
    contexts = [credentials(script(f"{body}\n{printing(token='t')}", f"login{i}"), plugins) for i in range(6)]
    await asyncio.gather(*(context.headers() for context in contexts))
    assert max(map(int, (tmp_path / "at_once").read_text().split())) <= 2


async def test_no_secret_is_in_the_repr_of_anything(script: Script) -> None:
    plugin = script(printing(token="hunter2"), args=("hunter2",), env=(("K", "hunter2"),))
    plugins = PluginRunner(environ={"PATH": os.environ["PATH"]})
    held = credentials(plugin, plugins)
    login = await plugins.credential(plugin, "")
    for thing in (plugin, plugins, held, login, await held.auth()):
        assert "hunter2" not in repr(thing)


def alive(process: int) -> bool:
    """Whether it runs; one that ended and wasn't collected yet doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
