"""Who keeps an argocd-cm, told from its metadata, and what becomes of a key that somebody else adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Metadata = Mapping[str, Any]
LABEL, LABEL_VALUE = "app.kubernetes.io/part-of", "argocd"
"""Without it Argo CD doesn't see the ConfigMap at all."""

_REVERTS, _KEEPS, _FORGETS = "reverts", "keeps", "forgets"


@dataclass(frozen=True, slots=True)
class ConfigMapOwner:
    """Whoever writes this ConfigMap.

    `added_key` is what they do to a key of ours: ``reverts`` (within seconds), ``forgets`` (at their next full
    write), or ``keeps``. `format` is that of ``health print`` for the place where the key belongs.
    """

    who: str
    name: str
    evidence: str
    added_key: str
    consequence: str
    place: str
    format: str


def owner(metadata: Metadata) -> ConfigMapOwner:
    """The owner of an argocd-cm with this metadata, managedFields included where they could be read."""
    return next(found for find in _FINDERS for found in find(metadata))


def labelled(metadata: Metadata) -> bool:
    """Whether Argo CD sees this ConfigMap: without the label it reports that argocd-cm is not found."""
    return bool(_map(metadata, "labels").get(LABEL) == LABEL_VALUE)


def managers(metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """The field managers of each key in `data`."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries(metadata):
        fields = entry.get("fieldsV1")
        data = fields.get("f:data") if isinstance(fields, Mapping) else None
        for field in data if isinstance(data, Mapping) else ():
            if field.startswith("f:"):
                key = field.removeprefix("f:")
                found[key] = (*found.get(key, ()), str(entry.get("manager", "")))
    return found


def _operator(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    labels = _map(metadata, "labels")
    references = metadata.get("ownerReferences")
    names = [
        str(reference.get("name", ""))
        for reference in (references if isinstance(references, list) else ())
        if isinstance(reference, Mapping) and reference.get("kind") == "ArgoCD"
    ]
    tracked = labels.get("operator.argoproj.io/tracked-by")
    if not names and not tracked:
        return
    name = names[0] if names else str(labels.get("app.kubernetes.io/managed-by", ""))
    evidence = f"ownerReference ArgoCD/{name}" if names else f"label operator.argoproj.io/tracked-by={tracked}"
    yield ConfigMapOwner(
        "argocd-operator",
        name,
        evidence,
        _REVERTS,
        "the operator writes the whole of data at every difference: a key added here is gone within seconds",
        f"spec.resourceHealthChecks of the ArgoCD resource {name}".strip(),
        "argocd-cr",
    )


def _flux(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    labels = _map(metadata, "labels")
    for label, what, form in (
        ("helm.toolkit.fluxcd.io/name", "HelmRelease", "helm-values"),
        ("kustomize.toolkit.fluxcd.io/name", "Kustomization", "kustomize"),
    ):
        name = labels.get(label)
        if name:
            yield ConfigMapOwner(
                "flux",
                str(name),
                f"label {label}={name}",
                _KEEPS,
                "Flux keeps keys of other managers, except of those named kubectl",
                f"the Git source of Flux's {what} {name}",
                form,
            )


def _argo_cd_itself(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    tracking = str(_map(metadata, "annotations").get("argocd.argoproj.io/tracking-id", ""))
    application, _, what = tracking.partition(":")
    own = what == f"/ConfigMap:{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    applied = "argocd-controller" in _names(metadata)
    if not own and not applied:
        return
    chart = "helm.sh/chart" in _map(metadata, "labels")
    source = f"the Git source of the Application {application}" if own else "the Git source of its Application"
    yield ConfigMapOwner(
        "argo-cd",
        application if own else "",
        f"annotation argocd.argoproj.io/tracking-id={tracking}" if own else "field manager argocd-controller",
        _KEEPS,
        "Argo CD applies it from Git: a key that isn't there usually survives, and is gone after a sync with Replace",
        source + (", in the chart's values" if chart else ""),
        "helm-values" if chart else "kustomize",
    )


def _helm(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    release = _map(metadata, "annotations").get("meta.helm.sh/release-name")
    if release or "helm" in _names(metadata):
        yield ConfigMapOwner(
            "helm",
            str(release or ""),
            f"annotation meta.helm.sh/release-name={release}" if release else "field manager helm",
            _FORGETS,
            "an upgrade keeps a key that the chart doesn't set, a new installation doesn't",
            "the values of the release" + (f" {release}" if release else "") + ", at configs.cm",
            "helm-values",
        )


def _code(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    for manager in _names(metadata):
        tool = next((word for word in ("terraform", "pulumi") if word in manager.lower()), "")
        if tool:
            yield ConfigMapOwner(
                tool,
                "",
                f"field manager {manager}",
                _FORGETS,
                f"{tool} writes what its program says: the next run may take the key out",
                "that program",
                "configmap-patch",
            )


def _kubectl(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    names = _names(metadata)
    applied = "kubectl.kubernetes.io/last-applied-configuration" in _map(metadata, "annotations")
    if "kubectl-replace" in names:
        yield ConfigMapOwner(
            "kubectl",
            "",
            "field manager kubectl-replace",
            _FORGETS,
            "the next kubectl replace takes the key out",
            "the manifest that is replaced from",
            "kustomize",
        )
    if applied or "kubectl-client-side-apply" in names or "kubectl" in names:
        yield ConfigMapOwner(
            "kubectl",
            "",
            "annotation kubectl.kubernetes.io/last-applied-configuration" if applied else "a field manager of kubectl",
            _KEEPS,
            "kubectl apply keeps a key that was never in the manifest",
            "the manifest that is applied",
            "kustomize",
        )


def _somebody(metadata: Metadata) -> Iterator[ConfigMapOwner]:
    names = [name for name in _names(metadata) if name]
    yield ConfigMapOwner(
        "somebody",
        "",
        f"field manager {names[0]}" if names else "nothing in its metadata",
        _KEEPS,
        "nobody is known to write it again",
        "the ConfigMap itself",
        "configmap-patch",
    )


_FINDERS: tuple[Callable[[Metadata], Iterator[ConfigMapOwner]], ...]
_FINDERS = (_operator, _flux, _argo_cd_itself, _helm, _code, _kubectl, _somebody)


def _map(metadata: Metadata, name: str) -> Mapping[str, Any]:
    found = metadata.get(name)
    return found if isinstance(found, Mapping) else {}


def entries(metadata: Metadata) -> list[Mapping[str, Any]]:
    """Its managedFields, without what isn't one."""
    found = metadata.get("managedFields")
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _names(metadata: Metadata) -> list[str]:
    return [str(entry.get("manager", "")) for entry in entries(metadata)]
