"""Waiting until Argo CD has done what was written into an Application, and ending with what it says then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from actions.applications.diagnosed_application import ApplicationRequest, DiagnosedApplication, application_now, uid_of
from actions.effects import EffectSeen, wait_for_effect
from actions.plan import Plan
from actions.workflow import ChangeFault, ChangeResult, ChangeTask, Steps
from diagnosis.facts.application_facts import ApplicationFacts


async def wait_for_application(
    task: ChangeTask[DiagnosedApplication, ApplicationRequest],
    plan: Plan,
    seen: Callable[[ApplicationFacts], EffectSeen],
) -> Steps:
    """Look at the Application until its effect is `seen`; the words of the last look are the result."""
    end = ""

    async def look() -> EffectSeen:
        nonlocal end
        found = _seen(await application_now(task.connection, task.target), plan.uid, seen)
        end = found.text if found.reached else ""
        return found

    async with aclosing(wait_for_effect(look, task.timing)) as steps:
        async for step in steps:
            if isinstance(step, ChangeResult) or step.text != end:
                yield step
            if isinstance(step, ChangeResult):
                return
    yield ChangeResult(ChangeFault.NONE, end, written=True)


def _seen(facts: ApplicationFacts | None, uid: str, seen: Callable[[ApplicationFacts], EffectSeen]) -> EffectSeen:
    if facts is None:
        return EffectSeen("the Application is gone", lost=True)
    if uid_of(facts) != uid:
        return EffectSeen("the Application was deleted, and another has its name", lost=True)
    return seen(facts)
