"""What runs pods and keeps their logs: the demo's own, or KWOK beside a real API server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from demo.server.api_server import ApiServer
from demo.server.served_commands import CommandResult

if TYPE_CHECKING:
    from e2e.kwok import Kwok

Obj = dict[str, Any]


class Kubelet(Protocol):
    """`whole`: it also knows of containers that start, wait and end, and of exit codes, and words what it refuses as a
    kubelet does.
    """

    whole: bool

    def run(self, namespace: str, pod: Obj) -> None: ...
    def write(self, namespace: str, pod: str, container: str, text: str, at: float) -> None: ...
    def restart(self, namespace: str, pod: str, container: str) -> None: ...
    def end(self, namespace: str, pod: str, container: str) -> None: ...
    def wait(self, namespace: str, pod: str, container: str, reason: str) -> None: ...
    def put_program(self, name: str, script: str) -> None: ...


class Played:
    """The demo's."""

    whole = True

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._programs: dict[str, str] = {}
        server.commands.handle(self._run_command)

    def run(self, namespace: str, pod: Obj) -> None:
        spec = {**pod["spec"], "nodeName": "node-1"}
        self._server.store.put({**pod, "metadata": {**pod["metadata"], "namespace": namespace}, "spec": spec})

    def write(self, namespace: str, pod: str, container: str, text: str, at: float) -> None:
        self._server.logs.append(namespace, pod, container, text, at)

    def restart(self, namespace: str, pod: str, container: str) -> None:
        self._server.logs.restart(namespace, pod, container)

    def end(self, namespace: str, pod: str, container: str) -> None:
        self._server.logs.end(namespace, pod, container)

    def wait(self, namespace: str, pod: str, container: str, reason: str) -> None:
        status = {"containerStatuses": [{"name": container, "state": {"waiting": {"reason": reason}}}]}
        self._server.store.patch("Pod", namespace, pod, {"status": status})

    def put_program(self, name: str, script: str) -> None:
        """A program of all containers, in the language of the shell."""
        self._programs[name] = script

    async def _run_command(
        self, namespace: str, pod: str, container: str, command: Sequence[str]
    ) -> CommandResult | None:
        if command[0] not in self._programs:
            return None
        words = ("/bin/sh", "-c", self._programs[command[0]], *command)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return CommandResult(process.returncode or 0, out, err)


class Stub:
    """KWOK: the kubelet's own code reads the logs, but no container ever starts or ends."""

    whole = False

    def __init__(self, kwok: Kwok) -> None:
        self._kwok = kwok

    def run(self, namespace: str, pod: Obj) -> None:
        spec = {**pod["spec"], "nodeName": "node-1"}
        self._kwok.run_pod(namespace, {"metadata": {"name": pod["metadata"]["name"]}, "spec": spec})

    def write(self, namespace: str, pod: str, container: str, text: str, at: float) -> None:
        self._kwok.log(namespace, pod, container).append(text, at=at)

    def restart(self, namespace: str, pod: str, container: str) -> None:
        self._kwok.restart(namespace, pod, container)

    def end(self, namespace: str, pod: str, container: str) -> None:
        raise AssertionError("containers never end here")

    def wait(self, namespace: str, pod: str, container: str, reason: str) -> None:
        raise AssertionError("containers never wait here")

    def put_program(self, name: str, script: str) -> None:
        self._kwok.put_program(name, f"#!/bin/sh\n{script}")
