"""Which processes run in a workspace pod's main container: the proof that no update works there any more.

Only names are read, never arguments or environments, which can hold secrets.
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster.container_exec.exec_stream import run_in_container
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from fleet.clock import Clock
from stacks.fields import text
from stacks.text import one_line, plain

_END = ":end"
"""the last line of a list that is whole: a stream that breaks off looks like one that has ended"""
LIST_PROCESSES = ("sh", "-c", f"cat /proc/[0-9]*/comm; echo {_END}")
"""ends well though a process vanishes meanwhile, which `cat` takes for a failure"""
_ANSWERS_WITHIN = 15.0
"""seconds for a list of names"""
_PULUMI = "pulumi"
"""the beginning of the names of Pulumi's own processes: the CLI, language hosts, resource plugins"""


@dataclass(frozen=True)
class WorkspaceProcesses:
    """What was seen of the processes in a pod. `names` is None where they couldn't be listed; then `unread` says why.

    `pod_gone`: there is no pod whose container runs, so there are no processes either.
    """

    pod: str
    at: float
    names: tuple[str, ...] | None = None
    unread: str = ""
    pod_gone: bool = False
    not_looked: str = ""
    """why nobody has looked, where a look was possible; what is planned then is only shown"""

    @property
    def of_pulumi(self) -> tuple[str, ...]:
        """The names of those that are Pulumi's."""
        return tuple(name for name in self.names or () if name.startswith(_PULUMI))

    @property
    def none_of_pulumi(self) -> bool:
        """Whether it is proven that Pulumi doesn't run there."""
        return self.pod_gone or (self.names is not None and not self.of_pulumi)

    @property
    def words(self) -> str:
        """What was seen, in words."""
        if self.pod_gone:
            return f"no container of {self.pod} runs, so nothing runs in it"
        if self.not_looked:
            return f"not looked at: whether Pulumi runs in {self.pod} ({self.not_looked})"
        if self.names is None:
            return f"whether Pulumi runs in {self.pod} isn't known: {self.unread}"
        if running := self.of_pulumi:
            return f"{', '.join(dict.fromkeys(running))} runs in {self.pod}"
        return f"no pulumi process in {self.pod}"


async def list_processes(
    connection: Connection, facts: StackFacts | None, clock: Clock, *, no_commands: str = ""
) -> WorkspaceProcesses | None:
    """Look into the pod of the Stack's workspace; None where the Stack is gone.

    That runs a command in the pod, which isn't done where `no_commands` says why not.
    """
    if facts is None:
        return None
    pod, at = facts.pod_name, clock()
    unread = facts.objects.unread("Pod", facts.namespace)
    if facts.pod is None and unread:
        return WorkspaceProcesses(pod, at, unread=unread)
    if facts.pod is None or not _runs(facts):
        return WorkspaceProcesses(pod, at, pod_gone=True)
    if no_commands:
        return WorkspaceProcesses(pod, at, not_looked=no_commands)
    try:
        result = await run_in_container(
            connection, facts.namespace, pod, AGENT_CONTAINER, LIST_PROCESSES, timeout=_ANSWERS_WITHIN
        )
    except ClusterError as error:
        return WorkspaceProcesses(pod, at, unread=str(error))
    *names, end = [one_line(plain(line)) for line in result.stdout.splitlines() if line.strip()] or [""]
    if result.cut or not names or end != _END or result.exit_code != 0:
        # A container always runs something: an empty list is one that couldn't be made.
        why = "the list isn't whole" if result.stdout.strip() not in ("", _END) else "they couldn't be listed"
        return WorkspaceProcesses(pod, at, unread=one_line(plain(result.stderr))[:200] or why)
    return WorkspaceProcesses(pod, at, tuple(names))


def _runs(facts: StackFacts) -> bool:
    """Whether the main container runs, or may: only its status tells, and an absent one tells nothing."""
    agent = facts.agent
    return agent.running if agent is not None else text(facts.pod, "status", "phase") == "Running"
