"""What many Stacks have alike is kept once.

Ten thousand Stacks come with ten thousand copies of "ProcessingCompleted", of the operator's finalizer
and of the same labels: a kilobyte of each. Nobody changes a record, so one copy does for all.
"""

from __future__ import annotations

from sys import intern
from typing import TypeVar

from msgspec.structs import force_setattr

from stacks.records.stack import Stack

Key = TypeVar("Key")
Value = TypeVar("Value")

_LONGEST = 200
"""characters: longer messages are somebody's own"""
_MOST = 4096
"""different sets of labels that are remembered, before it begins anew"""


class Sharing:
    """Puts one object in the place of equal ones. What a Stack says stays the same."""

    def __init__(self) -> None:
        self._labels: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._finalizers: dict[tuple[str, ...], list[str]] = {}

    def share(self, stack: Stack) -> None:
        """Let go of this Stack's own copies."""
        metadata = stack.metadata
        if labels := metadata.labels:
            force_setattr(metadata, "labels", _one(self._labels, tuple(labels.items()), labels))
        if finalizers := metadata.finalizers:
            force_setattr(metadata, "finalizers", _one(self._finalizers, tuple(finalizers), finalizers))
        status = stack.status
        if status is None:
            return
        for condition in status.conditions or ():
            force_setattr(condition, "type", intern(condition.type))
            force_setattr(condition, "status", intern(condition.status))
            force_setattr(condition, "reason", intern(condition.reason))
            if len(condition.message) < _LONGEST:
                force_setattr(condition, "message", intern(condition.message))
        if (last := status.last_update) is not None:
            force_setattr(last, "type", intern(last.type))
            force_setattr(last, "state", intern(last.state))


def _one(known: dict[Key, Value], key: Key, value: Value) -> Value:
    """The first value that came with this key."""
    if len(known) >= _MOST:
        known.clear()
    return known.setdefault(key, value)
