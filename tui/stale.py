"""Which contexts' rows may no longer be true."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.contexts import ContextState
from stacks.times import age


def ages(contexts: Iterable[ContextState], now: float) -> dict[str, str]:
    """Context -> the age of what is shown of it, for those that can't be seen now."""
    old: dict[str, str] = {}
    for context in contexts:
        if context.stale(now):
            heard = context.heard_age(now)
            old[context.name] = "?" if heard is None else age(heard)
    return old
