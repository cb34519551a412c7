"""What `kubectl get` prints of an object, column by column.

The server decides this, not kubectl: custom resources name JSON paths in their CRD, the
kinds built into Kubernetes have code of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.server.objects import Obj, age, dig, moment


@dataclass(frozen=True, slots=True)
class PrinterColumn:
    """`value` gets the object and the present time; `wide` > 0 shows it with `-o wide` only."""

    name: str
    value: Callable[[Obj, float], object]
    type: str = "string"
    format: str = ""
    wide: int = 0
    path: str = ""
    description: str = ""

    def definition(self) -> Obj:
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description or f"Custom resource definition column (in JSONPath format): {self.path}",
            "priority": self.wide,
        }


NAME = PrinterColumn(
    "Name",
    lambda obj, now: obj["metadata"].get("name", ""),
    format="name",
    description="Name must be unique within a namespace. Is required when creating resources, although some resources "
    "may allow a client to request the generation of an appropriate name automatically.",
)


def since(text: object, now: float, absent: object = "<unknown>") -> object:
    if not isinstance(text, str) or not text:
        return absent
    try:
        return age(now - moment(text))
    except ValueError:
        return "<invalid>"


AGE = PrinterColumn(
    "Age", lambda obj, now: since(obj["metadata"].get("creationTimestamp"), now), description="Age of it."
)


def by_path(name: str, path: str, kind: str = "string", wide: int = 0) -> PrinterColumn:
    """A column of a CRD: dotted JSON path, with at most one `conditions[?(@.type=="X")]` in it."""
    steps = _steps(path)

    def value(obj: Obj, now: float) -> object:
        found: Any = obj
        for step in steps:
            if isinstance(step, str):
                found = found.get(step) if isinstance(found, dict) else None
            else:
                found = next((c for c in found or [] if isinstance(c, dict) and c.get("type") == step[0]), None)
        if kind == "date":
            return since(found, now, absent=None)
        return found if found is None or isinstance(found, str) else str(found)

    return PrinterColumn(name, value, kind, wide=wide, path=path)


def _steps(path: str) -> list[str | tuple[str]]:
    return [
        (part.split('"')[1],) if part.startswith("type==") else part.removesuffix("[?(@")
        for part in path.strip(".").split(".")
    ]


def _containers(obj: Obj) -> list[Obj]:
    found = dig(obj, "spec", "template", "spec", "containers")
    return found if isinstance(found, list) else []


CONTAINERS = PrinterColumn("Containers", lambda obj, now: ",".join(c["name"] for c in _containers(obj)), wide=1)
IMAGES = PrinterColumn("Images", lambda obj, now: ",".join(c.get("image", "") for c in _containers(obj)), wide=1)


def labels_text(labels: object) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(labels.items())) if isinstance(labels, dict) and labels else "<none>"


def replicas(obj: Obj, now: float) -> str:
    return f"{dig(obj, 'status', 'readyReplicas') or 0}/{dig(obj, 'spec', 'replicas') or 0}"


def pod_ready(obj: Obj, now: float) -> str:
    statuses = dig(obj, "status", "containerStatuses") or []
    return f"{sum(1 for s in statuses if s.get('ready'))}/{len(dig(obj, 'spec', 'containers') or [])}"


def pod_restarts(obj: Obj, now: float) -> str:
    """Restarts, with how long ago the last one was: `3 (41m ago)`."""
    statuses = dig(obj, "status", "containerStatuses") or []
    count = sum(s.get("restartCount", 0) for s in statuses)
    ends = [dig(s, "lastState", "terminated", "finishedAt") for s in statuses]
    last = max((e for e in ends if e), default=None)
    return f"{count} ({since(last, now)} ago)" if count and last else str(count)


def pod_status(obj: Obj, now: float) -> str:
    """The one word that sums up a pod, by the same order of looking as the API server's printer."""
    reason = dig(obj, "status", "reason") or dig(obj, "status", "phase") or "Unknown"
    inits = dig(obj, "status", "initContainerStatuses") or []
    for place, status in enumerate(inits):
        stopped, waits = dig(status, "state", "terminated"), dig(status, "state", "waiting", "reason")
        if dig(stopped, "exitCode") == 0:
            continue
        if stopped:
            return _leaving(obj, f"Init:{_ending(stopped)}")
        if waits and waits != "PodInitializing":
            return _leaving(obj, f"Init:{waits}")
        return _leaving(obj, f"Init:{place}/{len(dig(obj, 'spec', 'initContainers') or inits)}")
    for status in reversed(dig(obj, "status", "containerStatuses") or []):
        waits, stopped = dig(status, "state", "waiting", "reason"), dig(status, "state", "terminated")
        reason = waits or (_ending(stopped) if stopped else reason)
    return _leaving(obj, str(reason))


def _ending(terminated: Obj) -> str:
    return terminated.get("reason") or f"ExitCode:{terminated.get('exitCode')}"


def _leaving(obj: Obj, reason: str) -> str:
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else reason


def crd_versions(obj: Obj, now: float) -> str:
    versions = dig(obj, "spec", "versions") or []
    return ",".join(f"{v['name']}(storage)" if v.get("storage") else v["name"] for v in versions)


def event_object(obj: Obj, now: float) -> str:
    about = obj.get("involvedObject") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


def event_last_seen(obj: Obj, now: float) -> object:
    return since(obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp"), now)
