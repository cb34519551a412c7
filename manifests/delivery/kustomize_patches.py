"""The parts of a kustomization that aren't resources: its patches and what they may be meant for, and other files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from health.go.yaml import YamlError, documents

if TYPE_CHECKING:
    from manifests.document import Document


@dataclass(frozen=True, slots=True)
class PatchTarget:
    """The objects that a patch is meant for. What is empty isn't asked for."""

    group: str = ""
    kind: str = ""
    name: str = ""
    exact: bool = False
    """whether these are words, as in a patch that names its object, and not regular expressions"""

    def may_be(self, document: Document, renamed: bool = False) -> bool:
        """Whether a document may be one of them. Of a `renamed` one it isn't known under which name it is meant."""
        return (
            self._says(self.group, document.group)
            and self._says(self.kind, document.kind)
            and (renamed or self._says(self.name, document.name))
        )

    def _says(self, wanted: str, word: str) -> bool:
        if not wanted or wanted == word:
            return True
        if self.exact:
            return False
        pattern = _anchored(wanted)
        return pattern is None or pattern.match(word) is not None


@cache
def _anchored(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(rf"(?:{text})\Z")
    except re.error:
        return None


def target_of(value: Mapping[str, Any], *, exact: bool = False) -> PatchTarget:
    """Of a ``target``, or with `exact` of a patch that is a part of the object itself."""
    if not exact:
        return PatchTarget(_word(value, "group"), _word(value, "kind"), _word(value, "name"))
    metadata = value.get("metadata")
    name = _word(metadata, "name") if isinstance(metadata, Mapping) else ""
    return PatchTarget(_word(value, "apiVersion").rpartition("/")[0], _word(value, "kind"), name, exact=True)


def inline_targets(text: str) -> Iterator[PatchTarget]:
    """Of a patch that is written into the kustomization without a target."""
    try:
        yield from (target_of(found, exact=True) for found in documents(text) if isinstance(found, Mapping))
    except YamlError:
        yield PatchTarget()


def patch_entries(kustomization: Mapping[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Each patch: its target if it has one, its file, or the text that is written here."""
    for word in ("patches", "patchesJson6902"):
        for entry in _items(kustomization, word):
            if isinstance(entry, Mapping):
                yield entry.get("target"), _word(entry, "path"), _word(entry, "patch")
    for entry in _items(kustomization, "patchesStrategicMerge"):
        if isinstance(entry, str):
            yield (None, "", entry) if "\n" in entry or ":" in entry else (None, entry, "")
    for entry in _items(kustomization, "replacements"):
        targets = _items(entry, "targets") if isinstance(entry, Mapping) else []
        for target in targets or [None]:
            select = target.get("select") if isinstance(target, Mapping) else None
            yield (select if isinstance(select, Mapping) else {}), "", ""


def paths_of_parts(kustomization: Mapping[str, Any]) -> Iterator[str]:
    """The files that it reads and that aren't manifests."""
    for _, path, _ in patch_entries(kustomization):
        if path:
            yield path
    for word in ("transformers", "generators", "validators", "configurations", "crds"):
        yield from (entry for entry in _items(kustomization, word) if isinstance(entry, str) and "\n" not in entry)
    for entry in _items(kustomization, "replacements"):
        if path := _word(entry, "path"):
            yield path
    if path := _word(kustomization.get("openapi"), "path"):
        yield path
    for word in ("configMapGenerator", "secretGenerator"):
        for entry in _items(kustomization, word):
            for file in (*_items(entry, "files"), *_items(entry, "envs"), *_items(entry, "env")):
                if isinstance(file, str):
                    yield file.rpartition("=")[2]


def _items(value: Any, word: str) -> list[Any]:
    found = value.get(word) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def _word(value: Any, word: str) -> str:
    found = value.get(word) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
