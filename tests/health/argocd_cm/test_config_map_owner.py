"""Who keeps an argocd-cm is told from its metadata, and so is what becomes of a key that we add."""

from __future__ import annotations

from typing import Any

import pytest

from health.argocd_cm.config_map_owner import labelled, managers, owner
from health.argocd_cm.snippets import FORMATS

NAME = {"name": "argocd-cm", "namespace": "argocd"}


def managed(manager: str, *keys: str, operation: str = "Apply") -> dict[str, Any]:
    data = {f"f:{key}": {} for key in keys}
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": {"f:data": data}}


def metadata(**more: Any) -> dict[str, Any]:
    return {**NAME, **more}


OPERATOR = metadata(
    labels={"app.kubernetes.io/managed-by": "openshift-gitops", "operator.argoproj.io/tracked-by": "argocd"},
    ownerReferences=[{"kind": "ArgoCD", "name": "openshift-gitops", "controller": True}],
)
CHART = {"helm.sh/chart": "argo-cd-9.0.0", "app.kubernetes.io/managed-by": "Helm"}
RELEASE = {"meta.helm.sh/release-name": "argo", "meta.helm.sh/release-namespace": "argocd"}
TRACKED = {"argocd.argoproj.io/tracking-id": "argocd:/ConfigMap:argocd/argocd-cm"}
APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}


@pytest.mark.parametrize(
    ("given", "who", "name", "added_key", "form"),
    [
        (OPERATOR, "argocd-operator", "openshift-gitops", "reverts", "argocd-cr"),
        (
            metadata(labels={"operator.argoproj.io/tracked-by": "argocd"}),
            "argocd-operator",
            "",
            "reverts",
            "argocd-cr",
        ),
        (metadata(labels=CHART, annotations=RELEASE), "helm", "argo", "forgets", "helm-values"),
        (metadata(managedFields=[managed("helm", "url")]), "helm", "", "forgets", "helm-values"),
        (metadata(labels=CHART, annotations=TRACKED), "argo-cd", "argocd", "keeps", "helm-values"),
        (metadata(annotations=TRACKED), "argo-cd", "argocd", "keeps", "kustomize"),
        (metadata(managedFields=[managed("argocd-controller", "url")]), "argo-cd", "", "keeps", "kustomize"),
        (
            metadata(annotations={"argocd.argoproj.io/tracking-id": "app:/ConfigMap:other/argocd-cm"}),
            "somebody",
            "",
            "keeps",
            "configmap-patch",
        ),
        (
            metadata(labels={"kustomize.toolkit.fluxcd.io/name": "argocd"}),
            "flux",
            "argocd",
            "keeps",
            "kustomize",
        ),
        (metadata(labels={"helm.toolkit.fluxcd.io/name": "argo", **CHART}), "flux", "argo", "keeps", "helm-values"),
        (metadata(managedFields=[managed("Terraform", "url")]), "terraform", "", "forgets", "configmap-patch"),
        (metadata(managedFields=[managed("pulumi-kubernetes-1", "a")]), "pulumi", "", "forgets", "configmap-patch"),
        (metadata(annotations=APPLIED), "kubectl", "", "keeps", "kustomize"),
        (metadata(managedFields=[managed("kubectl", "url")]), "kubectl", "", "keeps", "kustomize"),
        (
            metadata(annotations=APPLIED, managedFields=[managed("kubectl-replace", "a", operation="Update")]),
            "kubectl",
            "",
            "forgets",
            "kustomize",
        ),
        (metadata(managedFields=[managed("kubectl-edit", "a")]), "somebody", "", "keeps", "configmap-patch"),
        (metadata(), "somebody", "", "keeps", "configmap-patch"),
        ({"labels": 3, "annotations": [], "managedFields": "x"}, "somebody", "", "keeps", "configmap-patch"),
    ],
)
def test_who_owns_argocd_cm_is_seen_from_its_metadata(
    given: dict[str, Any], who: str, name: str, added_key: str, form: str
) -> None:
    found = owner(given)
    assert (found.who, found.name, found.added_key, found.format) == (who, name, added_key, form)
    assert found.format in FORMATS
    assert found.evidence and found.consequence and found.place


def test_who_manages_which_key() -> None:
    entries = [managed("kubectl-client-side-apply", "url", "a"), managed("kubectl-patch", "a"), {"manager": "odd"}, 3]
    assert managers(metadata(managedFields=entries)) == {
        "url": ("kubectl-client-side-apply",),
        "a": ("kubectl-client-side-apply", "kubectl-patch"),
    }
    assert managers(metadata()) == {}


def test_without_its_label_argo_cd_does_not_see_it() -> None:
    assert labelled(metadata(labels={"app.kubernetes.io/part-of": "argocd"}))
    assert not labelled(metadata(labels={"app.kubernetes.io/part-of": "argo"}))
    assert not labelled(metadata())
