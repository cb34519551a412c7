"""What the reader of a Stack's or an Application's page has to know first.

What is shown may be old: the object is gone, another took its name, or nobody sees it. And a Stack's phase and
verdict may say different things: the verdict is judged from the Stack alone, as Argo CD judges it; the phase also
sees the Update, the Workspace, its pod, other Stacks and the operator. They never differ without a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from cluster.resources import pointer
from diagnosis.finding import NOTE, WAITING, Evidence, Finding, ObjectRef
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, Key, StackRow, run_name
from stacks.phases.phase import (
    DESTROY_STUCK,
    FAILED,
    PREVIEW_ONLY,
    REQUESTED,
    RESYNCING,
    RETRYING,
    STALLED,
    UNSEEN,
    UPDATING,
    WAITING_PREREQUISITE,
    WAITING_SOURCE,
    WAITING_WORKSPACE,
    WEDGED,
    is_broken,
)
from stacks.times import kubectl_age


def outdated_stack(
    key: Key, context: ContextState | None, now: float, *, deleted_at: float | None, replaced_at: float | None
) -> Iterator[Finding]:
    """Why the page of a Stack shows what is old. `replaced_at`: another took its name; `context` None: not watched."""
    evidence = (Evidence(ObjectRef(key.context, key.namespace, "Stack", key.name)),)
    if deleted_at is not None:
        words = f"This Stack was deleted {kubectl_age(now - deleted_at)} ago. What follows is how it was last seen."
        yield Finding("deleted", NOTE, words, evidence=evidence)
        return
    if replaced_at is not None:
        ago = kubectl_age(now - replaced_at)
        words = f"The Stack that this page was opened for was deleted; {ago} ago another took its name."
        yield Finding("replaced", NOTE, words, evidence=evidence)
    if context is None:
        yield Finding("not-watched", NOTE, f"The context {key.context} isn't watched any more.")
    elif (lost := context_lost(context, now)) is not None:
        yield lost


def outdated_application(key: Key, context: ContextState | None, now: float, *, deleted: bool) -> Finding | None:
    """Why the page of an Application shows what is old; `deleted`: it has gone."""
    if deleted:
        words = "This Application isn't there any more. What follows is how it was last seen."
        evidence = Evidence(ObjectRef(key.context, key.namespace, "Application", key.name))
        return Finding("deleted", NOTE, words, evidence=(evidence,))
    return context_lost(context, now) if context is not None else None


def context_lost(context: ContextState, now: float) -> Finding | None:
    """Why a context can't be seen now, and how old its data is; None while it is seen."""
    if not context.stale(now):
        return None
    heard = context.data_age(now)
    old = "" if heard is None else f" What follows is {kubectl_age(heard)} old."
    return Finding("context-lost", WAITING, f"{context.name} can't be seen: {context.reason(now)}.{old}")


_ALONE = "The verdict is judged from the Stack alone, as Argo CD judges it"


def why_differ(row: StackRow, now: float) -> Finding | None:
    """Why this Stack's phase and verdict don't agree; None where they do."""
    words = _why_differ(row, now)
    if not words:
        return None
    stack = ObjectRef(row.key.context, row.key.namespace, "Stack", row.key.name)
    return Finding("phase-and-verdict", NOTE, words, evidence=(Evidence(stack, text=row.health.message),))


def _why_differ(row: StackRow, now: float) -> str:
    verdict, phase = row.health.status, row.phase
    if verdict == "Degraded":
        if phase.kind in (UPDATING, RESYNCING, REQUESTED, RETRYING, WAITING_WORKSPACE):
            return "It is Degraded until a run succeeds: it has failed as often as its limit allows, and tries again."
        return ""
    if not is_broken(row.rank):
        return _why_not_broken(row)
    about = {
        WEDGED: f"{_ALONE}, and that says that {run_name(row.stack) or 'an update'} is under way. "
        "The Update itself isn't there or is over, and the operator doesn't notice.",
        WAITING_WORKSPACE: f"{_ALONE}, and that only says that it waits. What keeps the workspace from getting "
        "ready stands at its pod.",
        WAITING_PREREQUISITE: f"{_ALONE}, and that only says that it waits. The Stack that it waits for won't "
        "succeed by itself.",
        UNSEEN: f"{_ALONE}. That nobody leads the operator shows in its Lease.",
        RETRYING: f"It is {verdict} because the operator tries again; it becomes Degraded at the limit of failures.",
        WAITING_SOURCE: f"It is {verdict} because its source may still come: the operator looks again every 30s.",
    }.get(phase.kind, "")
    if about:
        return about
    return f"It is {verdict}, but has been so for unusually long." if phase.late(now) else ""


def _why_not_broken(row: StackRow) -> str:
    if row.health.status == "Healthy" and row.phase.kind is RESYNCING:
        return "It is Healthy while the run goes on: the same spec and commit succeeded before."
    if row.health.status == "Healthy" and row.phase.kind is PREVIEW_ONLY:
        return "It is Healthy because the preview succeeded; nothing was applied."
    return ""


def why_app_differs(app: AppRow, stacks: Collection[StackRow], judged: str = "") -> Finding | None:
    """Why an Application looks better than the Stacks that it holds; None where it doesn't.

    `judged` says why its Argo CD judges such Stacks otherwise, where that was found out.
    """
    if app.health not in ("Healthy", "Progressing"):
        return None
    otherwise = judged_otherwise(app, stacks)
    unnoticed = [each for each in stacks if _is_trouble(each) and each.health.status == app.health == "Healthy"]
    reasons = []
    if otherwise:
        why = "" if judged else ": it judges Stacks by the check that it has, or hasn't looked since"
        reasons.append(f"{_these_are(otherwise)} here{why}")
    if unnoticed:
        reasons.append(f"{_these_are(unnoticed)}: it judges a Stack by its own status alone, and that looks well")
    if not reasons:
        return None
    words = f"Argo CD says {app.health} though {'; and though '.join(reasons)}."
    if otherwise and judged:
        words = f"{words} {judged}"
    application = ObjectRef(app.key.context, app.key.namespace, "Application", app.key.name)
    evidence = Evidence(application, pointer("status", "health", "status"), app.health)
    return Finding("application-and-stacks", NOTE, words, evidence=(evidence,))


def judged_otherwise(app: AppRow, stacks: Iterable[StackRow]) -> list[StackRow]:
    """The Stacks in trouble that our check calls other than Healthy, and other than the Application that holds them."""
    if app.health not in ("Healthy", "Progressing"):
        return []
    return [each for each in stacks if _is_trouble(each) and each.health.status not in ("Healthy", app.health)]


def _is_trouble(stack: StackRow) -> bool:
    return is_broken(stack.rank) or stack.health.status == "Degraded"


def _these_are(stacks: Sequence[StackRow]) -> str:
    """How many Stacks these are, and what, in one word where that is the same."""
    kinds, statuses = {stack.phase.kind for stack in stacks}, {stack.health.status for stack in stacks}
    word = "broken"
    if statuses == {"Degraded"}:
        word = "Degraded"
    elif len(kinds) == 1 and kinds <= {WEDGED, STALLED, FAILED, RETRYING, DESTROY_STUCK}:
        word = kinds.pop().words
    return f"one of its Stacks is {word}" if len(stacks) == 1 else f"{len(stacks)} of its Stacks are {word}"
