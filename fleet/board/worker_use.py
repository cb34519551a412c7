"""Which Stacks of a board hold a worker of their operator, and which wait for one."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fleet.board.rows import StackRow, run_name
from stacks.conditions import is_true
from stacks.operator import TAKEN_UP_WITHIN
from stacks.phases.phase import WEDGED, PhaseEvidence
from stacks.times import instant
from stacks.update_times import update_created

WorkerUse: TypeAlias = Literal["busy", "waits", "unknown", ""]
"""`unknown`: it has an Update that couldn't be looked at, or wasn't yet"""


def worker_use(row: StackRow, related: PhaseEvidence, now: float) -> WorkerUse:
    """Whether a Stack's Update runs, which keeps a worker busy to its end, or wasn't begun though it is time.

    An operator writes the conditions of an Update as soon as it has a worker for it.
    """
    name, update = run_name(row.stack), related.update
    if not name or related.update_gone or row.phase.kind is WEDGED:
        return ""
    if update is None:
        return "unknown"
    conditions = update.status.conditions if update.status is not None else None
    if conditions:
        return "busy" if is_true(conditions, "Progressing") and not is_true(conditions, "Complete") else ""
    began = update_created(name) or instant(update.metadata.creation_timestamp)
    return "waits" if began is not None and now - began > TAKEN_UP_WITHIN else ""
