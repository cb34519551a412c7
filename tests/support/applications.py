"""Applications as Argo CD 3 writes them, and their findings."""

from __future__ import annotations

from typing import Any

from diagnosis.finding import Finding
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.finding_checks import true_finding
from support.scenes import CONTEXT, Scene, diagnosis_of

Obj = dict[str, Any]
REVISION = "9f0c2f1d7a3b4c5e6d7f8a9b0c1d2e3f4a5b6c7d"
IN_CLUSTER = "https://kubernetes.default.svc"
ARGOCD, NAME = "argocd", "infra"


def application(now: float, *resources: Obj, name: str = NAME, server: str = IN_CLUSTER) -> Obj:
    """One that is Synced and Healthy, and was compared half a minute ago."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": ARGOCD, "uid": f"uid-{name}", "annotations": {"team": "infra"}},
        "spec": {
            "project": "default",
            "destination": {"server": server, "namespace": "default"},
            "source": {"repoURL": "https://github.com/acme/infra", "path": "deploy", "targetRevision": "HEAD"},
            "syncPolicy": {"automated": {"selfHeal": True}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": REVISION},
            "health": {"status": "Healthy", "lastTransitionTime": rfc3339(now - 300)},
            "reconciledAt": rfc3339(now - 30),
            "controllerNamespace": ARGOCD,
            "resourceHealthSource": "appTree",
            "resources": list(resources),
        },
    }


def stack_resource(namespace: str, name: str, **fields: Any) -> Obj:
    """A Stack in an Application's list of resources, or in the result of a sync."""
    return {
        "group": "pulumi.com", "version": "v1", "kind": "Stack", "namespace": namespace, "name": name,
        "status": "Synced", **fields,
    }  # fmt: skip


def operation(app: Obj, phase: str, message: str, started: float, finished: float | None = None) -> Obj:
    """Write the state of an operation into an Application; returns that state."""
    asked = {"initiatedBy": {"automated": True}, "retry": {"limit": 5}, "sync": {"revision": REVISION}}
    state: Obj = {
        "phase": phase, "message": message, "startedAt": rfc3339(started), "operation": asked,
        "syncResult": {"revision": REVISION, "resources": []},
    }  # fmt: skip
    if finished is not None:
        state["finishedAt"] = rfc3339(finished)
    if phase in ("Running", "Terminating"):
        app["operation"] = asked
    app["status"]["operationState"] = state
    return state


def condition(app: Obj, kind: str, message: str, since: float) -> None:
    """Add a condition to an Application."""
    found = {"type": kind, "message": message, "lastTransitionTime": rfc3339(since)}
    app["status"].setdefault("conditions", []).append(found)


def application_findings(scene: Scene, name: str = NAME) -> list[Finding]:
    return diagnosis_of(scene).application_findings(Key(CONTEXT, ARGOCD, name))


def application_ids(scene: Scene, name: str = NAME) -> list[str]:
    return [finding.id for finding in application_findings(scene, name)]


def the_application_finding(scene: Scene, wanted: str, name: str = NAME) -> Finding:
    """The finding of this id with an Application, held to what it quotes like those of Stacks."""
    finding = true_finding(scene, wanted, lambda changed: application_findings(changed, name))
    assert all("\n" not in evidence.text for evidence in finding.evidence)
    assert finding.title and finding.next_step and finding.next and finding.subject
    return finding
