"""Commands in containers: what they write and how they end, over both protocols, and what nothing is run for."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cluster.apply import decided
from cluster.container_exec.exec_stream import PROTOCOLS, ExecResult, run_in_container
from cluster.errors import ApiError, ClusterError, Forbidden, NotFound, ServerError, Silent, Unacceptable, Unreachable
from cluster.http import web_socket
from cluster.http.connection import Connection
from cluster.target import KubeconfigUser, Target
from contract.api import Api
from contract.kubelets import Kubelet
from demo.server.authorization import AccessRule
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]
WITHOUT_END = 'while kill -0 "$PPID" 2>/dev/null; do sleep 0.1; done'


@pytest.fixture
def kubelet(api: Api) -> Kubelet:
    if api.kubelet is None:
        pytest.skip("no kubelet runs beside this server")
    return api.kubelet


@dataclass(frozen=True)
class Mark:
    """What a script leaves behind whenever it runs."""

    file: Path

    @property
    def script(self) -> str:
        return f"echo ran >> {shlex.quote(str(self.file))}"

    @property
    def times(self) -> int:
        return len(self.file.read_text().splitlines()) if self.file.exists() else 0


@pytest.fixture
def mark(tmp_path: Path) -> Mark:
    return Mark(tmp_path / "mark")


@pytest.fixture
async def connection(api: Api) -> AsyncIterator[Connection]:
    async with connected(api.url, api.token) as opened:
        yield opened


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[Connection]:
    user = KubeconfigUser(token=token)
    opened = Connection(Target("lab", url, insecure_skip_tls_verify=True, user=user), environ={})
    try:
        yield opened
    finally:
        await opened.close()


class Shell:
    """The container `pulumi` of a pod; a script is run as a program of its own, with arguments."""

    def __init__(self, connection: Connection, namespace: str, kubelet: Kubelet) -> None:
        self.connection = connection
        self.namespace = namespace
        self.kubelet = kubelet

    async def run(self, script: str, *words: str, **options: Any) -> ExecResult:
        self.kubelet.put_program("script", script)
        options = {"timeout": LIMIT} | options
        connection = options.pop("connection", self.connection)
        place = (self.namespace, options.pop("pod", "web"), options.pop("container", "pulumi"))
        return await run_in_container(connection, *place, ("script", *words), **options)

    async def failure(self, script: str, **options: Any) -> ClusterError:
        with pytest.raises(ClusterError) as caught:
            await self.run(script, **options)
        return caught.value


@pytest.fixture
async def shell(api: Api, connection: Connection, kubelet: Kubelet) -> Shell:
    """In a pod that runs, of which its node has heard."""
    containers = [{"name": "pulumi", "image": "pulumi/pulumi"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": containers}}
    kubelet.run(api.namespace, pod | {"spec": pod["spec"] | {"nodeName": "node-1"}})  # type: ignore[operator]
    shell = Shell(connection, api.namespace, kubelet)

    async def answers() -> bool:
        try:
            return (await shell.run("echo here")).stdout == "here\n"
        except ServerError:
            return False

    await eventually(answers)
    return shell


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_command_that_succeeds_tells_what_it_wrote(shell: Shell, protocol: str) -> None:
    result = await shell.run("echo one; echo two >&2; printf three", protocols=[protocol])
    assert result == ExecResult(0, "one\nthree", "two\n", cut=False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_command_that_fails_tells_its_exit_code(shell: Shell, protocol: str) -> None:
    script = "echo said; echo why >&2; exit 3"
    if shell.kubelet.whole:
        assert await shell.run(script, protocols=[protocol]) == ExecResult(3, "said\n", "why\n")
        return
    error = await shell.failure(script, protocols=[protocol])
    assert isinstance(error, ServerError)
    assert "exit status 3" in error.message
    assert not decided(error)


async def test_a_command_that_is_not_there_says_so(shell: Shell) -> None:
    command = ("no-such-program",)
    try:
        result = await run_in_container(shell.connection, shell.namespace, "web", "pulumi", command, timeout=LIMIT)
    except ServerError as error:
        said = error.message
    else:
        assert result.exit_code in (126, 127)
        said = result.stderr
    assert "no-such-program" in said
    assert "executable file not found in $PATH" in said


async def test_words_arrive_as_they_are(shell: Shell) -> None:
    words = ("", " a  b ", "it's", '"$HOME"', "one\ntwo", "a;b&c=d+e%41#f?", "*", "--stack", "é 🎉", "\\")
    result = await shell.run("""for word; do printf '<%s>' "$word"; done""", *words)
    assert result.stdout == "".join(f"<{word}>" for word in words)


async def test_long_output_is_cut_and_read_to_its_end(shell: Shell) -> None:
    result = await shell.run("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; echo end >&2", largest=1000)
    whole = "".join(f"{number}\n" for number in range(20_000))
    assert result == ExecResult(0, whole[:1000], "end\n", cut=True)
    result = await shell.run("printf 0123456789", largest=10)
    assert (result.stdout, result.cut) == ("0123456789", False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_quiet_command_is_waited_for_as_the_server_answers_pings(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setattr(web_socket, "PING_EVERY", 1.0)
    result = await shell.run("sleep 1.8; echo done", protocols=[protocol])
    assert result == ExecResult(0, "done\n", "")


async def test_what_is_not_utf8_is_replaced(shell: Shell) -> None:
    result = await shell.run(r"printf 'a\377b\303'; printf '\303\274' >&2")
    assert (result.stdout, result.stderr) == ("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}", "ü")


async def test_nothing_runs_in_a_pod_that_is_not_there(shell: Shell, mark: Mark) -> None:
    error = await shell.failure(mark.script, pod="nobody")
    assert isinstance(error, NotFound)
    assert error.message == 'pods "nobody" not found'
    assert decided(error)
    assert mark.times == 0


async def test_nothing_runs_in_a_container_that_is_not_there(shell: Shell, mark: Mark) -> None:
    error = await shell.failure(mark.script, container="nobody")
    assert isinstance(error, Unacceptable)
    assert error.message == "container nobody is not valid for pod web"
    assert decided(error)
    assert mark.times == 0


async def test_nothing_runs_in_a_pod_without_a_node(api: Api, connection: Connection) -> None:
    containers = [{"name": "pulumi", "image": "pulumi/pulumi"}]
    await api.make(api.pods(), {"metadata": {"name": "waiting"}, "spec": {"containers": containers}})
    with pytest.raises(Unacceptable) as caught:
        await run_in_container(connection, api.namespace, "waiting", "pulumi", ["true"], timeout=LIMIT)
    assert caught.value.message == "pod waiting does not have a host assigned"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_in_a_container_that_waits_nothing_runs_and_that_is_no_promise(
    shell: Shell, mark: Mark, protocol: str
) -> None:
    if not shell.kubelet.whole:
        pytest.skip("no container ever waits there")
    shell.kubelet.wait(shell.namespace, "web", "pulumi", "CrashLoopBackOff")
    error = await shell.failure(mark.script, protocols=[protocol])
    assert isinstance(error, ServerError)
    assert not decided(error)
    if protocol == PROTOCOLS[0]:
        assert error.message.endswith('unable to upgrade connection: container not found ("pulumi")')
    assert mark.times == 0


async def test_without_a_web_socket_nothing_runs(api: Api, shell: Shell) -> None:
    code, status = await api.get(api.pods("web", "exec"), container="pulumi", command="true", stdout="true")
    assert (code, status["reason"], status["message"]) == (400, "BadRequest", "Upgrade request required")


CANNOT_GET = 'User "viewer" cannot get resource "pods/exec" in API group "" in the namespace ".*".*'


@pytest.mark.parametrize(
    ("verbs", "refused"), [([], CANNOT_GET), (["create"], CANNOT_GET), (["get"], ""), (["get", "create"], None)]
)
async def test_who_may_not_both_get_and_create_it_runs_nothing(
    api: Api, shell: Shell, mark: Mark, verbs: list[str], refused: str | None
) -> None:
    token = await allow(api, verbs)

    async def as_said() -> bool:
        async with connected(api.url, token) as connection:
            try:
                await shell.run(mark.script, connection=connection)
            except Forbidden as error:
                words = f'pods "web" is forbidden: {refused}'.strip()
                return refused is not None and re.fullmatch(words, error.message.strip()) is not None and decided(error)
            return refused is None

    await eventually(as_said)
    assert (mark.times > 0) == (refused is None)


async def allow(api: Api, verbs: list[str]) -> str:
    """The token of a user who may do just this with commands in the containers of this namespace."""
    if api.demo is not None:
        api.demo.access.grant("of-the-viewer", "viewer", AccessRule(tuple(verbs), ("pods/exec",)))
        return "of-the-viewer"
    if not api.viewer:
        pytest.skip("there is no user without rights")
    root = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{api.namespace}"
    rules = [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": verbs}] if verbs else []
    await api.make(f"{root}/roles", {"metadata": {"name": "commands"}, "rules": rules})
    group = "rbac.authorization.k8s.io"
    role = {"apiGroup": group, "kind": "Role", "name": "commands"}
    subjects = [{"apiGroup": group, "kind": "User", "name": "viewer"}]
    await api.make(f"{root}/rolebindings", {"metadata": {"name": "viewer"}, "roleRef": role, "subjects": subjects})
    return api.viewer


async def test_a_command_without_an_end_is_not_waited_for_longer_than_asked(shell: Shell) -> None:
    error = await shell.failure(WITHOUT_END, timeout=1.0)
    assert isinstance(error, Silent)
    assert str(error) == "the command hasn't ended within 1 s, and may still run in web"
    assert not decided(error)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_nobody_knows_of_a_command_whose_connection_is_cut_and_it_is_not_run_again(
    api: Api, shell: Shell, mark: Mark, protocol: str
) -> None:
    async with relay(api.url) as (url, cut), connected(url, api.token) as connection:
        script = f"{mark.script}; {WITHOUT_END}"
        running = asyncio.create_task(shell.failure(script, connection=connection, protocols=[protocol]))
        await eventually(lambda: mark.times > 0)
        cut()
        async with asyncio.timeout(LIMIT):
            error = await running
    assert isinstance(error, Unreachable)
    assert not isinstance(error, ApiError | Silent)
    assert "broke off the connection" in str(error)
    assert not decided(error)
    assert mark.times == 1


@asynccontextmanager
async def relay(url: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """A way to the server that can be cut: its URL, and what cuts it."""
    there = urlsplit(url)
    writers: list[asyncio.StreamWriter] = []
    pipes: set[asyncio.Task[None]] = set()

    def cut() -> None:
        for writer in writers:
            writer.transport.abort()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(there.hostname, there.port)
        writers.extend((writer, far_writer))
        pipes.add(asyncio.create_task(pipe(reader, far_writer)))
        pipes.add(asyncio.create_task(pipe(far_reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"{there.scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}", cut
    finally:
        cut()
        server.close()
        await asyncio.gather(*pipes, return_exceptions=True)
