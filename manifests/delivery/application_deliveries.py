"""Which Application delivers which documents: what Argo CD reads of this repository at the revision that lies here."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any

from health.go.globs import matches
from manifests.delivery.git_sources import SourceOrigin, origin, unresolved
from manifests.delivery.kustomize import Kustomizations, KustomizeChange, below, folder_of
from manifests.delivery.live_deliveries import held_objects
from manifests.document import Document
from manifests.problem import FieldPath
from manifests.reading.checkout import Checkout
from manifests.reading.file_tree import KUSTOMIZATIONS, is_left_out
from manifests.reading.source_file import SourceFile

_MANIFESTS = (".yaml", ".yml", ".json")
_SKIPPED = "+argocd:skip-file-rendering"
_TAG = re.compile(r"\{\{.*?\}\}|\$\{.*?\}|\$\(.*?\)|<.*?>")


class SourceForm(Enum):
    """What Argo CD makes of a folder."""

    DIRECTORY = auto()
    KUSTOMIZE = auto()
    HELM = auto()
    PLUGIN = auto()


@dataclass(frozen=True, eq=False)
class RepositorySource:
    """A source of an Application."""

    application: Document
    path: FieldPath
    """where it stands in the Application"""
    fields: Mapping[str, Any]
    origin: SourceOrigin
    patched: bool = False
    """whether Kustomize or a template's patch may change the Application"""

    @property
    def folder(self) -> str:
        """The path as it is written, from the root of the repository."""
        return below("", _word(self.fields, "path"))


@dataclass(frozen=True, eq=False)
class ApplicationDelivery:
    """A source that delivers documents of this repository."""

    source: RepositorySource
    kind: SourceForm
    documents: Mapping[Document, str | None]
    """with the namespace in which each ends; None where that isn't known"""

    @property
    def application(self) -> Document:
        return self.source.application


class Deliveries:
    """Every source of every Application, and the documents that come from it."""

    def __init__(
        self,
        applications: Sequence[tuple[Document, bool]],
        files: Sequence[SourceFile],
        kustomizations: Kustomizations,
        checkout: Checkout | None,
        objects: Sequence[Document] = (),
    ) -> None:
        self._kustomizations = kustomizations
        self._checkout = checkout
        self._places: dict[Document, str] = {}
        self._documents: dict[str, list[Document]] = {}
        self._skipped: set[str] = set()
        for file in files:
            place = file.place
            self._places.update(dict.fromkeys(file.documents, place))
            if place in kustomizations.parts or _SKIPPED in file.text or not file.path:
                self._skipped.add(place)
            else:
                self._documents[place] = file.documents
        self._sorted = sorted(self._documents)
        self._read: dict[tuple[Any, ...], dict[Document, str]] = {}
        self.sources = [each for one, patched in applications for each in _sources(one, patched, checkout)]
        self.found: list[ApplicationDelivery] = []
        more = any(map(_may_make_applications, files)) or not _all_read(files, checkout)
        self._uncertain: list[str] = [""] if more else []
        """folders of which more may be delivered than is known"""
        self._patterns: list[re.Pattern[str]] = []
        self._of: dict[Document, list[ApplicationDelivery]] = defaultdict(list)
        self._by: dict[Document, list[ApplicationDelivery]] = defaultdict(list)
        for source in self.sources:
            self._follow(source)
        self._hold([each for each, _ in applications if each.is_live], objects)

    # Questions

    def of(self, document: Document) -> Sequence[ApplicationDelivery]:
        """The deliveries that a document comes from."""
        return self._of.get(document, ())

    def of_application(self, application: Document) -> Iterator[Document]:
        """The documents that an Application delivers."""
        for each in self._by.get(application, ()):
            yield from each.documents

    def place(self, document: Document) -> str:
        """The file that a document stands in, from the root of the repository."""
        return self._places.get(document, document.file)

    def may_cover(self, document: Document) -> bool:
        """Whether an Application may deliver a document without its being known: through a chart, from another
        revision, or from a folder that only a cluster tells."""
        place = self.place(document)
        return place in self._skipped or self._is_uncertain(place) or document in self._perhaps_taken_in

    def _is_uncertain(self, place: str) -> bool:
        return any(place == each or not each or place.startswith(f"{each}/") for each in self._uncertain) or any(
            each.match(place) for each in self._patterns
        )

    @cached_property
    def _perhaps_taken_in(self) -> frozenset[Document]:
        """What kustomizations take in that may be delivered."""
        folders = [each.folder for each in self._kustomizations.all if self._is_uncertain(each.folder)]
        return frozenset(document for folder in folders for document in self._kustomizations.taken_in(folder))

    def changes(self, document: Document) -> KustomizeChange:
        """What the Applications that deliver a document have Kustomize change of it."""
        found = KustomizeChange.NOTHING
        for each in self.of(document):
            fields = _map(each.source.fields, "kustomize")
            if fields.get("patches") or fields.get("components"):
                found |= KustomizeChange.FIELDS
            if fields.get("namePrefix") or fields.get("nameSuffix"):
                found |= KustomizeChange.NAME
            if fields.get("commonAnnotations"):
                found |= KustomizeChange.ANNOTATIONS
        return found

    def together(self, one: Document, other: Document) -> bool:
        """Whether the same Application delivers two documents."""
        return bool(self.groups(one) & self.groups(other))

    def groups(self, document: Document) -> frozenset[object]:
        """What stands for the Applications that deliver a document: themselves, or where none is known to, the
        kustomizations that take it in, or its folder."""
        if (deliveries := self.of(document)) or document.is_live:
            return frozenset(each.application for each in deliveries)
        if roots := self._kustomizations.roots.get(document):
            return frozenset(roots)
        return frozenset({("folder", folder_of(self.place(document)))})

    # How they are found

    def _hold(self, applications: Sequence[Document], objects: Sequence[Document]) -> None:
        """Of a cluster: what Applications hold there, whatever Git says."""
        for application, held in held_objects(applications, objects).items():
            path: FieldPath = ("spec", "source")
            source = RepositorySource(application, path, application.mapping(*path), SourceOrigin.UNKNOWN)
            delivery = ApplicationDelivery(
                source, SourceForm.DIRECTORY, {each: each.namespace or None for each in held}
            )
            self._add(delivery)

    def _follow(self, source: RepositorySource) -> None:
        if source.origin is SourceOrigin.ELSEWHERE or (not source.fields.get("path") and source.fields.get("chart")):
            return
        if source.origin is SourceOrigin.UNKNOWN:
            if self._checkout is not None and unresolved(_word(source.fields, "repoURL")):
                self._maybe(source)
        elif source.patched:
            self._uncertain.append("")
        elif source.origin is SourceOrigin.OTHER_REVISION or unresolved(_word(source.fields, "path")):
            self._maybe(source)
        elif self._checkout is not None and source.folder not in self._checkout.folders:
            if self._checkout.in_submodule(source.folder):
                return  # files of another repository, which aren't checked out
            self._uncertain.append("")  # which folder is meant isn't known
        elif isinstance(source.fields.get("path"), str):
            self._deliver(source)

    def _maybe(self, source: RepositorySource) -> None:
        path = _word(source.fields, "path")
        if unresolved(path):
            text = ".*".join(re.escape(part) for part in _TAG.split(path.strip("/")))
            self._patterns.append(re.compile(rf"{text}(?:/.*)?\Z"))
        elif path:
            self._uncertain.append(source.folder)

    def _deliver(self, source: RepositorySource) -> None:
        folder = source.folder
        kind = self._kind(source, folder)
        namespace = _destination(source.application)
        if kind is SourceForm.KUSTOMIZE:
            if self._kustomizations.in_folder(folder) is None:
                self._uncertain.append("")  # what it builds on may be anywhere
                return
            namespace = _word(_map(source.fields, "kustomize"), "namespace") or namespace
            found = dict(self._kustomizations.taken_in(folder))
            for component in _words(_map(source.fields, "kustomize"), "components"):
                found |= self._kustomizations.taken_in(below(folder, component))
            if given := _word(_map(source.fields, "kustomize"), "namespace"):
                found = dict.fromkeys(found, given)
        elif kind is SourceForm.DIRECTORY:
            found = self._in_directory(folder, _map(source.fields, "directory"))
        else:
            self._uncertain += self._charts(folder)
            found = self._in_chart(folder) if kind is SourceForm.HELM else {}
        documents = {document: _known(given or document.namespace or namespace) for document, given in found.items()}
        delivery = ApplicationDelivery(source, kind, documents)
        self._add(delivery)

    def _add(self, delivery: ApplicationDelivery) -> None:
        self.found.append(delivery)
        self._by[delivery.application].append(delivery)
        for document in delivery.documents:
            self._of[document].append(delivery)

    def _kind(self, source: RepositorySource, folder: str) -> SourceForm:
        said = [each for each in ("kustomize", "helm", "directory", "plugin") if source.fields.get(each) is not None]
        if said:
            return SourceForm[said[0].upper()] if len(said) == 1 else SourceForm.PLUGIN
        files: Collection[str] = self._checkout.files if self._checkout is not None else ()
        if f"{folder}/.argocd-source.yaml".lstrip("/") in files:
            return SourceForm.PLUGIN
        if self._kustomizations.in_folder(folder) is not None or any(
            posixpath.join(folder, name) in files for name in KUSTOMIZATIONS
        ):
            return SourceForm.KUSTOMIZE
        return SourceForm.HELM if posixpath.join(folder, "Chart.yaml") in files else SourceForm.DIRECTORY

    def _in_directory(self, folder: str, fields: Mapping[str, Any]) -> dict[Document, str]:
        recurse = fields.get("recurse") is True
        include, exclude = _word(fields, "include"), _word(fields, "exclude")
        key = (folder, recurse, include, exclude)
        if key not in self._read:
            found: dict[Document, str] = {}
            for place in self._below(folder):
                inside = place[len(folder) + 1 :] if folder else place
                if (
                    place.endswith(_MANIFESTS)
                    and (recurse or "/" not in inside)
                    and not (exclude and matches(exclude, inside))
                    and (not include or matches(include, inside))
                ):
                    found.update(dict.fromkeys(self._documents[place], ""))
            self._read[key] = found
        return self._read[key]

    def _in_chart(self, folder: str) -> dict[Document, str]:
        return {
            document: ""
            for chart in self._charts(folder)
            for part in ("templates", "crds")
            for place in self._below(posixpath.join(chart, part))
            for document in self._documents[place]
        }

    def _charts(self, folder: str) -> list[str]:
        """The folder of a chart, and those of the charts of this repository that it depends on."""
        found = [folder]
        for chart in found:
            for document in self._documents.get(posixpath.join(chart, "Chart.yaml"), ()):
                for _, dependency in document.mappings("dependencies"):
                    address = _word(dependency, "repository")
                    other = below(chart, address.removeprefix("file://"))
                    if address.startswith("file://") and other not in found:
                        found.append(other)
        return found

    def _below(self, folder: str) -> Iterator[str]:
        start = f"{folder}/" if folder else ""
        for at in range(bisect_left(self._sorted, start), len(self._sorted)):
            if not self._sorted[at].startswith(start):
                return
            yield self._sorted[at]


def _sources(application: Document, patched: bool, checkout: Checkout | None) -> Iterator[RepositorySource]:
    found = list(application.mappings("spec", "sources"))
    if not found:
        one = ("spec", "sourceHydrator", "drySource")
        path: FieldPath = one if application.mapping(*one) else ("spec", "source")
        found = [(path, application.mapping(*path))] if application.mapping(*path) else []
    for path, fields in found:
        where = origin(checkout, _word(fields, "repoURL"), _word(fields, "targetRevision"))
        yield RepositorySource(application, path, fields, where, patched)


def _all_read(files: Sequence[SourceFile], checkout: Checkout | None) -> bool:
    """Whether every file was read in which an Application may stand, and not only some that somebody named."""
    read = {file.path for file in files}
    return checkout is None or not any(
        place.endswith((".yaml", ".yml")) and place not in read and not is_left_out(place) for place in checkout.files
    )


def _may_make_applications(file: SourceFile) -> bool:
    """Whether it is a template, or broken, and Applications are in it."""
    return (file.template is not None or file.broken is not None) and "kind: Application" in file.text


def _destination(application: Document) -> str:
    return application.word("spec", "destination", "namespace")


def _known(namespace: str) -> str | None:
    return None if not namespace or unresolved(namespace) else namespace


def _map(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _words(value: Mapping[str, Any], key: str) -> list[str]:
    found = value.get(key)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
