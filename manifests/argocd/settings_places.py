"""Every place of a repository in which keys of argocd-cm are written down, and whether anybody reads that place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from health.go.yaml import YamlError, first
from manifests.argocd.chart_versions import CHART, reads_server_config
from manifests.argocd.settings_keys import looks_like_customization
from manifests.argocd.settings_patches import patched_keys, walk_customizations
from manifests.delivery.kustomize import folder_of
from manifests.document import Document
from manifests.problem import FieldPath
from manifests.repository import ARGO_CD, Repository

_READ = ("configs", "cm")
_KEY_TEXT = re.compile(r"customi[sz]ation", re.IGNORECASE)
_BESIDE = "it stands beside `data`, and Argo CD reads what is in that"
_BESIDE_THE_CHARTS = (
    "it is in a ConfigMap of `extraObjects` beside the chart's own argocd-cm, and one overwrites the other"
)


@dataclass(frozen=True, slots=True)
class SettingsKey:
    """A key for a customization, and its place."""

    document: Document
    path: FieldPath
    key: str
    value: Any
    unread: str = ""
    """why nobody reads this place; empty where it is read"""
    texts_only: bool = False
    renamable: bool = False
    """whether it is a key of the document itself"""
    home: str = ""
    """where among values the chart reads such keys; empty for what isn't a value"""


def settings_keys(repository: Repository) -> Iterator[SettingsKey]:
    for each in _all_keys(repository):
        in_server_config = bool(each.unread) and "server" in each.path and "config" in each.path
        if not in_server_config or not reads_server_config(repository):
            yield each


def _all_keys(repository: Repository) -> Iterator[SettingsKey]:
    for document in repository.documents:
        if document.kind == "ConfigMap" and document.group == "":
            yield from _of_config_map(repository, document)
        elif document.kind == "ArgoCD" and document.group == ARGO_CD:
            yield from _of_operator(document)
        elif document.kind == "HelmRelease" and document.word("spec", "chart", "spec", "chart") == CHART:
            yield from _of_values(document, ("spec", "values"), document.mapping("spec", "values"), "")
        elif repository.kustomizations.is_kustomization(document):
            yield from _of_kustomization(repository, document)
        elif not document.kind and not document.api_version:
            yield from _of_values_file(repository, document)
    for application in repository.of_kind(ARGO_CD, "Application"):
        yield from _of_application(repository, application)


# The ConfigMap


def _of_config_map(repository: Repository, document: Document) -> Iterator[SettingsKey]:
    unread = ""
    if document.name != "argocd-cm":
        if not document.name or repository.may_be_patched(document):
            return
        unread = f"Argo CD reads the ConfigMap argocd-cm and not {document.name}"
    for key, value in document.mapping("data").items():
        if looks_like_customization(key):
            yield SettingsKey(document, ("data", key), key, value, unread, texts_only=True, renamable=True)
    for path, key, value in walk_customizations(document.value, ()):
        if path[:1] != ("data",):
            yield SettingsKey(document, (*path, key), key, value, unread or _BESIDE)


# Other places that are read


def _of_operator(document: Document) -> Iterator[SettingsKey]:
    for key, value in document.mapping("spec", "extraConfig").items():
        if looks_like_customization(key):
            yield SettingsKey(document, ("spec", "extraConfig", key), key, value, texts_only=True, renamable=True)
    for path, check in document.mappings("spec", "resourceHealthChecks"):
        group, kind = check.get("group") or "", check.get("kind") or ""
        if isinstance(group, str) and isinstance(kind, str) and kind:
            name = f"{group.replace('/', '_')}_{kind}" if group else kind
            field = "kind" if group in ("pulumi.com", "auto.pulumi.com") or not group else "group"
            yield SettingsKey(
                document, (*path, field), f"resource.customizations.health.{name}", str(check.get("check"))
            )
    if document.at("spec", "resourceCustomizations"):
        key = "resourceCustomizations"
        unread = "the operator doesn't read spec.resourceCustomizations since 0.8; its place is resourceHealthChecks"
        yield SettingsKey(document, ("spec", key), key, document.at("spec", key), unread)


def _of_kustomization(repository: Repository, document: Document) -> Iterator[SettingsKey]:
    for each in patched_keys(repository, document):
        unread = "" if each.above == ("data",) else _BESIDE
        yield SettingsKey(
            each.document, each.path, each.key, each.value, unread, texts_only=True, renamable=each.in_file
        )
    for path, entry in document.mappings("configMapGenerator"):
        for word in ("literals", "files"):
            for place, item in enumerate(document.items(*path, word)):
                key = posixpath.basename(item.partition("=")[0]) if isinstance(item, str) else ""
                if looks_like_customization(key) and entry.get("name") == "argocd-cm":
                    text = item.partition("=")[2] if word == "literals" else ""
                    yield SettingsKey(document, (*path, word, place), key, text)
    for path, chart in document.mappings("helmCharts"):
        values = chart.get("valuesInline")
        if chart.get("name") == CHART and isinstance(values, Mapping):
            yield from _of_values(document, (*path, "valuesInline"), values, "")


# Helm values


def _of_values(document: Document, start: FieldPath, values: Mapping[str, Any], under: str) -> Iterator[SettingsKey]:
    """Of values of the chart, or with `under` of a chart that has it under this name."""
    wanted: FieldPath = (under, *_READ) if under else _READ
    home = ".".join(map(str, wanted))
    create = values.get(under) if under else values
    for word in (*_READ, "create"):
        create = create.get(word) if isinstance(create, Mapping) else None
    for path, key, value in walk_customizations(values, ()):
        if path == wanted:
            unread = "`configs.cm.create` is false, so the chart makes no argocd-cm" if create is False else ""
        elif "extraObjects" in path:
            unread = "" if create is False and path[-1] == "data" else _BESIDE_THE_CHARTS
        else:
            place = ".".join(map(str, path)) or "the top"
            unread = f"the chart {CHART} reads {home} and not {place}"
        in_file = not document.kind
        yield SettingsKey(document, (*start, *path, key), key, value, unread, renamable=in_file, home=home)
    keys = values.get(under) if under else values
    for word in _READ:
        keys = keys.get(word) if isinstance(keys, Mapping) else None
    nested = keys.get("resource") if isinstance(keys, Mapping) else None
    if isinstance(nested, Mapping) and any(str(key).startswith("customization") for key in nested):
        unread = "the chart wants one key with dots in it, and makes `resource: map[…]` of mappings in mappings"
        yield SettingsKey(document, (*start, *wanted, "resource"), "resource: customizations", nested, unread)
    yield from _in_templates(document, start, values)


def _in_templates(document: Document, start: FieldPath, values: Mapping[str, Any]) -> Iterator[SettingsKey]:
    """Objects of `extraObjects` that are written as texts."""
    objects = values.get("extraObjects")
    for place, text in enumerate(objects if isinstance(objects, list) else ()):
        if isinstance(text, str) and "{{" not in text and "argocd-cm" in text:
            try:
                found = first(text)
            except YamlError:
                continue
            for _, key, value in walk_customizations(found, ()):
                yield SettingsKey(document, (*start, "extraObjects", place), key, value, _BESIDE_THE_CHARTS)


def _of_values_file(repository: Repository, document: Document) -> Iterator[SettingsKey]:
    if not _KEY_TEXT.search(document.text):
        return
    place = repository.deliveries.place(document)
    chart = _chart_of(repository, place)
    if chart is not None:
        if chart.name_in_values is not None:
            yield from _of_values(document, (), document.value, chart.name_in_values)
    elif "values" in posixpath.basename(place):
        under = next((key for key, value in document.value.items() if _has(value)), "")
        at_top = _has(document.value)
        yield from _of_values(document, (), document.value, "" if at_top or not under else under)


def _has(values: Any) -> bool:
    configs = values.get("configs") if isinstance(values, Mapping) else None
    return isinstance(configs, Mapping) and "cm" in configs


@dataclass(frozen=True, slots=True)
class _Chart:
    name_in_values: str | None
    """under which name its values have those of argo-cd: empty for the chart itself, None where it hasn't that chart"""


def _chart_of(repository: Repository, place: str) -> _Chart | None:
    """The chart in whose folder a file lies."""
    folder = folder_of(place)
    while True:
        for document in repository.charts.get(folder, ()):
            for _, dependency in document.mappings("dependencies"):
                if dependency.get("name") == CHART:
                    return _Chart(str(dependency.get("alias") or CHART))
            return _Chart("" if document.word("name") == CHART else None)
        if not folder:
            return None
        folder = folder_of(folder)


def _of_application(repository: Repository, application: Document) -> Iterator[SettingsKey]:
    sources: list[tuple[FieldPath, Mapping[str, Any]]] = [(("spec", "source"), application.mapping("spec", "source"))]
    for path, source in (*sources, *application.mappings("spec", "sources")):
        helm = source.get("helm")
        if not isinstance(helm, Mapping):
            continue
        under = "" if source.get("chart") == CHART else None
        if under is None and isinstance(source.get("path"), str):
            chart = _chart_of(repository, posixpath.join(posixpath.normpath(source["path"]), "values.yaml"))
            under = chart.name_in_values if chart is not None else None
        if under is None:
            continue
        given = helm.get("valuesObject")
        if isinstance(given, Mapping):
            yield from _of_values(application, (*path, "helm", "valuesObject"), given, under)
        try:
            written = first(helm["values"]) if isinstance(helm.get("values"), str) else None
        except YamlError:
            written = None
        if isinstance(written, Mapping):
            for each in _of_values(application, (*path, "helm", "values"), written, under):
                yield SettingsKey(each.document, (*path, "helm", "values"), each.key, each.value, each.unread)
        for place, parameter in enumerate(application.items(*path, "helm", "parameters")):
            yield from _of_parameter(application, (*path, "helm", "parameters", place, "name"), parameter, under)


def _of_parameter(application: Document, path: FieldPath, parameter: Any, under: str) -> Iterator[SettingsKey]:
    """Of a parameter such as ``configs.cm.resource\\.customizations\\.health\\.pulumi\\.com_Stack``."""
    name = parameter.get("name") if isinstance(parameter, Mapping) else None
    if not isinstance(name, str) or "customization" not in name:
        return
    steps = [step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", name)]
    *above, key = steps
    wanted = [under, *_READ] if under else list(_READ)
    if above == wanted:
        yield SettingsKey(application, path, key, parameter.get("value"))
    elif steps[: len(wanted)] == wanted:
        unread = "Helm takes its dots for steps, and makes mappings in mappings of it; each has to be `\\.`"
        yield SettingsKey(application, path, name, None, unread)
    else:
        yield SettingsKey(application, path, name, None, f"the chart {CHART} reads {'.'.join(wanted)}")
