"""What only a cluster tells: how long runs took, what was killed, and of which kinds all objects are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stacks.records.base import OwnedMetadata, Struct
from stacks.records.workspace import STACK_NAME, WORKSPACE_NAME
from stacks.times import instant

KILLED = "OOMKilled"
_LAST_RUNS = 5
"""runs of a Stack that count: it may have grown since the others"""

StackPlace = tuple[str, str]
"""the namespace and the name of a Stack; of a pod, of its Workspace"""


class ObjectKind(NamedTuple):
    """A kind of the API, in any version."""

    group: str
    kind: str


class _Amounts(Struct, frozen=True):
    memory: str | int = ""


class _Resources(Struct, frozen=True):
    limits: _Amounts | None = None


class _Container(Struct, frozen=True):
    name: str = ""
    resources: _Resources | None = None


class _Spec(Struct, frozen=True):
    init_containers: list[_Container] | None = None
    containers: list[_Container] | None = None


class _Ended(Struct, frozen=True):
    reason: str = ""
    finished_at: str | None = ""


class _State(Struct, frozen=True):
    terminated: _Ended | None = None


class _Status(Struct, frozen=True):
    name: str = ""
    restart_count: int = 0
    state: _State | None = None
    last_state: _State | None = None


class _PodStatus(Struct, frozen=True):
    init_container_statuses: list[_Status] | None = None
    container_statuses: list[_Status] | None = None


class _Times(Struct, frozen=True):
    start_time: str | None = ""
    end_time: str | None = ""


class RunTimes(Struct, frozen=True):
    """Of an Update, what tells how long it took."""

    metadata: OwnedMetadata
    status: _Times | None = None


class PodMemory(Struct, frozen=True):
    """Of a workspace's pod, what tells whether it had too little memory."""

    metadata: OwnedMetadata
    spec: _Spec = _Spec()
    status: _PodStatus | None = None


@dataclass(frozen=True, slots=True)
class MemoryKill:
    """A container that was killed since it used more memory than it may."""

    pod: str
    container: str
    limit: str
    """such as ``512Mi``; empty where it has none"""
    at: float | None
    restarts: int


@dataclass(frozen=True)
class LiveFacts:
    """What is known of one cluster beside its objects."""

    now: float = 0.0
    workers: int | None = None
    """runs that its operator can make at once; None where that isn't known"""
    run_lengths: Mapping[StackPlace, Sequence[float]] = field(default_factory=dict)
    """by Stack, how long its last runs took, in seconds and the newest first"""
    memory_kills: Mapping[StackPlace, MemoryKill] = field(default_factory=dict)
    """by Workspace, the last one of its pod"""
    complete: Mapping[ObjectKind, frozenset[str] | None] = field(default_factory=dict)
    """the kinds of which all objects are known: in these namespaces, or (None) in all"""
    has_stack_check: bool | None = None
    """whether an Argo CD has a health check for Stacks; None where that isn't known"""

    def knows(self, group: str, kind: str, namespace: str = "") -> bool:
        """Whether all objects of a kind are known, in a namespace or (empty) in all."""
        namespaces = self.complete.get(ObjectKind(group, kind), frozenset())
        return namespaces is None or namespace in namespaces


def run_lengths(updates: Iterable[RunTimes]) -> dict[StackPlace, list[float]]:
    """By Stack, how long its last runs took; those that have ended and say so."""
    found: dict[StackPlace, list[tuple[float, float]]] = {}
    for update in updates:
        status, stack = update.status, (update.metadata.labels or {}).get(STACK_NAME, "")
        began = instant(status.start_time or "") if status is not None else None
        ended = instant(status.end_time or "") if status is not None else None
        if stack and began is not None and ended is not None and ended >= began:
            found.setdefault((update.metadata.namespace, stack), []).append((began, ended - began))
    return {place: [length for _, length in sorted(runs)[: -_LAST_RUNS - 1 : -1]] for place, runs in found.items()}


def memory_kills(pods: Iterable[PodMemory]) -> dict[StackPlace, MemoryKill]:
    """By Workspace, the last time that a container of its pod was killed for lack of memory."""
    found: dict[StackPlace, MemoryKill] = {}
    for pod in pods:
        status = pod.status or _PodStatus()
        kills = [
            MemoryKill(
                pod.metadata.name, each.name, _limit(pod, each.name), instant(ended.finished_at or ""),
                each.restart_count,
            )
            for each in (*(status.init_container_statuses or ()), *(status.container_statuses or ()))
            if (ended := _killed(each)) is not None
        ]  # fmt: skip
        workspace = (pod.metadata.labels or {}).get(WORKSPACE_NAME, "")
        if kills and workspace:
            found[pod.metadata.namespace, workspace] = max(kills, key=lambda each: each.at or 0.0)
    return found


def _killed(status: _Status) -> _Ended | None:
    for state in (status.state, status.last_state):
        if state is not None and state.terminated is not None and state.terminated.reason == KILLED:
            return state.terminated
    return None


def _limit(pod: PodMemory, name: str) -> str:
    for each in (*(pod.spec.init_containers or ()), *(pod.spec.containers or ())):
        if each.name == name and each.resources is not None and each.resources.limits is not None:
            return str(each.resources.limits.memory)
    return ""
