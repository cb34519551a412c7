"""A key of argocd-cm: whether Argo CD reads it, whether it is ever used, and how it is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from health.argocd_cm.settings import BLOCK, TYPES, read_settings
from health.check_kinds import KINDS, config_map_key
from health.go.globs import matches
from health.go.yaml import YamlError, first
from health.result import ArgoCDVersion

_NEARLY = re.compile(r"resources?[._-]customi[sz]ations?(?=[._-]|\Z)", re.IGNORECASE)
_NAMES = {kind.replace("/", "_"): kind for kind in KINDS}
_WORDS = {"stack": "pulumi.com_Stack", "program": "pulumi.com_Program", "workspace": "auto.pulumi.com_Workspace",
          "update": "auto.pulumi.com_Update"}  # fmt: skip
_FIELDS = ("health.lua", "health.lua.useOpenLibs", "actions", "ignoreDifferences", "ignoreResourceUpdates",
           "knownTypeFields")  # fmt: skip
BREAKS = (
    "it breaks this Argo CD as a whole: sync and health of every Application turn Unknown, and each sync ends in Error"
)
NEVER = "it is accepted, and never in force"


@dataclass(frozen=True, slots=True)
class KeyFault:
    """What is wrong with a key, and the key that is meant where that can be told."""

    message: str
    right: str = ""


def looks_like_customization(key: object) -> bool:
    """Whether it is a key for a health check or another customization, or is meant to be one."""
    return isinstance(key, str) and (key.startswith(BLOCK) or _NEARLY.match(key) is not None)


def key_faults(key: str, value: Any, release: ArgoCDVersion, *, texts_only: bool) -> Iterator[KeyFault]:
    """What is wrong with a key of argocd-cm and its value; `texts_only` where the API server wants it to be a text."""
    if value is None:
        return
    if not key.startswith(BLOCK):
        right = _NEARLY.sub(BLOCK, key, 1)
        yield KeyFault(f"{key} doesn't begin with {BLOCK}, and Argo CD doesn't read it: {NEVER}", right)
        return
    parts = key.split(".", 3)
    if len(parts) == 3 and parts[2] in TYPES:
        message = f"{key} names no kind, and what stands under it isn't read: {NEVER}"
        inside = [name for name in value if name in _NAMES] if isinstance(value, Mapping) else []
        yield KeyFault(message, f"{key}.{inside[0] if inside else 'pulumi.com_Stack'}")
        return
    if isinstance(value, Mapping | list):
        yield KeyFault(f"{key} holds no text but a {'list' if isinstance(value, list) else 'mapping'}: {BREAKS}")
        return
    if texts_only and not isinstance(value, str):
        yield KeyFault(f"the value of {key} isn't in quotes, and the API server refuses the ConfigMap")
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    problem = next((each for each in read_settings({key: text}, release).problems if each.key == key), None)
    if problem is not None:
        yield KeyFault(f"{key}: {BREAKS} ({problem.error})", _right(key))
    elif key == BLOCK:
        yield from _block(text)
    elif len(parts) == 4 and (near := kind_meant(parts[3])) and near != parts[3]:
        message = f"{key}: Argo CD looks for {near}, group and kind with _ between them, so {NEVER}"
        yield KeyFault(message, f"{BLOCK}.{parts[2]}.{near}")


def kind_meant(name: str) -> str:
    """The kind of Pulumi's that ``group_Kind`` is meant for, in its right form; empty where it is for another one."""
    if name in _NAMES:
        return name
    low = name.lower()
    if "pulumi" not in low and low not in ("stack", "stacks"):
        return ""
    return next((right for word, right in _WORDS.items() if word in low.replace("pulumi.com_v1", "")), "")


def _right(key: str) -> str:
    """The key that is meant, of one that breaks the instance."""
    rest = key.removeprefix(BLOCK).strip("._")
    word = next((each for each in TYPES if rest.lower().startswith(f"{each.lower()}.")), "")
    near = kind_meant(rest[len(word) + 1 :] if word else rest)
    return f"{BLOCK}.{word or 'health'}.{near}" if near else ""


def _block(text: str) -> Iterator[KeyFault]:
    """Of the one key that holds all kinds."""
    try:
        entries = first(text)
    except YamlError:
        return
    for entry, fields in entries.items() if isinstance(entries, dict) else ():
        near = kind_meant(entry)
        if near and not any(matches(entry, kind) for kind in KINDS):
            yield KeyFault(f"{entry} in {BLOCK}: Argo CD looks for {_NAMES[near]}, so {NEVER}")
        elif near and isinstance(fields, dict) and fields and not any(field in fields for field in _FIELDS):
            yield KeyFault(f"{entry} in {BLOCK} has none of the fields that are read, such as health.lua: {NEVER}")


def right_key(kind: str = "pulumi.com/Stack") -> str:
    return config_map_key(kind)
