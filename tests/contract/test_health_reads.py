"""``health status``, ``diff`` and ``preview`` see an Argo CD in a namespace of its own, and leave it as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.api import MERGE, Api
from contract.api import kubeconfig as kubeconfig
from support.argocds import OURS, STACK
from support.program import run

Obj = dict[str, Any]
PART_OF = {"app.kubernetes.io/part-of": "argocd"}


async def argo_cd(api: Api, data: dict[str, str] | None = None) -> Obj:
    """An Argo CD 3.6.1 as its manifests leave it, without pods."""
    for plural, kind, part in (
        ("statefulsets", "StatefulSet", "application-controller"),
        ("deployments", "Deployment", "server"),
    ):
        labels = PART_OF | {"app.kubernetes.io/component": part, "app.kubernetes.io/name": f"argocd-{part}"}
        pod = {"containers": [{"name": f"argocd-{part}", "image": "quay.io/argoproj/argocd:v3.6.1"}]}
        spec: Obj = {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        }
        made: Obj = {"apiVersion": "apps/v1", "kind": kind, "spec": spec}
        metadata = {"name": f"argocd-{part}", "labels": labels}
        await api.make(f"/apis/apps/v1/namespaces/{api.namespace}/{plural}", made | {"metadata": metadata})
    settings: Obj = {"metadata": {"name": "argocd-cm", "labels": PART_OF}}
    return await api.make(api.configmaps(), settings | ({"data": data} if data is not None else {}))


async def deliver(api: Api) -> None:
    """An invalid Stack in the first wave of two, and the Application whose sync waits for it."""
    await api.make_stack("bad")
    stalled = {"type": "Stalled", "status": "True", "reason": "SpecInvalid", "message": "missing branch"}
    conditions = [stalled | {"lastTransitionTime": "2027-01-15T08:00:00Z"}]
    code, _ = await api.patch(
        api.stacks("bad", "status"), {"status": {"conditions": conditions, "observedGeneration": 0}}, MERGE
    )
    assert code == 200
    held = {"group": "pulumi.com", "kind": "Stack", "namespace": api.namespace, "name": "bad", "status": "Synced"}
    last = {"group": "", "kind": "ConfigMap", "namespace": api.namespace, "name": "x", "syncWave": 1}
    app: Obj = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "infra"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": api.namespace},
            "source": {"repoURL": "https://git.example/infra", "path": ".", "targetRevision": "main"},
        },
        "operation": {"sync": {}},
        "status": {
            "health": {"status": "Progressing"},
            "sync": {"status": "Synced", "comparedTo": {"destination": {}, "source": {"repoURL": "x"}}},
            "operationState": {
                "phase": "Running",
                "operation": {"sync": {}},
                "startedAt": "2027-01-15T08:00:00Z",
                "message": "waiting for healthy state of pulumi.com/Stack/bad",
            },
            "resources": [held, last],
        },
    }
    await api.make(api.apps(), app)


async def test_an_argo_cd_is_seen_with_its_version_and_checks(api: Api, kubeconfig: Path) -> None:
    await argo_cd(api, {STACK: OURS})
    ended = await run(kubeconfig, "health", "status", "--instance", api.namespace, "-o", "json", "--require", "Stack")
    (one,) = ended.json["instances"]
    assert (ended.code, one["version"], one["core"], one["labelled"]) == (0, "v3.6.1", False, True)
    assert [check["inForce"] for check in one["checks"]] == ["ours", "none", "none", "none"]
    assert (await run(kubeconfig, "health", "diff", "--instance", api.namespace)).code == 0


async def test_it_is_found_among_all_namespaces(api: Api, kubeconfig: Path) -> None:
    await argo_cd(api)
    found = (await run(kubeconfig, "health", "status", "-o", "json")).json["instances"]
    assert [one["namespace"] for one in found if one["namespace"] == api.namespace] == [api.namespace]


async def test_a_sync_that_waits_for_ever_is_seen_to_fail_with_our_check(api: Api, kubeconfig: Path) -> None:
    before = await argo_cd(api)
    await deliver(api)
    chosen = ("--instance", api.namespace, "-n", api.namespace)
    found = (await run(kubeconfig, "health", "preview", *chosen, "-o", "json")).json
    (change,) = found["changes"]
    assert (change["before"]["status"], change["after"]["status"]) == ("Progressing", "Degraded")
    assert change["after"]["message"] == "SpecInvalid: missing branch"
    (sync,) = found["syncs"]
    assert (sync["before"]["outcome"], sync["after"]["outcome"]) == ("waits", "fails")
    _, after = await api.get(api.configmaps("argocd-cm"))
    assert after == before
