"""Keys that give Argo CD a health check for Stacks, or are meant to."""

from __future__ import annotations

from collections.abc import Iterator

from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE, labelled
from health.result import ArgoCDVersion
from manifests.argocd.settings_keys import key_faults, looks_like_customization, right_key
from manifests.argocd.settings_places import SettingsKey, settings_keys
from manifests.argocd.stack_check import argocd_release
from manifests.document import Document
from manifests.problem import AddField, Edit, Problem, RenameKey, Severity
from manifests.repository import Repository
from manifests.rule import Rule

_CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
  labels:
    app.kubernetes.io/name: argocd-cm
    app.kubernetes.io/part-of: argocd
data:
  {key}: |
    return {{status = "Progressing"}}
"""

HEALTH_KEY = Rule(
    id="argocd/health-key",
    severity=Severity.ERROR,
    title="a health customization never takes effect, or breaks Argo CD",
    effect="Argo CD accepts a key for a kind that isn't there, and never uses it. A key whose type it doesn't know, "
    "such as `resource.customizations.pulumi.com_Stack`, breaks the instance: every Application turns Unknown.",
    remedy=f"The key is `{right_key()}`, in `data` of argocd-cm, or in `configs.cm` of the chart's values.",
    wrong=_CONFIG_MAP.format(key="resource.customizations.health.pulumi.com-Stack"),
    right=_CONFIG_MAP.format(key="resource.customizations.health.pulumi.com_Stack"),
    alike=_CONFIG_MAP.format(key="resource.customizations.health.apps_Deployment"),
)

RULES = (HEALTH_KEY,)


def check(repository: Repository) -> Iterator[Problem]:
    release = argocd_release(repository)
    for place in settings_keys(repository):
        if place.unread:
            yield HEALTH_KEY.at(
                place.document, place.path, f"{place.key} is never in force: {place.unread}", fix=_home(place, release)
            )
            continue
        fault = next(key_faults(place.key, place.value, release, texts_only=place.texts_only), None)
        if fault is None:
            continue
        edits: tuple[Edit, ...] = ()
        if fault.right and place.renamable and fault.right not in place.document.mapping(*place.path[:-1]):
            edits = (RenameKey(place.path, fault.right),)
        yield HEALTH_KEY.at(
            place.document, place.path, fault.message, fix=f"Write `{fault.right}`." if fault.right else "", edits=edits
        )
    for document in repository.of_kind("", "ConfigMap"):
        yield from _unlabelled(repository, document)


def _home(place: SettingsKey, release: ArgoCDVersion) -> str:
    """Where a key belongs that stands where nobody reads it."""
    is_right = next(key_faults(place.key, place.value, release, texts_only=False), None) is None
    key = place.key if is_right else right_key()
    if place.document.kind == "ArgoCD":
        return "Write `resourceHealthChecks: [{group: pulumi.com, kind: Stack, check: …}]`."
    if place.document.kind == "ConfigMap":
        return f"Write `{key}` into `data` of the ConfigMap argocd-cm."
    return f"Write `{key}` under `{place.home or 'configs.cm'}`, where the chart reads it."


def _unlabelled(repository: Repository, document: Document) -> Iterator[Problem]:
    metadata = document.mapping("metadata")
    if document.name != "argocd-cm" or labelled(metadata) or repository.may_be_patched(document):
        return
    if not any(looks_like_customization(key) for key in document.mapping("data")):
        return
    if repository.kustomizations.roots.get(document):
        return  # Kustomize may add labels
    edits: tuple[Edit, ...] = ()
    if document.mapping("metadata", "labels"):
        edits = (AddField(("metadata", "labels"), LABEL, LABEL_VALUE),)
    yield HEALTH_KEY.at(
        document,
        ("metadata", "labels"),
        f"this argocd-cm hasn't the label {LABEL}: {LABEL_VALUE}, without which Argo CD doesn't see it: once it is "
        'applied like this, every Application turns Unknown (configmap "argocd-cm" not found)',
        fix=f"Write `labels: {{{LABEL}: {LABEL_VALUE}}}`.",
        edits=edits,
        severity=Severity.WARNING,
    )
