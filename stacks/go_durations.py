"""Durations as Go writes them, such as ``24h0m0s``."""

from __future__ import annotations

import re

_GO_DURATION = re.compile(r"[-+]?(?:0|(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+\Z|[-+]?0\Z")
_GO_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


_LONGEST = 2**63
"""nanoseconds that no duration of Go's reaches"""


def is_go_duration(text: str) -> bool:
    """Whether Go's time.ParseDuration takes this text. What its 64 bits don't hold, some 292 years, it refuses."""
    if _GO_DURATION.match(text) is None:
        return False
    return len(text) < _SURELY_SHORT or sum(_nanoseconds(*part) for part in _GO_PART.findall(text)) < _LONGEST


_SURELY_SHORT = 7
"""characters with which no text is too long a duration: ``99999h`` is eleven years"""


def _nanoseconds(number: str, unit: str) -> int:
    whole, _, fraction = number.partition(".")
    scale = round(_SECONDS[unit] * 1e9)
    return int(whole or 0) * scale + int(fraction[:9].ljust(9, "0")) * scale // 10**9


def go_seconds(text: str) -> float | None:
    """The seconds of a duration as Go writes it; None for any other text."""
    if not is_go_duration(text):
        return None
    total = sum(float(number) * _SECONDS[unit] for number, unit in _GO_PART.findall(text))
    return -total if text.startswith("-") else total
