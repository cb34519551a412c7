"""Whether an Argo CD that is set up by this repository has a health check for Stacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from health import builtin
from health.argocd_cm.documents import settings_documents
from health.argocd_cm.settings import read_settings
from health.check_kinds import STACK, config_map_key
from health.go.yaml import YamlError, first
from health.result import ArgoCDVersion
from manifests.argocd.settings_places import settings_keys
from manifests.repository import Repository

_KEY = config_map_key(STACK)


def argocd_release(repository: Repository) -> ArgoCDVersion:
    major, minor, _ = repository.versions.argocd
    return ArgoCDVersion(major, minor)


def stack_check_in_force(repository: Repository) -> bool:
    """Whether it has: the one that Argo CD brings, or one that is written down anywhere here. An argocd-cm of a cluster
    that may not be read may have one."""
    release = argocd_release(repository)
    if release >= builtin.SINCE or not repository.knows("", "ConfigMap"):
        return True
    read = ({each.key: each.value} for each in settings_keys(repository) if not each.unread)
    settings = chain(_settings(repository), (each for each in read if all(isinstance(it, str) for it in each.values())))
    return any(_has_check(data, release) for data in settings) or any(
        _KEY in file.text for file in repository.files if file.template is not None or file.broken is not None
    )


def _has_check(data: Mapping[str, str], release: ArgoCDVersion) -> bool:
    return bool(read_settings(data, release).in_force(STACK).override.script)


def _settings(repository: Repository) -> Iterator[Mapping[str, str]]:
    for document in (*(each for file in repository.files for each in file.documents), *repository.documents):
        for value in (document.value, *_values(document.value)):
            yield from _in_document(value)
        for generator in document.items("configMapGenerator"):
            yield from _generated(generator)
    for application in repository.applications:
        for _, source in (((), application.mapping("spec", "source")), *application.mappings("spec", "sources")):
            for value in _helm_values(source.get("helm")):
                yield from _in_document(value)


def _in_document(value: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    try:
        for found in settings_documents(value):
            yield found.data
    except YamlError:
        return


def _values(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Helm values inside a Flux ``HelmRelease`` or a kustomization's ``helmCharts``."""
    spec = value.get("spec")
    charts = value.get("helmCharts")
    inside = [spec.get("values")] if isinstance(spec, Mapping) else []
    inside += (
        [each.get("valuesInline") for each in charts if isinstance(each, Mapping)] if isinstance(charts, list) else []
    )
    yield from (each for each in inside if isinstance(each, Mapping))


def _helm_values(helm: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(helm, Mapping):
        return
    given = helm.get("valuesObject")
    if isinstance(given, Mapping):
        yield given
    try:
        text = helm.get("values")
        parsed = first(text) if isinstance(text, str) else None
    except YamlError:
        return
    if isinstance(parsed, Mapping):
        yield parsed


def _generated(generator: Any) -> Iterator[Mapping[str, str]]:
    """Keys of a ConfigMap that Kustomize puts together of files and words. What is in a file isn't looked at."""
    if isinstance(generator, Mapping) and generator.get("name") == "argocd-cm":
        for word in ("files", "literals"):
            entries = generator.get(word)
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, str):
                    key, _, value = entry.partition("=")
                    yield {key.rpartition("/")[2] if not value else key: value or "a file"}
