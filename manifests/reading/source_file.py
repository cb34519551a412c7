"""The text of one file, and the documents that are in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from health.go.yaml import YamlError, nodes, value_of
from manifests.document import Document
from manifests.problem import FieldPath, Position


@dataclass
class SourceFile:
    """A file of a repository, or what came through a pipe, and what there is to say of it as YAML."""

    name: str
    """as reports name it: relative to where the program was started"""
    text: str = field(repr=False)
    path: str = ""
    """its place in the Git repository, from the root and with ``/``; empty outside of one"""
    documents: list[Document] = field(default_factory=list)
    broken: tuple[Position, str] | None = None
    """where it stops being YAML, and why; the documents before that are there"""
    template: Position | None = None
    """the first place that a template engine has to fill in; such a file has no documents"""
    duplicates: list[tuple[Document, FieldPath, Position]] = field(default_factory=list)
    """keys that stand twice in a mapping, with the place of each but the last"""


def parse_source(name: str, text: str, path: str = "") -> SourceFile:
    """Read a file's documents. A file that breaks off keeps those before that."""
    found = SourceFile(name, text, path)
    try:
        for index, node in enumerate(nodes(text)):
            value = value_of(node)
            if isinstance(value, dict):
                whole = Document(name, index, value, node, text=text)
                found.duplicates += ((whole, *twice) for twice in _duplicates(node))
                found.documents += _objects(whole)
    except YamlError as error:
        mark = error.mark
        place = Position(mark.line + 1, mark.column + 1) if mark is not None else Position(1, 1)
        text_of = str(error)
        found.broken = (place, text_of.partition(": ")[2] if text_of.startswith("line ") else text_of)
    return found


def _objects(whole: Document) -> Iterator[Document]:
    """The document, or where it is a list of objects, each of them."""
    items = whole.value.get("items")
    if not whole.kind.endswith("List") or not isinstance(items, list):
        yield whole
        return
    for place, item in enumerate(items):
        if isinstance(item, dict):
            yield Document(whole.file, whole.index, item, whole.node, ("items", place), whole.text)


def _duplicates(root: Any) -> Iterator[tuple[FieldPath, Position]]:
    waiting: list[tuple[FieldPath, Any]] = [((), root)]
    met: set[int] = set()  # an alias is the node that it stands for
    while waiting:
        path, node = waiting.pop()
        if id(node) in met:
            continue
        met.add(id(node))
        if node.id == "sequence":
            waiting += [((*path, place), item) for place, item in enumerate(node.value) if item.id != "scalar"]
        elif node.id == "mapping":
            seen: dict[Any, Any] = {}
            for key, value in node.value:
                if value.id != "scalar":
                    waiting.append(((*path, key.value), value))
                if key.id != "scalar" or key.value == "<<":
                    continue
                if (before := seen.get(key.value)) is not None:
                    yield (*path, key.value), Position(before.start_mark.line + 1, before.start_mark.column + 1)
                seen[key.value] = key
