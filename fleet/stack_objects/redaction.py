"""An object as a person may see it: without secrets and without what only machines read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.messages import without_outputs
from stacks.secret_names import MASK
from stacks.text import plain

_NOISE = ("managedFields",)
_SECRET_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
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
        for name in _NOISE:
            metadata.pop(name, None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            for name in _SECRET_ANNOTATIONS:
                annotations.pop(name, None)
            if not annotations:
                del metadata["annotations"]
    return cleaned


def is_secret(field: str) -> bool:
    """Whether a field of this name may hold a secret, wherever it stands."""
    return field in _SECRET_FIELDS or field in _ENVIRONMENTS or field in _SECRET_ANNOTATIONS


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
