"""Kustomize folders: which documents a kustomization takes in, and what it may change of them.

Nothing is rendered. What a patch makes of a document isn't known here, only that it may make something of it.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import Flag, auto
from functools import cached_property
from typing import Any

from manifests.delivery.kustomize_patches import PatchTarget, inline_targets, patch_entries, paths_of_parts, target_of
from manifests.document import Document
from manifests.reading.file_tree import KUSTOMIZATIONS
from manifests.reading.source_file import SourceFile

_OF_DATA = ("ConfigMapGenerator", "SecretGenerator", "ksops", "SopsSecretGenerator", "SopsSecret")
"""kinds of generators that make ConfigMaps and Secrets alone"""


class KustomizeChange(Flag):
    """What Kustomize may change of a document."""

    NOTHING = 0
    FIELDS = auto()
    """any field of it, by a patch, a replacement or a transformer; it may also be left out"""
    NAME = auto()
    ANNOTATIONS = auto()
    """annotations that every resource gets"""


def folder_of(place: str) -> str:
    """The folder that a file or folder lies in; empty for the root."""
    return posixpath.dirname(place)


def below(folder: str, path: str) -> str:
    """A path that is written down in a folder, from the root; the root itself is empty."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined


class Kustomization:
    """A ``kustomization.yaml`` and the folder that it stands for."""

    def __init__(self, folder: str, document: Document) -> None:
        self.folder = folder
        self.document = document
        self.files: list[SourceFile] = []
        self.folders: list[Kustomization] = []
        self.components: list[Kustomization] = []
        self.unseen = False
        """whether it takes in what isn't among the files: from elsewhere, from a chart, or generated"""
        self.brings_any_kind = False
        """whether objects of any kind may be among that, and not only ConfigMaps and Secrets"""
        self.targets: list[PatchTarget] = []
        """what its own patches may change"""

    @property
    def namespace(self) -> str:
        return self.document.word("namespace")

    @cached_property
    def changes_all(self) -> KustomizeChange:
        """What it changes of everything that it takes in."""
        found = KustomizeChange.NOTHING
        if self.document.at("namePrefix") or self.document.at("nameSuffix"):
            found |= KustomizeChange.NAME
        if self.document.at("commonAnnotations"):
            found |= KustomizeChange.ANNOTATIONS
        if self.document.at("transformers"):
            found |= KustomizeChange.FIELDS | KustomizeChange.NAME
        return found


class Kustomizations:
    """The kustomizations among some files."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self._files = {file.place: file for file in files}
        self._in: dict[str, Kustomization] = {}
        for place, file in self._files.items():
            if posixpath.basename(place) in KUSTOMIZATIONS and file.documents:
                self._in[folder_of(place)] = Kustomization(folder_of(place), file.documents[0])
        self._resources: set[str] = set()
        self._parts: set[str] = set()
        for each in self._in.values():
            self._read(each)
        self._taken: dict[str, Mapping[Document, str]] = {}

    def in_folder(self, folder: str) -> Kustomization | None:
        return self._in.get(folder)

    @property
    def all(self) -> Sequence[Kustomization]:
        return list(self._in.values())

    @cached_property
    def parts(self) -> frozenset[str]:
        """The files that are a part of a kustomization, such as a patch, and no manifests of their own."""
        return frozenset(self._parts - self._resources)

    def is_kustomization(self, document: Document) -> bool:
        return any(each.document is document for each in self._in.values())

    # What is taken in

    def _read(self, one: Kustomization) -> None:
        value = one.document
        for word in ("resources", "bases"):
            for entry in value.items(word):
                self._take(one, entry, one.folders)
        for entry in value.items("components"):
            self._take(one, entry, one.components)
        one.brings_any_kind |= any(value.at(word) for word in ("helmCharts", "helmChartInflationGenerator"))
        one.brings_any_kind |= any(self._makes_any_kind(one, each) for each in value.items("generators"))
        generated = ("generators", "configMapGenerator", "secretGenerator")
        one.unseen |= one.brings_any_kind or any(value.at(word) for word in generated)
        self._parts.update(below(one.folder, path) for path in paths_of_parts(value.value))
        for target, path, text in patch_entries(value.value):
            one.targets += self._targets(one.folder, target, path, text)

    def _take(self, one: Kustomization, entry: Any, folders: list[Kustomization]) -> None:
        place = below(one.folder, entry) if isinstance(entry, str) else ""
        if place in self._files:
            self._resources.add(place)
            one.files.append(self._files[place])
        elif place in self._in:
            folders.append(self._in[place])
        else:
            one.unseen = one.brings_any_kind = True

    def _makes_any_kind(self, one: Kustomization, generator: Any) -> bool:
        file = self._files.get(below(one.folder, generator)) if isinstance(generator, str) else None
        return file is None or not file.documents or any(each.kind not in _OF_DATA for each in file.documents)

    def _targets(self, folder: str, target: Any, path: str, text: str) -> Iterator[PatchTarget]:
        if isinstance(target, Mapping):
            yield target_of(target)
        elif text:
            yield from inline_targets(text)
        elif (file := self._files.get(below(folder, path))) is not None and file.broken is None:
            yield from (target_of(document.value, exact=True) for document in file.documents)
        else:
            yield PatchTarget()  # a patch that can't be seen may be one of anything

    def taken_in(self, folder: str) -> Mapping[Document, str]:
        """The documents that the kustomization of a folder takes in, with the namespace that it gives each; empty
        where it leaves them the one that stands in them."""
        return self._taken_in(folder, ())

    def _taken_in(self, folder: str, above: tuple[str, ...]) -> Mapping[Document, str]:
        one = self._in.get(folder)
        if one is None or folder in above:
            return {}
        if folder not in self._taken:
            found: dict[Document, str] = {
                document: "" for file in one.files for document in file.documents if document is not one.document
            }
            for each in (*one.folders, *one.components):
                found.update(self._taken_in(each.folder, (*above, folder)))
            namespaces = [each.namespace for each in (one, *one.components) if each.namespace]
            self._taken[folder] = dict.fromkeys(found, namespaces[0]) if namespaces else found
        return self._taken[folder]

    @cached_property
    def tops(self) -> Sequence[Kustomization]:
        """The kustomizations that no other one builds on."""
        used = {id(each) for one in self._in.values() for each in (*one.folders, *one.components)}
        return [one for one in self._in.values() if id(one) not in used]

    def brings_any_kind(self, folder: str) -> bool:
        """Whether objects of any kind may come from what the kustomization of a folder, or one that it builds on,
        takes in and that can't be seen here."""
        return any(each.brings_any_kind for each in self._built_on(folder))

    @cached_property
    def roots(self) -> Mapping[Document, Sequence[Kustomization]]:
        """By document, the kustomizations that take it in and that no other one builds on."""
        found: dict[Document, list[Kustomization]] = defaultdict(list)
        for one in self.tops:
            for document in self.taken_in(one.folder):
                found[document].append(one)
        return found

    def unseen(self, folder: str) -> bool:
        """Whether the kustomization of a folder, or one that it builds on, takes in what can't be seen here."""
        return any(each.unseen for each in self._built_on(folder))

    def _built_on(self, folder: str) -> Iterator[Kustomization]:
        waiting, met = [folder], set()
        while waiting:
            one = self._in.get(waiting.pop())
            if one is not None and one.folder not in met:
                met.add(one.folder)
                yield one
                waiting += [each.folder for each in (*one.folders, *one.components)]

    # What is changed

    def changes(self, document: Document) -> KustomizeChange:
        """What any kustomization that takes a document in may change of it."""
        return self._changes.get(document, KustomizeChange.NOTHING)

    @cached_property
    def _changes(self) -> Mapping[Document, KustomizeChange]:
        found: dict[Document, KustomizeChange] = defaultdict(lambda: KustomizeChange.NOTHING)
        for one, by in self._changers:
            for document in self.taken_in(one.folder) if by.changes_all else ():
                found[document] |= by.changes_all
        for one, by in self._changers:
            for document in self.taken_in(one.folder) if by.targets else ():
                renamed = KustomizeChange.NAME in found[document]
                if any(target.may_be(document, renamed) for target in by.targets):
                    found[document] |= KustomizeChange.FIELDS
        return found

    @cached_property
    def _changers(self) -> Sequence[tuple[Kustomization, Kustomization]]:
        """Each kustomization with those that change what it takes in: itself, and its components."""
        found = []
        for one in self._in.values():
            waiting, met = [one], {one.folder}
            while waiting:
                by = waiting.pop()
                found.append((one, by))
                for each in by.components:
                    if each.folder not in met:
                        met.add(each.folder)
                        waiting.append(each)
        return found
