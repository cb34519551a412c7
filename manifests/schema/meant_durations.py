"""Durations as people write them, made into ones that Go reads."""

from __future__ import annotations

import re

from stacks.go_durations import is_go_duration

_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?=[\d\s,]|\Z)[\s,]*",
    re.IGNORECASE,
)
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
_HOURS = {"w": 168, "d": 24, "h": 1}


def as_go_duration(text: str) -> str:
    """A text such as ``1d``, ``2 hours`` or ``PT30M`` as Go writes it; empty where it isn't clear what is meant."""
    if is_go_duration(text):
        return text
    if found := _ISO.match(text):
        days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
        parts = ((days * 24 + hours, "h"), (minutes, "m"), (seconds, "s"))
        return "".join(f"{number}{unit}" for number, unit in parts if number)
    total, made, end = 0.0, "", 0
    for part in _PART.finditer(text.strip()):
        if part.start() != end:
            return ""
        end = part.end()
        unit = part[2][0].lower()
        if unit in ("w", "d", "h") and not made:
            total += float(part[1]) * _HOURS[unit]
        else:
            made += f"{part[1]}{unit}"
    made = f"{total:.10g}h{made}" if total else made
    return made if end == len(text.strip()) and is_go_duration(made) else ""
