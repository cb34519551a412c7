"""Commands over WebSockets that behave, and over such that don't; each is asked for once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSCloseCode, web

from cluster.apply import decided
from cluster.container_exec.exec_stream import PROTOCOLS, ExecResult, run_in_container
from cluster.errors import (
    ApiError,
    ClusterError,
    CredentialError,
    Forbidden,
    Garbled,
    ServerError,
    Silent,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from cluster.http import web_socket
from cluster.http.connection import Connection
from cluster.target import Impersonation, KubeconfigUser, Target
from demo.server.api_server import ApiServer
from demo.server.served_commands import CommandResult
from support.waiting import LIMIT, eventually

Play = Callable[[web.WebSocketResponse], Awaitable[None]]
SUCCESS = b'\x03{"metadata":{},"status":"Success"}'


async def run(connection: Connection, *command: str, **options: Any) -> ExecResult:
    return await run_in_container(
        connection, "shop", "web", "pulumi", command or ("true",), **{"timeout": LIMIT} | options
    )


async def failure(connection: Connection, **options: Any) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        await run(connection, **options)
    return caught.value


def playing(play: Play, seen: list[web.Request], protocols: Sequence[str] = PROTOCOLS) -> Any:
    """A handler that opens a WebSocket, plays, and closes it."""

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        socket = web.WebSocketResponse(protocols=protocols, timeout=0.1)
        await socket.prepare(request)
        await play(socket)
        await socket.close()
        return socket

    return handler


def sending(*frames: bytes | str) -> Play:
    async def play(socket: web.WebSocketResponse) -> None:
        for frame in frames:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))

    return play


@pytest.fixture
def told(serve: Any, connect: Any) -> Callable[..., Awaitable[Connection]]:
    """A connection to a server whose WebSockets bring these messages."""

    async def start(*frames: bytes | str, protocols: Sequence[str] = PROTOCOLS) -> Connection:
        opened: Connection = connect(await serve(playing(sending(*frames), [], protocols)))
        return opened

    return start


# What is asked for


async def test_the_request_carries_the_command_the_login_and_whom_we_act_as(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    url = await serve(playing(sending(SUCCESS), seen))
    whom = Impersonation("anna", ("g1", "g2"))
    target = Target("c", f"{url}/k8s", user=KubeconfigUser(token="t"), impersonation=whom)
    result = await run(connect(target, version="1.2.3"), "sh", "-c", "a;b +%&=\n", "")
    assert result == ExecResult(0, "", "")
    (request,) = seen
    assert (request.method, request.path) == ("GET", "/k8s/api/v1/namespaces/shop/pods/web/exec")
    assert list(request.query.items()) == [
        ("container", "pulumi"),
        ("command", "sh"),
        ("command", "-c"),
        ("command", "a;b +%&=\n"),
        ("command", ""),
        ("stdout", "true"),
        ("stderr", "true"),
    ]
    assert ";" not in request.raw_path  # Go's servers drop a parameter that has one
    headers = request.headers
    assert headers["Sec-WebSocket-Protocol"].split(",") == list(PROTOCOLS)
    assert (headers["User-Agent"], headers["Authorization"]) == ("kubectl-pko-argo/1.2.3", "Bearer t")
    assert (headers["Impersonate-User"], headers.getall("Impersonate-Group")) == ("anna", ["g1", "g2"])
    assert headers["Accept"] == "*/*"
    assert "Accept-Encoding" not in headers
    assert "Sec-WebSocket-Extensions" not in headers


async def test_words_that_are_not_utf8_are_sent_byte_by_byte(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    await run(connect(await serve(playing(sending(SUCCESS), seen))), b"caf\xe9".decode(errors="surrogateescape"))
    assert "command=caf%E9" in seen[0].raw_path


async def test_it_goes_over_tls_like_every_request(serve: Any, connect: Any, certificates: Any) -> None:
    url = await serve(playing(sending(b"\x01hello", SUCCESS), []), certificates.serving("good"))
    assert (await run(connect(Target("c", url, ca=certificates.ca)))).stdout == "hello"
    error = await failure(connect(Target("c", url, ca=certificates.folder / "stranger.crt")))
    assert "signed by an unknown authority" in str(error)


async def test_no_login_goes_over_the_network_in_clear_text_for_a_command(connect: Any) -> None:
    user = KubeconfigUser(token_file=Path("/nowhere"))
    # A token that can't be had would be an error of its own, if it were asked for.
    assert isinstance(await failure(connect(Target("c", "http://nowhere.invalid", user=user))), Unreachable)
    assert isinstance(await failure(connect(Target("c", "https://nowhere.invalid", user=user))), CredentialError)


async def test_an_older_server_chooses_the_older_protocol(serve: Any, connect: Any) -> None:
    sockets: list[web.WebSocketResponse] = []

    async def play(socket: web.WebSocketResponse) -> None:
        sockets.append(socket)
        await sending(b"\x01hello", SUCCESS)(socket)

    connection = connect(await serve(playing(play, [], ["v4.channel.k8s.io"])))
    assert await run(connection) == ExecResult(0, "hello", "")
    assert sockets[0].ws_protocol == "v4.channel.k8s.io"


@pytest.mark.filterwarnings("ignore")
async def test_a_server_that_knows_neither_protocol_is_not_listened_to(told: Any) -> None:
    error = await failure(await told(b"\x01hello", SUCCESS, protocols=["v9.channel.k8s.io"]))
    assert isinstance(error, Garbled)
    assert not decided(error)


# What comes


def status(**fields: Any) -> bytes:
    return b"\x03" + json.dumps({"status": "Failure"} | fields).encode()


def exit_code(text: str) -> bytes:
    return status(reason="NonZeroExitCode", details={"causes": [{"reason": "ExitCode", "message": text}]})


async def test_empty_frames_text_frames_and_unknown_channels_do_no_harm(told: Any) -> None:
    connection = await told(
        b"", b"\x01", b"\x02", b"\x01a", "\x01b", b"\x02c", b"\x07x", b"\x00y", b"\xff\x01", b"\xff\x02", b"\xff",
        exit_code("3"), b"\xff\x03",
    )  # fmt: skip
    assert await run(connection) == ExecResult(3, "ab", "c")


async def test_what_follows_the_status_is_not_waited_for(serve: Any, connect: Any) -> None:
    over = asyncio.Event()

    async def play(socket: web.WebSocketResponse) -> None:
        await sending(b"\x01a", SUCCESS)(socket)
        await over.wait()

    result = await run(connect(await serve(playing(play, []))))
    over.set()
    assert result == ExecResult(0, "a", "")


async def test_a_status_may_come_in_parts_and_a_character_in_halves(told: Any) -> None:
    whole = exit_code("255")
    connection = await told(b"\x01\xc3", whole[:20], b"\x01\xbc", b"\x03" + whole[20:])
    assert await run(connection) == ExecResult(255, "ü", "")


@pytest.mark.parametrize("code", ["", "-1", "many", "9" * 40])
async def test_an_exit_code_that_is_none_isnt_known(told: Any, code: str) -> None:
    assert (await run(await told(exit_code(code)))).exit_code is None


@pytest.mark.parametrize(
    "ends",
    [
        [],
        [b"\x03"],
        [b"\x03no JSON"],
        [b"\x03[]"],
        [b'\x03{"status": "Later"}'],
        [b"\x03\xff"],
        [b"\x03" + b"[" * 70_000],
    ],
)
async def test_without_a_status_the_exit_code_isnt_known(told: Any, ends: list[bytes]) -> None:
    assert await run(await told(b"\x01a", *ends)) == ExecResult(None, "a", "")


async def test_output_goes_on_to_be_read_after_it_is_cut(told: Any) -> None:
    connection = await told(*[b"\x01" + b"x" * 50_000] * 100, b"\x02y", SUCCESS)
    assert await run(connection, largest=70_000) == ExecResult(0, "x" * 70_000, "y", cut=True)


async def test_an_error_of_running_itself_promises_nothing(told: Any) -> None:
    error = await failure(await told(status(reason="InternalError", message="error executing command", code=500)))
    assert (type(error), str(error)) == (ServerError, "error executing command")
    error = await failure(await told(status(reason="BadRequest", message="bad", code=400)))
    assert not decided(error)


async def test_a_message_that_is_too_large_ends_it(told: Any) -> None:
    error = await failure(await told(b"\x01" + b"x" * (web_socket.LARGEST_FRAME + 1)))
    assert isinstance(error, TooLarge)
    assert "whether the command ran isn't known" in str(error)


async def test_what_is_no_web_socket_ends_it(serve: Any, connect: Any) -> None:
    async def play(socket: web.WebSocketResponse) -> None:
        transport = socket.get_extra_info("socket")
        assert transport is not None
        raw = transport.dup()
        raw.setblocking(True)
        raw.send(b"\xf3nothing of the kind")
        raw.close()

    error = await failure(connect(await serve(playing(play, []))))
    assert isinstance(error, Garbled)
    assert not decided(error)


# What goes wrong


async def refusing(serve: Any, connect: Any, response: Callable[[], web.StreamResponse], **user: Any) -> Any:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        return response()

    return connect(Target("c", await serve(handler), user=KubeconfigUser(**user))), seen


@pytest.mark.parametrize(
    ("code", "kind", "nothing_ran"),
    [
        (307, ApiError, True),
        (401, Unauthorized, True),
        (403, Forbidden, True),
        (418, ApiError, True),
        (500, ServerError, False),
        (503, ServerError, False),
    ],
)
async def test_a_refusal_is_the_error_of_any_request_and_it_is_asked_once(
    serve: Any, connect: Any, code: int, kind: type[ApiError], nothing_ran: bool
) -> None:
    body = {"kind": "Status", "code": code, "reason": "Because", "message": "the server's words"}
    connection, seen = await refusing(
        serve, connect, lambda: web.json_response(body, status=code, headers={"Location": "/elsewhere"}), token="t"
    )
    error = await failure(connection)
    assert type(error) is kind
    assert code in (307, 401) or str(error) == "the server's words"
    assert decided(error) == nothing_ran
    assert len(seen) == 1


async def test_a_refused_token_is_renewed_for_the_next_command(serve: Any, connect: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Authorization"])
        if seen[-1] != "Bearer new":
            return web.Response(status=401)
        return await playing(sending(SUCCESS), [])(request)  # type: ignore[no-any-return]

    connection = connect(Target("c", await serve(handler), user=KubeconfigUser(token_file=file)))
    await connection.credentials.auth()
    file.write_text("new")
    assert isinstance(await failure(connection), Unauthorized)
    assert (await run(connection)).exit_code == 0
    assert seen == ["Bearer old", "Bearer new"]


async def test_an_answer_that_is_neither_is_no_promise(serve: Any, connect: Any) -> None:
    connection, seen = await refusing(serve, connect, lambda: web.Response(text="welcome"))
    error = await failure(connection)
    assert isinstance(error, Garbled)
    assert not decided(error)
    assert len(seen) == 1


async def test_a_wrong_handshake_is_no_promise(serve: Any, connect: Any) -> None:
    headers = {"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "wrong"}
    connection, seen = await refusing(serve, connect, lambda: web.Response(status=101, headers=headers))
    error = await failure(connection)
    assert not decided(error)
    assert len(seen) == 1


async def test_a_ping_that_nobody_answers_ends_it(serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "PING_EVERY", 0.2)
    over = asyncio.Event()

    async def play(socket: web.WebSocketResponse) -> None:
        await over.wait()

    error = await failure(connect(await serve(playing(play, []))))
    over.set()
    assert isinstance(error, Silent)
    assert "not even the answer to a ping" in str(error)


async def test_a_close_in_trouble_without_a_status_leaves_the_exit_code_open(serve: Any, connect: Any) -> None:
    async def play(socket: web.WebSocketResponse) -> None:
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)

    assert (await run(connect(await serve(playing(play, []))))).exit_code is None


# Over the demo's server


@pytest.fixture
def commands(server: ApiServer) -> list[Sequence[str]]:
    """The commands that have run in the pod `web`; `forever` doesn't end."""
    ran: list[Sequence[str]] = []

    async def play(namespace: str, pod: str, container: str, command: Sequence[str]) -> CommandResult:
        ran.append(command)
        if command[0] == "forever":
            await asyncio.Event().wait()
        return CommandResult(0, "out\n", "err\n")

    containers = [{"name": "pulumi", "image": "pulumi/pulumi"}]
    server.store.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"containers": containers, "nodeName": "node-1"},
            "status": {"phase": "Running"},
        }
    )
    server.commands.handle(play)
    return ran


def asked(server: ApiServer) -> int:
    return sum(request.upgrades for request in server.requests)


async def test_a_connection_that_breaks_before_an_answer_is_no_promise_and_it_is_not_asked_again(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    connection = connect(server.url)
    await run(connection)
    server.faults.hang_up("/exec")
    error = await failure(connection)
    assert isinstance(error, Unreachable)
    assert not decided(error)
    assert (asked(server), len(commands)) == (2, 1)


@pytest.mark.parametrize("lines", [1, 2])
async def test_a_connection_that_breaks_after_the_upgrade_is_no_promise(
    server: ApiServer, connect: Any, commands: list[Sequence[str]], lines: int
) -> None:
    server.faults.hang_up("/exec", after_lines=lines)
    error = await failure(connect(server.url))
    assert type(error) is Unreachable
    assert "broke off the connection; whether the command ran isn't known" in str(error)
    assert (asked(server), len(commands)) == (1, 1)


async def test_silence_is_waited_for_as_long_as_was_asked(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    fault = server.faults.silence("/exec")
    error = await failure(connect(server.url), timeout=0.3)
    assert isinstance(error, Silent)
    assert "hasn't said within 0.3 s whether it runs the command" in str(error)
    assert commands == []
    fault.remove()
    server.faults.silence("/exec", after_lines=2)
    error = await failure(connect(server.url), timeout=0.3)
    assert str(error) == "the command hasn't ended within 0.3 s, and may still run in web"


async def test_latency_is_waited_for(server: ApiServer, connect: Any, commands: list[Sequence[str]]) -> None:
    server.faults.latency(0.2, "/exec")
    assert await run(connect(server.url)) == ExecResult(0, "out\n", "err\n")


async def test_the_upgrade_waits_no_longer_than_a_request(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    server.faults.silence("/exec")
    error = await failure(connect(server.url, request_timeout=0.2))
    assert "no answer from" in str(error)
    assert not decided(error)


async def test_a_server_that_goes_down_and_a_connection_that_is_closed_end_it(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    connection = connect(server.url)
    for end in (server.hang_up, connection.close):
        running = asyncio.create_task(failure_of_forever(connection))
        await eventually(lambda: server.open_streams == 1 and commands)
        if (ending := end()) is not None:
            await ending
        async with asyncio.timeout(LIMIT):
            assert isinstance(await running, Unreachable)
        await eventually(lambda: server.open_streams == 0)
        commands.clear()


async def failure_of_forever(connection: Connection) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        await run(connection, "forever")
    return caught.value


async def test_giving_up_closes_the_socket_at_once(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    running = asyncio.create_task(run(connect(server.url), "forever"))
    await eventually(lambda: server.open_streams == 1 and commands)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await eventually(lambda: server.open_streams == 0)


async def test_other_requests_go_on_beside_a_command(
    server: ApiServer, connect: Any, commands: list[Sequence[str]]
) -> None:
    connection = connect(server.url, limit=1)
    running = asyncio.create_task(run(connection, "forever"))
    await eventually(lambda: server.open_streams == 1)
    async with asyncio.timeout(LIMIT):
        assert await connection.get("/version")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
