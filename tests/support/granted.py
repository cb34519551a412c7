"""Users with the rights of docs/rbac.yaml, or with some of one's own, on the demo's server and on a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from contract.api import Api
from demo.server.authorization import AccessRule

Obj = dict[str, Any]
VIEWER, FIXER = "pko-argo-viewer", "pko-argo-fixer"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_GROUP = "rbac.authorization.k8s.io"
_FILE = Path(__file__).parent.parent.parent / "docs" / "rbac.yaml"


def rules_of(role: str) -> list[Obj]:
    """The rules of a ClusterRole of docs/rbac.yaml."""
    roles = yaml.safe_load_all(_FILE.read_text(encoding="utf-8"))
    return next(list(each["rules"]) for each in roles if each["metadata"]["name"] == role)


@asynccontextmanager
async def granted(api: Api, namespaces: Sequence[str], rules: Sequence[Obj]) -> AsyncIterator[str]:
    """The token of somebody who has these rights in these namespaces, by a RoleBinding in each, and no others."""
    if api.demo is not None:
        api.demo.access.grant("admin", "admin")
        api.session.headers["Authorization"] = "Bearer admin"
        some = [AccessRule(tuple(each["verbs"]), tuple(each["resources"]), tuple(namespaces)) for each in rules]
        api.demo.access.grant("somebody", "somebody", *some)
        yield "somebody"
        return
    binding = f"{RBAC}/namespaces/{{}}/rolebindings"
    accounts = f"/api/v1/namespaces/{api.namespace}/serviceaccounts"
    role = f"{RBAC}/clusterroles/{api.namespace}"
    await api.make(accounts, {"metadata": {"name": "somebody"}})
    await api.make(role.rpartition("/")[0], {"metadata": {"name": api.namespace}, "rules": list(rules)})
    whom = {"kind": "ServiceAccount", "name": "somebody", "namespace": api.namespace}
    for namespace in namespaces:
        ref = {"apiGroup": _GROUP, "kind": "ClusterRole", "name": api.namespace}
        bound = {"metadata": {"name": "somebody"}, "roleRef": ref, "subjects": [whom]}
        await api.make(binding.format(namespace), bound)
    token: str = (await api.make(f"{accounts}/somebody/token", {"spec": {}}))["status"]["token"]
    try:
        yield token
    finally:
        bindings = [f"{binding.format(namespace)}/somebody" for namespace in namespaces]
        for made in (*bindings, role, f"{accounts}/somebody"):
            assert (await api.delete(made))[0] == 200


async def take_away(api: Api, *resources: str) -> None:
    """Take the rights to these resources from somebody who was `granted` some."""
    if api.demo is not None:
        user = api.demo.access.user("Bearer somebody")
        left = [rule for rule in user.rules if not set(rule.resources) & set(resources)]
        api.demo.access.grant("somebody", "somebody", *left)
        return
    role = f"{RBAC}/clusterroles/{api.namespace}"
    _, found = await api.get(role)
    kept = [rule for rule in found["rules"] if not set(rule["resources"]) & set(resources)]
    code, answer = await api.put(role, found | {"rules": kept})
    assert code == 200, answer
