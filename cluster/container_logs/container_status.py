"""The status of one container of a pod, as far as a reader of its log has to know.

A log that ends doesn't say why: the container may have ended, or been started again, the pod may be
gone, or the server only hung up. The pod's status says it.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import Garbled, NotFound, presentable
from cluster.http.connection import Connection
from cluster.resources import Resource

PODS = Resource("", "v1", "pods", "Pod")


class _Running(msgspec.Struct):
    pass


class _Waiting(msgspec.Struct):
    reason: str = ""


class _Terminated(msgspec.Struct, rename="camel"):
    reason: str = ""
    exit_code: int = 0


class _State(msgspec.Struct):
    running: _Running | None = None
    waiting: _Waiting | None = None
    terminated: _Terminated | None = None


class _Status(msgspec.Struct, rename="camel"):
    name: str = ""
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)
    last_state: _State = msgspec.field(default_factory=_State)


class _Statuses(msgspec.Struct, rename="camel"):
    phase: str = ""
    container_statuses: list[_Status] | None = None
    init_container_statuses: list[_Status] | None = None
    ephemeral_container_statuses: list[_Status] | None = None


class _Spec(msgspec.Struct, rename="camel"):
    node_name: str = ""
    restart_policy: str = "Always"


class _Metadata(msgspec.Struct):
    uid: str = ""


class _Pod(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Statuses = msgspec.field(default_factory=_Statuses)


_decode = msgspec.json.Decoder(_Pod).decode


@dataclass(frozen=True, slots=True)
class ContainerInstance:
    """One container at one instant. `uid` is its pod's, empty if there is no such pod."""

    uid: str = ""
    restarts: int = 0
    running: bool = False
    final: bool = False
    """it has ended, and won't be started again"""
    waiting: str = ""
    """why it doesn't run (yet)"""
    ended: str = ""
    """how it ended; how it ended the last time if it runs again: ``OOMKilled, exit code 137``"""

    @property
    def gone(self) -> bool:
        return not self.uid


async def get_container(connection: Connection, namespace: str, pod: str, container: str) -> ContainerInstance:
    """The container as it is now. Raises what the connection raises, but a pod that isn't there is an answer."""
    try:
        raw = await connection.get(PODS.path(namespace, pod))
    except NotFound:
        return ContainerInstance()
    try:
        found = _decode(raw)
    except UNREADABLE:
        raise Garbled(f"the answer about pod {pod} isn't what an API server sends") from None
    return _container(found, container)


def _container(pod: _Pod, name: str) -> ContainerInstance:
    status = pod.status
    inits = status.init_container_statuses or []
    every = [*inits, *(status.container_statuses or []), *(status.ephemeral_container_statuses or [])]
    uid = pod.metadata.uid or "?"
    found = next((each for each in every if each.name == name), None)
    over = status.phase in ("Succeeded", "Failed")
    if found is None:
        waiting = "" if pod.spec.node_name else "the pod isn't scheduled to a node yet"
        return ContainerInstance(uid, final=over, waiting=waiting)
    now, before = found.state, found.last_state.terminated
    ended = _describe_end(now.terminated or before)
    done = now.terminated is not None and now.terminated.exit_code == 0
    never = now.terminated is not None and pod.spec.restart_policy == "Never"
    return ContainerInstance(
        uid,
        found.restart_count,
        now.running is not None,
        final=now.running is None and (over or never or (done and found in inits)),
        waiting=presentable(now.waiting.reason) if now.waiting is not None else "",
        ended=ended,
    )


def _describe_end(terminated: _Terminated | None) -> str:
    if terminated is None:
        return ""
    code = f"exit code {terminated.exit_code}"
    reason = presentable(terminated.reason)
    return code if not reason or reason == "Error" else f"{reason}, {code}"
