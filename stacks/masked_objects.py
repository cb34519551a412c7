"""Objects as they may be shown: in the place of every secret in them a few words.

What is secret is told by the fields of Kubernetes that hold secrets, and by names (`stacks.redaction`). Where a person
chose the names, such as those of annotations and of a Stack's configuration, a name that sounds secret is enough. Among
the fields of an API many such names only lead to a secret (``secretName``), and what leads there is worth seeing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stacks.messages import without_outputs
from stacks.redaction import MASK, names_a_secret, refers_to_a_secret
from stacks.text import plain

_DEEPEST = 40
"""levels of a value that are looked through; what lies deeper isn't shown"""
_PRIVATE_KEY = "PRIVATE KEY-----"


def without_secrets(value: Any, depth: int = 0) -> Any:
    """A value whose names are all a program's own, such as an output, without the secrets in it."""
    if isinstance(value, str):
        return _text(value, depth)
    if not isinstance(value, Mapping | list):
        return value
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    named_apart = "value" in value  # then ``key`` is a name, and not a key
    pair = named_apart and _is_secret_pair(value)
    return {
        name: MASK
        if (pair and name == "value") or (names_a_secret(str(name)) and not (named_apart and name == "key"))
        else without_secrets(item, depth + 1)
        for name, item in value.items()
    }


def _is_secret_pair(entry: Mapping[str, Any]) -> bool:
    """Whether an entry with a ``value`` says by its name or its key, or outright, that it is secret."""
    return entry.get("secret") in (True, "true") or any(
        names_a_secret(str(entry.get(naming, ""))) for naming in ("name", "key")
    )


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
_CHOSEN = frozenset(
    [
        "annotations",
        "labels",
        "config",
        "valuesObject",
        "values",
        "parameters",
        "program",
        "properties",
        "variables",
        "configuration",
    ]
)
"""fields below which a person chose the names"""
_KEYS = frozenset({"key", "keys"})
"""fields of the APIs that hold names of keys"""


def shown(obj: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a Kubernetes object that may be put on a screen or into a file.

    Masked are literal values wherever a ResourceRef holds one, `spec.secrets`, values of configuration that are marked
    as secret or called like one, values of environment variables, of headers and of flags that are, outputs, and the
    whole of the data of a Secret or a ConfigMap. The annotation that repeats the object as it was applied is left
    out: it repeats the secrets too.
    """
    cleaned = _mapping(obj, False, 0)
    metadata = cleaned.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            annotations.pop(_LAST_APPLIED, None)
            if not annotations:
                del metadata["annotations"]
    return cleaned


def shown_value(value: Any) -> Any:
    """A copy of a part of an object, or of what is logged about one, that may be shown like a whole one."""
    return _walk(value, False, 0)


def is_secret(field: str) -> bool:
    """Whether a field of this name may hold a secret, wherever it stands."""
    return field in _SECRET_FIELDS or field in _ENVIRONMENTS or field == _LAST_APPLIED


def _walk(value: Any, chosen: bool, depth: int) -> Any:
    if not isinstance(value, Mapping | list):
        return _shown_text(value) if isinstance(value, str) else value
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return _mapping(value, chosen, depth)
    return [
        MASK
        if isinstance(item, str) and place and _is_secret_flag(value[place - 1])
        else _walk(item, chosen, depth + 1)
        for place, item in enumerate(value)
    ]


def _mapping(value: Mapping[str, Any], chosen: bool, depth: int) -> dict[str, Any]:
    pair = "value" in value and _is_secret_pair(value)
    return {
        plain(str(name)): _masked(item)
        if pair and name == "value"
        else _field(str(name), item, chosen, "value" in value, depth)
        for name, item in value.items()
    }


def _field(name: str, value: Any, chosen: bool, named_apart: bool, depth: int) -> Any:
    if name in _SECRET_FIELDS and not (name == "outputs" and isinstance(value, str)):
        return _masked(value)
    if name in _ENVIRONMENTS and isinstance(value, list):
        return [_variable(item, depth + 2) for item in value]
    if isinstance(value, bool):
        return value
    if names_a_secret(name):
        if chosen and not (named_apart and name == "key"):
            return _masked(value)
        if not chosen and name not in _KEYS and not refers_to_a_secret(name) and _is_flat(value):
            return _masked(value)
    return _walk(value, chosen or name in _CHOSEN, depth + 1)


def _is_flat(value: Any) -> bool:
    """Whether it is a value itself, and no object of the API that says where the value is."""
    if isinstance(value, list):
        return not any(isinstance(item, Mapping | list) for item in value)
    return not isinstance(value, Mapping)


def _is_secret_flag(word: Any) -> bool:
    """Whether the word before an argument is a flag that says that it is secret: ``--password``."""
    if not isinstance(word, str) or not word.startswith("-") or "=" in word:
        return False
    return names_a_secret(word) and not refers_to_a_secret(word)


def _shown_text(text: str) -> str:
    text = plain(text)
    return _text(without_outputs(text) if "\n" in text else text, 0)


def _variable(item: Any, depth: int) -> Any:
    """An environment variable: its name and where its value comes from, but never a value itself."""
    shown_item = _walk(item, False, depth)
    if isinstance(shown_item, dict) and "value" in shown_item:
        shown_item["value"] = MASK
    return shown_item


def _masked(value: Any, depth: int = 0) -> Any:
    """The value's shape with every value in it masked, and its names made plain."""
    if isinstance(value, Mapping | list) and depth >= _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {plain(str(key)): _masked(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, depth + 1) for item in value]
    return value if value is None or value == "" else MASK
