"""What two Luas say of an object, in a form that can be compared, and the classes in which they may differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from health.result import Health, ScriptError

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+?inf|nan)", re.IGNORECASE)
_ADDRESS = re.compile(r"0x[0-9a-f]+")


@dataclass(frozen=True)
class Told:
    """An answer; where the script raised, only the error."""

    status: str = ""
    message: str = ""
    deletion_message: str = ""
    given: bool = True
    error: str = ""

    @property
    def raised(self) -> bool:
        return bool(self.error)


def ours(judge: Callable[[Mapping[str, Any]], Health], obj: Mapping[str, Any]) -> Told:
    """What our harness says."""
    try:
        health = judge(obj)
    except ScriptError as error:
        return Told(error=str(error) or "an error without a text")
    return Told(health.status, health.message, health.deletion_message, health.given)


def theirs(answer: Mapping[str, Any]) -> Told:
    """What Argo CD says."""
    if "error" in answer:
        return Told(error=answer["error"] or "an error without a text")
    return Told(
        answer["status"], answer.get("message", ""), answer.get("deletionMessage", ""), not answer.get("none", False)
    )


def difference(one: Told, other: Told) -> str:
    """The class of their difference: empty where there is none, ``*`` where it is in none of the named classes."""
    if one == other:
        return ""
    if one.raised and other.raised:
        return "error texts"
    if one.raised or other.raised or (one.status, one.given) != (other.status, other.given):
        return "*"
    if _ADDRESS.sub("0x", one.message) == _ADDRESS.sub("0x", other.message):
        return "addresses"
    if one.deletion_message == other.deletion_message and _same_but_for_numbers(one.message, other.message):
        return "numbers in texts"
    return "*"


def _same_but_for_numbers(one: str, other: str) -> bool:
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= 1e-10 * abs(float(b)) for a, b in pairs)
