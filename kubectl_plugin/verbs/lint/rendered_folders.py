"""``lint --render``: what `kubectl kustomize` makes of folders with a kustomization, in the place of their files."""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from kubectl_plugin.cli.exit_codes import UsageError
from manifests.document import Document
from manifests.problem import Position, Problem
from manifests.reading.file_tree import KUSTOMIZATIONS
from manifests.reading.source_file import SourceFile, parse_source
from stacks.fields import texts_within

_TIME = 120
"""seconds for a folder, which may have bases elsewhere that are fetched"""
_LOGGED = re.compile(r'^[EF][0-9]{4} .*\] "command failed" err="((?:[^"\\]|\\.)*)"', re.MULTILINE)
_RENDERED = "+rendered.yaml"
"""the name of the file, which isn't there, that a kustomization takes in in the place of its own"""


@dataclass
class RenderedFiles:
    """Files of which those that a kustomization takes in are replaced by what it makes of them."""

    files: list[SourceFile]
    replaced: list[SourceFile] = field(default_factory=list)
    kustomizations: dict[str, SourceFile] = field(default_factory=dict)
    """by the name of the file with what was made of it"""
    failed: dict[str, str] = field(default_factory=dict)
    """folder -> why it can't be rendered"""

    def in_sources(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems where they can be mended: in the file that an object comes from, where that can be told, and
        else in the kustomization. Each once, however many overlays have it."""
        made = {file.name: file for file in self.files if file.name in self.kustomizations}
        origins: dict[tuple[str, str, str], list[tuple[SourceFile, Document]]] = {}
        for source in self.replaced:
            for document in source.documents:
                origins.setdefault(_identity(document), []).append((source, document))
        met = set()
        for each in problems:
            if each.file in made:
                each = self._in_source(each, made[each.file], origins)
                key = (each.rule, each.file, each.position, each.path, each.object)
                if key in met:
                    continue
                met.add(key)
            yield each

    def _in_source(
        self, problem: Problem, made: SourceFile, origins: Mapping[Any, list[tuple[SourceFile, Document]]]
    ) -> Problem:
        kustomization = self.kustomizations[made.name]
        moved = replace(problem, file=kustomization.name, position=Position(1, 1), document=0, edits=())
        documents = [document for document in made.documents if document.index == problem.document]
        found = origins.get(_identity(documents[0]), []) if len(documents) == 1 else []
        if len(found) != 1 or not found[0][1].has(*problem.path):
            return moved
        source, document = found[0]
        return replace(
            moved, file=source.name, position=document.position(problem.path), document=document.index,
            path=document.base + problem.path,
        )  # fmt: skip


def render(files: list[SourceFile]) -> RenderedFiles:
    """Render every folder with a kustomization that no other one builds on. Raises UsageError without a kubectl."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise UsageError("--render needs kubectl, which renders the folders")
    places = {source.place: source for source in files}
    folders = {posixpath.dirname(place): place for place in places if posixpath.basename(place) in KUSTOMIZATIONS}
    takes = {folder: _taken(folder, places[place], places, folders) for folder, place in folders.items()}
    used = {taken for all_taken in takes.values() for taken in all_taken if taken in folders.values()}
    rendered = RenderedFiles(files)
    gone: set[str] = set()
    for folder, place in folders.items():
        if place in used:
            continue
        kustomization = places[place]
        name = str(PurePosixPath(kustomization.name).parent)
        try:
            text = _kustomize(kubectl, name)
        except ValueError as error:
            rendered.failed[name] = f"kubectl kustomize: {error}"
            continue
        made = parse_source(f"{kustomization.name} (rendered)", text, posixpath.join(folder, _RENDERED))
        rendered.kustomizations[made.name] = kustomization
        rendered.files = [each for each in rendered.files if each is not kustomization]
        rendered.files += [_taking(kustomization, made), made]
        gone |= takes[folder]
    rendered.replaced = [places[place] for place in gone]
    rendered.files = [each for each in rendered.files if each.place not in gone]
    return rendered


def _taking(kustomization: SourceFile, made: SourceFile) -> SourceFile:
    """A kustomization that takes in what was made of it, and changes nothing."""
    text = f"kind: Kustomization\nresources:\n- {_RENDERED}\n"
    return parse_source(kustomization.name, text, kustomization.path)


def _taken(
    folder: str, kustomization: SourceFile, places: Mapping[str, SourceFile], folders: Mapping[str, str]
) -> set[str]:
    """The files that a kustomization names in any field, and those of the folders that it builds on."""
    found: set[str] = set()
    waiting = [(folder, kustomization)]
    while waiting:
        where, source = waiting.pop()
        for document in source.documents:
            for text in texts_within(document.value):
                place = posixpath.normpath(posixpath.join(where, text))
                place = folders.get("" if place == "." else place, place)
                if place in places and place not in found and places[place] is not kustomization:
                    found.add(place)
                    if place in folders.values():
                        waiting.append((posixpath.dirname(place), places[place]))
    return found


def _identity(document: Document) -> tuple[str, str, str]:
    return document.group, document.kind, document.name


def _kustomize(kubectl: str, folder: str) -> str:
    """What `kubectl kustomize` prints. Raises ValueError with what it says instead."""
    try:
        done = subprocess.run(  # noqa: S603 - the folder is one that was read
            [kubectl, "kustomize", f"./{folder}" if not folder.startswith("/") else folder],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIME,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(str(error)) from None
    if done.returncode:
        raise ValueError(_said(done.stderr.decode("utf-8", "replace")).removeprefix("error: ")[:2000])
    return done.stdout.decode("utf-8", "replace")


def _said(text: str) -> str:
    """What kubectl says, and of what it logs only the message."""
    found = _LOGGED.search(text)
    return found[1].replace('\\"', '"').replace("\\n", "\n") if found is not None else text.strip()
