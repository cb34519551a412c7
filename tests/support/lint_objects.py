"""Lint objects as a cluster has them, without a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import yaml

from manifests.document import Document
from manifests.live_facts import LiveFacts, ObjectKind, PodMemory, RunTimes, memory_kills, run_lengths
from manifests.live_linting import LiveCluster, lint_clusters
from manifests.problem import Problem
from manifests.product_versions import NEWEST, ProductVersions
from manifests.rule import LIVE_EXAMPLES_AT
from stacks.operator import workload_of
from stacks.times import instant

RBAC = "rbac.authorization.k8s.io"
EVERYTHING = tuple(
    ObjectKind(*kind)
    for kind in (
        ("pulumi.com", "Stack"), ("pulumi.com", "Program"), ("argoproj.io", "Application"), ("", "ServiceAccount"),
        ("", "Secret"), ("", "ConfigMap"), ("", "LimitRange"), (RBAC, "RoleBinding"), (RBAC, "ClusterRoleBinding"),
        (RBAC, "Role"), (RBAC, "ClusterRole"), ("source.toolkit.fluxcd.io", "GitRepository"),
    )
)  # fmt: skip


def cluster_of(
    objects: Iterable[Any],
    context: str = "here",
    now: str | float = LIVE_EXAMPLES_AT,
    *,
    known: Sequence[ObjectKind] = EVERYTHING,
    versions: ProductVersions = NEWEST,
) -> LiveCluster:
    """A cluster with just these objects; all of the `known` kinds are among them."""
    found = [each for each in objects if isinstance(each, dict)]
    updates = (msgspec.convert(each, RunTimes) for each in found if each.get("kind") == "Update")
    pods = (msgspec.convert(each, PodMemory) for each in found if each.get("kind") == "Pod")
    facts = LiveFacts(
        instant(now) or 0.0 if isinstance(now, str) else now,
        workload_of(each for each in found if each.get("kind") == "Deployment").workers,
        run_lengths(updates),
        memory_kills(pods),
        dict.fromkeys(known),
    )
    others = ("Update", "Pod", "Deployment", "StatefulSet", "Event", "Lease", "Namespace", "Workspace")
    documents = [
        Document(context, place, value) for place, value in enumerate(found) if value.get("kind") not in others
    ]
    return LiveCluster(context, documents, facts, versions)


def live_problems_in(
    text: str, *, known: Sequence[ObjectKind] = EVERYTHING, versions: ProductVersions = NEWEST
) -> list[Problem]:
    """The problems of the objects of a text, in YAML."""
    return lint_clusters([cluster_of(yaml.safe_load_all(text), known=known, versions=versions)])
