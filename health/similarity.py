"""How alike two checks are: what each says of the objects that our own tests are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from health import checks
from health.argocd_cm.check_in_force import BUILT_IN, OURS, CheckInForce, our_version
from health.judge import FAILED, judge
from health.result import ArgoCDVersion
from health.suites import TESTS, read_object, suite


@dataclass(frozen=True, slots=True)
class Similarity:
    """In how many of the situations two checks give another status, and in how many the first one raises an error."""

    situations: int
    differs: int
    raises: int
    error: str = ""


def similarity(one: CheckInForce, other: CheckInForce, release: ArgoCDVersion) -> Similarity:
    """How the first check compares with the second."""
    first, second = judge(one, release), judge(other, release)
    found = [(first(obj), second(obj)) for obj in _situations(one.kind)]
    raised = [mine.message for mine, _ in found if mine.word == FAILED]
    differing = sum(mine.word != theirs.word for mine, theirs in found)
    return Similarity(len(found), differing, len(raised), raised[0] if raised else "")


def ours(kind: str) -> CheckInForce:
    """Our check, as if it were in force."""
    return CheckInForce(kind, OURS, our_version(kind), checks.source(*kind.split("/")))


def built_in(kind: str) -> CheckInForce:
    """The check that Argo CD brings, as if nothing were in force."""
    return CheckInForce(kind, BUILT_IN)


@cache
def _situations(kind: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(_read(kind))


def _read(kind: str) -> Iterator[Mapping[str, Any]]:
    """The objects an operator could have written: those that nobody would are for our own tests."""
    for case in suite(checks.folder(kind) / TESTS).cases:
        if not case.path.stem.startswith("odd"):
            yield read_object(case.path)
