"""Whether the operator of a context works, by its Lease; and what else is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from diagnosis.facts.context_objects import ContextObjects
from diagnosis.finding import Evidence
from stacks.fields import Obj, at, field, mappings, text, whole_number
from stacks.operator import DEFAULT_WORKERS, LEASE_NAME, environment, operator_images, workers_of
from stacks.versions import PkoVersion, image_version

PKO_1_LEASE = "pulumi-kubernetes-operator-lock"
STALE_AFTER = 60.0
"""seconds without a renewal after which a holder is taken for dead, or its Lease's duration where that is longer"""
RELEASED_FOR = 60.0
"""seconds without a holder after which nobody is about to take over"""
_PODS = 2
"""pods of a Deployment of the operator that are looked at"""
_CANNOT_RUN = ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError")


@dataclass(frozen=True)
class OperatorFacts:
    """The operator of one context, as its Lease, its Deployments and their pods tell."""

    objects: ContextObjects
    namespace: str = ""
    """where several are installed: the namespace that is asked about, so that those count that watch it"""

    @cached_property
    def leases(self) -> list[Obj]:
        """The operator's Leases: of PKO 2, of PKO 1, or of both."""
        every = operator_leases(self.objects)
        if not self.namespace:
            return every
        watching = {text(each, "metadata", "namespace") for each in self.deployments}
        return [lease for lease in every if text(lease, "metadata", "namespace") in watching] or every

    @cached_property
    def lease(self) -> Obj | None:
        """The Lease that was renewed last; None where there is none, or it couldn't be read."""
        return max(self.leases, key=lambda lease: at(lease, "spec", "renewTime") or 0.0, default=None)

    @property
    def lease_unread(self) -> str:
        """Why nothing is known by a Lease; empty where something is, or there is none."""
        if self.lease is None:
            return self.objects.unread("Lease", self.objects.operator_namespace)
        return "" if self._lease_tells else "its renewTime can't be right"

    @cached_property
    def state(self) -> Literal["alive", "stale", "released", "unknown"]:
        """`alive`: somebody holds the Lease and renews it. `released`: it was given back, and nobody took it."""
        if self.lease is None or not self._lease_tells:
            return "unknown"
        return lease_state(self.lease, self.objects.now)

    @property
    def _lease_tells(self) -> bool:
        """Whether the Lease was renewed at a time that can be."""
        silent = self.silent_for
        return silent is not None and silent >= -STALE_AFTER

    @property
    def alive(self) -> bool:
        """Whether nothing says that it doesn't work. Rows that need a living operator hold without a Lease, too."""
        return self.state in ("alive", "unknown")

    @property
    def silent_for(self) -> float | None:
        """Seconds since the Lease was renewed; None if that isn't known."""
        renewed = at(self.lease, "spec", "renewTime")
        return None if renewed is None else self.objects.now - renewed

    @property
    def acquired(self) -> float | None:
        """Since when the present holder leads: it was started, or took over, then."""
        return at(self.lease, "spec", "acquireTime")

    @cached_property
    def deployments(self) -> list[Obj]:
        """The Deployments that run the operator's image."""
        every = [each for each in self.objects.of_kind("Deployment") if operator_images(each)]
        if not self.namespace:
            return every
        return [each for each in every if self.watches(each, self.namespace)] or every

    @property
    def without_replica(self) -> bool:
        """Whether there are Deployments of the operator, and none has a replica that works."""
        counts = [whole_number(each, "status", "availableReplicas") or 0 for each in self.deployments]
        return bool(counts) and not any(counts)

    @property
    def scaled_to_zero(self) -> bool:
        """Whether there are Deployments of the operator, and none is to have a replica."""
        return bool(self.deployments) and all(whole_number(each, "spec", "replicas") == 0 for each in self.deployments)

    @cached_property
    def versions(self) -> list[PkoVersion]:
        found = [image_version(image) for each in self.deployments for image in operator_images(each)]
        return sorted(version for version in found if version is not None)

    @property
    def version(self) -> PkoVersion | None:
        """The version of the operator, the lowest if several run; None if it isn't known."""
        return self.versions[0] if self.versions else None

    def since(self, version: PkoVersion) -> bool:
        """Whether the operator is of this version or later; also where nobody knows. A Lease tells PKO 1 from 2."""
        if self.version is not None:
            return self.version >= version
        return version < (2, 0, 0) or not self._is_pko_1

    def some_since(self, version: PkoVersion) -> bool:
        """Whether one of the operators is of this version or later; also where nobody knows."""
        return self.since(version) or any(each >= version for each in self.versions)

    @cached_property
    def _is_pko_1(self) -> bool:
        """Whether the Leases know of an operator of 1.x, and of no other."""
        return {text(lease, "metadata", "name") for lease in self.leases} == {PKO_1_LEASE}

    @cached_property
    def pods(self) -> list[Obj]:
        """Pods that run the operator's image as their main container, as far as pods of its namespace were read."""
        return [
            pod for pod in self.objects.of_kind("Pod", self.objects.operator_namespace) if operator_images(pod, "spec")
        ]

    @cached_property
    def ends(self) -> list[tuple[str, Evidence]]:
        """Why containers of the operator's pods don't run, each with its proof."""
        found = []
        for pod in self.pods or self._pods_by_name:
            for place, status in mappings(pod, "status", "containerStatuses"):
                for state in ("state", "lastState"):
                    path = ("status", "containerStatuses", place, state, "terminated", "reason")
                    if text(pod, *path) == "OOMKilled":
                        found.append(("OOMKilled", self.objects.quote(pod, *path)))
                if (reason := text(status, "state", "waiting", "reason")) in _CANNOT_RUN:
                    path = ("status", "containerStatuses", place, "state", "waiting", "reason")
                    found.append((reason, self.objects.quote(pod, *path)))
        return found

    @cached_property
    def _pods_by_name(self) -> list[Obj]:
        """The pods of the operator's Deployments, asked for by name."""
        found = []
        for deployment in self.deployments:
            name, where = text(deployment, "metadata", "name"), text(deployment, "metadata", "namespace")
            mine = [pod for pod in self.objects.names("Pod", where) if pod.startswith(f"{name}-")]
            pods = [self.objects.look_up("Pod", where, pod).object for pod in mine[:_PODS]]
            found += [pod for pod in pods if pod is not None]
        return found

    @property
    def workers(self) -> int | None:
        """How many objects of a kind it works on at once; None where its Deployment couldn't be read."""
        if not self.deployments:
            return None
        raw = self.objects.raw("Deployment").values()
        return max((workers_of(each) for each in raw if operator_images(each)), default=DEFAULT_WORKERS)

    def watches(self, deployment: Obj, namespace: str) -> bool:
        """Whether this Deployment's operator watches a namespace: all where its WATCH_NAMESPACE names none."""
        own, name = text(deployment, "metadata", "namespace"), text(deployment, "metadata", "name")
        for variable in environment(self.objects.raw("Deployment").get((own, name)), "WATCH_NAMESPACE"):
            if field(variable, "valueFrom") is not None:
                return own == namespace
            watched = [each.strip() for each in text(variable, "value").split(",") if each.strip()]
            return not watched or namespace in watched
        return True

    def watches_both(self, one: str, other: str) -> bool:
        """Whether an operator watches two namespaces, so that a Stack of one hinders those of the other; also where
        nobody knows."""
        known = self.deployments
        return not known or any(self.watches(each, one) and self.watches(each, other) for each in known)


def operator_leases(objects: ContextObjects) -> list[Obj]:
    """The Leases of all operators of a context."""
    return [each for each in objects.of_kind("Lease") if text(each, "metadata", "name") in (LEASE_NAME, PKO_1_LEASE)]


def lease_state(lease: Obj, now: float) -> Literal["alive", "stale", "released"]:
    """The state of one Lease: an empty holder has given it back, whatever its duration then says."""
    if not text(lease, "spec", "holderIdentity"):
        return "released"
    renewed = at(lease, "spec", "renewTime")
    lasts = whole_number(lease, "spec", "leaseDurationSeconds") or 0
    return "alive" if renewed is not None and now - renewed <= max(STALE_AFTER, lasts) else "stale"
