"""The rows that the board would have for Stacks that are diagnosed: their phase, health and next attempt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from cluster.resources import ResourceKind
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.operator_facts import OperatorFacts
from diagnosis.facts.stack_facts import StackFacts
from fleet.board.board import Board
from fleet.board.rows import Key, StackRow
from fleet.resource_kinds import PODS, UPDATES, WORKSPACES
from stacks.fields import Obj
from stacks.operator import OperatorState


def stack_rows(fleet: FleetFacts, keys: Iterable[Key]) -> dict[Key, StackRow]:
    """A row for each of these Stacks that is known, as a board with the same objects has it."""
    board = Board(fleet.thresholds)
    for context, objects in fleet.contexts.items():
        board.open(context)
        board.set_operator(context, _operator_state(fleet.operator(context)), objects.now)
    found = {key: facts for key in keys if (facts := fleet.stack(key)) is not None}
    prerequisites = [
        other
        for key, facts in found.items()
        for _, name in facts.prerequisites
        if (other := fleet.stack(Key(key.context, key.namespace, name))) is not None and other.key not in found
    ]
    for facts in (*prerequisites, *found.values()):
        _put(board, facts)
    rows = board.stacks
    return {key: replace(rows[key], holder=fleet.holder(key)) for key in found}


def _put(board: Board, facts: StackFacts) -> None:
    board.put_stack(facts.key.context, facts.record, facts.now)
    known: dict[str, Any] = {}
    if facts.update_lookup is not None:
        known |= {"update": _record(facts.update_lookup.object, UPDATES), "update_gone": facts.update_lookup.gone}
    if facts.workspace is not None:
        known["workspace"] = _record(facts.workspace, WORKSPACES)
    if facts.pod is not None:
        known |= {"pod": _record(facts.pod, PODS), "pod_known": True}
    if known:
        board.set_related_objects(facts.key, facts.now, **known)


def _operator_state(operator: OperatorFacts) -> OperatorState:
    states: dict[str, bool | None] = {"alive": True, "stale": False, "released": False, "unknown": None}
    return OperatorState(operator.version, states[operator.state])


def _record(obj: Obj | None, kind: ResourceKind[Any]) -> Any:
    """The object as the board has it; None for one that makes no sense."""
    if obj is None:
        return None
    try:
        return kind.tidy(msgspec.convert(obj, kind.record, strict=False))
    except msgspec.ValidationError:
        return None
