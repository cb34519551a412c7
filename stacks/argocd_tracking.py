"""How Argo CD tracks what it manages: which Application a Stack names, and which Stacks an Application lists.

The annotation ``argocd.argoproj.io/tracking-id`` is ``<application>:<group>/<kind>:<namespace>/<name>``
where the application is ``<name>``, or ``<namespace>_<name>`` outside Argo CD's own namespace.
An annotation that was copied from another object describes that other object, and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from stacks.records.stack import Stack

IN_CLUSTER = "https://kubernetes.default.svc"
INSTANCE_LABELS = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class TrackingClaim:
    """The Application that a Stack names as its own. `namespace` is None where the tracking id or label doesn't say."""

    namespace: str | None
    name: str
    certain: bool


def claim(stack: Stack) -> TrackingClaim | None:
    """Which Application the Stack names as its holder, by tracking id or else by instance label."""
    annotations = stack.metadata.annotations
    if annotations and (tracked := _parse(annotations.tracking_id, stack)):
        return tracked
    labels = stack.metadata.labels or {}
    name = next((labels[label] for label in INSTANCE_LABELS if labels.get(label)), "")
    return TrackingClaim(None, name, certain=False) if name else None


def _parse(tracking_id: str, stack: Stack) -> TrackingClaim | None:
    parts = tracking_id.split(":", 2)
    described = f"{stack.metadata.namespace}/{stack.metadata.name}"
    if len(parts) != 3 or parts[1] != "pulumi.com/Stack" or parts[2] != described or not parts[0]:
        return None
    namespace, separator, name = parts[0].partition("_")
    return TrackingClaim(namespace, name, certain=True) if separator else TrackingClaim(None, parts[0], certain=True)


def normalised(server: str) -> str:
    """A server URL in the form in which two of them can be compared."""
    try:
        parts = urlsplit(server.strip())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return server
    host = (parts.hostname or "").lower()
    return f"{parts.scheme.lower()}://{host}:{port}{parts.path.rstrip('/')}"
