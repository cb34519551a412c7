"""An Argo CD with the check that judges each kind there, and how a check that isn't ours compares with others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.argocd.instances import ArgoCDInstance
from health.argocd_cm.check_in_force import CHANGED, OTHER, CheckInForce, check_in_force
from health.check_kinds import KINDS
from health.similarity import Similarity, built_in, ours, similarity


@dataclass(frozen=True, slots=True)
class CheckComparison:
    """What a check says of the objects of our own tests, compared with ours and with the one that Argo CD brings."""

    with_ours: Similarity
    with_built_in: Similarity | None
    """None where there is no such one that it hides"""


@dataclass(frozen=True)
class KnownInstance:
    """An Argo CD, what judges each kind there, and how that compares.

    `checks` is empty where argocd-cm may not be read. `comparisons` has the kinds that another's check judges.
    `servers` are addresses of clusters that it may deliver to.
    """

    instance: ArgoCDInstance
    checks: tuple[CheckInForce, ...]
    comparisons: Mapping[str, CheckComparison] = field(default_factory=dict)
    servers: tuple[str, ...] = ()

    def check(self, kind: str) -> CheckInForce | None:
        """What judges this kind; None where argocd-cm may not be read."""
        return next((found for found in self.checks if found.kind == kind), None)


def examine(instance: ArgoCDInstance, servers: Sequence[str] = ()) -> KnownInstance:
    """Work out what judges each kind. That may ask another's script many times, which takes up to some seconds."""
    found = checks_in_force(instance)
    comparisons = {one.kind: _compared(instance, one) for one in found if one.origin in (OTHER, CHANGED)}
    return KnownInstance(instance, found, comparisons, tuple(servers))


def checks_in_force(instance: ArgoCDInstance, kinds: Iterable[str] = KINDS) -> tuple[CheckInForce, ...]:
    """What judges each kind there; nothing can be said of an argocd-cm that may not be read."""
    return () if instance.unread else tuple(check_in_force(instance.settings, kind, instance.release) for kind in kinds)


def _compared(instance: ArgoCDInstance, found: CheckInForce) -> CheckComparison:
    with_built_in = similarity(found, built_in(found.kind), instance.release) if found.shadows else None
    return CheckComparison(similarity(found, ours(found.kind), instance.release), with_built_in)
