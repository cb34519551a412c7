"""The facts about one Stack of a board, made of the board's own records, so that its causes can be looked for.

The board keeps the little of each object that its rows need, and keeps no Events, logs, Leases or Secrets at all. What
it doesn't have counts as unread here, so that a cause that would need it is less certain, or isn't found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from diagnosis.facts.context_objects import ContextObjects, ObjectWanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.operator_facts import OperatorFacts
from fleet.board.board import Board
from fleet.board.context_state import ContextState
from fleet.board.relations import prerequisites
from fleet.board.rows import StackRow, run_name
from stacks.conditions import PREREQUISITE_MISSING, leading
from stacks.go_durations import is_go_duration
from stacks.operator import UNKNOWN_OPERATOR, OperatorState
from stacks.phases.phase import PhaseEvidence, PhaseThresholds
from stacks.records.base import Struct
from stacks.records.kubernetes import Pod
from stacks.versions import PkoVersion

UNREAD = "the board doesn't read it"
CHAIN = 10
"""Stacks that are looked at where one waits for others, and those for further ones; it takes half a millisecond each"""


def rows_behind(board: Board, row: StackRow) -> list[StackRow]:
    """The row, then those of the Stacks that it waits for, and that those wait for, as far as the board has them; up to
    `CHAIN` of them."""
    rows, seen = [row], {row.key}
    for each in rows:
        for key in prerequisites(each.key, each.stack):
            other = board.stacks.get(key)
            if other is not None and key not in seen and len(rows) < CHAIN:
                seen.add(key)
                rows.append(other)
    return rows


def is_undecodable(row: StackRow) -> bool:
    """Whether the operator's types refuse this Stack, by what its record has: then it can't see any other either."""
    for each in row.stack.spec.prerequisites or ():
        within = each.requirement.succeeded_within_duration if each.requirement is not None else ""
        if within and not is_go_duration(within):
            return True
    return False


def board_facts(board: Board, rows: Sequence[StackRow], thresholds: PhaseThresholds, now: float) -> FleetFacts:
    """The facts about these rows, all of one context, as far as the board's records hold them at this instant."""
    context = rows[0].key.context
    state = board.contexts.get(context) or ContextState(context)
    objects = _BoardObjects(context, now, state.operator_namespace)
    for row in rows:
        objects.put(_fields(row.stack, "Stack"))
        _put_related(objects, row, board.related_objects(row.key))
    if state.stacks.synced and state.stacks.restricted is None and _says_missing(rows[0]):
        objects.put_list("Stack", ())
    return _BoardFacts({context: objects}, thresholds, close_look=False, known=state.operator)


def _put_related(objects: ContextObjects, row: StackRow, related: PhaseEvidence) -> None:
    """What the board has looked up beside a Stack."""
    if related.update is not None:
        objects.put(_fields(related.update, "Update"))
    elif related.update_gone:
        objects.put_answer(ObjectWanted("Update", row.key.namespace, run_name(row.stack)), None, objects.now)
    if related.workspace is not None:
        objects.put(_fields(related.workspace, "Workspace"))
    if related.pod is not None:
        objects.put(_pod_fields(related.pod))


def _says_missing(row: StackRow) -> bool:
    """Whether the operator itself says that a prerequisite isn't there: the board may be shown a part of them only."""
    said = leading(row.stack.conditions)
    return said is not None and said.message.startswith(PREREQUISITE_MISSING)


def _fields(record: Struct, kind: str) -> dict[str, Any]:
    """The object that a record was made of, with the fields that the record has."""
    found: dict[str, Any] = msgspec.to_builtins(record)
    found["kind"] = kind
    return found


def _pod_fields(pod: Pod) -> dict[str, Any]:
    """A pod, with containers that run: the record leaves out what says so, and has what they else do."""
    found = _fields(pod, "Pod")
    for statuses in ("initContainerStatuses", "containerStatuses"):
        for status in found.get("status", {}).get(statuses) or ():
            status.setdefault("state", {}) or status["state"].update(running={})
    return found


class _BoardObjects(ContextObjects):
    """The objects of a context that the board has records of."""

    def unread(self, kind: str, namespace: str = "") -> str:
        return UNREAD if super().unread(kind, namespace) else ""


@dataclass(frozen=True)
class _BoardOperator(OperatorFacts):
    """The operator, of which the board knows the version, and whether somebody leads."""

    known: OperatorState = UNKNOWN_OPERATOR

    @property
    def state(self) -> Literal["alive", "stale", "released", "unknown"]:
        """Where nobody leads, the board doesn't know how that came."""
        if self.known.has_leader is None:
            return "unknown"
        return "alive" if self.known.has_leader else "stale"

    @property
    def version(self) -> PkoVersion | None:
        return self.known.version


class _BoardFacts(FleetFacts):
    def __init__(
        self,
        contexts: dict[str, ContextObjects],
        thresholds: PhaseThresholds,
        *,
        close_look: bool,
        known: OperatorState,
    ) -> None:
        super().__init__(contexts, thresholds, close_look=close_look)
        self._known = {context: _BoardOperator(objects, known=known) for context, objects in contexts.items()}

    def operator(self, context: str, namespace: str = "") -> OperatorFacts:
        return self._known[context]
