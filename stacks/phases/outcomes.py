"""How the last update of a Stack ended, for whatever waits for its end."""

from __future__ import annotations

from typing import Literal, NamedTuple

from stacks import conditions as cond
from stacks.phases.rules import destroy_stuck, first_run, request_pending
from stacks.records.stack import Stack


class UpdateOutcome(NamedTuple):
    """How an update ended, and where it failed the reason in a word."""

    result: Literal["succeeded", "failed"]
    reason: str = ""


SUCCEEDED = UpdateOutcome("succeeded")


def update_outcome(stack: Stack) -> UpdateOutcome | None:
    """How the Stack's last update ended; None while one runs, or has to come first.

    What was asked for counts, not what is there: a spec that the operator hasn't seen yet, or a request
    that it hasn't taken up, means that the result to wait for isn't there.
    """
    status = stack.status
    if status is None or not status.conditions:
        return None
    if stack.metadata.deletion_timestamp:
        stuck = destroy_stuck(stack)
        return UpdateOutcome("failed", stuck) if stuck is not None else None
    if status.current_update is not None and status.current_update.name:
        return None
    if not first_run(stack) and (request_pending(stack) or status.observed_generation != stack.metadata.generation):
        return None
    leading = cond.leading(status.conditions)
    if leading is None:
        return None
    if leading.type == "Stalled" and not cond.comes_later(leading):
        return UpdateOutcome("failed", leading.reason)
    if leading.reason in cond.FAILED_REASONS:
        return UpdateOutcome("failed", leading.reason)
    return SUCCEEDED if leading.type == "Ready" else None


def outcome_of_update(stack: Stack, name: str) -> UpdateOutcome | None:
    """How the Update of this name ended, by the Stack's `lastUpdate`; None if that is another one."""
    last = stack.last_update
    if last is None or last.name != name or not last.state:
        return None
    return SUCCEEDED if last.state == "succeeded" else UpdateOutcome("failed", last.state)
