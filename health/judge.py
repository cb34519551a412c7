"""What an Argo CD shows for objects, by the check that is in force there, whosever that is.

Objects are those of the API, as Python values. Our own script judges all of them in one runtime; for another's each
object has a fresh one, as in Argo CD.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from health import builtin, checks
from health.argocd_cm.standing import BUILT_IN, NONE, CheckStanding
from health.deletion import shown
from health.lua.script import Script
from health.result import NOTHING, STATUSES, ArgoCDVersion, Health, ScriptError

FAILED = "raises"
_LATE, _PATIENCE = "context deadline exceeded", 3


@dataclass(frozen=True, slots=True)
class ShownHealth:
    """What Argo CD makes of one object.

    `word` is its health, ``none`` where no check has anything to say of it, empty for a check that answers without
    a status, or ``raises`` with the error as message: then the Application's syncs end in an error.
    """

    word: str
    message: str = ""

    @property
    def counts_as(self) -> str:
        """The health word that it brings into its Application's; empty where it brings none. An error is Unknown."""
        word = "Unknown" if self.word == FAILED else self.word
        return word if word in STATUSES else ""


@dataclass(frozen=True)
class Judge:
    """Judges the objects of one kind."""

    release: ArgoCDVersion
    _ask: Callable[[Mapping[str, Any]], Health]

    def __call__(self, obj: Mapping[str, Any]) -> ShownHealth:
        try:
            found = shown(obj, self._ask, self.release)
        except ScriptError as error:
            return ShownHealth(FAILED, str(error))
        return ShownHealth(found.status if found.given else "none", found.message)


def judge(standing: CheckStanding, release: ArgoCDVersion) -> Judge:
    """Whoever judges by this check in this release. A script that isn't Lua raises for each object."""
    return Judge(release, _asked(standing, release))


def _asked(standing: CheckStanding, release: ArgoCDVersion) -> Callable[[Mapping[str, Any]], Health]:
    if standing.word == NONE:
        return lambda obj: NOTHING
    if standing.word == BUILT_IN:
        return builtin.judge
    if standing.current:
        script = checks.check(*standing.kind.split("/"))
    else:
        try:
            script = Script(standing.script, open_libs=standing.open_libs)
        except ScriptError as error:
            return _raising(str(error))
        return _patient(script, release)
    return lambda obj: script.judge(obj, release)


def _patient(script: Script, release: ArgoCDVersion) -> Callable[[Mapping[str, Any]], Health]:
    """Asks until the script has run out of its second some times: ten thousand objects would take hours."""
    late: list[ScriptError] = []

    def ask(obj: Mapping[str, Any]) -> Health:
        if len(late) >= _PATIENCE:
            raise late[-1]
        try:
            return script.judge(obj, release)
        except ScriptError as error:
            if _LATE in str(error):
                late.append(error)
            raise

    return ask


def _raising(text: str) -> Callable[[Mapping[str, Any]], Health]:
    def ask(obj: Mapping[str, Any]) -> Health:
        raise ScriptError(text)

    return ask
