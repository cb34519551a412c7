"""Namespaces into which objects come that no file of the repository holds: from other repositories and revisions, from
charts that lie elsewhere, and from what Kustomize fetches or makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from manifests.delivery.destinations import ANY, destination_cluster, destination_namespace, may_be_one_cluster
from manifests.delivery.git_sources import SourceOrigin
from manifests.delivery.kustomize import Kustomization
from manifests.document import Document
from manifests.repository import Repository


class UnseenObjects:
    """Where objects may be of which nothing is known here."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def may_be_near(self, document: Document) -> bool:
        """Whether some may be in the namespace of a document. A cluster tells everything that is in it."""
        if document.is_live or not self._clusters:
            return False
        own = self._repository.namespaces(document)
        there = [
            cluster
            for namespace in ((*own, ANY) if own else self._clusters)
            for cluster in self._clusters.get(namespace, ())
        ]
        if not there:
            return False
        here = {destination_cluster(each.application) for each in self._repository.deliveries.of(document)} or {ANY}
        return any(may_be_one_cluster(one, other) for one in here for other in there)

    @cached_property
    def _clusters(self) -> dict[str, set[str]]:
        """By namespace, the clusters in which they may be in it."""
        found: dict[str, set[str]] = defaultdict(set)
        for namespace, cluster in (*self._of_applications(), *self._of_kustomizations()):
            found[namespace].add(cluster)
        return found

    def _of_applications(self) -> Iterator[tuple[str, str]]:
        if self._repository.checkout is None:
            return  # of no source is known whether it is this repository
        for source in self._repository.deliveries.sources:
            address = source.fields.get("repoURL")
            if source.application.is_live or not isinstance(address, str) or not address:
                continue
            if source.origin is not SourceOrigin.HERE and not ("ref" in source.fields and "path" not in source.fields):
                yield destination_namespace(source.application), destination_cluster(source.application)

    def _of_kustomizations(self) -> Iterator[tuple[str, str]]:
        kustomizations = self._repository.kustomizations
        delivered: dict[str, list[Document]] = defaultdict(list)
        for each in self._repository.deliveries.found:
            delivered[each.source.folder].append(each.application)
        tops = {each.folder: each for each in kustomizations.tops}
        for folder in {*tops, *delivered}:
            one = kustomizations.in_folder(folder)
            if one is not None and kustomizations.brings_any_kind(folder):
                yield from _ends(one, delivered.get(folder, ()))


def _ends(one: Kustomization, applications: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """Namespace and cluster in which what a kustomization brings may end."""
    given = next((each.namespace for each in (one, *one.components) if each.namespace), "")
    ends = [(given or destination_namespace(each), destination_cluster(each)) for each in applications]
    yield from ends or [(given, ANY)]
