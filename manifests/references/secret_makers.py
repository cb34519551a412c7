"""What makes Secrets in a repository: Secrets themselves, and the objects of which controllers make them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from manifests.document import Document
from manifests.references.namespace_index import NamespaceIndex
from manifests.references.program_resources import texts_by_kind
from manifests.repository import PULUMI, Repository
from stacks.fields import texts_within

_EXTERNAL = "external-secrets.io"
_SEALED = "bitnami.com"
_MAKES_SECRETS = re.compile(r"(?i).*secret.*|OnePasswordItem|Certificate|KafkaUser")
"""kinds whose objects may end as Secrets of any name that stands in them"""
_ONLY_USES = re.compile(r"(?i).*store|push.*|.*secretprovider")
_FILLED_BY_OTHERS = re.compile(r"reflector\.v1|replicator\.v1|kubed\.appscode|avp\.kubernetes\.io|secret-generator\.v1")
"""annotations of what copies or fills Secrets"""


@dataclass(frozen=True, slots=True)
class SecretMaker:
    """Something of which a Secret comes."""

    document: Document
    keys: frozenset[str] | None
    """None where they can't be told"""
    anywhere: bool = False
    """whether the Secret may be in another namespace than the document"""


class SecretMakers:
    """Of which documents of a repository a Secret of some name may come."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def near(self, name: str, document: Document) -> Iterator[SecretMaker]:
        """What makes a Secret of a name where a document may see it."""
        makers = self._by_name.get(name)
        return makers.near(self._repository.namespaces(document)) if makers is not None else iter(())

    def keys_of(self, name: str, near: Document) -> frozenset[str] | None:
        """The keys that a Secret near a document has; none where nothing makes it, None where they can't be told."""
        found: set[str] = set()
        for maker in self.near(name, near):
            if not maker.keys:
                return None
            found |= maker.keys
        if not found and (name in self._perhaps or self._repository.may_be_called("", "Secret", name)):
            return None
        return frozenset(found)

    @cached_property
    def _by_name(self) -> Mapping[str, NamespaceIndex[SecretMaker]]:
        found: dict[str, NamespaceIndex[SecretMaker]] = defaultdict(NamespaceIndex)
        for name, maker in self._makers():
            namespaces = frozenset() if maker.anywhere else self._repository.namespaces(maker.document)
            found[name].add(maker, namespaces)
        return found

    def _makers(self) -> Iterator[tuple[str, SecretMaker]]:
        """Each with the name of its Secret."""
        for secret in self._repository.of_kind("", "Secret"):
            copied = any(_FILLED_BY_OTHERS.match(str(name)) for name in secret.annotations)
            patched = copied or self._repository.may_be_patched(secret)
            yield secret.name, SecretMaker(secret, None if patched else _keys(secret), anywhere=copied)
        for sealed in self._repository.of_kind(_SEALED, "SealedSecret"):
            name = sealed.word("spec", "template", "metadata", "name") or sealed.name
            keys = {*sealed.mapping("spec", "encryptedData"), *sealed.mapping("spec", "template", "data")}
            yield name, SecretMaker(sealed, frozenset(map(str, keys)))
        for external in self._repository.of_kind(_EXTERNAL, "ExternalSecret"):
            name = external.word("spec", "target", "name") or external.name
            yield name, SecretMaker(external, _keys_of_external(external))
        for each in self._repository.generated_secrets:
            yield each.name, SecretMaker(each.kustomization, each.keys, anywhere=True)

    @cached_property
    def _perhaps(self) -> frozenset[str]:
        """Every text in objects of which Secrets of any name may come."""
        found = set(texts_by_kind(self._repository.of_kind(PULUMI, "Program"))["Secret"])
        for document in self._repository.documents:
            if _may_make(document):
                found.update(texts_within(document.value))
            else:
                found.add(document.word("spec", "writeConnectionSecretToRef", "name"))  # of Crossplane
        return frozenset(found)


def _may_make(document: Document) -> bool:
    if (document.group, document.kind) in (("", "Secret"), (_SEALED, "SealedSecret"), (_EXTERNAL, "ExternalSecret")):
        return False
    return _MAKES_SECRETS.fullmatch(document.kind) is not None and _ONLY_USES.fullmatch(document.kind) is None


def _keys(secret: Document) -> frozenset[str]:
    return frozenset(str(key) for field in ("data", "stringData") for key in secret.mapping(field))


def _keys_of_external(external: Document) -> frozenset[str] | None:
    if external.at("spec", "dataFrom") or external.at("spec", "target", "template"):
        return None
    keys = {key for _, item in external.mappings("spec", "data") if isinstance(key := item.get("secretKey"), str)}
    return frozenset(map(str, keys))
