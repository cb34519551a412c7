"""Why what is shown of an object isn't simply how things are: it is gone, another took its name, or nobody sees it."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.finding import NOTE, WAITING, Evidence, Finding, ObjectRef
from fleet.board.context_state import ContextState
from fleet.board.rows import Key
from stacks.times import age


def outdated_stack(
    key: Key, context: ContextState | None, now: float, *, deleted_at: float | None, replaced_at: float | None
) -> Iterator[Finding]:
    """What a reader of a Stack's page has to know first.

    `deleted_at` is when it went, `replaced_at` when another Stack took its name; both None for one that is there.
    `context` is None where its context isn't watched any more.
    """
    evidence = (Evidence(ObjectRef(key.context, key.namespace, "Stack", key.name)),)
    if deleted_at is not None:
        words = f"This Stack was deleted {age(now - deleted_at)} ago. What follows is how it was last seen."
        yield Finding("deleted", NOTE, words, evidence=evidence)
        return
    if replaced_at is not None:
        ago = age(now - replaced_at)
        words = f"The Stack that this page was opened for was deleted; {ago} ago another took its name."
        yield Finding("replaced", NOTE, words, evidence=evidence)
    if context is None:
        yield Finding("not-watched", NOTE, f"The context {key.context} isn't watched any more.")
    elif (lost := context_lost(context, now)) is not None:
        yield lost


def outdated_application(key: Key, context: ContextState | None, now: float, *, deleted: bool) -> Finding | None:
    """The same for an Application's page."""
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
    old = "" if heard is None else f" What follows is {age(heard)} old."
    return Finding("context-lost", WAITING, f"{context.name} can't be seen: {context.reason(now)}.{old}")
