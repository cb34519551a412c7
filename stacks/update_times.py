"""When an Update began and ended, and how long a Stack's last run took."""

from __future__ import annotations

from stacks import conditions as cond
from stacks.records.stack import Stack
from stacks.records.workspace import Update
from stacks.times import instant


def update_created(name: str) -> float | None:
    """The instant in an Update's name, ``<stack>-<hex milliseconds>``; None if there is none."""
    try:
        at = int(name.rpartition("-")[2], 16) / 1000
    except (ValueError, OverflowError):
        return None
    return at if 1e9 < at < 1e10 else None


def run_length(stack: Stack) -> float | None:
    """How long the last run took, in seconds: from the instant in its name to its absorption."""
    last = stack.last_update
    began = update_created(last.name) if last else None
    ended = instant(last.last_resync_time) if last else None
    return ended - began if began is not None and ended is not None and ended > began else None


def completed_at(update: Update) -> float | None:
    """When an Update was over, as an instant; None while it isn't."""
    complete = cond.find(update.status.conditions if update.status else None, "Complete")
    return instant(complete.last_transition_time) if complete is not None and complete.status == "True" else None
