"""Pods: as the board reads them for a phase, and as trees and logs do, with their containers."""

from __future__ import annotations

from stacks.records.base import Condition, OwnedMetadata, Struct
from stacks.text import cleaner

# Kubernetes' own


class ContainerWaiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class ContainerTerminated(Struct, frozen=True):
    reason: str = ""
    message: str = ""
    exit_code: int = 0


class ContainerState(Struct, frozen=True):
    waiting: ContainerWaiting | None = None
    terminated: ContainerTerminated | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()


class PodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None


class Pod(Struct, frozen=True):
    metadata: OwnedMetadata
    status: PodStatus | None = None


tidy_pod = cleaner(Pod)


class PodContainer(Struct, frozen=True):
    name: str = ""
    image: str = ""
    restart_policy: str = ""


class FullPodSpec(Struct, frozen=True):
    node_name: str = ""
    service_account_name: str = ""
    init_containers: list[PodContainer] | None = None
    containers: list[PodContainer] | None = None


class ContainerRunning(Struct, frozen=True):
    started_at: str = ""


class ContainerOver(Struct, frozen=True):
    reason: str = ""
    message: str = ""
    exit_code: int = 0
    started_at: str = ""
    finished_at: str = ""


class LifeState(Struct, frozen=True):
    running: ContainerRunning | None = None
    waiting: ContainerWaiting | None = None
    terminated: ContainerOver | None = None


class ContainerLife(Struct, frozen=True):
    """The status of one container: its present life, and how the one before ended."""

    name: str = ""
    ready: bool = False
    restart_count: int = 0
    image: str = ""
    state: LifeState = LifeState()
    last_state: LifeState = LifeState()


class FullPodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: str = ""
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerLife] | None = None
    container_statuses: list[ContainerLife] | None = None


class WorkspacePod(Struct, frozen=True):
    """A pod with its containers."""

    metadata: OwnedMetadata
    spec: FullPodSpec = FullPodSpec()
    status: FullPodStatus | None = None

    @property
    def lives(self) -> dict[str, ContainerLife]:
        """The status of each container that has one, by name."""
        status = self.status or FullPodStatus()
        return {c.name: c for c in [*(status.init_container_statuses or ()), *(status.container_statuses or ())]}

    @property
    def init_names(self) -> list[str]:
        known = self.status.init_container_statuses if self.status else None
        return _names(self.spec.init_containers, known)

    @property
    def main_names(self) -> list[str]:
        known = self.status.container_statuses if self.status else None
        return _names(self.spec.containers, known)

    @property
    def container_names(self) -> list[str]:
        """All containers in the order in which they start."""
        return [*self.init_names, *self.main_names]


def _names(specified: list[PodContainer] | None, known: list[ContainerLife] | None) -> list[str]:
    """Containers in the order of the spec, then those that only the status knows."""
    return list(dict.fromkeys([*(each.name for each in specified or ()), *(each.name for each in known or ())]))


tidy_workspace_pod = cleaner(WorkspacePod)
