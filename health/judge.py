"""What an Argo CD shows for objects, by the check that is in force there, whosever that is; how alike two checks are.

That is not what the check says where the object is being deleted: up to 3.5 no check is asked then; since 3.6 one is,
but its verdict counts only with a `deletionMessage`.

Objects are those of the API, as Python values. Our own script judges all of them in one runtime; for another's each
object finds one as new, as in Argo CD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


_Ask = Callable[[Iterable[Mapping[str, Any]]], Iterator[Health | ScriptError]]


@dataclass(frozen=True)
class Judge:
    release: ArgoCDVersion
    _ask: _Ask

    def __call__(self, obj: Mapping[str, Any]) -> ShownHealth:
        return next(self.each([obj]))

    def each(self, objs: Sequence[Mapping[str, Any]]) -> Iterator[ShownHealth]:
        """What is shown of each of these objects, in their order. They are judged as far as they are taken."""
        answers = self._ask(obj for obj in objs if _asks(obj, self.release))
        for obj in objs:
            found = next(answers) if _asks(obj, self.release) else _PENDING
            if isinstance(found, ScriptError):
                stop = found.stop if isinstance(found, ScriptStoppedError) else ""
                yield ShownHealth(FAILED, str(found), stop)
                continue
            shown = _shown(obj, found, self.release)
            yield ShownHealth(shown.status if shown.given else "none", shown.message)


def judge_for(check: CheckInForce, release: ArgoCDVersion) -> Judge:
    """Whoever judges by this check in this release. A script that isn't Lua raises for each object."""
    return Judge(release, _asked(check, release))


def _asked(check: CheckInForce, release: ArgoCDVersion) -> _Ask:
    if check.origin == NONE:
        return lambda objs: (NOTHING for _ in objs)
    if check.origin == BUILT_IN:
        return _ask_built_in
    if check.current:
        script = checks.check(*check.kind.split("/"))
    else:
        try:
            script = Script(check.script, open_libs=check.open_libs)
        except ScriptError as error:
            problem = error
            return lambda objs: (problem for _ in objs)
    return lambda objs: script.judge_each(objs, release)


def _ask_built_in(objs: Iterable[Mapping[str, Any]]) -> Iterator[Health | ScriptError]:
    for obj in objs:
        try:
            yield builtin.judge(obj)
        except ScriptError as error:
            yield error


def shown_health(
    obj: Mapping[str, Any], judge: Callable[[Mapping[str, Any]], Health], release: ArgoCDVersion = LATEST
) -> Health:
    """The health of the object as this release of Argo CD shows it. Raises ScriptError where the check does."""
    return _shown(obj, judge(obj) if _asks(obj, release) else _PENDING, release)


_PENDING = Health("Progressing", "Pending deletion")


def _asks(obj: Mapping[str, Any], release: ArgoCDVersion) -> bool:
    return release >= ASKED_SINCE or not _is_deleted(obj)


def _shown(obj: Mapping[str, Any], found: Health, release: ArgoCDVersion) -> Health:
    """What this release makes of the answer of a check."""
    if not _is_deleted(obj):
        return Health(found.status, found.message, given=found.given)
    if release < ASKED_SINCE:
        return _PENDING
    if found.deletion_message:
        return Health(found.status, found.deletion_message)
    left = _finalizers(obj.get("metadata"))
    text = f"Pending deletion; blocked by finalizers: {', '.join(left)}" if left else "Pending deletion"
    return Health("Progressing", text)


def _is_deleted(obj: Mapping[str, Any]) -> bool:
    """Whether it is shown as being deleted: a hook of a sync isn't."""
    metadata = obj.get("metadata")
    stamp = metadata.get("deletionTimestamp") if isinstance(metadata, Mapping) else None
    if not isinstance(stamp, str) or _TIME.match(stamp) is None:
        return False
    try:
        datetime.fromisoformat(stamp[:19])
    except ValueError:
        return False
    return _HOOK not in _finalizers(metadata)


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
    objs = _situations(one.kind)
    found = list(zip(first.each(objs), second.each(objs), strict=True))
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
