"""Keys of argocd-cm that break Argo CD, with how to mend them, and keys that do nothing though they were meant to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from diagnosis.finding import BROKEN, MISLEADS, NOTE, Evidence, Finding, ObjectRef, pointer
from health.argocd_cm.settings import BLOCK, ArgoCDSettings
from health.check_kinds import KINDS, split_key


def broken_keys(settings: ArgoCDSettings, config_map: ObjectRef | None = None) -> list[Finding]:
    """The keys that Argo CD can't read, each with what Argo CD says of it: they break it for every Application.

    `config_map` is the argocd-cm that was read, None for a file.
    """
    return [
        Finding("key", BROKEN, one.error, one.key, _evidence(config_map, one.key), _how_to_mend(one.key, one.error))
        for one in settings.problems
    ]


def unused_keys(
    data: Mapping[str, str], settings: ArgoCDSettings, config_map: ObjectRef | None = None
) -> Iterator[Finding]:
    """The keys of this argocd-cm that do nothing, or not what they look like; without those that break it."""
    broken = {problem.key for problem in settings.problems}
    for key, value in data.items():
        found = _unused(key, value) if key not in broken else None
        if found is not None:
            severity, text = found
            yield Finding("unused-key", severity, text, key, _evidence(config_map, key))


def _evidence(config_map: ObjectRef | None, key: str) -> tuple[Evidence, ...]:
    return (Evidence(config_map, pointer("data", key)),) if config_map is not None else ()


def _how_to_mend(key: str, error: str) -> str:
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


def _unused(key: str, value: str) -> tuple[str, str] | None:
    """How severe it is that a key does nothing, and why it does; None for a key that is used."""
    if not key.startswith(BLOCK):
        return None
    parts = key.split(".", 3)
    meant = _meant(key)
    if key != BLOCK and len(parts) < 4:
        return MISLEADS, "ignored: it names no kind" + (f"; {meant} does" if meant else "")
    if not key.startswith(f"{BLOCK}.") and key != BLOCK:
        return MISLEADS, f"read like {BLOCK}.{'.'.join(parts[2:])}; where both are there, which counts is chance"
    if meant and meant != key and parts[2] == meant.split(".", 3)[2]:
        return MISLEADS, f"never used: no kind is called that; {meant} would be"
    if len(parts) == 4 and parts[2] == "health" and not value:
        return NOTE, "empty, which is as if it weren't there"
    if len(parts) == 4 and parts[2] == "health" and parts[3] == "all":
        return NOTE, "for every kind of every API group, but for none of the core group"
    return None


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
