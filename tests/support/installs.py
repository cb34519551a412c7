"""Argo CDs on a server, as each of their owners leaves argocd-cm, and what becomes of an installation there."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.api import APPLY, JSON, MERGE, Api
from demo.server.authorization import READ, AccessRule
from support.argocds import LABELS, OURS, RELEASE, STACK, THEIRS
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]

OLDER = "-- kubectl-pko-argo health check, version 0\nreturn {}\n"
DATA = {"url": "https://argo.acme.example", "timeout.reconciliation": "120s", "odd": "tabs\tand\r\nends\r\n\n"}
ARGOCDS = "/apis/argoproj.io/v1beta1/namespaces/{}/argocds"
CRD: Obj = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "argocds.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"plural": "argocds", "singular": "argocd", "kind": "ArgoCD", "listKind": "ArgoCDList"},
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@dataclass
class Place:
    """A namespace with an Argo CD on a server. `kubectl` is there where the server is a real one."""

    api: Api
    kubeconfig: Path

    @property
    def real(self) -> bool:
        return self.api.demo is None

    @property
    def path(self) -> str:
        return self.api.configmaps("argocd-cm")

    async def config_map(self) -> Obj:
        code, found = await self.api.get(self.path)
        assert code == 200, found
        return found

    async def data(self) -> dict[str, str]:
        return (await self.config_map()).get("data") or {}

    async def patch(self, body: Any, how: str = MERGE, *, manager: str = "kubectl-patch", **query: str) -> Obj:
        code, found = await self.api.patch(self.path, body, how, fieldManager=manager, **query)
        assert code == 200, found
        return found

    async def kubectl(self, *arguments: str, stdin: Obj | None = None) -> str:
        """The real kubectl, in this namespace."""
        process = await asyncio.create_subprocess_exec(
            str(shutil.which("kubectl")),
            *("--kubeconfig", str(self.kubeconfig), "-n", self.api.namespace),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(LIMIT):
            out, _ = await process.communicate(json.dumps(stdin).encode() if stdin else None)
        assert process.returncode == 0, out.decode()
        return out.decode()


def config_map(namespace: str, data: dict[str, str], **metadata: Any) -> Obj:
    meta = {"name": "argocd-cm", "namespace": namespace, "labels": LABELS, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


# The owners


async def upstream(place: Place, data: dict[str, str]) -> None:
    """kubectl apply, client-side, of the manifest."""
    obj = config_map(place.api.namespace, data)
    if place.real:
        await place.kubectl("apply", "-f", "-", stdin=obj)
        return
    obj["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(obj) + "\n"}
    await place.api.post(place.api.configmaps(), obj, fieldManager="kubectl-client-side-apply")


async def hand(place: Place, data: dict[str, str]) -> None:
    """kubectl create, and later a change."""
    obj = config_map(place.api.namespace, {key: value for key, value in data.items() if key != "url"})
    change = {"data": {"url": data["url"]}}
    if place.real:
        await place.kubectl("create", "-f", "-", stdin=obj)
        await place.kubectl("patch", "configmap", "argocd-cm", "--type=merge", "-p", json.dumps(change))
        return
    await place.api.post(place.api.configmaps(), obj, fieldManager="kubectl-create")
    await place.patch(change)


async def replaced(place: Place, data: dict[str, str]) -> None:
    """kubectl replace."""
    obj = config_map(place.api.namespace, data)
    if place.real:
        await place.kubectl("create", "-f", "-", stdin={**obj, "data": {"a": "1"}})
        await place.kubectl("replace", "-f", "-", stdin=obj)
        return
    await place.api.post(place.api.configmaps(), {**obj, "data": {"a": "1"}}, fieldManager="kubectl-create")
    await place.api.put(place.path, obj, fieldManager="kubectl-replace")


async def helm(place: Place, data: dict[str, str]) -> None:
    """The chart."""
    obj = config_map(place.api.namespace, data, annotations=RELEASE)
    obj["metadata"]["labels"] = LABELS | {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "argo-cd-9.1.4"}
    await place.api.post(place.api.configmaps(), obj, fieldManager="helm")


async def gitops(place: Place, data: dict[str, str]) -> None:
    """Argo CD, which applies itself from Git."""
    tracked = {"argocd.argoproj.io/tracking-id": f"argo-cd:/ConfigMap:{place.api.namespace}/argocd-cm"}
    obj = config_map(place.api.namespace, data, annotations=tracked)
    await place.api.patch(place.path, obj, APPLY, fieldManager="argocd-controller", force="true")


async def flux(place: Place, data: dict[str, str]) -> None:
    """Flux's kustomize-controller."""
    obj = config_map(place.api.namespace, data)
    obj["metadata"]["labels"] = LABELS | {"kustomize.toolkit.fluxcd.io/name": "infra"}
    await place.api.patch(place.path, obj, APPLY, fieldManager="kustomize-controller", force="true")


async def operator(place: Place, data: dict[str, str]) -> None:
    """argocd-operator, from an ArgoCD resource; `operating` plays what it does later."""
    await serve_argocds(place.api)
    resource = {"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD", "metadata": {"name": "main"}, "spec": {}}
    made = await place.api.make(ARGOCDS.format(place.api.namespace), resource)
    reference = {"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD", "name": "main", "controller": True}
    obj = config_map(place.api.namespace, data, ownerReferences=[reference | {"uid": made["metadata"]["uid"]}])
    await place.api.post(place.api.configmaps(), obj, fieldManager="argocd-operator")


OWNERS: dict[str, Callable[[Place, dict[str, str]], Awaitable[None]]] = {
    "upstream's manifest": upstream,
    "a hand": hand,
    "kubectl replace": replaced,
    "Helm": helm,
    "Argo CD from Git": gitops,
    "Flux": flux,
    "argocd-operator": operator,
}
DIRECT = ("upstream's manifest", "a hand")
"""those whose argocd-cm keeps a key that somebody else has added"""


async def serve_argocds(api: Api) -> None:
    """See to it that ArgoCD resources are served."""
    if api.demo is not None:
        return
    await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)

    async def served() -> bool:
        code, _ = await api.get(ARGOCDS.format(api.namespace))
        return code == 200

    await eventually(served)


@asynccontextmanager
async def operating(place: Place, base: dict[str, str]) -> AsyncIterator[None]:
    """Play argocd-operator: at every difference the whole of `data` is what it says."""

    async def loop() -> None:
        while True:
            code, resource = await place.api.get(f"{ARGOCDS.format(place.api.namespace)}/main")
            checks = (resource.get("spec") or {}).get("resourceHealthChecks") or [] if code == 200 else []
            wanted = dict(base)
            for one in checks:
                wanted[f"resource.customizations.health.{one['group']}_{one['kind']}"] = one["check"]
            code, found = await place.api.get(place.path)
            if code == 200 and (found.get("data") or {}) != wanted:
                found["data"] = wanted
                await place.api.put(place.path, found, fieldManager="argocd-operator")
            await asyncio.sleep(0.02)

    task = asyncio.create_task(loop())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# The states

STATES = ("usual", "a key breaks it", "no label", "ours is there", "an older one of ours", "somebody else's check")


def data_in(state: str) -> dict[str, str]:
    """The keys that there are in this state, whoever owns them."""
    if state == "a key breaks it":
        return {**DATA, "resource.customizations.useOpenLibs.pulumi.com_Stack": "yes"}
    if state == "somebody else's check":
        return {**DATA, STACK: THEIRS}
    return DATA


async def bring_about(place: Place, owner: str, state: str) -> None:
    """What is left to do for the state."""
    in_resource = owner == "argocd-operator"
    scripts = {"ours is there": OURS, "an older one of ours": OLDER}
    if state == "somebody else's check" and in_resource:
        scripts[state] = THEIRS
    if state == "no label":
        label = "/metadata/labels/app.kubernetes.io~1part-of"
        await place.patch([{"op": "remove", "path": label}], JSON)
    elif state in scripts and in_resource:
        check = {"group": "pulumi.com", "kind": "Stack", "check": scripts[state]}
        path = f"{ARGOCDS.format(place.api.namespace)}/main"
        code, found = await place.api.patch(path, {"spec": {"resourceHealthChecks": [check]}})
        assert code == 200, found
    elif state in scripts:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "argocd-cm"},
            "data": {STACK: scripts[state]},
        }
        await place.patch(body, APPLY, manager="pko-argo")


# The rights

RIGHTS = ("everything", "reading only", "that namespace only")
_READ = [
    {"apiGroups": ["", "apps", "argoproj.io", "pulumi.com"], "resources": ["*"], "verbs": list(READ)},
]
_WRITE = [
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "patch"]},
    {"apiGroups": ["argoproj.io"], "resources": ["argocds", "applications"], "verbs": ["get", "list", "patch"]},
]
USERS = {"reading only": "reader", "that namespace only": "local"}


async def grant(place: Place) -> None:
    """Make the users of `RIGHTS` what they are."""
    namespace = place.api.namespace
    if place.api.demo is not None:
        access = place.api.demo.access
        access.grant("admin-token", "admin")
        place.api.session.headers["Authorization"] = "Bearer admin-token"
        config = json.loads(place.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": "admin-token"}
        place.kubeconfig.write_text(json.dumps(config))
        access.grant("reader-token", "reader", AccessRule(READ))
        local = AccessRule(("get", "patch", "list"), ("configmaps", "argocds", "applications"), (namespace,))
        access.grant("local-token", "local", local)
        return
    root = "/apis/rbac.authorization.k8s.io/v1"
    who = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User"}
    await place.api.post(f"{root}/clusterroles", {"metadata": {"name": "pko-reader"}, "rules": _READ})
    await place.api.post(
        f"{root}/clusterrolebindings",
        {
            "metadata": {"name": "pko-reader"},
            "subjects": [who | {"name": "reader"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pko-reader"},
        },
    )
    local = f"{root}/namespaces/{namespace}"
    await place.api.make(f"{local}/roles", {"metadata": {"name": "local"}, "rules": _WRITE})
    await place.api.make(
        f"{local}/rolebindings",
        {
            "metadata": {"name": "local"},
            "subjects": [who | {"name": "local"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "local"},
        },
    )


def acting(place: Place, rights: str) -> list[str]:
    """The arguments with which somebody of these rights runs the program."""
    user = USERS.get(rights)
    if user is None:
        return []
    if place.real:
        return ["--as", user]
    config = json.loads(place.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": f"{user}-token"}
    path = place.kubeconfig.with_name(f"{user}.json")
    path.write_text(json.dumps(config))
    return ["--kubeconfig", str(path)]


# What happens


@dataclass(frozen=True)
class Expected:
    """The exit code, what is written if anything is, and words that are said."""

    code: int
    written: bool
    says: str
    words: str
    """for the document"""


def expected(owner: str, state: str, rights: str) -> Expected:
    """What ``health install`` does. The first that fits decides."""
    if state in ("a key breaks it", "no label"):
        return Expected(3, False, "mend first", "not touched; says what to mend")
    if state == "ours is there":
        return Expected(0, False, "nothing to do", "nothing to do")
    direct = owner in DIRECT
    if not direct and owner != "argocd-operator":
        return Expected(3, False, "put this into", "not written; prints what belongs where")
    if state == "somebody else's check":
        return Expected(3, False, "--take-over", "not written; shows theirs, `--take-over` saves and replaces it")
    if rights == "reading only":
        return Expected(1, False, "nothing was written", "the server refuses; nothing is written")
    if direct:
        return Expected(0, True, "is installed", "installed")
    return Expected(0, True, "is installed", "installed, into the `ArgoCD` resource")


def matrix() -> list[tuple[str, str, str]]:
    """Every owner in every state, with rights such that all pairs are met."""
    return [
        (owner, state, RIGHTS[(row + column) % len(RIGHTS)])
        for row, owner in enumerate(OWNERS)
        for column, state in enumerate(STATES)
    ]
