"""What a repository may hold beside the documents that could be read: behind templates, in values of charts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from manifests.delivery.secret_generators import is_kustomization
from manifests.document import Document
from manifests.references.program_resources import texts_by_kind
from manifests.references.unseen_objects import UnseenObjects
from manifests.repository import ARGO_CD, PULUMI, Repository

_KIND = re.compile(r"""\bkind["']?:\s*["']?([A-Za-z]+)""")
_FLUX_HELM = "helm.toolkit.fluxcd.io"


class UnreadFiles:
    """Objects that may be there although no document says so."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @cached_property
    def _kinds(self) -> frozenset[str]:
        """The kinds of templates, and of what stands behind the place where a file stops being YAML."""
        texts = (each.text for each in self._repository.files if each.template is not None or each.broken is not None)
        return frozenset(kind for text in texts for kind in _KIND.findall(text))

    def may_hold(self, *kinds: str) -> bool:
        """Whether one of these kinds stands in a file that couldn't be read; in one that was skipped, any may."""
        return self._skipped or not self._kinds.isdisjoint(kinds)

    @cached_property
    def _skipped(self) -> bool:
        return any(each.skipped for each in self._repository.files)

    def may_make(self, group: str, kind: str, name: str, near: Document) -> bool:
        """Whether an object of this kind and name may come of a template, of a chart, of Kustomize, of a Program, or
        from elsewhere into the namespace of `near`. What is in a cluster has been made already."""
        if self._repository.live is not None:
            return False
        return (
            self.may_hold(kind)
            or self.may_come_from_elsewhere(near)
            or self._repository.may_be_called(group, kind, name)
            or self.may_be_in_values(name)
            or self.is_made_by_a_program(kind, name)
        )

    def may_come_from_elsewhere(self, near: Document) -> bool:
        """Whether objects that aren't in the repository's files may be in the namespace of a document."""
        return self._repository.live is None and self._elsewhere.may_be_near(near)

    @cached_property
    def _elsewhere(self) -> UnseenObjects:
        return UnseenObjects(self._repository)

    def is_made_by_a_program(self, kind: str, name: str) -> bool:
        """Whether a Program of the repository makes an object of this kind in which this name stands."""
        return name in self._made_by_programs.get(kind, ())

    @cached_property
    def _made_by_programs(self) -> Mapping[str, set[str]]:
        return texts_by_kind(self._repository.of_kind(PULUMI, "Program"))

    @cached_property
    def _values(self) -> tuple[frozenset[str], str]:
        """Every text in values of charts, names of fields and all, and those values that are a text themselves."""
        found: set[str] = set()
        whole: list[str] = []
        for document in self._repository.documents:
            for value in _values_of(document):
                found.update(_texts(value))
                if isinstance(value, str):
                    whole.append(value)
        return frozenset(found), "\n".join(whole)

    def may_be_in_values(self, name: str) -> bool:
        """Whether values of a chart name it, so that the chart may make it."""
        if self._repository.live is not None:
            return False
        found, whole = self._values
        return name in found or (
            name in whole and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", whole) is not None
        )


def _texts(value: object) -> Iterator[str]:
    left = [value]
    while left:
        found = left.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            left += [*found, *found.values()]
        elif isinstance(found, list):
            left += found


def _values_of(document: Document) -> Iterator[object]:
    if is_kustomization(document):
        return
    if not document.kind and not document.api_version:
        yield document.value  # a values.yaml
    elif document.group == _FLUX_HELM:
        yield document.at("spec", "values")
    elif document.group == ARGO_CD:
        for spec in (("spec",), ("spec", "template", "spec")):  # of an Application, of an ApplicationSet
            for source in (document.at(*spec, "source"), *document.items(*spec, "sources")):
                helm = source.get("helm") if isinstance(source, dict) else None
                if isinstance(helm, dict):
                    yield from (helm.get(name) for name in ("values", "valuesObject", "parameters"))
