"""argocd-cm's keys, wherever they are written down: the ConfigMap, a patch of it, Helm values, an ArgoCD resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from health.check_kinds import config_map_key
from health.go.yaml import documents

_PREFIX = "resource."


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """The keys of argocd-cm that a document holds, and what kind of document it is."""

    what: str
    data: Mapping[str, str]


def settings_documents(document: Mapping[str, Any]) -> Iterator[SettingsDocument]:
    """Each place with such keys in a document. Raises YamlError for a patch inside it that isn't YAML."""
    kind = document.get("kind")
    spec = document.get("spec")
    if kind == "ArgoCD" and isinstance(spec, Mapping):
        yield SettingsDocument("ArgoCD resource", _of_operator(spec))
    elif kind in ("ConfigMap", None) and _is_settings(document.get("data")):
        yield SettingsDocument("ConfigMap" if kind else "patch of a ConfigMap", _texts(document["data"]))
    elif kind in ("Kustomization", "Component") or "patches" in document:
        yield from _of_kustomization(document.get("patches"))
    elif kind is None:
        yield from _of_values(document)


def _of_operator(spec: Mapping[str, Any]) -> dict[str, str]:
    checks = spec.get("resourceHealthChecks")
    found: dict[str, str] = {}
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, Mapping):
            group, kind = check.get("group") or "", check.get("kind") or ""
            found[config_map_key(f"{group}/{kind}" if group else str(kind))] = str(check.get("check") or "")
    extra = spec.get("extraConfig")  # the operator writes it last
    return {**found, **(_texts(extra) if isinstance(extra, Mapping) else {})}


def _of_kustomization(patches: Any) -> Iterator[SettingsDocument]:
    for patch in patches if isinstance(patches, list) else ():
        text = patch.get("patch") if isinstance(patch, Mapping) else None
        for found in documents(text) if isinstance(text, str) else ():
            if isinstance(found, Mapping) and _is_settings(found.get("data")):
                yield SettingsDocument("patch of a kustomization", _texts(found["data"]))


def _of_values(document: Mapping[str, Any]) -> Iterator[SettingsDocument]:
    """`configs.cm`, on top or under the name of a dependency."""
    for values in (document, *document.values()):
        configs = values.get("configs") if isinstance(values, Mapping) else None
        keys = configs.get("cm") if isinstance(configs, Mapping) else None
        if isinstance(keys, Mapping):
            yield SettingsDocument("Helm values", _texts(keys))


def _is_settings(data: Any) -> bool:
    return isinstance(data, Mapping) and any(str(key).startswith(_PREFIX) for key in data)


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """The values as the ConfigMap will hold them: Helm writes true as a text."""
    return {key: _text(value) for key, value in data.items() if value is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
