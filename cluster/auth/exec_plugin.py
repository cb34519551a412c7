"""Credentials out of a program (``aws``, ``gke-gcloud-auth-plugin``, ``kubelogin`` …).

Nearly every cloud cluster has one, and each is somebody else's program: it may be missing, hang,
ask questions, print nonsense, or leave a browser behind that keeps its output open. None of this
may stop us, take the terminal away from the screen, or open thirty browser windows at once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from cluster.errors import CredentialError, presentable
from cluster.target import ExecPlugin, Target, read_source
from stacks.text import plain

LendTerminal: TypeAlias = Callable[[ExecPlugin], AbstractAsyncContextManager[None] | None]
"""Called before a plugin runs that may talk to the user (its `interactive_mode` says whether it has to).
The plugin has the terminal while the returned context is open; None: it can't have it now."""

RENEW_BEFORE = 60.0  # seconds before a credential expires at which it is renewed
INTERACTIVE_LIMIT = 300.0  # seconds that a person may take to answer a plugin
GRACE = 0.5  # seconds for the rest of the output once the plugin itself has ended
MOST_OUTPUT = 1 << 20
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class PluginCredential:
    """What a plugin printed. `fresh_until` is when it should be asked again (None: when it is refused)."""

    token: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    fresh_until: float | None = None

    def fresh_at(self, now: float) -> bool:
        return self.fresh_until is None or now < self.fresh_until


@dataclass
class _LastRun:
    """What came of the last run of one plugin with one set of arguments. It runs while `lock` is held."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    credential: PluginCredential | None = None
    failure: str = ""
    failed_at: float = float("-inf")
    """by the monotonic clock"""


class PluginRunner:
    """Runs plugins for all contexts of a process: a few at once, and once for all contexts that share a user."""

    def __init__(
        self,
        *,
        time_limit: float = 30.0,
        lend_terminal: LendTerminal | None = None,
        at_once: int = 4,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._time_limit = time_limit
        self._lend_terminal = lend_terminal
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._run_slots = asyncio.Semaphore(at_once)
        self._terminal = asyncio.Lock()
        self._last_runs: dict[tuple[ExecPlugin, str], _LastRun] = {}

    async def credential(
        self, plugin: ExecPlugin, cluster_info: str, refused: PluginCredential | None = None
    ) -> PluginCredential:
        """The last credential while it is good; else the plugin runs. Raises CredentialError.

        It isn't good if it is about to expire, or if it is the one that a server has `refused`. `cluster_info` is what
        the function of that name makes of the target.
        """
        last = self._last_runs.setdefault((plugin, cluster_info), _LastRun())
        asked_at = time.monotonic()
        async with last.lock:
            known = last.credential
            if known is not None and known != refused and known.fresh_at(self._clock()):
                return known
            if last.failed_at >= asked_at:
                raise CredentialError(last.failure)  # it failed while we waited for the lock; it would again
            try:
                last.credential = await self._run(plugin, cluster_info)
            except CredentialError as error:
                last.failure, last.failed_at = str(error), time.monotonic()
                raise
            return last.credential

    async def _run(self, plugin: ExecPlugin, cluster_info: str) -> PluginCredential:
        terminal = self._lend_terminal(plugin) if self._lend_terminal and plugin.interactive_mode != "Never" else None
        if terminal is not None:
            async with self._terminal, terminal:
                output = await _output(
                    plugin, self._variables(plugin, cluster_info, True), INTERACTIVE_LIMIT, interactive=True
                )
        elif plugin.interactive_mode == "Always":
            raise CredentialError(f"{_name(plugin)} has to ask you something; run kubectl with this context once")
        else:
            async with self._run_slots:
                output = await _output(plugin, self._variables(plugin, cluster_info, False), self._time_limit)
        return _parsed(plugin, output, self._clock())

    def _variables(self, plugin: ExecPlugin, cluster_info: str, interactive: bool) -> dict[str, str]:
        """The environment that the plugin runs in."""
        spec: dict[str, object] = {"interactive": interactive}
        if cluster_info:
            spec["cluster"] = json.loads(cluster_info)
        info = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
        return {**self._environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": json.dumps(info)}


class _Pipe(asyncio.Protocol):
    """A pipe whose writing end is the plugin's: the last `most` bytes that came, and whether its writers are all gone.

    Not asyncio's own: there, waiting for a process waits for every process that inherited its output,
    and a plugin that opens a browser would never end.
    """

    def __init__(self, most: int) -> None:
        self._reading, self.writing = os.pipe()
        self._most = most
        self._transport: asyncio.ReadTransport | None = None
        self.kept = bytearray()
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.kept += data
        del self.kept[: -self._most]

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    async def read(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: self, os.fdopen(self._reading, "rb", 0))

    def close_writing(self) -> None:
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def close(self) -> None:
        self.close_writing()
        if self._transport is not None:
            self._transport.close()


async def _output(plugin: ExecPlugin, variables: dict[str, str], limit: float, interactive: bool = False) -> bytes:
    """Run the plugin; the bytes that it prints. It and its children are killed after `limit` seconds, or with us."""
    out, err = _Pipe(MOST_OUTPUT), _Pipe(4096)
    try:
        await out.read()
        await err.read()
        process = await _start(plugin, variables, out, err, interactive)
        try:
            async with asyncio.timeout(limit):
                code = await process.wait()
        except TimeoutError:
            raise CredentialError(f"{_name(plugin)} gave no answer within {limit:g} s") from None
        finally:
            await _kill(process, interactive)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await out.ended.wait()
                await err.ended.wait()
    finally:
        out.close()
        err.close()
    if code != 0:
        how = f"failed with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        quote = _last_lines(err.kept)
        raise CredentialError(f"{_name(plugin)} {how}{': ' if quote else ''}{quote}")
    return bytes(out.kept)


async def _start(
    plugin: ExecPlugin, variables: dict[str, str], out: _Pipe, err: _Pipe, interactive: bool
) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            plugin.command,
            *plugin.args,
            env=variables,
            stdin=None if interactive else asyncio.subprocess.DEVNULL,
            stdout=out.writing,
            stderr=None if interactive else err.writing,
            # Without a controlling terminal it can't ask behind our back; with one it must stay in our group to read.
            start_new_session=not interactive,
        )
    except FileNotFoundError:
        hint = f": {plugin.install_hint}" if plugin.install_hint else "; install it, or correct the kubeconfig"
        raise CredentialError(f"{_name(plugin)} isn't installed{hint}") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its arguments can't be passed on"
        raise CredentialError(f"{_name(plugin)} can't be run: {why}") from None
    finally:
        out.close_writing()
        err.close_writing()


async def _kill(process: asyncio.subprocess.Process, interactive: bool) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if interactive:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _parsed(plugin: ExecPlugin, output: bytes, now: float) -> PluginCredential:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        raise CredentialError(f"{_name(plugin)} printed something that isn't JSON") from None
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(status, dict) or answer.get("kind") != "ExecCredential":
        raise CredentialError(f"{_name(plugin)} printed something that isn't an ExecCredential with a status")
    if answer.get("apiVersion") != plugin.api_version:
        raise CredentialError(f"{_name(plugin)} didn't print the apiVersion {plugin.api_version}")
    token, certificate, key = (_text(status, name) for name in ("token", "clientCertificateData", "clientKeyData"))
    if bool(certificate) != bool(key) or not (token or certificate):
        raise CredentialError(f"{_name(plugin)} printed neither a token nor a certificate with its key")
    fresh_until = _fresh_until(plugin, status.get("expirationTimestamp"), now)
    return PluginCredential(token, certificate.encode(), key.encode(), fresh_until)


def _fresh_until(plugin: ExecPlugin, expires: object, now: float) -> float | None:
    if expires is None:
        return None
    try:
        moment = datetime.fromisoformat(str(expires))
        end = moment.timestamp() if moment.tzinfo else moment.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise CredentialError(f"{_name(plugin)} printed an expirationTimestamp that isn't a time") from None
    # A credential of two minutes or less is kept for half its life, else the plugin would run for every request.
    return end - min(RENEW_BEFORE, max(0.0, (end - now) / 2))


def _text(status: dict[str, object], key: str) -> str:
    value = status.get(key)
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _last_lines(stderr: bytes | bytearray) -> str:
    """As many of the last lines as fit into a sentence: a traceback's last one, or the two around a hint."""
    quote = ""
    for line in reversed(plain(stderr.decode("utf-8", "replace")).splitlines()):
        cleaned = presentable(line, LONGEST_QUOTE)
        if quote and len(quote) + len(cleaned) >= LONGEST_QUOTE:
            break
        quote = f"{cleaned} {quote}".strip()
    return quote


def _name(plugin: ExecPlugin) -> str:
    return f'the credential plugin "{Path(plugin.command).name}"'


def cluster_info(plugin: ExecPlugin, target: Target) -> str:
    """The cluster as a plugin gets it (``spec.cluster`` of an ExecCredential), as JSON; empty unless it asks for it."""
    if not plugin.provide_cluster_info:
        return ""
    authority = read_source(target.ca, "the certificate authority", CredentialError)
    info: dict[str, object] = {
        "server": target.server,
        "tls-server-name": target.tls_server_name,
        "insecure-skip-tls-verify": target.insecure_skip_tls_verify,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": target.proxy_url,
        "config": target.exec_config,
    }
    written, length = [], 0
    try:
        for part in json.JSONEncoder().iterencode({key: value for key, value in info.items() if value}):
            written.append(part)
            length += len(part)
            if length > MOST_OUTPUT:  # a few lines of YAML can stand for a thousand times as much
                raise ValueError
    except (TypeError, ValueError, RecursionError):  # YAML has dates, sets and circles
        raise CredentialError(f"what the kubeconfig has for {_name(plugin)} can't be passed on as JSON") from None
    return "".join(written)
