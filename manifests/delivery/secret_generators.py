"""The Secrets that Kustomize makes of a kustomization's secretGenerator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from manifests.document import Document
from manifests.problem import FieldPath

_GROUP = "kustomize.config.k8s.io"
_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True)
class GeneratedSecret:
    """A Secret that isn't in a file of its own. Its namespace is what the last kustomization says that takes it in."""

    kustomization: Document
    path: FieldPath
    """the entry of the generator"""
    name: str
    """without the hash that Kustomize may put behind it"""
    keys: frozenset[str] | None
    """None where other files say them"""


def generated_secrets(documents: Iterable[Document]) -> list[GeneratedSecret]:
    """What the kustomizations among these documents generate."""
    return [each for document in documents if is_kustomization(document) for each in _of(document)]


def is_kustomization(document: Document) -> bool:
    """Whether Kustomize reads it; it needs no kind where the file has the name."""
    return document.group == _GROUP or (not document.kind and PurePosixPath(document.file).name in _FILES)


def _of(document: Document) -> Iterator[GeneratedSecret]:
    for path, entry in document.mappings("secretGenerator"):
        name = document.word(*path, "name")
        if name:
            yield GeneratedSecret(document, path, name, _keys(entry))


def _keys(entry: Mapping[str, Any]) -> frozenset[str] | None:
    """The keys that literals and files give; None where lines of another file do, or a wrong type stands there."""
    if any(entry.get(name) for name in ("env", "envs")) or entry.get("behavior") == "merge":
        return None
    keys: set[str] = set()
    for name in ("literals", "files"):
        items = entry.get(name) or []
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
        keys.update(item.partition("=")[0] if "=" in item else PurePosixPath(item).name for item in items)
    return frozenset(keys)
