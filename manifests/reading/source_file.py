"""The text of one file, and the documents that are in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from health.go.yaml import YamlError, nodes, value_of
from manifests.document import Document
from manifests.placeholders import has_placeholder
from manifests.problem import FieldPath, Position
from manifests.reading.decoded_text import DecodedText
from manifests.reading.template_marks import first_placeholder
from manifests.reading.text_lines import TextLines

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


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
    is_chart_template: bool = False
    """whether it lies in the folder ``templates`` of a Helm chart"""
    skipped: str = ""
    """why it wasn't looked at, if it wasn't"""
    duplicates: list[tuple[Document, FieldPath, Position]] = field(default_factory=list)
    """keys that stand twice in a mapping, with the place of each but the last"""
    decoded: DecodedText | None = field(default=None, repr=False)
    """how its bytes become its text; None for what isn't a file"""

    @property
    def place(self) -> str:
        """The path by which other files name this one: from the root of its Git repository, or as it was given."""
        return posixpath.normpath((self.path or self.name).replace("\\", "/"))


def parse_source(name: str, text: str, path: str = "", *, chart: bool = False) -> SourceFile:
    """Read a file's documents. A file that breaks off keeps those before that, unless it is a template."""
    found = SourceFile(name, text, path, is_chart_template=chart)
    if chart and (place := first_placeholder(text, anywhere=True)) is not None:
        found.template = place
        return found
    try:
        for index, node in enumerate(nodes(text)):
            _add_document(found, index, node)
    except YamlError as error:
        found.template = first_placeholder(text)
        if found.template is None:
            mark, why = error.mark, str(error)
            place = Position(mark.line + 1, mark.column + 1) if mark is not None else _forbidden(text)
            found.broken = (place, why.partition(": ")[2] if why.startswith("line ") else why)
    if found.template is not None:
        found.documents.clear()
        found.duplicates.clear()
    return found


def _forbidden(text: str) -> Position:
    """The first character that YAML can't have, of which the parser doesn't say where it stands; else the start."""
    found = _FORBIDDEN.search(text)
    return Position(1, 1) if found is None else TextLines(text).position(found.start())


def _add_document(found: SourceFile, index: int, node: Any) -> None:
    repeating: list[Any] = []
    try:
        value = value_of(node, repeating)
    except YamlError as error:
        if not _looks_like_an_object(node) and first_placeholder(found.text) is None:
            return  # YAML that JSON can't hold is fine in what isn't Kubernetes'
        error.mark = error.mark or node.start_mark
        raise
    if not isinstance(value, dict):
        return
    whole = Document(found.name, index, value, node, text=found.text)
    if repeating:
        found.duplicates += ((whole, *twice) for twice in _duplicates(node))
    for each in _objects(whole):
        for path in _IDENTITY:
            if has_placeholder(each.at(*path)):
                found.template = found.template or each.position(path, of_value=True)
        found.documents.append(each)


def _looks_like_an_object(node: Any) -> bool:
    keys = {key.value for key, _ in node.value if key.id == "scalar"} if node.id == "mapping" else set()
    return {"apiVersion", "kind"} <= keys


def _objects(whole: Document) -> Iterator[Document]:
    """The document, or where it is a list of objects, each of them, and of the lists in it."""
    items = whole.value.get("items")
    if not isinstance(items, list) or not whole.kind.endswith("List"):
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
                if key.id != "scalar" or key.value == "<<":
                    continue
                if value.id != "scalar":
                    waiting.append(((*path, key.value), value))
                if (before := seen.get(key.value)) is not None:
                    yield (*path, key.value), Position(before.start_mark.line + 1, before.start_mark.column + 1)
                seen[key.value] = key
