"""Syncs that failed, that auto-sync gave up on, or that don't end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diagnosis.cause import ARGOCD, Cause
from diagnosis.causes.argocd_comparisons import GAVE_UP
from diagnosis.causes.argocd_waves import stack_keys
from diagnosis.facts.application_facts import ApplicationFacts, resource_name
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import PROBLEM, WAITING, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import brief, first_line
from stacks.fields import Obj, field, text
from stacks.times import instant, prose_span

_RETRYING = re.compile(r"Retrying attempt #(\d+) at (\S+?)\.?\s*\Z")
_WINDOW = "Sync operation blocked by sync window"
_TIMED_OUT = "operation is terminating due to timeout"
_TERMINATED = "Operation terminated"
_REVISION = re.compile(r"\[?([0-9a-f]{7,64})\b")
_QUOTED = 5


def _gave_up(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.auto_sync or facts.sync_status != "OutOfSync":
        return None
    found = next(
        (each for each in facts.conditions if each.type == "SyncError" and each.message.startswith(GAVE_UP)), None
    )
    if found is None:
        return None
    revision = _REVISION.search(found.message.removeprefix(GAVE_UP).partition(":")[0])
    at_revision = f" on revision {revision[1][:7]}" if revision else " on this revision"
    failed = facts.failed_results
    evidence = [facts.quote_condition(found), *_results(facts, failed)]
    if facts.message:
        evidence.append(facts.quote_operation("message"))
    if field(facts.app, "status", "operationState", "retryCount") is not None:
        evidence.append(facts.quote_operation("retryCount"))
    return Finding(
        "",
        PROBLEM,
        f"Auto-sync of {facts.label} gave up{at_revision}{_on(failed)}",
        subject=f"Application {facts.label}",
        evidence=tuple(evidence),
        next_step=f"Mend what {_first(failed) or 'the message'} says, then sync {facts.label}; a new commit is synced "
        "by itself.",
        since=found.time,
        next=NextEvent("nothing for this revision; a new commit is synced by itself", heals=False),
        waits_for=tuple(stack_keys(facts, fleet, [each for _, each in failed])),
    )


def _failed(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if facts.phase not in ("Failed", "Error") or facts.requested:
        return None
    failed = facts.failed_results
    terminated = facts.message.startswith(_TERMINATED)
    mend = f"Mend what {_first(failed) or 'the message'} says"
    title = f"The last sync of {facts.label} {'was terminated' if terminated else 'failed'}{_on(failed)}"
    if not failed and not terminated and facts.message:
        title += f": {_cut(facts.message)}"
    evidence = [facts.quote_operation("phase", time=facts.finished), *_results(facts, failed)]
    if facts.message:
        evidence.append(facts.quote_operation("message"))
    by_itself = (
        "a new commit is synced by itself, this revision isn't" if facts.auto_sync else "nothing: it has no auto-sync"
    )
    return Finding(
        "",
        PROBLEM,
        title,
        subject=f"Application {facts.label}",
        evidence=tuple(evidence),
        next_step=f"Sync {facts.label} again." if terminated else f"{mend}, then sync {facts.label}.",
        since=facts.finished or facts.started,
        next=NextEvent(by_itself, heals=False),
        waits_for=tuple(stack_keys(facts, fleet, [each for _, each in failed])),
    )


def _does_not_end(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if facts.phase not in ("Running", "Terminating"):
        return None
    age = None if facts.started is None else facts.now - facts.started
    late = age is not None and age > facts.thresholds.long_run
    retry = _RETRYING.search(facts.message) if facts.phase == "Running" and facts.finished is not None else None
    concerned = facts.failed_results if retry is not None else facts.running_results
    phase, message = facts.quote_operation("phase"), facts.quote_operation("message")
    started = facts.quote_operation("startedAt", time=facts.started)
    severity, since, evidence = WAITING, facts.started, [message, started]
    problem_at: float | None = None
    step = f"Terminate the sync of {facts.label}, then sync it again."
    if retry is not None:
        evidence = [facts.quote_operation("message", part=retry[0].strip()), *_results(facts, concerned)]
        title = f"The sync of {facts.label} failed{_on(concerned)}, and is tried again"
        happens = NextEvent(f"attempt {retry[1]} begins at {retry[2]} by Argo CD's clock", instant(retry[2]))
        since = facts.finished
        step = f"Mend what {_first(concerned) or 'the message'} says before the next attempt."
    elif _WINDOW in facts.message:
        title = f"The sync of {facts.label} waits for a sync window to let it through"
        happens = NextEvent("begins when the sync windows of its project allow it")
        step = f"Wait for the window, or change the sync windows of the project of {facts.label}."
    elif _TIMED_OUT in facts.message and not late:
        title = f"The sync of {facts.label} took longer than Argo CD allows, and is being terminated"
        happens = NextEvent("ends within seconds, as Failed")
        problem_at = facts.started + facts.thresholds.long_run if facts.started is not None else None
        step = f"Wait for its end; then mend what {_first(concerned) or 'it waited for'} says, and sync again."
    elif late and age is not None:
        severity, evidence = PROBLEM, [started, message, *_hooks(facts, concerned)]
        title, happens = (
            _unending(facts, concerned, age),
            NextEvent("never by itself: a sync has no time-out by itself", heals=False),
        )
    else:
        return None
    return Finding(
        "",
        severity,
        title,
        subject=f"Application {facts.label}",
        evidence=(*([phase] if late else []), *(each for each in evidence if each.text)),
        next_step=step,
        since=since,
        next=happens,
        waits_for=tuple(stack_keys(facts, fleet, [each for _, each in concerned])),
        problem_at=problem_at,
    )


def _unending(facts: ApplicationFacts, running: Sequence[tuple[int, Obj]], age: float) -> str:
    if facts.phase == "Terminating" and not facts.requested:
        return f"{facts.label} is marked as Terminating though nothing runs, and its next sync would be ended by that"
    what = "termination of the sync" if facts.phase == "Terminating" else "sync"
    hook = next((each for _, each in running if text(each, "hookType")), None)
    because = f": the hook {resource_name(hook)} doesn't end" if hook is not None else ""
    if not because and facts.message:
        because = f": {_cut(facts.message)}"
    return f"The {what} of {facts.label} hasn't ended for {prose_span(age)}{because}"


def _hooks(facts: ApplicationFacts, running: Sequence[tuple[int, Obj]]) -> list[Evidence]:
    return [facts.quote_result(place, "hookPhase") for place, _ in running[:_QUOTED]]


def _results(facts: ApplicationFacts, failed: Sequence[tuple[int, Obj]]) -> list[Evidence]:
    """What the resources say that failed, or where they say nothing that they did."""
    found = []
    for place, each in failed[:_QUOTED]:
        leaf = next((leaf for leaf in ("message", "hookPhase", "status") if text(each, leaf).strip()), "name")
        found.append(facts.quote_result(place, leaf))
    return found


def _on(failed: Sequence[tuple[int, Obj]]) -> str:
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f" on {_first(failed)}{more}" if failed else ""


def _first(failed: Sequence[tuple[int, Obj]]) -> str:
    return resource_name(failed[0][1]) if failed else ""


def _cut(message: str) -> str:
    return brief(first_line(message))


CAUSES = (
    Cause(
        id="A-5",
        depth=ARGOCD,
        title="Auto-sync gave up on this revision",
        symptom="Auto-sync is on, the Application is `OutOfSync`, and its condition `SyncError` begins with `Failed "
        "last sync attempt to`.",
        explanation="After a failed sync auto-sync tries again a few times, five unless `syncPolicy.retry.limit` says "
        "otherwise, and then leaves this revision alone.",
        by_itself="Nothing for this revision. A new commit is synced.",
        way_out="Mend what the failed resources say, then sync.",
        versions="all of Argo CD",
        find=_gave_up,
        after_repair=("app sync",),
        helps=("app sync",),
        not_helpful=(
            NotHelpful("app refresh", "it compares, and doesn't sync a revision that was given up"),
            NotHelpful("wait", "this revision isn't tried again"),
        ),
        beats=("A-2", "A-4"),
    ),
    Cause(
        id="A-2",
        depth=ARGOCD,
        title="The last sync failed",
        symptom="The operation of the Application is `Failed` or `Error`, and no other is asked for.",
        explanation="A resource couldn't be applied, a hook failed, or a resource of a wave became Degraded: then the "
        "operation says `one or more synchronization tasks completed unsuccessfully`, and what failed stands in "
        "`status.operationState.syncResult.resources`, a Stack with its health message.",
        by_itself="With auto-sync it was tried again as often as `syncPolicy.retry` allows; a new commit is synced.",
        way_out="Mend the cause, then sync.",
        versions="all of Argo CD",
        find=_failed,
        after_repair=("app sync",),
        helps=("app sync",),
        not_helpful=(NotHelpful("app refresh", "it compares, and syncs nothing"),),
    ),
    Cause(
        id="A-3",
        depth=ARGOCD,
        title="A sync doesn't end",
        symptom="The operation is `Running` or `Terminating` for more than half an hour; or it waits for its next "
        "attempt (`Retrying attempt #…`), or for a sync window.",
        explanation="Without `controller.sync.timeout.seconds` a sync has no time-out: it waits for a hook, or for the "
        "health of a resource, as long as that takes. `Terminating` that was set while nothing ran stays, and ends the "
        "next sync.",
        by_itself="A retry and a sync window have their time. Anything else never ends.",
        way_out="Terminate the sync, then sync again once the cause is gone.",
        versions="all of Argo CD; the time-out from 2.14",
        find=_does_not_end,
        helps=("app terminate", "app sync"),
        not_helpful=(NotHelpful("app sync", "while an operation exists, another is refused"),),
    ),
)
