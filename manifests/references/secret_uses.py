"""Where a Stack asks for Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from manifests.document import Document
from manifests.problem import FieldPath

_TEMPLATE = ("spec", "workspaceTemplate", "spec")
_DEEPEST = 20
"""steps into a template; what Kubernetes reads lies above"""
_GIT_LOGINS = (
    ("accessToken",), ("sshAuth", "sshPrivateKey"), ("sshAuth", "password"), ("basicAuth", "userName"),
    ("basicAuth", "password"), ("githubApp", "appID"), ("githubApp", "installationID"), ("githubApp", "privateKey"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One place that asks for a Secret, or for a key of one."""

    name: str
    key: str
    """empty where all of it is asked for"""
    path: FieldPath
    """where its name stands"""
    key_path: FieldPath = ()
    """where the key stands; empty where no field says it"""
    namespace: str = ""
    """the namespace that the reference names; empty where it names none"""
    namespace_path: FieldPath = ()
    kind: str = "generic"
    """as `kubectl create secret` calls the sort that is wanted"""


def secret_uses(stack: Document) -> Sequence[SecretUse]:
    """All of a Stack, in the order of its spec; what may be missing isn't asked for."""
    found = _FOUND.get(stack)
    if found is None:
        found = _FOUND[stack] = tuple(use for use in _uses(stack) if use.name)
    return found


_FOUND: WeakKeyDictionary[Document, Sequence[SecretUse]] = WeakKeyDictionary()  # several rules ask for the same


def _uses(stack: Document) -> Iterator[SecretUse]:
    for field in ("envRefs", "secretsRef"):
        for name in stack.mapping("spec", field):
            yield from _reference(stack, ("spec", field, name))
    if stack.has("spec", "gitAuth"):
        for steps in _GIT_LOGINS:
            yield from _reference(stack, ("spec", "gitAuth", *steps))
    yield SecretUse(stack.word("spec", "accessTokenSecret"), "accessToken", ("spec", "accessTokenSecret"))
    yield SecretUse(stack.word("spec", "gitAuthSecret"), "", ("spec", "gitAuthSecret"))
    for place, name in enumerate(stack.items("spec", "envSecrets")):
        if isinstance(name, str):
            yield SecretUse(name, "", ("spec", "envSecrets", place))
    yield from _of_pods(stack.at(*_TEMPLATE), _TEMPLATE, 0)
    for key, selector in stack.mapping(*_TEMPLATE, "git", "auth").items():
        yield from _selector(selector, (*_TEMPLATE, "git", "auth", key))


def _reference(stack: Document, path: FieldPath) -> Iterator[SecretUse]:
    """A reference of the type Secret."""
    secret = (*path, "secret")
    if stack.at(*path, "type") == "Secret" and isinstance(stack.at(*secret), Mapping):
        yield SecretUse(
            stack.word(*secret, "name"),
            stack.word(*secret, "key"),
            (*secret, "name"),
            (*secret, "key") if stack.word(*secret, "key") else (),
            stack.word(*secret, "namespace"),
            (*secret, "namespace"),
        )


def _of_pods(value: Any, path: FieldPath, depth: int) -> Iterator[SecretUse]:
    """References in the forms that the fields of pods have."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _of_pods(item, (*path, place), depth + 1)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            where = (*path, name)
            if name == "secretKeyRef":
                yield from _selector(item, where)
            elif name == "secretRef" and "envFrom" in path:
                yield from _whole(item, where, "name")
            elif name == "secret" and "volumes" in path:
                yield from _mounted(item, where)
            elif name == "imagePullSecrets" and isinstance(item, list):
                for place, each in enumerate(item):
                    yield from _whole(each, (*where, place), "name", "docker-registry")
            else:
                yield from _of_pods(item, where, depth + 1)


def _selector(item: Any, path: FieldPath) -> Iterator[SecretUse]:
    """One key of a Secret."""
    if isinstance(item, Mapping) and item.get("optional") is not True and isinstance(item.get("name"), str):
        key = item.get("key")
        known = isinstance(key, str) and key != ""
        yield SecretUse(item["name"], str(key) if known else "", (*path, "name"), (*path, "key") if known else ())


def _whole(item: Any, path: FieldPath, field: str, kind: str = "generic") -> Iterator[SecretUse]:
    if isinstance(item, Mapping) and item.get("optional") is not True and isinstance(item.get(field), str):
        yield SecretUse(item[field], "", (*path, field), kind=kind)


def _mounted(item: Any, path: FieldPath) -> Iterator[SecretUse]:
    """A Secret as a volume, whole or the keys that are listed."""
    for use in _whole(item, path, "secretName" if isinstance(item, Mapping) and "secretName" in item else "name"):
        listed = item.get("items")
        keys = [
            (place, each["key"])
            for place, each in enumerate(listed if isinstance(listed, list) else [])
            if isinstance(each, Mapping) and isinstance(each.get("key"), str)
        ]
        if not keys:
            yield use
        for place, key in keys:
            yield SecretUse(use.name, key, use.path, (*path, "items", place, "key"))
