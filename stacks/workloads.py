"""The Kubernetes objects around a Workspace, with what a tree and a log have to know of them.

The board follows thousands of pods and reads little of each (`stacks.records.Pod`); these are for the
few objects of one Stack.
"""

from __future__ import annotations

from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.records import Condition, OwnedMetadata, Struct, Waiting
from stacks.text import cleaner

WORKSPACE_NAME = "auto.pulumi.com/workspace-name"
WORKSPACE_POD = "auto.pulumi.com/component=workspace"
STACK_NAME = "pulumi.com/stack-name"


class PodContainer(Struct, frozen=True):
    name: str = ""
    image: str = ""
    restart_policy: str = ""


class FullPodSpec(Struct, frozen=True):
    node_name: str = ""
    service_account_name: str = ""
    init_containers: list[PodContainer] | None = None
    containers: list[PodContainer] | None = None


class Running(Struct, frozen=True):
    started_at: str = ""


class Over(Struct, frozen=True):
    reason: str = ""
    message: str = ""
    exit_code: int = 0
    started_at: str = ""
    finished_at: str = ""


class State(Struct, frozen=True):
    running: Running | None = None
    waiting: Waiting | None = None
    terminated: Over | None = None


class ContainerLife(Struct, frozen=True):
    """The status of one container: its present life, and how the one before ended."""

    name: str = ""
    ready: bool = False
    restart_count: int = 0
    image: str = ""
    state: State = State()
    last_state: State = State()


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


class StatefulSetSpec(Struct, frozen=True):
    replicas: int = 1


class StatefulSetStatus(Struct, frozen=True):
    replicas: int = 0
    ready_replicas: int = 0
    updated_replicas: int = 0


class StatefulSet(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus | None = None


class Regarding(Struct, frozen=True):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class Series(Struct, frozen=True):
    count: int = 0
    last_observed_time: str = ""


class EventSource(Struct, frozen=True):
    component: str = ""


class Event(Struct, frozen=True):
    """A Kubernetes Event of ``v1``, in the form that all recorders fill in."""

    metadata: OwnedMetadata
    involved_object: Regarding = Regarding()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 0
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""


tidy_workspace_pod = cleaner(WorkspacePod)
tidy_statefulset = cleaner(StatefulSet)
_plain_event = cleaner(Event)


def tidy_event(event: Event) -> Event:
    """The Event with plain text: an update's failure repeats the whole output of the run, outputs and all."""
    event = _plain_event(event)
    return replace(event, message=without_outputs(event.message)) if "\n" in event.message else event


class OwnerOnly(Struct, frozen=True):
    """Just enough of an object to see who owns it."""

    metadata: OwnedMetadata


def controller_of(metadata: OwnedMetadata) -> tuple[str, str, str]:
    """Kind, name and uid of the owner that controls an object; empty if none does."""
    for owner in metadata.owner_references or ():
        if owner.controller:
            return owner.kind, owner.name, owner.uid
    return "", "", ""


tidy_owner_only = cleaner(OwnerOnly)
