"""Whether anything may be changed: nothing, until somebody says so; and in some places never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

CHANGES = "changes"
"""the group of workers that send something: the application waits for them when it ends"""
OFF = "writes are off; type :write to switch them on"


def _allows(context: str) -> str:
    return ""


@dataclass(frozen=True)
class WriteSwitch:
    """Whether writes are on, and where they may never be.

    `refused` says why it stays off ("" if it doesn't); `forbids` says why nothing may be changed in a context.
    """

    on: bool = False
    refused: str = ""
    forbids: Callable[[str], str] = _allows

    def why_not(self, context: str) -> str:
        """Why nothing may be sent to this context now; empty where it may."""
        return self.refused or self.forbids(context) or ("" if self.on else OFF)

    def switched(self, *, on: bool) -> WriteSwitch:
        """A switch that is on or off, and otherwise like this one; off where it is refused."""
        return replace(self, on=on and not self.refused)
