"""The Applications that an ApplicationSet makes, as far as the repository tells.

Generators of lists, of Git folders and files, and matrices of these are followed. What others give is known in a
cluster alone: their parameters stay in the template as they stand, such as ``{{server}}``.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from health.go.yaml import YamlError, first
from manifests.delivery.git_sources import SourceOrigin, origin, unresolved
from manifests.delivery.set_parameters import (
    UNKNOWN_PARAMETERS,
    SetParameters,
    filled,
    merged,
    parameters_of,
    path_parameters,
)  # fmt: skip
from manifests.document import Document
from manifests.reading.checkout import Checkout
from manifests.reading.source_file import SourceFile

_MOST = 5_000
"""Applications of one ApplicationSet that are looked at"""
TEMPLATE = ("spec", "template")


@dataclass(frozen=True)
class MadeApplication:
    """An Application that isn't written down: an ApplicationSet makes it."""

    document: Document
    """its fields stand in the template"""
    maker: Document
    patched: bool
    """whether a ``templatePatch`` may change any field of it"""


class ApplicationSets:
    """Make the Applications of ApplicationSets, from the folders and files of a checkout."""

    def __init__(self, checkout: Checkout | None, files: Mapping[str, SourceFile]) -> None:
        self._checkout = checkout
        self._files = files
        """by their place in the repository"""

    def made_by(self, maker: Document) -> Iterator[MadeApplication]:
        template = maker.mapping(*TEMPLATE)
        if not template:
            return
        go = maker.at("spec", "goTemplate") is True
        patched = bool(maker.at("spec", "templatePatch"))
        for parameters, overriding in islice(self._parameters(maker.items("spec", "generators"), go), _MOST):
            value = filled(merged(template, overriding) if overriding else template, parameters, go=go)
            metadata = value.get("metadata")
            value = {
                "apiVersion": maker.api_version,
                "kind": "Application",
                **value,
                "metadata": {**(metadata if isinstance(metadata, Mapping) else {}), "namespace": maker.namespace},
            }
            document = Document(maker.file, maker.index, value, maker.node, (*maker.base, *TEMPLATE), maker.text)
            yield MadeApplication(document, maker, patched)

    def _parameters(self, generators: Any, go: bool) -> Iterator[tuple[SetParameters, Mapping[str, Any]]]:
        for generator in generators:
            if not isinstance(generator, Mapping):
                continue
            overriding = next((_map(each, "template") for each in generator.values() if _map(each, "template")), {})
            selector = _map(generator, "selector")
            for parameters in self._generated(generator, SetParameters(), go):
                if _selected(selector, parameters):
                    yield parameters, overriding

    def _generated(self, generator: Mapping[str, Any], above: SetParameters, go: bool) -> Iterator[SetParameters]:
        """The parameters of a generator; `above` are those that it may have in its own fields, in a matrix."""
        match next((kind for kind in generator if kind != "selector"), ""):
            case "list":
                found = self._of_list(_map(filled(generator, above, go=go), "list"))
            case "git":
                found = self._of_git(_map(filled(generator, above, go=go), "git"))
            case "matrix":
                found = self._of_matrix(_map(generator, "matrix"), go)
            case kind:
                found = iter([_with_values(UNKNOWN_PARAMETERS, _map(generator, kind))])
        return found

    def _of_list(self, fields: Mapping[str, Any]) -> Iterator[SetParameters]:
        elements = fields.get("elements")
        for element in elements if isinstance(elements, list) else ():
            if isinstance(element, Mapping):
                yield parameters_of(element)
        text = fields.get("elementsYaml")
        if isinstance(text, str) and text.strip():
            try:
                more = None if unresolved(text) else first(text)
            except YamlError:
                more = None
            known = isinstance(more, list)
            for element in more if isinstance(more, list) else ():
                if isinstance(element, Mapping):
                    yield parameters_of(element)
            if not known:
                yield UNKNOWN_PARAMETERS

    def _of_matrix(self, fields: Mapping[str, Any], go: bool) -> Iterator[SetParameters]:
        children = fields.get("generators")
        if (
            not isinstance(children, list)
            or len(children) != 2
            or not all(isinstance(each, Mapping) for each in children)
        ):
            yield UNKNOWN_PARAMETERS
            return
        one, other = children
        for parameters in self._generated(one, SetParameters(), go):
            if _selected(_map(one, "selector"), parameters):
                for more in self._generated(other, parameters, go):
                    if _selected(_map(other, "selector"), more):
                        yield parameters.joined(more)

    def _of_git(self, fields: Mapping[str, Any]) -> Iterator[SetParameters]:
        where = origin(self._checkout, _word(fields, "repoURL"), _word(fields, "revision"))
        if where is not SourceOrigin.HERE or self._checkout is None:
            yield _with_values(UNKNOWN_PARAMETERS, fields)
            return
        prefix = _word(fields, "pathParamPrefix")
        if isinstance(fields.get("directories"), list):
            for folder in _chosen(fields["directories"], sorted(_visible(self._checkout.folders)), _folder_pattern):
                yield _with_values(path_parameters(folder, prefix=prefix), fields)
        elif isinstance(fields.get("files"), list):
            for place in _chosen(fields["files"], sorted(self._checkout.files), _file_pattern):
                folder, name = posixpath.split(place)
                for content in self._contents(place):
                    yield _with_values(content.joined(path_parameters(folder, name, prefix=prefix)), fields)
        else:
            yield UNKNOWN_PARAMETERS

    def _contents(self, place: str) -> Iterator[SetParameters]:
        file = self._files.get(place)
        try:
            content = first(file.text) if file is not None else None
        except YamlError:
            content = None
        if file is None:
            yield UNKNOWN_PARAMETERS
            return
        for each in content if isinstance(content, list) else [content]:
            if isinstance(each, Mapping):
                yield parameters_of(each)


def _with_values(parameters: SetParameters, fields: Mapping[str, Any]) -> SetParameters:
    values = fields.get("values")
    return parameters.joined(parameters_of(values, prefix="values")) if isinstance(values, Mapping) else parameters


def _chosen(entries: list[Any], places: list[str], pattern: Callable[[str], re.Pattern[str]]) -> Iterator[str]:
    wanted: list[re.Pattern[str]] = []
    unwanted: list[re.Pattern[str]] = []
    for entry in entries:
        if isinstance(entry, Mapping) and (path := _word(entry, "path")):
            (unwanted if entry.get("exclude") is True else wanted).append(pattern(path))
    for place in places:
        if any(each.match(place) for each in wanted) and not any(each.match(place) for each in unwanted):
            yield place


def _visible(folders: frozenset[str]) -> Iterator[str]:
    """Argo CD passes over folders whose name begins with a dot."""
    return (each for each in folders if each and not any(part.startswith(".") for part in each.split("/")))


@cache
def _folder_pattern(path: str) -> re.Pattern[str]:
    """Here ``*`` ends at a slash."""
    text = re.escape(path.strip("/")).replace(r"\*\*", "[^/]*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.compile(rf"{text}\Z")


@cache
def _file_pattern(path: str) -> re.Pattern[str]:
    """Here ``*`` goes on behind a slash: it is what ``git ls-files`` makes of it."""
    text = path.strip("/")
    whole = fnmatch.translate(text.replace("**/", "*"))
    return re.compile(whole)


def _selected(selector: Mapping[str, Any], parameters: SetParameters) -> bool:
    """Whether a generator's selector lets parameters pass; what isn't known does."""
    for label, wanted in _map(selector, "matchLabels").items():
        if (found := parameters.words.get(label)) is None:
            if parameters.complete:
                return False
        elif found != wanted:
            return False
    tests = selector.get("matchExpressions")
    return all(_passes(test, parameters) for test in (tests if isinstance(tests, list) else ()))


def _passes(test: Any, parameters: SetParameters) -> bool:
    if not isinstance(test, Mapping):
        return True
    found = parameters.words.get(str(test.get("key")))
    if found is None and not parameters.complete:
        return True
    values = test.get("values")
    among = found in (values if isinstance(values, list) else ())
    match test.get("operator"):
        case "In":
            return among
        case "NotIn":
            return not among
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
    return True


def _map(value: Any, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
