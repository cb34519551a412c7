"""Prerequisites as a public guide writes them, which no version of the operator takes, and their right form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifests.schema.meant_durations import as_go_duration

_OF_THE_GUIDE = {"type", "kind", "succeededWithinDuration", "name", "requirement"}


def is_of_the_guide(item: Mapping[str, Any]) -> bool:
    """Whether it has the form ``{type: Stack, requirement: NAME, succeededWithinDuration: 30m}``, or half of it."""
    if isinstance(item.get("requirement"), str):
        return True
    return "type" in item or ("succeededWithinDuration" in item and "requirement" not in item)


def right_prerequisite(item: Any) -> dict[str, Any]:
    """How a prerequisite is written right, as far as what stands there tells; without a name where none does."""
    if isinstance(item, str):
        return {"name": item}
    requirement, written = item.get("requirement"), item.get("succeededWithinDuration")
    words = [each for each in (item.get("name"), requirement) if isinstance(each, str) and each]
    right: dict[str, Any] = {"name": words[0]} if words else {}
    if isinstance(requirement, Mapping):
        right["requirement"] = dict(requirement)
    elif isinstance(written, str) and (duration := as_go_duration(written)):
        right["requirement"] = {"succeededWithinDuration": duration}
    return right


def says_the_same(item: Any, right: Mapping[str, Any]) -> bool:
    """Whether nothing that the item says is lost in its right form."""
    if "name" not in right or isinstance(item, str):
        return "name" in right
    if "name" in item and item.get("requirement") not in (None, item["name"]) and "requirement" not in right:
        return False
    if item.get("succeededWithinDuration") is not None and "requirement" not in right:
        return False
    kinds = {item[key] for key in ("type", "kind") if isinstance(item.get(key), str)}
    return set(item) <= _OF_THE_GUIDE and kinds <= {"Stack"}


def in_a_line(right: Mapping[str, Any]) -> str:
    """The right form as one item of a list, in a line."""
    requirement = right.get("requirement")
    duration = requirement.get("succeededWithinDuration") if isinstance(requirement, Mapping) else None
    behind = f", requirement: {{succeededWithinDuration: {duration}}}" if isinstance(duration, str) else ""
    return f"- {{name: {right.get('name', 'STACK')}{behind}}}"
