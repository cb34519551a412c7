"""Lengths of time as people write them, in the configuration file and in flags: ``90s``, ``1h30m``, ``500ms``."""

from __future__ import annotations

import re

LONGEST = 1e10
"""seconds, some 300 years; beyond that, arithmetic with instants ends"""
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


def seconds(text: str) -> float:
    """The seconds in ``10s``, ``1m30s``, ``1.5h`` or ``10``; units in any order, as in kubectl. Raises ValueError."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    total = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if total > LONGEST:
        raise ValueError("that is longer than 300 years")
    return total
