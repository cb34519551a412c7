"""What a health script says of an object, after Argo CD has read it.

Argo CD passes the script's answer through JSON, so some answers lose their status, and some raise.
Which, depends on its version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

STATUSES = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""Argo CD's health words, from best to worst, in the order in which it aggregates them."""

INVALID = "Lua returned an invalid health status"


class ArgoCDVersion(NamedTuple):
    """A release of Argo CD, as far as health checks know the difference."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


LATEST = ArgoCDVersion(3, 6)


def version(text: str) -> ArgoCDVersion:
    """The release in a text such as ``v3.5.1``, ``2.14`` or ``v3.1.0-eks2``. Raises ValueError where there is none."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})(?!\d)", text)
    if found is None:
        raise ValueError(f"{text!r} is no version of Argo CD; write 3.5 or v3.6.1")
    return ArgoCDVersion(int(found[1]), int(found[2]))


class ScriptError(Exception):
    """A script that Argo CD would refuse, or whose answer it would refuse. The text is Argo CD's, near enough."""


class ScriptStop(StrEnum):
    """What ended a script that no limit inside its runtime could end."""

    TIMED_OUT = "timed out"
    TOO_MUCH_MEMORY = "too much memory"
    CRASHED = "crashed"


_STOPS = {
    ScriptStop.TIMED_OUT: "it computes for more than a second, and can't be interrupted",
    ScriptStop.TOO_MUCH_MEMORY: "Argo CD has no limit, so its controller would run out of it",
    ScriptStop.CRASHED: "it ends the Lua runtime that tries it",
}


class ScriptStoppedError(ScriptError):
    """A script whose process was killed, or died. What Argo CD would show isn't known then."""

    def __init__(self, stop: ScriptStop) -> None:
        self.stop = stop
        super().__init__(f"{stop}: {_STOPS[stop]}")


@dataclass(frozen=True, slots=True)
class Health:
    """What a check says of an object. `status` is empty where the check has no opinion: the Application
    counts that as healthy, but a wave waits for it. Where nothing at all was `given` (nil), it is as if there
    were no check: waves don't wait.
    """

    status: str
    message: str = ""
    deletion_message: str = ""
    given: bool = True


NO_OPINION = Health("")
NOTHING = Health("", given=False)


def health(kind: str, status: str, message: str, deletion_message: str, release: ArgoCDVersion = LATEST) -> Health:
    """The health in an answer of this kind: ``table``, ``nil``, ``empty`` (no object, or a field of the wrong
    type) or ``error``, with the text in `message`. Raises ScriptError.
    """
    if kind == "error":
        raise ScriptError(message)
    if kind == "nil":
        if release < (2, 12):
            raise ScriptError("expect table output from Lua script, not nil")
        return NOTHING
    if kind == "empty":
        if release < (2, 12):
            raise ScriptError("json: cannot unmarshal the script's answer into a health status")
        return NO_OPINION
    if status not in STATUSES:
        return Health("Unknown", INVALID)
    return Health(status, message, deletion_message if release >= (3, 6) else "")
