"""`app terminate`: the sync that runs is ended, as `argocd app terminate-op` would.

The phase is set to Terminating, and only while an operation is there and Running: on an Application at rest that
phase would stay, and end the next sync.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actions.applications.application_effect import wait_for_application
from actions.applications.diagnosed_application import (
    ApplicationRequest,
    DiagnosedApplication,
    blocked,
    by_stack_notes,
    read_application_again,
    uid_of,
    unhelpful,
    with_application_rights,
)
from actions.applications.operation_words import OVER, RUNNING, TERMINATING, last_words, under_way
from actions.effects import EffectSeen
from actions.guide import FixGuide
from actions.plan import (
    MANAGER,
    Check,
    NothingToDo,
    Obj,
    Plan,
    PlanBlocked,
    Planned,
    Precondition,
    Proof,
    Risk,
    kubectl_json_patch,
)
from actions.record import ActionRecord
from actions.workflow import ChangeKind, ChangeTask, Steps
from cluster.apply import json_patch
from cluster.resources import pointer
from diagnosis.facts.application_facts import ApplicationFacts
from stacks.fields import field, text, texts_within

_ID = "app terminate"
_STATE = ("status", "operationState")
_PHASE = pointer(*_STATE, "phase")


def _plan(target: DiagnosedApplication, request: ApplicationRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target)) or facts is None:
        return refusal or NothingToDo("")
    there = under_way(facts)
    if why_not := _not_terminable(target, facts, there) or unhelpful(target, _ID):
        return why_not
    uid, started = uid_of(facts), text(facts.value(*_STATE), "startedAt")
    changes = list(_changes(facts, started))
    return Plan(
        title=f"end the sync of {target}",
        context=target.context,
        target=f"Application {target.namespace}/{target.name}",
        requests=(json_patch(target.path, [{"op": "test", "path": "/metadata/uid", "value": uid}, *changes], MANAGER),),
        preconditions=(
            Precondition("uid", uid),
            Precondition("status.operationState.phase", RUNNING),
            Precondition("startedAt", started),
        ),
        risk=Risk(
            "medium",
            "what it has applied stays, and what it hasn't isn't applied; Argo CD ends hooks that run, and Stacks that "
            "run go on",
        ),
        kubectl=(kubectl_json_patch(target.context, target.namespace, "application", target.name, changes),),
        proof=Proof(
            "read back twice: this sync is Terminating, or over",
            target.path,
            missing=lambda found: _missing(found, started),
        ),
        differences=(("status.operationState.phase", RUNNING, TERMINATING),),
        copied=tuple(texts_within(facts.value("operation", "initiatedBy"))),
        notes=tuple(_notes(target, facts)),
        checked=(Check(there, target.looked_at),),
        rights=target.rights,
        effect="status.operationState.phase of this sync is final",
        word=target.context,
    )


def _not_terminable(
    target: DiagnosedApplication, facts: ApplicationFacts, there: str
) -> PlanBlocked | NothingToDo | None:
    """Why there is nothing that may be terminated; None where there is."""
    if facts.requested and facts.phase == RUNNING:
        return None
    if facts.requested and facts.phase == TERMINATING:
        return NothingToDo(f"{target}: {there}")
    if facts.requested:
        return PlanBlocked(f"{target}: {there}; what hasn't begun can't be terminated", ("wait until it has begun",))
    trap = "the phase Terminating would stay, and end the next sync at once"
    if facts.phase in (RUNNING, TERMINATING):
        says = f"its status says {facts.phase}, and no operation is there that would end"
        return PlanBlocked(f"{target}: nothing runs: {says}", (f"app sync {target.name} takes that away",))
    return PlanBlocked(f"{target}: nothing runs that could be terminated; {trap}")


def _changes(facts: ApplicationFacts, started: str) -> Iterator[dict[str, Any]]:
    """The operations of the patch. That of `operation` holds only where there is one, whoever asked for it."""
    asked = field(facts.value("operation"), "initiatedBy")
    yield {"op": "test", "path": "/operation/initiatedBy", "value": asked}
    yield {"op": "test", "path": _PHASE, "value": RUNNING}
    yield {"op": "test", "path": pointer(*_STATE, "startedAt"), "value": started}
    yield {"op": "replace", "path": _PHASE, "value": TERMINATING}


def _notes(target: DiagnosedApplication, facts: ApplicationFacts) -> Iterator[str]:
    yield from by_stack_notes(target)
    yield (
        "the phase is written into the Application: Argo CD's own roles (RBAC) aren't asked, and its audit events "
        "don't show who did it"
    )
    if facts.auto_sync:
        yield "auto-sync is on: it doesn't try this commit again, and syncs a newer one by itself"


def _missing(found: Obj, started: str) -> str:
    state = field(found, *_STATE)
    if text(state, "startedAt") != started or text(state, "phase") in (TERMINATING, *OVER):
        return ""
    return "Argo CD has written Running over it; run it again"


def _wait_for_end(task: ChangeTask[DiagnosedApplication, ApplicationRequest], plan: Plan) -> Steps:
    """Wait until the sync is over, and end with how it ended."""
    started = next(one.value for one in plan.preconditions if one.what == "startedAt")
    return wait_for_application(task, plan, lambda now: end_seen(now, started))


def end_seen(facts: ApplicationFacts, started: str) -> EffectSeen:
    """What an Application tells of the sync that began at `started` and was told to end."""
    if text(facts.value(*_STATE), "startedAt") != started:
        after = under_way(facts)
        return EffectSeen(f"that sync is over{f', and there is the next one: {after}' if after else ''}", reached=True)
    if facts.phase in OVER:
        return EffectSeen(f"the sync ended as {last_words(facts)}", reached=True)
    if facts.paused:
        return EffectSeen("somebody has told Argo CD to leave this Application alone, so the sync doesn't end")
    return EffectSeen(f"it is {last_words(facts)}")


TERMINATE_SYNC: ChangeKind[DiagnosedApplication, ApplicationRequest] = ChangeKind(
    id=_ID,
    subject="Application",
    title=lambda request: "end the sync that runs",
    read=read_application_again,
    prepare=with_application_rights,
    plan=_plan,
    done=lambda request: "the sync was ended",
    take_effect=_wait_for_end,
    effect_timeout=600.0,
    guide=FixGuide(
        command="app terminate NAME",
        helps="A sync that waits for a Stack or a hook that doesn't end (A-1, A-3), when a newer commit is to be "
        "synced: a sync keeps to the commit with which it began.",
        not_offered="While nothing runs: the phase would stay, and end the next sync. While the sync waits for a "
        "person's confirmation (A-7): the next one would ask again. On a paused Application.",
        sends="`status.operationState.phase` from `Running` to `Terminating`, only if the uid, the phase and the "
        "beginning of the sync are the same, and the operation is there.",
        hurts="What was applied stays, the rest isn't applied. Stacks that run go on. Argo CD's own roles and audit "
        "events are gone round.",
        proof="The phase of this very sync is final.",
        undo="By `app sync`.",
    ),
)
