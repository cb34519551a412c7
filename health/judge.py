"""What an Argo CD shows for objects, by the check that is in force there, whosever that is; how alike two checks are.

That is not what the check says where the object is being deleted: up to 3.5 no check is asked then; since 3.6 one is,
but its verdict counts only with a `deletionMessage`.

Objects are those of the API, as Python values. Our own script judges all of them in one runtime; for another's each
object finds one as new, as in Argo CD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from health import builtin, checks
from health.argocd_cm.check_in_force import CheckInForce, our_version
from health.check_kinds import BUILT_IN, NONE, OURS
from health.lua.script import Script
from health.result import LATEST, NOTHING, STATUSES, ArgoCDVersion, Health, ScriptError, ScriptStoppedError
from health.suites import TESTS, read_object, suite

ASKED_SINCE = ArgoCDVersion(3, 6)
_HOOK = "argocd.argoproj.io/hook-finalizer"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$")
FAILED = "raises"


@dataclass(frozen=True, slots=True)
class ShownHealth:
    """What Argo CD makes of one object.

    `word` is its health, ``none`` where no check has anything to say of it, empty for a check that answers without
    a status, or ``raises`` with the error as message: then the Application's syncs end in an error.
    """

    word: str
    message: str = ""
    stop: str = ""
    """what ended the script, where that had to be ended from outside: a `ScriptStop`"""

    @property
    def counts_as(self) -> str:
        """The health word that it brings into its Application's; empty where it brings none. An error is Unknown."""
        word = "Unknown" if self.word == FAILED else self.word
        return word if word in STATUSES else ""


@dataclass(frozen=True)
class Judge:
    release: ArgoCDVersion
    _ask: Callable[[Mapping[str, Any]], Health]

    def __call__(self, obj: Mapping[str, Any]) -> ShownHealth:
        try:
            found = shown_health(obj, self._ask, self.release)
        except ScriptError as error:
            return ShownHealth(FAILED, str(error), error.stop if isinstance(error, ScriptStoppedError) else "")
        return ShownHealth(found.status if found.given else "none", found.message)


def judge_for(check: CheckInForce, release: ArgoCDVersion) -> Judge:
    """Whoever judges by this check in this release. A script that isn't Lua raises for each object."""
    return Judge(release, _asked(check, release))


def _asked(check: CheckInForce, release: ArgoCDVersion) -> Callable[[Mapping[str, Any]], Health]:
    if check.origin == NONE:
        return lambda obj: NOTHING
    if check.origin == BUILT_IN:
        return builtin.judge
    if check.current:
        script = checks.check(*check.kind.split("/"))
    else:
        try:
            script = Script(check.script, open_libs=check.open_libs)
        except ScriptError as error:
            return _raising(error)
    return lambda obj: script.judge(obj, release)


def _raising(error: ScriptError) -> Callable[[Mapping[str, Any]], Health]:
    def ask(obj: Mapping[str, Any]) -> Health:
        raise error.with_traceback(None)

    return ask


def shown_health(
    obj: Mapping[str, Any], judge: Callable[[Mapping[str, Any]], Health], release: ArgoCDVersion = LATEST
) -> Health:
    """The health of the object as this release of Argo CD shows it. Raises ScriptError where the check does."""
    metadata = obj.get("metadata")
    deleted = _is_deleted(metadata) and _HOOK not in _finalizers(metadata)
    if deleted and release < ASKED_SINCE:
        return Health("Progressing", "Pending deletion")
    found = judge(obj)
    if not deleted:
        return Health(found.status, found.message, given=found.given)
    if found.deletion_message:
        return Health(found.status, found.deletion_message)
    left = _finalizers(metadata)
    text = f"Pending deletion; blocked by finalizers: {', '.join(left)}" if left else "Pending deletion"
    return Health("Progressing", text)


def _is_deleted(metadata: Any) -> bool:
    stamp = metadata.get("deletionTimestamp") if isinstance(metadata, Mapping) else None
    if not isinstance(stamp, str) or _TIME.match(stamp) is None:
        return False
    try:
        datetime.fromisoformat(stamp[:19])
    except ValueError:
        return False
    return True


def _finalizers(metadata: Any) -> list[str]:
    found = metadata.get("finalizers") if isinstance(metadata, Mapping) else None
    whole = isinstance(found, list) and all(isinstance(item, str) for item in found)
    return list(found) if whole and found else []


@dataclass(frozen=True, slots=True)
class Similarity:
    """In how many of the situations two checks give another status, and in how many the first one raises an error."""

    situations: int
    differs: int
    raises: int
    error: str = ""


def similarity(one: CheckInForce, other: CheckInForce, release: ArgoCDVersion) -> Similarity:
    first, second = judge_for(one, release), judge_for(other, release)
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
    """The objects an operator could have written: those that nobody would are for our own tests."""
    paths = (case.path for case in suite(checks.folder(kind) / TESTS).cases)
    return tuple(read_object(path) for path in paths if not path.stem.startswith("odd"))
