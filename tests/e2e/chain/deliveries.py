"""An Application with two Stacks in two waves, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.api import Api
from e2e.chain.argo_cd import NAMESPACE
from e2e.chain.repository import Repository

Obj = dict[str, Any]

FIRST, SECOND = "first", "second"
_APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications"


@dataclass(frozen=True)
class Seen:
    """What the Application shows."""

    phase: str
    """of the sync; empty where there was none"""
    message: str
    """of the sync"""
    health: str
    cause: str
    """the Application's own word for its health"""
    reasons: dict[str, str]
    """what the sync says of each Stack"""

    @property
    def says(self) -> str:
        """The sync's word for the first Stack: what it waits for, and in the end the Stack's own reason."""
        return self.message if self.phase == "Running" else self.reasons.get(FIRST, self.message)


@dataclass(frozen=True)
class Delivery:
    """The Application has the name of the namespace that it delivers to."""

    api: Api
    repository: Repository

    @property
    def name(self) -> str:
        return self.api.namespace

    @property
    def path(self) -> str:
        return f"{_APPLICATIONS}/{self.name}"

    def commit(self, *names: str, **first: Any) -> None:
        """These Stacks are wanted; fields of the first one's spec may be told."""
        waves = {FIRST: "1", SECOND: "2"}
        specs = {FIRST: first, SECOND: {}}
        self.repository.commit(self.name, [_stack(name, waves[name], specs[name]) for name in names])

    def blames(self, stack: str) -> str:
        """The Application's word for its health where this Stack is the worst."""
        return f"Caused by pulumi.com/Stack:{self.name}/{stack}"

    async def create(self) -> None:
        application = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": self.name},
            "spec": {
                "project": "default",
                "source": {"repoURL": self.repository.url, "targetRevision": "main", "path": self.name},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": self.name},
            },
        }
        await self.api.make(_APPLICATIONS, application)

    async def sync(self, *, retries: int = 0, **options: Any) -> None:
        """Ask for a sync as Argo CD's own API does, with what was said about the one before taken away."""
        seen = await self.obj()
        patch: Obj = {"operation": {"sync": options, "initiatedBy": {"username": "a test"}}}
        if retries:
            patch["operation"]["retry"] = {"limit": retries, "backoff": {"duration": "1s"}}
        if seen.get("status", {}).get("operationState"):
            patch["status"] = {"operationState": None}
        await self._patch(patch)

    async def obj(self) -> Obj:
        code, found = await self.api.get(self.path)
        assert code == 200, found
        return found

    async def seen(self) -> Seen:
        status = (await self.obj()).get("status", {})
        operation, health = status.get("operationState") or {}, status.get("health") or {}
        results = (operation.get("syncResult") or {}).get("resources") or ()
        return Seen(
            operation.get("phase", ""),
            operation.get("message", ""),
            health.get("status", ""),
            health.get("message", ""),
            {one["name"]: one.get("message", "") for one in results},
        )

    async def _patch(self, patch: Obj) -> None:
        code, answer = await self.api.patch(self.path, patch)
        assert code == 200, answer


def _stack(name: str, wave: str, more: Obj) -> Obj:
    spec = {
        "stack": f"organization/infra/{name}",
        "projectRepo": "https://git.example.com/acme/infra.git",
        "branch": "main",
        "destroyOnFinalize": True,
    }
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name, "annotations": {"argocd.argoproj.io/sync-wave": wave}},
        "spec": spec | more,
    }
