"""What to do about a key that breaks Argo CD, and which keys do nothing, though somebody meant them to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from health.check_kinds import KINDS

_BLOCK = "resource.customizations"


@dataclass(frozen=True, slots=True)
class SettingNote:
    """A key that breaks nothing, and doesn't do what it looks like."""

    key: str
    text: str


def split_key(kind: str, what: str = "health") -> str:
    """The key of argocd-cm for a kind: ``resource.customizations.health.pulumi.com_Stack``."""
    return f"{_BLOCK}.{what}.{kind.replace('/', '_')}"


def fix(key: str, error: str) -> str:
    """How to mend a key, by what Argo CD says of it."""
    meant = _meant(key)
    instead = f"rename it to {meant}" if meant else "rename it to resource.customizations.health.<group>_<Kind>"
    if "not supported" in error or "group kind should be" in error:
        return f"{instead}, or take it out"
    if "ParseBool" in error:
        return 'write "true" or "false"'
    if "nil pointer" in error:
        return "give the entry a health.lua, or take it out"
    if "respectRBAC" in key:
        return 'write "normal" or "strict", or take it out'
    if "selector" in error:
        return "write a label selector such as team=infra, or take it out"
    if "cannot unmarshal" in error:
        return "write the type that is expected, in quotes where it is a text"
    return "mend the YAML (blanks instead of tabs, quotes around special characters), or take it out"


def notes(data: Mapping[str, str]) -> Iterator[SettingNote]:
    """The keys that do nothing, or not what they look like."""
    for key, value in data.items():
        if not key.startswith(_BLOCK):
            continue
        parts = key.split(".", 3)
        meant = _meant(key)
        if key != _BLOCK and len(parts) < 4:
            yield SettingNote(key, "ignored: it names no kind" + (f"; {meant} does" if meant else ""))
        elif not key.startswith(f"{_BLOCK}.") and key != _BLOCK:
            yield SettingNote(
                key, f"read like {_BLOCK}.{'.'.join(parts[2:])}; where both are there, which counts is chance"
            )
        elif meant and meant != key and parts[2] == meant.split(".", 3)[2]:
            yield SettingNote(key, f"never used: no kind is called that; {meant} would be")
        elif len(parts) == 4 and parts[2] == "health" and not value:
            yield SettingNote(key, "empty, which is as if it weren't there")
        elif len(parts) == 4 and parts[2] == "health" and parts[3] == "all":
            yield SettingNote(key, "for every kind of every API group, but for none of the core group")


def _meant(key: str) -> str:
    """The key for one of our kinds that this one was probably meant to be; empty if none."""
    found = re.fullmatch(
        r"resourcecustomizationsx?(health|useopenlibs)?(?:auto)?(?:pulumi(?:com)?)?(\w+?)s?", _letters(key)
    )
    if found is None:
        return ""
    for kind in KINDS:
        if _letters(kind.rpartition("/")[2]) == found[2]:
            return split_key(kind, "useOpenLibs" if found[1] == "useopenlibs" else "health")
    return ""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
