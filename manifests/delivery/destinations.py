"""Where Applications deliver to: clusters, which they name by an address or by a name."""

from __future__ import annotations

from manifests.delivery.git_sources import unresolved
from manifests.document import Document

ANY = ""
"""a namespace or a cluster that isn't known"""
_IN_CLUSTER = "https://kubernetes.default.svc"


def destination_namespace(application: Document) -> str:
    """The namespace for what names none; empty where it isn't known."""
    found = application.word("spec", "destination", "namespace")
    return ANY if unresolved(found) else found


def destination_cluster(application: Document) -> str:
    """The cluster as an Application names it, by its address or its name; empty where it isn't known."""
    destination = application.mapping("spec", "destination")
    found = destination.get("server") or destination.get("name")
    if not isinstance(found, str) or unresolved(found):
        return ANY
    return _IN_CLUSTER if found == "in-cluster" else found.rstrip("/")


def may_be_one_cluster(one: str, other: str) -> bool:
    """Whether two clusters may be the same: the name of one says nothing about the address of another."""
    return one == other or ANY in (one, other) or ("://" in one) != ("://" in other)
