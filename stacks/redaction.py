"""What of an object nobody may see: fields of Kubernetes that hold secrets, and names that say so of their values.

A program may export a password without telling Pulumi that it is one. To hide too much costs a reader a look
into Pulumi Cloud; to hide too little can't be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from stacks.messages import without_outputs
from stacks.text import plain

MASK = "(not shown)"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WITHIN = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|credential|kubeconfig|dockerconfig|apikey|accesskey|privatekey"
    r"|connectionstring|authorization"
)
"""whatever stands around them, also where words aren't told apart"""
_WORDS = frozenset({"pass", "pwd", "psk", "jwt", "bearer", "dsn", "literal"})
_LAST = frozenset({"key", "keys", "auth", "auths"})
_BEHIND_KEY = frozenset({"pem", "data", "base", "value", "material"})
_PRIVATE = frozenset({"cert", "certs", "certificate", "certificates", "pem"})
_WHOLE = frozenset({"data", "stringdata"})
_PRIVATE_KEY = "PRIVATE KEY-----"
_DEEPEST = 40
"""levels of a value that are looked through; what lies deeper isn't shown"""


def names_a_secret(name: str) -> bool:
    """Whether what bears this name is likely to be secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if joined in _WHOLE or _WITHIN.search(joined) or not _WORDS.isdisjoint(words):
        return True
    if "private" in words and not _PRIVATE.isdisjoint(words):
        return True
    while len(words) > 1 and words[-1] in _BEHIND_KEY:
        words.pop()
    return bool(words) and words[-1] in _LAST and "public" not in words


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The value, and in the place of every secret in it a few words."""
    if isinstance(value, str):
        return _text(value, depth)
    if not isinstance(value, Mapping | list):
        return value
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    named_apart = "value" in value  # then ``key`` is a name, and not a key
    pair = named_apart and any(names_a_secret(str(value.get(naming, ""))) for naming in ("name", "key"))
    return {
        name: MASK
        if (pair and name == "value") or (names_a_secret(str(name)) and not (named_apart and name == "key"))
        else without_secrets(item, depth + 1)
        for name, item in value.items()
    }


def _text(text: str, depth: int) -> str:
    """A text may hold JSON."""
    if _PRIVATE_KEY in text:
        return MASK
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    clean = without_secrets(found, depth + 1)
    return text if clean == found else msgspec.json.encode(clean).decode()


_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SECRET_FIELDS = frozenset({"secrets", "outputs", "data", "stringData", "literal", "token", "password", "accessToken"})
_ENVIRONMENTS = frozenset({"env", "envFrom"})


def shown(obj: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a Kubernetes object that may be put on a screen or into a file.

    Masked are literal values wherever a ResourceRef holds one, `spec.secrets` and `spec.config`'s
    twin of it, values of environment variables, outputs, and the whole of a Secret's data. The
    annotation that repeats the object as it was applied is left out: it repeats the secrets too.
    """
    cleaned = _walk(obj, ())
    assert isinstance(cleaned, dict)
    metadata = cleaned.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            annotations.pop(_LAST_APPLIED, None)
            if not annotations:
                del metadata["annotations"]
    return cleaned


def is_secret(field: str) -> bool:
    """Whether a field of this name may hold a secret, wherever it stands."""
    return field in _SECRET_FIELDS or field in _ENVIRONMENTS or field == _LAST_APPLIED


def _walk(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {plain(str(key)): _field(str(key), item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, path) for item in value]
    if isinstance(value, str):
        text = plain(value)
        return without_outputs(text) if path and path[-1] == "message" else text
    return value


def _field(key: str, value: Any, path: tuple[str, ...]) -> Any:
    here = (*path, key)
    if key in _SECRET_FIELDS and not (key == "outputs" and isinstance(value, str)):
        return _masked(value)
    if key in _ENVIRONMENTS and isinstance(value, list):
        return [_variable(item, here) for item in value]
    return _walk(value, here)


def _variable(item: Any, path: tuple[str, ...]) -> Any:
    """An environment variable: its name and where its value comes from, but never a value itself."""
    shown_item = _walk(item, path)
    if isinstance(shown_item, dict) and "value" in shown_item:
        shown_item["value"] = MASK
    return shown_item


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {plain(str(key)): _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value if value is None or value == "" else MASK
