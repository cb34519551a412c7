"""The commands that are run in containers: who may be asked to, what one did, and which container is meant."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from demo.server.objects import Obj, dig
from demo.server.refusals import bad_request
from demo.server.served_logs import chosen_container


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command did: its exit code, and what it wrote."""

    exit_code: int = 0
    stdout: str | bytes = ""
    stderr: str | bytes = ""


CommandFunction: TypeAlias = Callable[
    [str, str, str, Sequence[str]], CommandResult | Awaitable[CommandResult | None] | None
]
"""Plays commands: given namespace, pod, container and the command, what it did; None for one that isn't there"""


class ServedCommands:
    """What there is to run in the containers. Nothing, until somebody has said it with `handle`."""

    def __init__(self) -> None:
        self._functions: list[CommandFunction] = []

    def handle(self, function: CommandFunction) -> None:
        """Ask `function`, too; the newest is asked first, and those before it for what it answers None to."""
        self._functions.insert(0, function)

    async def run(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> CommandResult:
        for function in self._functions:
            found = function(namespace, pod, container, command)
            result = await found if inspect.isawaitable(found) else found
            if result is not None:
                return result
        program = command[0] if command else ""
        why = f'exec: "{program}": executable file not found in $PATH'
        text = f"OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown\n"
        return CommandResult(127, stderr=text)


def exec_container(pod: Obj, asked: str) -> str:
    """The container of an exec request; a Refusal where the API server knows that nothing can run there."""
    container = chosen_container(pod, asked)
    if not dig(pod, "spec", "nodeName"):
        raise bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    return container


def runs(pod: Obj, container: str) -> bool:
    """Whether the container runs. Where nobody has written its status, the pod's phase tells."""
    if dig(pod, "status", "phase") in ("Succeeded", "Failed"):
        return False
    statuses = (dig(pod, "status", "containerStatuses") or []) + (dig(pod, "status", "initContainerStatuses") or [])
    state = next((dig(status, "state") for status in statuses if status.get("name") == container), None)
    return "running" in state if state else dig(pod, "status", "phase") != "Pending"
