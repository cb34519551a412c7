"""Everything that rules look at: the documents of a tree or a cluster, found by kind, name and namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from manifests.document import Document
from manifests.product_versions import ProductVersions
from manifests.reading.checkout import Checkout
from manifests.reading.source_file import SourceFile
from manifests.secret_generators import GeneratedSecret, generated_secrets

PULUMI = "pulumi.com"
ARGO_CD = "argoproj.io"
RBAC = "rbac.authorization.k8s.io"


class Repository:
    """The files of a repository and their documents, as rules ask for them."""

    def __init__(
        self,
        files: Sequence[SourceFile],
        versions: ProductVersions | None = None,
        checkout: Checkout | None = None,
        objects: Iterable[Document] = (),
    ) -> None:
        self.files = files
        self.versions = versions or ProductVersions()
        self.checkout = checkout
        """None where the files lie in no Git repository"""
        self.documents = [*(document for each in files for document in each.documents), *objects]

    @cached_property
    def generated_secrets(self) -> Sequence[GeneratedSecret]:
        """The Secrets that Kustomize makes."""
        return generated_secrets(self.documents)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], list[Document]]:
        found: dict[tuple[str, str, str], list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.group, document.kind, document.name].append(document)
        return found

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Document]]:
        found: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.group, document.kind].append(document)
        return found

    def of_kind(self, group: str, kind: str) -> Sequence[Document]:
        """The documents of a kind, in every version of its API."""
        return self._by_kind.get((group, kind), ())

    @property
    def stacks(self) -> Sequence[Document]:
        return self.of_kind(PULUMI, "Stack")

    @property
    def applications(self) -> Sequence[Document]:
        return self.of_kind(ARGO_CD, "Application")

    def named(self, group: str, kind: str, name: str, near: Document | None = None) -> Iterator[Document]:
        """The documents of a kind with a name; with `near` those that may be in the same namespace as that one."""
        for document in self._by_name.get((group, kind, name), ()):
            if near is None or self.may_share_namespace(document, near):
                yield document

    def namespaces(self, document: Document) -> frozenset[str]:
        """The namespaces in which a document may end; empty where nothing tells, which is any."""
        return frozenset({document.namespace} - {""})

    def may_share_namespace(self, one: Document, other: Document) -> bool:
        """Whether nothing keeps two documents from being in the same namespace."""
        first, second = self.namespaces(one), self.namespaces(other)
        return not first or not second or bool(first & second)

    def may_be_called(self, group: str, kind: str, name: str) -> bool:
        """Whether Kustomize may give a document of this kind this name, with something before or behind its own."""
        return any(part in name for part in self._changeable_names.get((group, kind), ()))

    @cached_property
    def _changeable_names(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for document in self.documents:
            if document.name and self.may_be_patched(document):
                found[document.group, document.kind].add(document.name)
        return found

    def may_be_patched(self, document: Document) -> bool:
        """Whether Kustomize may add fields to it, or give it another name: then what isn't there says nothing."""
        return False
