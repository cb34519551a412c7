"""What can be waited for of a Stack, as questions to its row. That a Stack is gone, only its absence tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleet.board.rows import StackRow
from stacks.conditions import leading
from stacks.phases.rules import first_run
from stacks.records.stack import Stack


def is_ready(row: StackRow) -> bool:
    """Whether the operator says Ready of this very generation, or of a first run, whose generation it doesn't note."""
    stack, status = row.stack, row.stack.status
    condition = leading(stack.conditions)
    if status is None or condition is None or condition.type != "Ready" or is_going(row):
        return False
    return status.observed_generation == stack.metadata.generation or first_run(stack)


def is_healthy(row: StackRow) -> bool:
    """Whether our health check says Healthy."""
    return row.health.status == "Healthy"


def is_updated(row: StackRow) -> bool:
    """Whether the last run succeeded, and was of this generation, of the request and of the wanted commit.

    Where the spec asks for previews, that run is one.
    """
    last = row.stack.last_update
    if last is None or last.state != "succeeded" or last.type == "destroy" or is_going(row):
        return False
    if last.generation != row.stack.metadata.generation and not (last.generation is None and _is_observed(row.stack)):
        return False
    return is_reconciled(row) and row.commit_applied == row.commit_wanted


def is_reconciled(row: StackRow) -> bool:
    """Whether the run that the annotation asks for is over, however it ended; also where none is asked for."""
    wanted, last = requested_run(row), row.stack.last_update
    if wanted is None:
        return True
    if last is None:
        return False
    if last.generation is None and row.stack.status is not None:  # PKO 1, which notes no request with a run
        return row.stack.status.observed_reconcile_request == wanted
    return last.reconcile_request == wanted


def requested_run(row: StackRow) -> str | None:
    """The value of the annotation that asks for a run; None where there is none."""
    annotations = row.stack.metadata.annotations
    return annotations.reconciliation_request if annotations is not None else None


def is_going(row: StackRow) -> bool:
    """Whether it is being deleted."""
    return row.stack.metadata.deletion_timestamp is not None


def _is_observed(stack: Stack) -> bool:
    """Whether the operator is done with this generation: PKO 1 notes it at the end of a run."""
    return stack.status is not None and stack.status.observed_generation == stack.metadata.generation


WAIT_CONDITIONS: Mapping[str, Callable[[StackRow], bool]] = {
    "ready": is_ready,
    "healthy": is_healthy,
    "updated": is_updated,
    "reconciled": is_reconciled,
}
