"""What Programs of a repository make in the cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from manifests.document import Document
from stacks.fields import texts_within


def texts_by_kind(programs: Iterable[Document]) -> Mapping[str, set[str]]:
    """By kind, such as ``Secret``, every text in the resources of that kind: names are among them."""
    found: dict[str, set[str]] = defaultdict(set)
    for program in programs:
        for resource in program.mapping("program", "resources").values():
            kind = resource.get("type") if isinstance(resource, Mapping) else None
            if isinstance(kind, str) and kind.startswith("kubernetes:"):
                found[kind.rpartition(":")[2]].update(texts_within(resource))
    return found
