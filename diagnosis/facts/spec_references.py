"""Where a Stack's spec asks for Secrets and ConfigMaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diagnosis.wording import dotted
from stacks.fields import Obj, field, strings, text

SECRET, CONFIG_MAP = "Secret", "ConfigMap"
_LISTS = {"envSecrets": SECRET, "envs": CONFIG_MAP}
_NAMED = {"accessTokenSecret": "accessToken", "gitAuthSecret": ""}
"""fields of a spec that name a Secret, with the key that is read"""
_HOLDERS = {
    "secret": SECRET,
    "secretKeyRef": SECRET,
    "secretRef": SECRET,
    "configMap": CONFIG_MAP,
    "configMapKeyRef": CONFIG_MAP,
    "configMapRef": CONFIG_MAP,
}
_DEEPEST = 12
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SpecReference:
    """One place of a Stack's spec that asks for a Secret or a ConfigMap."""

    kind: str
    name: str
    key: str
    """empty where all of it is asked for"""
    field: str
    """the field as people write it, such as ``spec.envRefs.TOKEN``"""
    path: Path
    """where its name stands"""
    key_path: Path = ()
    """where its key stands; empty where the spec doesn't say it"""


def spec_references(stack: Obj) -> list[SpecReference]:
    """All of a Stack, in the order of its spec, workspaceTemplate and all."""
    spec = field(stack, "spec")
    return list(_inside(spec, ("spec",), 0)) if isinstance(spec, Mapping) else []


def asking_for(stack: Obj, kind: str, name: str, key: str = "") -> SpecReference | None:
    """The place that asks for this Secret or ConfigMap, and where a key is given for that."""
    found = [each for each in spec_references(stack) if (each.kind, each.name) == (kind, name)]
    return next((each for each in found if key and each.key == key), found[0] if found and not key else None)


def _inside(value: Any, path: Path, depth: int) -> Iterator[SpecReference]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _inside(item, (*path, place), depth + 1)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            where = (*path, str(name))
            if depth == 0:
                yield from _of_the_spec(value, str(name), where)
            if name in _HOLDERS and _name_field(item):
                yield _held(item, _HOLDERS[name], path, where)
            elif depth > 0 or name != "configRef":
                yield from _inside(item, where, depth + 1)


def _of_the_spec(spec: Mapping[str, Any], name: str, path: Path) -> Iterator[SpecReference]:
    """References in the fields that only a Stack's spec has."""
    if name in _NAMED and text(spec, name):
        yield SpecReference(SECRET, text(spec, name), _NAMED[name], dotted(path), path)
    for place, entry in enumerate(strings(spec, name) if name in _LISTS else ()):
        yield SpecReference(_LISTS[name], entry, "", dotted(path), (*path, place))
    chosen = field(spec, name) if name == "configRef" else None
    for key, entry in (chosen if isinstance(chosen, Mapping) else {}).items():
        if text(entry, "name"):
            where = (*path, str(key))
            yield SpecReference(
                CONFIG_MAP,
                text(entry, "name"),
                text(entry, "key"),
                dotted(where),
                (*where, "name"),
                (*where, "key") if text(entry, "key") else (),
            )


def _name_field(item: Any) -> str:
    """The field of a reference that has the name; a volume's is another. Empty where it is no reference."""
    return next((name for name in ("name", "secretName") if text(item, name)), "")


def _held(item: Obj, kind: str, holder: Path, path: Path) -> SpecReference:
    """A reference of the usual form."""
    key = text(item, "key")
    name_path = (*path, _name_field(item))
    return SpecReference(
        kind, text(item, _name_field(item)), key, dotted(holder), name_path, (*path, "key") if key else ()
    )
