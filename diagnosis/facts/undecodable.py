"""Fields of a Stack that its CRD lets through and the operator's Go types refuse.

One Stack with such a field stops the operator's view of all Stacks: neither list nor watch can be decoded any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from stacks.fields import Obj, field, mappings, whole_number
from stacks.go_durations import is_go_duration


@dataclass(frozen=True, slots=True)
class UndecodableField:
    """A field of a Stack that can't be decoded, and why not."""

    path: tuple[str | int, ...]
    why: str


def undecodable_fields(stack: Obj) -> list[UndecodableField]:
    """Those of one Stack as the API server sent it; nearly always none."""
    spec = stack.get("spec")
    if not isinstance(spec, dict):
        return []
    found: list[UndecodableField] = []
    if "prerequisites" in spec:
        for place, _ in mappings(stack, "spec", "prerequisites"):
            path = ("spec", "prerequisites", place, "requirement", "succeededWithinDuration")
            found += _no_duration(stack, path)
    if "updateTemplate" in spec:
        found += _no_duration(stack, ("spec", "updateTemplate", "spec", "ttlAfterCompleted"))
    config = spec.get("config")
    if config is not None and not isinstance(config, dict):
        kind = "a list" if isinstance(config, list) else "a text" if isinstance(config, str) else "no map"
        found.append(UndecodableField(("spec", "config"), f"is {kind}, and has to be a map"))
    if "workspaceTemplate" in spec:
        level_path = ("spec", "workspaceTemplate", "spec", "pulumiLogLevel")
        if (level := whole_number(stack, *level_path)) is not None and level < 0:
            found.append(UndecodableField(level_path, "is negative"))
    return found


def _no_duration(stack: Obj, path: tuple[str | int, ...]) -> list[UndecodableField]:
    value = field(stack, *path)
    if not isinstance(value, str) or is_go_duration(value):
        return []
    return [UndecodableField(path, "is no duration as Go writes them (units ns, us, ms, s, m, h)")]
