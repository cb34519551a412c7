"""A close look at Stacks or Applications of a fleet that is watched: which contexts it needs, and what is found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from diagnosis.reading.diagnosed_contexts import DiagnosedContexts, diagnose
from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet

SubjectKind: TypeAlias = Literal["Stack", "Application"]


async def look_closely(fleet: Fleet, keys: Sequence[Key], kind: SubjectKind) -> DiagnosedContexts:
    """Look at these closely, all contexts that they need at once. Failures are a part of what was found."""
    contexts = _contexts_of_stacks(fleet, keys) if kind == "Stack" else _contexts_of_applications(fleet, keys)
    names = {key.name for key in (keys if kind == "Stack" else _held(fleet, keys))}
    # No names would mean all Stacks, though none is asked for.
    return await diagnose(fleet.opener, contexts, names or {key.name for key in keys}, fleet.clock)


def _contexts_of_stacks(fleet: Fleet, keys: Collection[Key]) -> list[str]:
    """Their own contexts, those of the Applications that hold them, and those with a Stack that has the same backend
    stack: its runs are in the way of theirs.
    """
    board = fleet.board
    rows = [row for key in keys if (row := board.stacks.get(key)) is not None]
    states = {_backend_stack(row) for row in rows} - {("", "")}
    own = dict.fromkeys(key.context for key in keys)
    holders = dict.fromkeys(row.holder.key.context for row in rows if row.holder is not None)
    others = dict.fromkeys(key.context for key, row in board.stacks.items() if _backend_stack(row) in states)
    return list(own | holders | others)


def _backend_stack(row: StackRow) -> tuple[str, str]:
    spec = row.stack.spec
    return (spec.backend, spec.stack) if spec.stack else ("", "")


def _contexts_of_applications(fleet: Fleet, keys: Collection[Key]) -> list[str]:
    """Their own contexts, and those of the Stacks that they hold."""
    return list(dict.fromkeys([*(key.context for key in keys), *(key.context for key in _held(fleet, keys))]))


def _held(fleet: Fleet, keys: Collection[Key]) -> list[Key]:
    rows = [row for key in keys if (row := fleet.board.app(key)) is not None]
    return [key for row in rows for key in row.holds]
