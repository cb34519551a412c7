"""Which version of the chart argo-cd a repository installs, as far as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from manifests.repository import Repository

CHART = "argo-cd"
_MAJOR = re.compile(r"[\^~=v\s]*(\d+)(?:\.|\Z)")
_WITHOUT_SERVER_CONFIG = 6


def reads_server_config(repository: Repository) -> bool:
    """Whether some chart of it is so old that it takes the keys of argocd-cm from `server.config`, too."""
    for version in _versions(repository):
        major = _MAJOR.match(version) if isinstance(version, str) else None
        if major is not None and int(major[1]) < _WITHOUT_SERVER_CONFIG:
            return True
    return False


def _versions(repository: Repository) -> Iterator[Any]:
    for charts in repository.charts.values():
        for chart in charts:
            for _, dependency in chart.mappings("dependencies"):
                if dependency.get("name") == CHART:
                    yield dependency.get("version")
    for application in repository.applications:
        for source in (
            application.mapping("spec", "source"),
            *(one for _, one in application.mappings("spec", "sources")),
        ):
            if source.get("chart") == CHART:
                yield source.get("targetRevision")
    for document in repository.documents:
        if repository.kustomizations.is_kustomization(document):
            yield from (one.get("version") for _, one in document.mappings("helmCharts") if one.get("name") == CHART)
        elif document.kind == "HelmRelease" and document.word("spec", "chart", "spec", "chart") == CHART:
            yield document.at("spec", "chart", "spec", "version")
