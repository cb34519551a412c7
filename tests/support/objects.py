"""Small Stacks and Applications to state a claim with."""

from __future__ import annotations

from typing import Any

import msgspec

from stacks.records.application import Application, tidy_application
from stacks.records.stack import Stack, tidy_stack

NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z, when all these tests take place"""


def at(seconds_ago: float) -> str:
    """An RFC 3339 instant before NOW."""
    from stacks.times import rfc3339

    return rfc3339(NOW - seconds_ago)


def condition(kind: str, reason: str, message: str = "", ago: float = 60.0, status: str = "True") -> dict[str, Any]:
    """A condition as PKO writes it."""
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at(ago)}


READY = condition("Ready", "ProcessingCompleted", "the stack has been processed and is up to date")
NOT_READY = condition("Ready", "NotReadyInProgress", "reconciliation is in progress", status="False")
PROCESSING = condition("Reconciling", "StackProcessing", "stack is being processed")


def stack_object(
    name: str = "shop",
    namespace: str = "prod",
    *,
    conditions: list[dict[str, Any]] | None = None,
    spec: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **status: Any,
) -> dict[str, Any]:
    """A Stack as the API serves it. Ready, unless told otherwise."""
    meta = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{namespace}-{name}",
        "resourceVersion": "1",
        "generation": 1,
        "creationTimestamp": at(86_400),
        "finalizers": ["finalizer.stack.pulumi.com"],
        **(metadata or {}),
    }
    whole = {"observedGeneration": meta["generation"], "conditions": [READY] if conditions is None else conditions}
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": meta,
        "spec": {"stack": f"acme/{name}/dev", **(spec or {})},
        "status": {**whole, **status},
    }


def stack(name: str = "shop", namespace: str = "prod", **more: Any) -> Stack:
    """The same, decoded and tidied."""
    return as_stack(stack_object(name, namespace, **more))


def as_stack(obj: dict[str, Any]) -> Stack:
    """A Stack from what the API serves."""
    return tidy_stack(msgspec.convert(obj, Stack))


def last(state: str = "succeeded", *, ago: float = 60.0, kind: str = "up", **more: Any) -> dict[str, Any]:
    """A `status.lastUpdate`."""
    return {
        "name": "shop-19b4d0f0000",
        "generation": 1,
        "reconcileRequest": "",
        "type": kind,
        "state": state,
        "lastAttemptedCommit": "c1",
        "lastSuccessfulCommit": "c1",
        "lastResyncTime": at(ago),
        **more,
    }


def current(*, ago: float = 60.0, name: str = "shop", **more: Any) -> dict[str, Any]:
    """A `status.currentUpdate`, its name as the operator makes it."""
    return {
        "name": f"{name}-{int((NOW - ago) * 1000):x}",
        "generation": 1,
        "reconcileRequest": "",
        "commit": "c1",
        **more,
    }


def app(
    name: str = "infra",
    namespace: str = "argocd",
    *,
    holds: list[tuple[str, str]] | None = None,
    destination: dict[str, str] | None = None,
    sync: str = "Synced",
    health: str = "Healthy",
    **status: Any,
) -> Application:
    """An Application that lists these Stacks."""
    held = [
        {"group": "pulumi.com", "kind": "Stack", "version": "v1", "namespace": ns, "name": held, "status": "Synced"}
        for ns, held in holds or []
    ]
    obj = {
        "metadata": {"name": name, "namespace": namespace, "resourceVersion": "1"},
        "spec": {"destination": destination or {"server": "https://kubernetes.default.svc"}},
        "status": {"sync": {"status": sync}, "health": {"status": health}, "resources": held, **status},
    }
    return tidy_application(msgspec.convert(obj, Application))
