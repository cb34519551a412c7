"""Which contexts can't be seen now, so that their rows may no longer be true, and how old those are."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.board.context_state import ContextState
from stacks.times import age


def stack_ages(contexts: Iterable[ContextState], now: float) -> dict[str, str]:
    """Context -> the age of what is shown of its Stacks, in words, for the contexts that can't be seen now."""
    return {context.name: _words(context.stacks.last_event_at, now) for context in contexts if context.stale(now)}


def seen_at(contexts: Iterable[ContextState], now: float) -> dict[str, float]:
    """Context -> the instant of what is shown of it, for those that can't be seen now: there, time stands still."""
    return {
        context.name: context.stacks.last_event_at
        for context in contexts
        if context.stale(now) and context.stacks.last_event_at is not None
    }


def application_ages(contexts: Iterable[ContextState], now: float) -> dict[str, str]:
    """Context -> the age of what is shown of its Applications, which may be hidden where Stacks are not."""
    return {
        context.name: _words(context.applications.last_event_at, now)
        for context in contexts
        if context.stale(now) or (context.applications.lost is not None and not context.applications.lost.absent)
    }


def _words(last_event_at: float | None, now: float) -> str:
    return "?" if last_event_at is None else age(now - last_event_at)
