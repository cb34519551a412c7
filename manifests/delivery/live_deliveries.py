"""Which objects of a cluster an Application holds, as both say themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from manifests.document import Document

_TRACKING = "argocd.argoproj.io/tracking-id"
_IN_CLUSTER = ("https://kubernetes.default.svc", "in-cluster")


def held_objects(applications: Sequence[Document], objects: Iterable[Document]) -> Mapping[Document, list[Document]]:
    """By Application, the objects that it lists in its status and that lie in its own cluster, and those that name it
    as their holder, wherever they are."""
    found: dict[Document, dict[Document, None]] = defaultdict(dict)
    known: dict[tuple[str, ...], Document] = {}
    called: dict[str, list[Document]] = defaultdict(list)
    for application in applications:
        for name in (application.name, f"{application.namespace}_{application.name}"):
            called[name].append(application)
    for each in objects:
        known[each.file, each.group, each.kind, each.namespace, each.name] = each
        holder, separator, described = str(each.annotations.get(_TRACKING) or "").partition(":")
        named = called.get(holder, ())
        if separator and described == f"{each.group}/{each.kind}:{each.namespace}/{each.name}" and len(named) == 1:
            found[named[0]][each] = None
    for application in applications:
        destination = application.mapping("spec", "destination")
        if destination.get("server") in _IN_CLUSTER or destination.get("name") in _IN_CLUSTER:
            for _, resource in application.mappings("status", "resources"):
                words = (resource.get(field) or "" for field in ("group", "kind", "namespace", "name"))
                listed = known.get((application.file, *map(str, words)))
                if listed is not None:
                    found[application][listed] = None
    return {application: list(held) for application, held in found.items()}
