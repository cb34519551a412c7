"""What controls pods, and who leads: Deployment, StatefulSet and Lease."""

from __future__ import annotations

from stacks.records.base import ObjectMetadata, OwnedMetadata, Struct
from stacks.text import cleaner


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: str = ""


class Lease(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: LeaseSpec = LeaseSpec()


class TemplateContainer(Struct, frozen=True):
    name: str = ""
    image: str = ""


class PodSpec(Struct, frozen=True):
    containers: list[TemplateContainer] | None = None


class PodTemplate(Struct, frozen=True):
    spec: PodSpec = PodSpec()


class DeploymentSpec(Struct, frozen=True):
    template: PodTemplate = PodTemplate()


class DeploymentStatus(Struct, frozen=True):
    ready_replicas: int = 0


class Deployment(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus | None = None


tidy_lease = cleaner(Lease)


tidy_deployment = cleaner(Deployment)


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


tidy_statefulset = cleaner(StatefulSet)
