"""The objects that a Stack needs before it can run, as its fields name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from manifests.document import Document
from manifests.problem import FieldPath


class StackNeed(NamedTuple):
    """An object in the namespace of the Stack, and the field that names it."""

    path: FieldPath
    group: str
    kind: str
    name: str


_TEMPLATE = ("spec", "workspaceTemplate", "spec")


def service_account(stack: Document) -> str:
    """The service account of its workspace."""
    return stack.word(*_TEMPLATE, "serviceAccountName") or stack.word("spec", "serviceAccountName") or "default"


def stack_needs(stack: Document) -> Iterator[StackNeed]:
    """Each of them once for each field; the service account that every namespace has isn't one."""
    accounts: tuple[FieldPath, ...] = ((*_TEMPLATE, "serviceAccountName"), ("spec", "serviceAccountName"))
    for path in accounts:
        if stack.word(*path):
            yield StackNeed(path, "", "ServiceAccount", stack.word(*path))
            break
    if name := stack.word("spec", "programRef", "name"):
        yield StackNeed(("spec", "programRef", "name"), "pulumi.com", "Program", name)
    source = ("spec", "fluxSource", "sourceRef")
    if name := stack.word(*source, "name"):
        group = stack.word(*source, "apiVersion").rpartition("/")[0]
        yield StackNeed((*source, "name"), group, stack.word(*source, "kind"), name)
    for path, name in _secrets(stack):
        yield StackNeed(path, "", "Secret", name)


def _secrets(stack: Document) -> Iterator[tuple[FieldPath, str]]:
    for word in ("accessTokenSecret", "gitAuthSecret"):
        if name := stack.word("spec", word):
            yield ("spec", word), name
    for place, name in enumerate(stack.items("spec", "envSecrets")):
        if isinstance(name, str):
            yield ("spec", "envSecrets", place), name
    for word in ("envRefs", "secretsRef"):
        for key, value in stack.mapping("spec", word).items():
            yield from _reference(("spec", word, key), value)
    for path, value in _deep(("spec", "gitAuth"), stack.mapping("spec", "gitAuth")):
        yield from _reference(path, value)
    for path, value in (*stack.mappings(*_TEMPLATE, "env"), *stack.mappings(*_TEMPLATE, "envFrom")):
        for words in (("valueFrom", "secretKeyRef"), ("secretRef",)):
            found: Any = value
            for word in words:
                found = found.get(word) if isinstance(found, Mapping) else None
            named = found.get("name") if isinstance(found, Mapping) and not found.get("optional") else None
            if isinstance(named, str):
                yield (*path, *words, "name"), named


def _reference(path: FieldPath, value: Any) -> Iterator[tuple[FieldPath, str]]:
    secret = value.get("secret") if isinstance(value, Mapping) and value.get("type") == "Secret" else None
    if isinstance(secret, Mapping) and isinstance(name := secret.get("name"), str):
        yield (*path, "secret", "name"), name


def _deep(path: FieldPath, value: Mapping[str, Any], depth: int = 3) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    yield path, value
    for key, each in value.items() if depth else ():
        if isinstance(each, Mapping):
            yield from _deep((*path, key), each, depth - 1)
