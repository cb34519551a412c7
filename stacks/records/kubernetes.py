"""Records of Kubernetes' own kinds: pods, Events, and the Deployments and Leases of controllers."""

from __future__ import annotations

from stacks.records.base import Condition, ObjectMetadata, OwnedMetadata, Struct
from stacks.records.cleaner import cleaner


class ContainerWaiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether every container waits like that on its way; with any other reason it can't start."""
        return self.reason in ("", "PodInitializing", "ContainerCreating")


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


class TemplateContainer(Struct, frozen=True):
    name: str = ""
    image: str = ""


class PodContainer(TemplateContainer, frozen=True):
    restart_policy: str = ""


class FullPodSpec(Struct, frozen=True):
    node_name: str = ""
    service_account_name: str = ""
    init_containers: list[PodContainer] | None = None
    containers: list[PodContainer] | None = None


class ContainerRunning(Struct, frozen=True):
    started_at: str = ""


class TerminatedDetail(ContainerTerminated, frozen=True):
    started_at: str = ""
    finished_at: str = ""


class ContainerStateDetail(ContainerState, frozen=True):
    running: ContainerRunning | None = None
    terminated: TerminatedDetail | None = None


class ContainerStatusDetail(ContainerStatus, frozen=True):
    """The status of one container; `last_state` is how it ended before its last restart."""

    image: str = ""
    state: ContainerStateDetail = ContainerStateDetail()
    last_state: ContainerStateDetail = ContainerStateDetail()


class FullPodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: str = ""
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatusDetail] | None = None
    container_statuses: list[ContainerStatusDetail] | None = None


class WorkspacePod(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: FullPodSpec = FullPodSpec()
    status: FullPodStatus | None = None

    @property
    def statuses_by_name(self) -> dict[str, ContainerStatusDetail]:
        """Of the init containers and the others, those that have a status."""
        status = self.status or FullPodStatus()
        return {c.name: c for c in [*(status.init_container_statuses or ()), *(status.container_statuses or ())]}

    @property
    def init_names(self) -> list[str]:
        return _names(self.spec.init_containers, self.status.init_container_statuses if self.status else None)

    @property
    def main_names(self) -> list[str]:
        return _names(self.spec.containers, self.status.container_statuses if self.status else None)

    @property
    def container_names(self) -> list[str]:
        """All containers in the order in which they start."""
        return [*self.init_names, *self.main_names]


def _names(specified: list[PodContainer] | None, known: list[ContainerStatusDetail] | None) -> list[str]:
    """Containers in the order of the spec, then those that only the status knows."""
    return list(dict.fromkeys([*(each.name for each in specified or ()), *(each.name for each in known or ())]))


tidy_workspace_pod = cleaner(WorkspacePod)


class EventRegarding(Struct, frozen=True):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EventSeries(Struct, frozen=True):
    count: int = 0
    last_observed_time: str = ""


class EventSource(Struct, frozen=True):
    component: str = ""


class Event(Struct, frozen=True):
    """A Kubernetes Event of ``v1``, in the form that all recorders fill in."""

    metadata: OwnedMetadata
    involved_object: EventRegarding = EventRegarding()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 0
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""


tidy_event = cleaner(Event)


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    acquire_time: str = ""
    renew_time: str = ""


class Lease(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: LeaseSpec = LeaseSpec()


class PodSpec(Struct, frozen=True):
    containers: list[TemplateContainer] | None = None


class PodTemplate(Struct, frozen=True):
    spec: PodSpec = PodSpec()


class DeploymentSpec(Struct, frozen=True):
    template: PodTemplate = PodTemplate()


class Deployment(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: DeploymentSpec = DeploymentSpec()


tidy_lease = cleaner(Lease)
tidy_deployment = cleaner(Deployment)


class StatefulSetSpec(Struct, frozen=True):
    replicas: int = 1


class StatefulSetStatus(Struct, frozen=True):
    replicas: int = 0
    ready_replicas: int = 0


class StatefulSet(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus | None = None


tidy_statefulset = cleaner(StatefulSet)
