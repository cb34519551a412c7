"""`app sync`: an Application is synced as `argocd app sync` would, by an operation that is written into it.

Argo CD has no request for that: its controller does what stands in `operation`, and tells of it in
`status.operationState`. Nothing but a test of the server keeps one operation from being written over another. The state
of the last one goes with the same write: a phase that was left there as Terminating would end the new one at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
from actions.applications.operation_words import (
    OVER,
    RUNNING,
    SUCCEEDED,
    TERMINATING,
    asked_by_whom,
    is_marked_asked,
    is_marked_state,
    last_words,
    under_way,
)
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
from diagnosis.facts.application_facts import ApplicationFacts, is_stack, resource_name
from diagnosis.wording import brief, first_line, listed
from stacks.fields import field, mappings, strings, text, texts_within
from stacks.times import rfc3339

_ID = "app sync"
_REFUSING = ("ComparisonError", "InvalidSpecError")
"""conditions with which Argo CD ends every sync at once"""


def _plan(target: DiagnosedApplication, request: ApplicationRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target)) or facts is None:
        return refusal or NothingToDo("")
    if why_not := _refused(target, facts, request):
        return why_not
    uid, version = uid_of(facts), text(facts.value("metadata"), "resourceVersion")
    operation = sync_operation(target, facts, request)
    changes, revision = list(_changes(facts, operation)), wanted_revision(facts)
    pruned = _pruned(facts) if request.prune else []
    what = f"{target.stack} of {target}" if request.only_stack else str(target)
    return Plan(
        title=f"sync {what}{', and delete what Git has no more' if request.prune else ''}",
        context=target.context,
        target=f"Application {target.namespace}/{target.name}",
        requests=(
            json_patch(
                target.path,
                [
                    {"op": "test", "path": "/metadata/uid", "value": uid},
                    {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                    *changes,
                ],
                MANAGER,
            ),
        ),
        preconditions=(
            Precondition("uid", uid),
            Precondition("resourceVersion", version, volatile=True),
            Precondition("operation", "none"),
            *((Precondition("status.sync.revision", revision),) if revision else ()),
        ),
        risk=_risk(facts, pruned),
        kubectl=(kubectl_json_patch(target.context, target.namespace, "application", target.name, changes),),
        proof=Proof(
            "read back twice: the operation is the one that was sent",
            target.path,
            missing=lambda found: _missing(found, request.value),
        ),
        differences=(
            ("operation", "", json.dumps(operation, indent=2)),
            *((("deleted", "\n".join(map(resource_name, pruned)), ""),) if pruned else ()),
        ),
        copied=tuple(strings(operation["sync"], "syncOptions")) + tuple(texts_within(operation.get("retry"))),
        notes=tuple(_notes(target, facts, request, pruned)),
        checked=(Check(_seen(facts), target.looked_at),),
        rights=target.rights,
        effect=f"this operation ({MANAGER}={request.value}) ends, and as Succeeded",
        word=target.context,
    )


def _refused(
    target: DiagnosedApplication, facts: ApplicationFacts, request: ApplicationRequest
) -> PlanBlocked | NothingToDo | None:
    """Why no sync of this Application may be asked for; None where one may."""
    if facts.deleting:
        return PlanBlocked(f"{target} is being deleted, and isn't synced any more")
    if is_marked_asked(facts, request.value):
        return NothingToDo(f"{target}: this sync is asked for already")
    if there := under_way(facts):
        ends = f"wait for its end, or end it: app terminate {target.name}"
        return PlanBlocked(
            f"{target}: there is an operation, and a second one would be lost or end it: {there}", (ends,)
        )
    for each in facts.conditions:
        if each.type in _REFUSING:
            why = f"{each.type}: {brief(first_line(each.message))}"
            mend = f"mend what it names; app refresh {target.name} looks whether it is"
            return PlanBlocked(f"{target}: Argo CD ends every sync at once while it has this condition: {why}", (mend,))
    if refusal := unhelpful(target, _ID):
        return refusal
    if request.only_stack and _resource_of(target, facts) is None:
        text_ = f"{target} doesn't hold the Stack {target.stack}, by its own list of resources"
        return PlanBlocked(text_, (f"app refresh {target.name}, if the Stack is new in Git",))
    return None


def sync_operation(
    target: DiagnosedApplication, facts: ApplicationFacts, request: ApplicationRequest
) -> dict[str, Any]:
    """The operation as `argocd app sync` writes it, with a mark by which it is known again.

    Without a revision: as there, the one that the source names when the sync begins.
    """
    sync: dict[str, Any] = {"prune": request.prune, "syncStrategy": {"hook": {}}}
    policy = facts.value("spec", "syncPolicy")
    if options := strings(policy, "syncOptions"):
        sync["syncOptions"] = options
    if request.only_stack and (stack := _resource_of(target, facts)) is not None:
        sync["resources"] = [{name: text(stack, name) for name in ("group", "kind", "name", "namespace")}]
    retry = field(policy, "retry")
    return {
        "initiatedBy": {"username": MANAGER},
        "info": [{"name": MANAGER, "value": request.value}],
        **({"retry": retry} if isinstance(retry, dict) else {}),
        "sync": sync,
    }


def _changes(facts: ApplicationFacts, operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"op": "test", "path": "/operation", "value": None}
    if field(facts.value("status"), "operationState") is not None:
        yield {"op": "remove", "path": "/status/operationState"}
    yield {"op": "add", "path": "/operation", "value": operation}


def wanted_revision(facts: ApplicationFacts) -> str:
    """What Argo CD last found to be wanted, several sources by commas; empty where it has never compared."""
    sync = field(facts.app, "status", "sync")
    return ", ".join(strings(sync, "revisions")) or text(sync, "revision")


def _resource_of(target: DiagnosedApplication, facts: ApplicationFacts) -> Obj | None:
    """The target's Stack in the Application's list of resources."""
    if (stack := target.stack) is None:
        return None
    return next(
        (
            each
            for _, each in facts.resources
            if is_stack(each) and (text(each, "namespace"), text(each, "name")) == (stack.namespace, stack.name)
        ),
        None,
    )


def _pruned(facts: ApplicationFacts) -> list[Obj]:
    """What is in the cluster and no longer in Git."""
    return [each for _, each in facts.resources if field(each, "requiresPruning") is True]


def _risk(facts: ApplicationFacts, pruned: Sequence[Obj]) -> Risk:
    applies = "it applies what Git says to the cluster, and a Stack that is changed by it runs"
    if not pruned:
        return Risk("medium", applies)
    names = listed([resource_name(each) for each in pruned])
    stacks = any(is_stack(each) for each in pruned)
    destroys = "; a Stack destroys its cloud resources, or leaves them behind" if stacks else ""
    return Risk("high" if stacks else "medium", f"{applies}; it deletes {names}{destroys}")


def _seen(facts: ApplicationFacts) -> str:
    """What the plan was made from, in words."""
    out = [resource_name(each) for _, each in facts.resources if text(each, "status") == "OutOfSync"]
    differ = f"{len(out)} of {len(facts.resources)} resources are OutOfSync{f': {listed(out)}' if out else ''}"
    return f"no operation is under way; {facts.sync_status or 'never compared'}, {differ}"


def _notes(
    target: DiagnosedApplication, facts: ApplicationFacts, request: ApplicationRequest, pruned: Sequence[Obj]
) -> Iterator[str]:
    yield from by_stack_notes(target)
    yield (
        "the operation is written into the Application: Argo CD's own roles (RBAC) aren't asked, and its audit events "
        "don't show who did it"
    )
    compared = facts.value("status", "reconciledAt")
    if revision := wanted_revision(facts):
        was = f"{revision} when it was compared at {compared}"
        yield f"it syncs the commit that its source names when it begins; that was {was}"
    project = text(facts.app, "spec", "project") or "default"
    yield f"sync windows of the project {project} hold for it, too: where one is closed, it waits"
    if request.only_stack:
        yield f"only {target.stack} is applied: hooks are skipped, and the Application's history gets no entry"
    left = _pruned(facts)
    if pruned:
        yield f"is deleted: {', '.join(resource_name(each) for each in pruned)}"
    elif left and not request.only_stack:
        names = listed([resource_name(each) for each in left])
        yield f"what Git has no more stays ({names}); --prune deletes it"
    if facts.phase in (RUNNING, TERMINATING):
        yield f"its status still says {facts.phase} though no operation is there; that is taken away by this"


def _missing(found: Obj, mark: str) -> str:
    places = (field(found, "operation"), field(found, "status", "operationState", "operation"))
    ours = {"name": MANAGER, "value": mark}
    if any(dict(each) == ours for place in places for _, each in mappings(place, "info")):
        return ""
    return "the operation isn't there any more: somebody has taken it away, or written another over it"


def _wait_for_sync(task: ChangeTask[DiagnosedApplication, ApplicationRequest], plan: Plan) -> Steps:
    """Wait until the operation that was sent is over, and end with what came of it."""
    return wait_for_application(task, plan, lambda now: sync_seen(now, task.request.value))


def sync_seen(facts: ApplicationFacts, mark: str) -> EffectSeen:
    """What an Application tells of the operation with this mark."""
    if is_marked_state(facts, mark):
        return _progress(facts)
    if is_marked_asked(facts, mark):
        if facts.paused:
            return EffectSeen("somebody has told Argo CD to leave this Application alone, so it doesn't begin")
        return EffectSeen("Argo CD hasn't begun with it yet")
    if facts.requested or facts.phase:
        other = f"an operation by {asked_by_whom(facts)} has taken its place"
        return EffectSeen(f"{other}: what came of this one isn't known", lost=True)
    return EffectSeen("somebody has taken the operation away", lost=True)


def _progress(facts: ApplicationFacts) -> EffectSeen:
    if facts.phase == SUCCEEDED:
        return EffectSeen(f"synced {_result(facts)}", reached=True)
    if facts.phase in OVER:
        return EffectSeen(f"the sync ended as {last_words(facts)}", lost=True)
    if facts.phase == RUNNING and facts.finished is not None:
        return EffectSeen(f"an attempt failed: {last_words(facts).removeprefix('Running: ')}")
    return EffectSeen(f"it is {last_words(facts)}")


def _result(facts: ApplicationFacts) -> str:
    result = field(facts.app, "status", "operationState", "syncResult")
    revision = ", ".join(strings(result, "revisions")) or text(result, "revision")
    ended = f" at {rfc3339(facts.finished)}" if facts.finished is not None else ""
    applied = len(facts.results)
    resources = f"{applied} resource{'' if applied == 1 else 's'}"
    return f"{resources}{f' to {revision}' if revision else ''}{ended}: {brief(first_line(facts.message))}"


SYNC_APPLICATION: ChangeKind[DiagnosedApplication, ApplicationRequest] = ChangeKind(
    id=_ID,
    subject="Application",
    title=lambda request: "sync only this Stack" if request.only_stack else "sync",
    read=read_application_again,
    prepare=with_application_rights,
    plan=_plan,
    done=lambda request: "it was synced",
    take_effect=_wait_for_sync,
    effect_timeout=600.0,
    guide=FixGuide(
        command="app sync NAME [--prune]",
        helps="After the cause of a failed sync is gone (A-2), and where auto-sync gave up on a revision (A-5). With "
        "`--stack NAME --only` just one Stack is applied.",
        not_offered="While an operation is asked for or runs: a second one would be lost, or end it. While Argo CD "
        "ends every sync at once (`ComparisonError`, `InvalidSpecError`, a broken `argocd-cm`), while it waits for a "
        "confirmation (A-7), while the Application is paused or being deleted.",
        sends="`operation`, as `argocd app sync` writes it, with a mark of its own, and away with "
        "`status.operationState`; only if the uid and the resourceVersion are the same and there is no operation.",
        hurts="It applies what Git says, and Stacks run. Argo CD's own roles and audit events are gone round. With "
        "`--prune` it deletes what Git has no more, and a Stack that is deleted destroys its cloud resources.",
        proof="The operation with this mark ends as `Succeeded`. `Failed` and `Error` are told with their message.",
        undo="By a sync of an older commit; what a Stack has run can't be taken back.",
    ),
)
