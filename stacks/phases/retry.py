"""When PKO tries again: its own arithmetic, by version (controller source, and seen to 0.1 s live).

After a failed update the next one comes at `lastResyncTime` + a cooldown that grows with
`failures`; after a successful one, only for Stacks that ask for it, at the resync frequency.
"""

from __future__ import annotations

from stacks.conditions import leading
from stacks.records.stack import Stack
from stacks.times import instant
from stacks.versions import FAST_BACKOFF, POLLS_MISSING_SOURCES, STOPS_AFTER_FAILURES, PkoVersion

DEFAULT_LIMIT = 3
LONGEST_COOLDOWN = 86_400.0
SHORTEST_RESYNC = 60.0
SOURCE_PERIOD = 30.0
"""seconds between two looks at a source that isn't there"""
_AGES = 10**11
"""seconds; three thousand years"""
_ENOUGH_EXPONENT = 20  # 10 * 3^20 is a thousand years: larger powers only cost time


def failure_limit(stack: Stack) -> int:
    """How many failures make a Stack give up (PKO 2.8 and later) and its health Degraded."""
    return stack.spec.max_update_failures if stack.spec.max_update_failures > 0 else DEFAULT_LIMIT


def cooldown(failures: int, cap_seconds: int, version: PkoVersion) -> float:
    """Seconds between a failed update and the next try.

    The cap doesn't hold for the first failure: it waits 10 s even if the cap is less.
    """
    exponent = min(max(failures, 0), _ENOUGH_EXPONENT)
    if version < FAST_BACKOFF:
        return min(60.0 * 2.0**exponent, LONGEST_COOLDOWN)
    if exponent == 0:
        return 10.0
    return min(10.0 * 3.0**exponent, _seconds(cap_seconds) if cap_seconds > 0 else LONGEST_COOLDOWN)


def _seconds(number: int) -> float:
    """A number of seconds from a spec, which may be larger than any float."""
    return float(min(max(number, 0), _AGES))


def gives_up(stack: Stack, version: PkoVersion) -> bool:
    """Whether the operator won't try this failed Stack again by itself."""
    last = stack.last_update
    return version >= STOPS_AFTER_FAILURES and last is not None and last.failures >= failure_limit(stack)


def poll_period(stack: Stack, version: PkoVersion | None) -> float | None:
    """Every how many seconds the operator looks for something new in the source; when it looks next nobody can know.

    None where it doesn't look, or tells itself of changes: it watches Programs and Flux sources, and a commit is fixed.
    """
    spec, condition = stack.spec, leading(stack.conditions)
    if version is None or version < (2, 0, 0) or condition is None or stack.metadata.deletion_timestamp:
        return None
    if condition.reason == "SourceUnavailable":
        return SOURCE_PERIOD if version >= POLLS_MISSING_SOURCES else None
    stopped = condition.type == "Stalled" and condition.reason != "UpdateFailed"
    if stopped or not spec.branch or spec.flux_source is not None or spec.program_ref is not None:
        return None
    return max(SHORTEST_RESYNC, _seconds(spec.resync_frequency_seconds))


def next_attempt(stack: Stack, version: PkoVersion | None) -> float | None:
    """The instant of the next run that the operator has planned; None if there is none or nobody can know."""
    last = stack.last_update
    if stack.status is None or last is None or stack.status.current_update is not None:
        return None
    ended = instant(last.last_resync_time)
    if ended is None:
        return None
    if last.state == "failed":
        if version is None or version < (2, 0, 0) or gives_up(stack, version):
            return None
        return ended + cooldown(last.failures, stack.spec.retry_max_backoff_duration_seconds, version)
    if stack.spec.continue_resync_on_commit_match:
        return ended + max(SHORTEST_RESYNC, _seconds(stack.spec.resync_frequency_seconds))
    return None
