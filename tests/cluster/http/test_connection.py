"""Requests and streams over real sockets, and what their failures are called."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from cluster.auth.credentials import Credentials
from cluster.errors import (
    ApiError,
    ClusterError,
    Conflict,
    CredentialError,
    Forbidden,
    Garbled,
    Gone,
    KubeconfigError,
    NotFound,
    ServerError,
    Silent,
    TooLarge,
    TooManyRequests,
    Unacceptable,
    Unauthorized,
    Unreachable,
)
from cluster.http.connection import Connection
from cluster.http.transport import proxy_for
from cluster.target import Impersonation, KubeconfigUser, Target
from demo.server.api_server import ApiServer
from support.waiting import LIMIT, eventually

Answers = Any


def echo(seen: list[web.Request]) -> Any:
    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(body=b"{}")

    return handler


async def failure(connection: Any, path: str = "/") -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        await connection.get(path)
    return caught.value


# What is sent


async def test_a_request_says_who_asks_and_what_for(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    url = await serve(echo(seen))
    target = Target("c", f"{url}/k8s/clusters/c-1", user=KubeconfigUser(token="t"))
    connection = connect(target, version="1.2.3")
    assert await connection.get("/api/v1/pods", {"labelSelector": "a=b,c in (d)", "limit": "5"}) == b"{}"
    assert seen[0].path == "/k8s/clusters/c-1/api/v1/pods"
    assert dict(seen[0].query) == {"labelSelector": "a=b,c in (d)", "limit": "5"}
    headers = seen[0].headers
    assert headers["User-Agent"] == "kubectl-pko-argo/1.2.3"
    assert (headers["Accept"], headers["Authorization"]) == ("application/json", "Bearer t")


async def test_impersonation_goes_along_with_every_request(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    whom = Impersonation("anna", ("g1", "g2"), "7", (("Example.org/Why", ("x", "y")),))
    await connect(Target("c", await serve(echo(seen)), impersonation=whom)).get("/")
    headers = seen[0].headers
    assert (headers["Impersonate-User"], headers["Impersonate-Uid"]) == ("anna", "7")
    assert headers.getall("Impersonate-Group") == ["g1", "g2"]
    assert headers.getall("Impersonate-Extra-example.org%2Fwhy") == ["x", "y"]


@pytest.mark.parametrize(
    ("server", "asked", "encoding"),
    [
        ("http://127.0.0.1", None, False),
        ("http://[::1]:80", None, False),
        ("http://localhost:1", None, False),
        ("https://127.0.0.1", None, True),
        ("https://a.example", None, True),
        ("https://a.example", False, False),
        ("http://127.0.0.1", True, True),
    ],
)
async def test_answers_are_compressed_where_that_pays(connect: Any, server: str, asked: Any, encoding: bool) -> None:
    assert connect(server, compress=asked).compress is encoding


async def test_compression_is_asked_for_or_declined_in_so_many_words(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    url = await serve(echo(seen))
    await connect(url).get("/")
    await connect(url, compress=True).get("/")
    assert [request.headers["Accept-Encoding"] for request in seen] == ["identity", "gzip"]


async def test_a_body_travels_with_its_type(serve: Any, connect: Any) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=f"{request.method} {request.content_type} {await request.text()}".encode())

    connection = connect(await serve(handler))
    assert await connection.request("PATCH", "/x", b"[]", "application/json-patch+json") == (
        b"PATCH application/json-patch+json []"
    )


async def test_one_connection_carries_one_request_after_the_other(serve: Any, connect: Any) -> None:
    peers: set[Any] = set()

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response(body=b"{}")

    connection = connect(await serve(handler))
    for _ in range(5):
        await connection.get("/")
    assert len(peers) == 1


async def test_no_more_requests_are_under_way_than_the_limit_and_streams_dont_count(serve: Any, connect: Any) -> None:
    most = now = watched = 0
    full = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal most, now, watched
        if request.path == "/watch":
            response = web.StreamResponse()
            await response.prepare(request)
            watched += 1
            await asyncio.sleep(LIMIT)
            return response
        now += 1
        most = max(most, now)
        if now == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0.02)
        now -= 1
        return web.Response(body=b"{}")

    connection = connect(await serve(handler), limit=3)

    async def stream() -> None:
        async with connection.stream("/watch") as pieces:
            async for _ in pieces:
                pass

    watches = [asyncio.ensure_future(stream()) for _ in range(5)]
    await eventually(lambda: watched == 5)
    await asyncio.gather(*(connection.get("/") for _ in range(12)))
    assert most == 3
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)


# Logging in again


@pytest.fixture
def changing(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("old")
    return tmp_path / "token"


def only_new(seen: list[str]) -> Any:
    async def handler(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.headers.get('Authorization')}")
        return web.Response(status=200 if request.headers.get("Authorization") == "Bearer new" else 401)

    return handler


async def test_a_refused_token_is_renewed_and_a_get_is_sent_again(serve: Any, connect: Any, changing: Path) -> None:
    seen: list[str] = []
    connection = connect(Target("c", await serve(only_new(seen)), user=KubeconfigUser(token_file=changing)))
    await connection.credentials.auth()
    changing.write_text("new")
    await connection.get("/")
    async with connection.stream("/watch") as pieces:
        assert [piece async for piece in pieces] == []
    assert seen == ["GET Bearer old", "GET Bearer new", "GET Bearer new"]


async def test_a_change_isnt_sent_again_by_itself_but_the_next_one_is_accepted(
    serve: Any, connect: Any, changing: Path
) -> None:
    seen: list[str] = []
    connection = connect(Target("c", await serve(only_new(seen)), user=KubeconfigUser(token_file=changing)))
    await connection.credentials.auth()
    changing.write_text("new")
    with pytest.raises(Unauthorized):
        await connection.request("PATCH", "/", b"{}")
    await connection.request("PATCH", "/", b"{}")
    assert seen == ["PATCH Bearer old", "PATCH Bearer new"]


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
async def test_a_change_whose_answer_is_lost_isnt_sent_again(server: ApiServer, connect: Any, method: str) -> None:
    connection = connect(server.url)
    await connection.get("/version")
    server.faults.hang_up("/pods/web")
    with pytest.raises(Unreachable):
        await connection.request(method, "/api/v1/namespaces/shop/pods/web", b"{}")
    assert [asked.method for asked in server.requests if asked.path.endswith("/web")] == [method]


async def test_a_token_that_stays_refused_is_tried_once(serve: Any, connect: Any) -> None:
    seen: list[str] = []
    connection = connect(Target("c", await serve(only_new(seen)), user=KubeconfigUser(token="hunter2")))
    error = await failure(connection)
    assert isinstance(error, Unauthorized)
    assert str(error) == "the cluster doesn't accept the credentials (401)"
    assert len(seen) == 1


async def test_no_login_goes_over_the_network_in_clear_text(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError):
        # A token that can't be had would be an error of its own, if it were asked for.
        await connect(Target("c", "http://nowhere.invalid", user=KubeconfigUser(token_file=Path("/nowhere")))).get("/")
    with pytest.raises(CredentialError):
        await connect(Target("c", "https://nowhere.invalid", user=KubeconfigUser(token_file=Path("/nowhere")))).get("/")


# Refusals


def status(code: int, reason: str, message: str, **details: Any) -> dict[str, Any]:
    return {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, Unacceptable),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (418, ApiError),
        (422, Unacceptable),
        (429, TooManyRequests),
        (500, ServerError),
        (504, ServerError),
    ],
)
async def test_every_refusal_has_its_kind_and_the_words_of_the_server(
    serve: Any, connect: Any, code: int, kind: type[ApiError]
) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response(status(code, "Because", "no \x1b[31mway\nhere"), status=code)

    error = await failure(connect(await serve(handler)))
    assert type(error) is kind
    assert isinstance(error, ApiError)
    assert (error.status, error.reason, error.message) == (code, "Because", "no way here")


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [({"Retry-After": "7"}, {}, 7.0), ({}, {"retryAfterSeconds": 3}, 3.0), ({"Retry-After": "soon"}, {}, None)],
)
async def test_how_long_to_wait_is_taken_from_the_header_or_the_status(
    serve: Any, connect: Any, headers: dict[str, str], details: dict[str, Any], seconds: float | None
) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response(status(429, "TooManyRequests", "slow down", **details), status=429, headers=headers)

    error = await failure(connect(await serve(handler)))
    assert isinstance(error, TooManyRequests)
    assert error.retry_after == seconds


@pytest.mark.parametrize("body", [b"<html>hunter2</html>", b'{"kind":"Secret","message":"hunter2"}', b"", b"\xff" * 9])
async def test_a_page_that_isnt_a_status_is_never_quoted(serve: Any, connect: Any, body: bytes) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=502, body=body)

    assert str(await failure(connect(await serve(handler)))) == "the cluster answered 502 Bad Gateway"


async def test_a_refusal_without_an_end_fills_no_memory(serve: Any, connect: Any) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    assert isinstance(await failure(connect(await serve(handler))), ServerError)


async def test_a_redirect_isnt_followed_with_our_token(serve: Any, connect: Any) -> None:
    seen: list[web.Request] = []
    other = await serve(echo(seen))

    async def handler(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"{other}/login")

    error = await failure(connect(Target("c", await serve(handler), user=KubeconfigUser(token="hunter2"))))
    assert "perhaps a login page" in str(error)
    assert not seen


# Nobody there


async def test_a_refused_connection_is_called_that(connect: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await failure(connect(f"http://127.0.0.1:{port}"))
    assert str(error) == f"127.0.0.1:{port} refuses the connection: nothing listens there, or a firewall says no"


async def test_a_name_that_doesnt_resolve_is_called_that(connect: Any) -> None:
    error = await failure(connect("https://user:hunter2@nowhere.invalid:6443"))
    assert "nowhere.invalid:6443 can't be resolved" in str(error)
    assert "hunter2" not in str(error)


async def test_an_answer_that_doesnt_come_in_time_is_called_that(serve: Any, connect: Any) -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(LIMIT)
        return web.Response()

    connection = connect(await serve(handler), request_timeout=0.1)
    error = await failure(connection)
    assert isinstance(error, Unreachable)
    assert "in time" in str(error)
    with pytest.raises(Unreachable, match="in time"):
        async with connection.stream("/"):
            pass


async def test_a_connection_that_breaks_off_is_called_that(serve: Any, connect: Any) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 100
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    connection = connect(await serve(handler))
    assert "broke off" in str(await failure(connection))
    with pytest.raises(Unreachable, match="broke off"):
        async with connection.stream("/") as pieces:
            async for _ in pieces:
                pass


@asynccontextmanager
async def speaking(answer: bytes) -> AsyncIterator[int]:
    """Something on a port that answers everything with the same bytes, and hangs up."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_something_else_than_http_is_called_that(connect: Any) -> None:
    async with speaking(b"220 mail.example ESMTP\r\n") as port:
        error = await failure(connect(f"http://127.0.0.1:{port}"))
    assert isinstance(error, Garbled)
    assert "doesn't speak HTTP" in str(error)


async def test_something_else_than_tls_is_called_that(connect: Any) -> None:
    async with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        error = await failure(connect(f"https://127.0.0.1:{port}"))
    assert "doesn't speak TLS" in str(error)


@pytest.mark.parametrize("server", ["ftp://a.example", "https://"])
async def test_an_address_that_isnt_one_is_the_kubeconfigs_fault(connect: Any, server: str) -> None:
    assert isinstance(await failure(connect(Target("c", server))), KubeconfigError)


async def test_a_closed_connection_stays_closed(serve: Any, connect: Any) -> None:
    connection = connect(await serve(echo([])))
    await connection.get("/")
    await connection.close()
    assert "was closed" in str(await failure(connection))


# Streams


async def test_a_stream_gives_what_comes_as_it_comes(serve: Any, connect: Any) -> None:
    more = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        await more.wait()
        await response.write(b"two\n")
        return response

    connection = connect(await serve(handler))
    async with connection.stream("/") as pieces:
        assert await anext(pieces) == b"one\n"
        more.set()
        assert [piece async for piece in pieces] == [b"two\n"]


async def test_a_stream_that_stops_sending_is_silent(serve: Any, connect: Any) -> None:
    written = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        written.set()
        await asyncio.sleep(LIMIT)
        return response

    connection = connect(await serve(handler))
    async with connection.stream("/", silence=0.1) as pieces:
        await written.wait()
        await asyncio.sleep(0.01)  # a turn of the loop, in which it arrives
        assert await anext(pieces) == b"one\n"
        with pytest.raises(Silent, match=r"nothing has come from 127.0.0.1:\d+ for 0.1 s"):
            await anext(pieces)


async def test_leaving_a_stream_closes_it(serve: Any, connect: Any) -> None:
    left = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x\n")
                await asyncio.sleep(0.01)
        finally:
            left.set()

    connection = connect(await serve(handler))
    async with connection.stream("/") as pieces:
        await anext(pieces)
    await asyncio.wait_for(left.wait(), LIMIT)


# TLS


async def test_a_certificate_of_the_kubeconfigs_authority_is_trusted(
    serve: Any, connect: Any, certificates: Any
) -> None:
    url = await serve(echo([]), certificates.serving("good"))
    for authority in (certificates.ca, certificates.data("ca.crt")):
        assert await connect(Target("c", url, ca=authority)).get("/") == b"{}"


@pytest.mark.parametrize(
    ("certificate", "authority", "words"),
    [
        ("expired", "ca.crt", "has expired"),
        ("elsewhere", "ca.crt", "is for another address; tls-server-name"),
        ("good", "stranger.crt", "is signed by an unknown authority"),
        ("stranger", "ca.crt", "is signed by itself, and isn't the kubeconfig's certificate authority"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(
    serve: Any, connect: Any, certificates: Any, certificate: str, authority: str, words: str
) -> None:
    seen: list[web.Request] = []
    url = await serve(echo(seen), certificates.serving(certificate))
    error = await failure(
        connect(Target("c", url, ca=certificates.data(authority), user=KubeconfigUser(token="hunter2")))
    )
    assert isinstance(error, Unreachable)
    assert words in str(error)
    assert not seen


async def test_without_an_authority_the_systems_are_trusted_and_ours_isnt_one(
    serve: Any, connect: Any, certificates: Any
) -> None:
    url = await serve(echo([]), certificates.serving("good"))
    assert "unknown authority" in str(await failure(connect(url)))


async def test_the_kubeconfig_may_say_which_name_a_certificate_has(serve: Any, connect: Any, certificates: Any) -> None:
    url = await serve(echo([]), certificates.serving("elsewhere"))
    target = Target("c", url, ca=certificates.ca, tls_server_name="elsewhere.example")
    assert await connect(target).get("/") == b"{}"


async def test_the_kubeconfig_may_say_that_no_certificate_matters(serve: Any, connect: Any, certificates: Any) -> None:
    url = await serve(echo([]), certificates.serving("expired"))
    assert await connect(Target("c", url, insecure_skip_tls_verify=True)).get("/") == b"{}"


async def test_our_certificate_is_shown_and_its_key_leaves_no_file(
    serve: Any, connect: Any, certificates: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    url = await serve(echo([]), certificates.serving("good", wants_client=True))
    files = KubeconfigUser(certificate=certificates.folder / "client.crt", key=certificates.folder / "client.key")
    data = KubeconfigUser(certificate=certificates.data("client.crt"), key=certificates.data("client.key"))
    for user in (files, data):
        assert await connect(Target("c", url, ca=certificates.ca, user=user)).get("/") == b"{}"
    assert not list(tmp_path.iterdir())


async def test_a_server_that_wants_a_certificate_and_gets_none_says_so(connect: Any, certificates: Any) -> None:
    serving = certificates.serving("good", wants_client=True)
    serving.maximum_version = ssl.TLSVersion.TLSv1_2  # later ones say so only after the handshake, to nobody

    def refuse_one() -> None:
        plain, _ = listening.accept()
        plain.settimeout(LIMIT)
        with plain, pytest.raises(ssl.SSLError):
            serving.wrap_socket(plain, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(LIMIT)
        server = asyncio.ensure_future(asyncio.to_thread(refuse_one))
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        error = await failure(connect(Target("c", url, ca=certificates.ca)))
        await server
    assert isinstance(error, Unreachable)
    assert "may want a client certificate" in str(error)


@pytest.mark.parametrize(
    "pair",
    [("client.crt", "good.key"), ("client.key", "client.key"), ("ca.cnf", "client.key"), ("client.crt", "ca.cnf")],
)
async def test_a_certificate_that_doesnt_fit_its_key_is_refused_without_quoting_either(
    connect: Any, certificates: Any, pair: tuple[str, str]
) -> None:
    certificate, key = map(certificates.data, pair)
    user = KubeconfigUser(certificate=certificate, key=key)
    error = await failure(connect(Target("ctx", "https://127.0.0.1:1", ca=certificates.ca, user=user)))
    assert isinstance(error, CredentialError)
    assert '"ctx"' in str(error)
    assert "BEGIN" not in str(error)


@pytest.mark.parametrize("authority", [b"nothing", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
async def test_an_authority_that_is_none_is_the_kubeconfigs_fault(connect: Any, authority: bytes) -> None:
    error = await failure(connect(Target("ctx", "https://127.0.0.1:1", ca=authority)))
    assert isinstance(error, KubeconfigError)
    assert 'authority of context "ctx" holds no certificate' in str(error)
    missing = await failure(connect(Target("ctx", "https://127.0.0.1:1", ca=Path("/nowhere/ca.crt"))))
    assert "/nowhere/ca.crt can't be read" in str(missing)


# Proxies


@asynccontextmanager
async def tunnel(answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> AsyncIterator[tuple[int, list[bytes]]]:
    """An HTTP proxy that connects, or answers something else."""
    asked: list[bytes] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        writer.write(answer)
        if b" 200 " in answer:
            host, _, port = head.split()[1].decode().rpartition(":")
            inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)
            inner_writer.close()
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def test_a_request_goes_through_the_contexts_proxy(serve: Any, connect: Any, certificates: Any) -> None:
    url = await serve(echo([]), certificates.serving("good"))
    async with tunnel() as (port, asked):
        target = Target("c", url, ca=certificates.ca, proxy_url=f"http://me:hunter2@127.0.0.1:{port}")
        connection = connect(target)
        assert await connection.get("/") == b"{}"
        await connection.close()
    assert asked[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"Proxy-Authorization: Basic " in asked[0]
    assert "hunter2" not in repr(target)


async def test_a_web_socket_goes_the_same_way(serve: Any, connect: Any, certificates: Any) -> None:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["greeting"], timeout=0.1)
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.close()
        return socket

    url = await serve(handler, certificates.serving("good"))
    async with tunnel() as (port, asked):
        connection = connect(Target("c", url, ca=certificates.ca, proxy_url=f"http://me:hunter2@127.0.0.1:{port}"))
        async with connection.upgrade("/", [("name", "you")], ["greeting"]) as frames:
            assert [frame async for frame in frames] == [b"hello"]
        assert frames.protocol == "greeting"
        await connection.close()
    assert asked[0].startswith(b"CONNECT 127.0.0.1:")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a login instead of connecting"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "answered 403 instead of connecting"),
    ],
)
async def test_a_proxy_that_says_no_is_told_apart_from_the_cluster(connect: Any, answer: bytes, words: str) -> None:
    async with tunnel(answer) as (port, _):
        target = Target("c", "https://a.example:6443", proxy_url=f"http://me:hunter2@127.0.0.1:{port}")
        error = await failure(connect(target))
    assert words in str(error)
    assert f"127.0.0.1:{port}" in str(error)
    assert "hunter2" not in str(error)


async def test_a_proxy_that_isnt_there_is_named(connect: Any) -> None:
    error = await failure(connect(Target("c", "https://a.example", proxy_url="http://127.0.0.1:1")))
    assert "the proxy 127.0.0.1:1 can't be reached" in str(error)


@pytest.mark.parametrize("scheme", ["socks5", "https"])
async def test_a_proxy_of_another_kind_is_refused_with_a_way_out(connect: Any, scheme: str) -> None:
    error = await failure(connect(Target("c", "https://a.example", proxy_url=f"{scheme}://u:hunter2@p:1080")))
    assert isinstance(error, KubeconfigError)
    assert f"needs a {scheme} proxy" in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("server", "environ", "proxy"),
    [
        ("https://a.example", {}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example", {"https_proxy": "p:1"}, "http://p:1"),
        ("http://a.example", {"HTTPS_PROXY": "http://p:1"}, None),
        ("http://a.example", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://localhost", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.example, a.example"}, None),
        ("https://x.a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".a.example"}, "http://p:1"),
        ("https://ba.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "http://p:1"),
        ("https://a.example:6443", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example:443"}, "http://p:1"),
        ("https://a.example:6443", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example:6443"}, None),
        ("https://10.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8,x/y"}, "http://p:1"),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "fd00::1"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
    ],
)
def test_the_environments_proxy_is_chosen_as_go_programs_choose_it(
    server: str, environ: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(Target("c", server), environ) == proxy


@pytest.mark.parametrize("proxy", ["http://a..b", "http://h\\@evil", "a b:3128", f"http://{'a' * 300}"])
async def test_a_proxy_that_isnt_an_address_is_said_to_be_none(proxy: str) -> None:
    connection = Connection(Target("c", "https://a.example"), environ={"HTTPS_PROXY": proxy})
    assert "the proxy of context" in str(await failure(connection))


def test_numbers_that_are_no_port_match_none() -> None:
    environ = {"HTTPS_PROXY": "p:3128", "NO_PROXY": f"a.example:²,a.example:{'9' * 5000}"}
    assert proxy_for(Target("c", "https://a.example"), environ) == "http://p:3128"


@pytest.mark.parametrize("server", ["http://a..b", "http://[::1", "http://ü", "http://h\\@evil", "http://a\nb"])
async def test_an_address_that_isnt_one_is_told_before_anything_is_sent(connect: Any, server: str) -> None:
    assert isinstance(await failure(connect(server)), KubeconfigError)


async def test_an_authority_that_is_a_pipe_is_refused_without_waiting(connect: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ca")
    error = await failure(connect(Target("c", "https://127.0.0.1:1", ca=tmp_path / "ca")))
    assert "it is a pipe" in str(error)


# Answers without an end


BOMB = zlib.compress(bytes(64 << 20), wbits=31)
"""64 kB of gzip, which are 64 MB"""


def packed(status: int = 200) -> Any:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, body=BOMB, headers={"Content-Encoding": "gzip"})

    return handler


async def test_an_answer_that_unpacks_to_more_than_is_read_is_broken_off(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.http.connection.LARGEST_ANSWER", 1 << 20)
    error = await failure(connect(await serve(packed())))
    assert isinstance(error, TooLarge)
    assert str(error).endswith("answers with more than 1 MiB")
    assert (await failure(connect(await serve(packed(500))))).status == 500  # type: ignore[attr-defined]


async def test_no_piece_of_a_packed_stream_is_large(serve: Any, connect: Any) -> None:
    longest = length = 0
    async with connect(await serve(packed())).stream("/") as pieces:
        async for piece in pieces:
            longest, length = max(longest, len(piece)), length + len(piece)
    assert length == 64 << 20
    assert longest <= 4 << 20


@pytest.mark.parametrize("pause", [0.0, 0.01])
@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_without_an_end_ends_as_a_reason(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, pause: float, status: int
) -> None:
    monkeypatch.setattr("cluster.http.connection.LARGEST_ANSWER", 8 << 20)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        while True:
            await response.write(b" " * (100 if pause else 1 << 16))
            await asyncio.sleep(pause)

    connection = connect(await serve(handler), request_timeout=0.5)
    assert isinstance(await failure(connection), Unreachable | TooLarge | ServerError)


# Secrets


async def test_no_secret_is_in_the_repr_of_anything(connect: Any) -> None:
    target = Target(
        "c", "https://u:hunter2@a.example", user=KubeconfigUser(token="hunter2"), proxy_url="http://u:hunter2@p"
    )
    connection = connect(target)
    for thing in (target, connection, connection.credentials, Credentials(target)):
        assert "hunter2" not in repr(thing)


async def test_the_servers_clock_is_compared_with_ours() -> None:
    async with ApiServer() as server:
        target = Target("lab", server.url, user=KubeconfigUser(token=""))
        late = Connection(target, environ={}, clock=lambda: time.time() - 600)
        assert late.clock_skew is None
        await late.get("/version")
        await late.close()
    assert late.clock_skew == pytest.approx(600, abs=60)
