"""Durations as Go writes them, such as ``24h0m0s``."""

from __future__ import annotations

import re

_GO_DURATION = re.compile(r"[-+]?(?:0|(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+\Z|[-+]?0\Z")
_GO_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def is_go_duration(text: str) -> bool:
    """Whether Go's time.ParseDuration takes this text."""
    return _GO_DURATION.match(text) is not None


def go_seconds(text: str) -> float | None:
    """The seconds of a duration as Go writes it; None for any other text."""
    if not is_go_duration(text):
        return None
    total = sum(float(number) * _SECONDS[unit] for number, unit in _GO_PART.findall(text))
    return -total if text.startswith("-") else total
