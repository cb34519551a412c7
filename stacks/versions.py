"""Versions of PKO: how they are read from images, and from which version on it behaves otherwise."""

from __future__ import annotations

import re

from stacks.records.stack import Stack

PkoVersion = tuple[int, int, int]

_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")

STOPS_AFTER_FAILURES: PkoVersion = (2, 8, 0)
"""From here on a Stack is Stalled with reason UpdateFailed once its failures reach the limit."""
POLLS_MISSING_SOURCES: PkoVersion = (2, 6, 0)
"""From here on a source that can't be had is looked for every 30 s; before only when something changes."""
FAST_BACKOFF: PkoVersion = (2, 2, 0)
"""From here on retries come after 10 s * 3^failures; before after 60 s * 2^failures."""


def image_version(image: str) -> PkoVersion | None:
    """The version in an image reference, of a tag such as ``v2.9.0`` or ``2.9.0-rc.1``; None if it doesn't tell."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    found = _TAG.match(tag) if name else None
    return (int(found[1]), int(found[2]), int(found[3])) if found and "/" not in tag else None


def is_pko_1(stack: Stack) -> bool:
    """Whether the Stack was last run by PKO 1, whose results have no generation."""
    last = stack.last_update
    return last is not None and last.generation is None


def version_words(version: PkoVersion | None) -> str:
    """``v2.9.0``, or ``?`` for a version that isn't known."""
    return "v" + ".".join(map(str, version)) if version else "?"
