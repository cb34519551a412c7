"""The objects that belong to a Stack, by their names, and what can be said of each at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cluster.resources import Resource
from fleet.kinds import PODS, UPDATES, WORKSPACES
from fleet.rows import StackRow, run_name
from fleet.scout import workspace_name
from stacks.times import since

_STATEFUL_SETS = Resource("apps", "v1", "statefulsets", "StatefulSet")


@dataclass(frozen=True, slots=True)
class Related:
    """An object beside a Stack, in its namespace."""

    label: str
    name: str
    resource: Resource


def related(row: StackRow) -> Iterator[Related]:
    """Where to look, nearest first. Their names follow from the Stack's; whether they are there is another matter."""
    workspace = workspace_name(row)
    yield Related("Workspace", workspace, WORKSPACES.resource)
    yield Related("StatefulSet", f"{workspace}-workspace", _STATEFUL_SETS)
    yield Related("Pod", f"{workspace}-workspace-0", PODS.resource)
    if name := run_name(row.stack):
        yield Related("current Update", name, UPDATES.resource)
    last = row.stack.status.last_update if row.stack.status else None
    if last is not None and last.name and last.name != run_name(row.stack):
        yield Related("last Update", last.name, UPDATES.resource)


def glance(obj: Mapping[str, Any], now: float) -> str:
    """The state of any of them in a few words; made for objects of every shape."""
    metadata, status = _mapping(obj.get("metadata")), _mapping(obj.get("status"))
    created = metadata.get("creationTimestamp")
    there = f"created {since(created, now)} ago" if isinstance(created, str) else "there"
    said = [word for word in (_phase(status), _replicas(status), *_conditions(status)) if word]
    if metadata.get("deletionTimestamp"):
        said.append("being deleted")
    return ", ".join([*said, there])


def _phase(status: Mapping[str, Any]) -> str:
    phase = status.get("phase")
    return phase if isinstance(phase, str) else ""


def _replicas(status: Mapping[str, Any]) -> str:
    if "replicas" not in status:
        return ""
    return f"{status.get('readyReplicas') or 0} of {status['replicas']} ready"


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    """The conditions that are true, and why it isn't ready."""
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        kind, value = _mapping(condition).get("type"), _mapping(condition).get("status")
        if kind in ("Ready", "Complete", "Failed", "Progressing") and value == "True":
            yield str(kind).lower()
        elif kind == "Ready" and value == "False":
            yield f"not ready: {_mapping(condition).get('reason') or 'no reason given'}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
