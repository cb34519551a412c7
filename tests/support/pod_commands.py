"""What is run in the workspace pods of a served scene: the list of processes, and `pulumi cancel`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.stacks.workspace_processes import LIST_PROCESSES
from demo.server.api_server import ApiServer
from demo.server.served_commands import CommandResult

IDLE = ("tini", "agent", "cat")
"""the names of the processes where no update runs"""


@dataclass
class PodCommands:
    """Plays every pod of a server. `cancelled` are the backend stacks that were cancelled, in their order."""

    processes: Sequence[str] = IDLE
    cancel: CommandResult = field(default_factory=CommandResult)
    cancelled: list[str] = field(default_factory=list)

    def __call__(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> CommandResult | None:
        if tuple(command) == LIST_PROCESSES:
            return CommandResult(stdout="".join(f"{name}\n" for name in (*self.processes, ":end")))
        if "pulumi cancel" in command[2]:
            self.cancelled.append(command[-1])
            return self.cancel
        return None


def play_commands(server: ApiServer) -> PodCommands:
    played = PodCommands()
    server.commands.handle(played)
    return played
