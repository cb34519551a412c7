"""Finding conditions by type, and the one of a Stack that counts where several are true."""

from __future__ import annotations

from collections.abc import Iterable

from stacks.records.base import Condition

SEVERITY = {"Stalled": 2, "Reconciling": 1, "Ready": 0}
"""the conditions of a Stack of which one counts; the most severe has the largest number"""

FAILED_REASONS = ("RetryingAfterFailure", "PreviewFailed")
"""of a Stack whose last run failed, and that isn't Stalled"""
WAITING_FOR_WORKSPACE = "waiting for workspace readiness"
PREREQUISITE_MISSING = "unable to fetch prerequisite"
SOURCE_COMES_LATER = (
    "unable to retrieve program",
    "Program has no artifact",
    "Flux source has no artifact",
    "could not resolve sourceRef",
)
"""Starts of SourceUnavailable messages that only mean that the Stack arrived before its source."""


def find(conditions: Iterable[Condition] | None, kind: str) -> Condition | None:
    """The condition of this type, whatever its status."""
    return next((c for c in conditions or () if c.type == kind), None)


def is_true(conditions: Iterable[Condition] | None, kind: str) -> bool:
    found = find(conditions, kind)
    return found is not None and found.status == "True"


def leading(conditions: Iterable[Condition] | None) -> Condition | None:
    """The true condition of a Stack that counts: the newest, the most severe of equally new ones.

    PKO writes at most one of them; leftovers of an upgrade can contradict each other, and then
    the order of the list says nothing.
    """
    true = [c for c in conditions or () if c.status == "True" and c.type in SEVERITY]
    return max(true, key=lambda c: (c.last_transition_time, SEVERITY[c.type]), default=None)


def comes_later(stalled: Condition) -> bool:
    """Whether this Stalled condition only waits for a source that isn't there yet."""
    return stalled.reason == "SourceUnavailable" and stalled.message.startswith(SOURCE_COMES_LATER)
