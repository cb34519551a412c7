"""When following ends: at a time, or when an update that was waited for has ended and its last lines are out."""

from __future__ import annotations

import argparse
import sys
import time

from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.logs.log_sources import LogSource
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.logs.run_filter import RunFilter
from stacks.messages import headline
from stacks.phases.outcomes import SUCCEEDED, UpdateOutcome, outcome_of_update, update_outcome
from stacks.records.stack import Stack
from stacks.text import one_line
from stacks.times import instant

LAST_LINES = 5.0
"""seconds for which the last lines are waited for after an update has ended"""


class FollowEnd:
    """Knows whether the end is reached. Without ``--until-done`` and ``--until`` there is none."""

    def __init__(self, options: argparse.Namespace, runs: RunFilter, clock: Clock) -> None:
        self._clock = clock
        self.waits: bool = options.until_done
        """whether the end of an update is waited for"""
        self._update = options.update
        self._until = instant(options.until) if options.until and options.follow else None
        self._names = set(options.names)
        self._runs = runs
        self._outcomes: dict[Key, UpdateOutcome | None] = {}
        self._open: dict[LogSource, None] = {}
        self._done_since: float | None = None
        self.pods_known = False
        """whether all pods whose logs are read are known"""

    def log_opened(self, source: LogSource) -> None:
        """A log is read; if pulumi runs there, its last lines are worth waiting for."""
        if source.kind.has_runs:
            self._open[source] = None

    def log_closed(self, source: LogSource) -> None:
        self._open.pop(source, None)

    def put_stack(self, key: Key, stack: Stack | None) -> None:
        """Take in a Stack as it is now; one that is gone has been destroyed, if that was what it was up to."""
        if stack is None:
            before = self._outcomes.get(key)
            found: UpdateOutcome | None = before or SUCCEEDED
        else:
            found = outcome_of_update(stack, self._update) if self._update else update_outcome(stack)
        if self.waits and found is not None and self._outcomes.get(key) is None:
            _print_outcome(key, stack, found)
        self._outcomes[key] = found

    def stack_missing(self, name: str) -> None:
        """There is no such Stack, so it isn't waited for."""
        self._names.discard(name)

    def reached(self, *, quiet: bool) -> bool:
        """Whether it is over; `quiet`: nothing has come just now."""
        if self._until is not None and quiet and self._clock() > self._until:
            return True
        if not self.waits:
            return False
        if not all(self._outcomes.values()) or (self._names and not self._outcomes):
            self._done_since = None
            return False
        now = time.monotonic()
        self._done_since = now if self._done_since is None else self._done_since
        return quiet and (self._runs_ended or now - self._done_since > LAST_LINES)

    @property
    def _runs_ended(self) -> bool:
        runs = [self._runs.run_of(source) for source in self._open]
        return self.pods_known and all(run is not None and run.result != "running" for run in runs)

    def verdict(self) -> ExitCode:
        failed = any(found is not None and found.result == "failed" for found in self._outcomes.values())
        return ExitCode.PROBLEMS if failed else ExitCode.FINE


def _print_outcome(key: Key, stack: Stack | None, found: UpdateOutcome) -> None:
    last = stack.status.last_update if stack is not None and stack.status else None
    parts = [f"{key}: {found.result}", *([f" ({found.reason})"] if found.reason else [])]
    if found.result == "failed" and last is not None and (error := headline(last.message)):
        parts.append(f": {one_line(error)}")
    if last is not None and last.permalink:
        parts.append(f" {last.permalink}")
    sys.stdout.flush()
    print("".join(parts), file=sys.stderr, flush=True)
