"""What the simulated operator knows of a Stack, what its runs will be like, and the status that it writes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from demo.manifests import FINALIZER, READY, RECONCILING, REQUEST, conditions
from demo.operator.agent_output import Program
from demo.server.objects import Obj, stamp, without_empty
from demo.simulated_context import ScheduledRoutine, SimulatedContext

Key = tuple[str, str]  # namespace, name
LIMIT = 3  # failures after which 2.8 and later give up


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of pulumi: how long it takes and how it ends. `error` is its stderr; empty if it succeeds.

    A run of infinite length never ends by itself. `says` is how many lines a second the program prints of
    its own; after `evicted` seconds the node evicts the pod.
    """

    seconds: float = 9.0
    error: str = ""
    steps: tuple[str, ...] = ()
    says: float = 0.0
    evicted: float = inf


GOOD = PlannedRun()
HANGS = PlannedRun(inf)


@dataclass(eq=False)
class KnownStack:
    """One Stack as its operator knows it. The fields from `program` to `cloud` are the script of its future."""

    key: Key
    program: Program
    runs: Iterator[PlannedRun] = field(default_factory=lambda: itertools.repeat(GOOD))
    init_errors: Iterator[str] = field(default_factory=lambda: itertools.repeat(""))
    """of each attempt to install a workspace's packages, why it fails; empty where it doesn't"""
    commits: Iterator[float] = field(default_factory=lambda: iter(()))
    """seconds from each commit to the next"""
    outputs: dict[str, object] = field(default_factory=dict)
    source: str = ""
    """why the program can't be fetched; empty if it can"""
    cloud: bool = True
    """whether its state is in Pulumi Cloud, so that updates have a permalink"""
    commit: str = ""
    request: str = ""
    """the last value of the reconcile annotation"""
    generation: int = 1
    saved: bool = False
    """whether the operator has written a status"""
    fresh: bool = True
    """whether that was only in the reconcile that is on now, the first one"""
    busy: bool = False
    """whether an update runs"""
    update_name: str = ""
    """of the last Update that was made for it"""
    run: PlannedRun | None = None
    """what the run is like that is on in its pod"""
    pending: str = ""
    """why an update was wanted that waits for a workspace or a prerequisite"""
    again: str = ""
    """why an update is wanted as soon as the one that runs has ended"""
    updates: int = 1
    """the number of the last update, as Pulumi Cloud counts them"""
    scheduled: ScheduledRoutine | None = None
    """the reconcile that is on or to come"""

    def cancel_scheduled(self) -> None:
        if self.scheduled is not None:
            self.scheduled.cancel()
            self.scheduled = None


def cooldown(failures: int, cap: int = 86_400) -> int:
    """Seconds from a failure to the next attempt, as PKO 2.2 and later count them."""
    return 10 if failures == 0 else min(10 * 3**failures, cap)


def go_duration(seconds: float) -> str:
    """As Go prints a time.Duration: 10s, 1m30s, 24h0m0s."""
    total = int(seconds)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


_STATUS_FIELDS = (
    "conditions", "currentUpdate", "lastUpdate", "observedGeneration", "observedReconcileRequest", "outputs",
    "projectInfo",
)  # fmt: skip


class StackStatuses:
    """The statuses of the Stacks of one cluster."""

    def __init__(self, stage: SimulatedContext) -> None:
        self._stage = stage

    def stack(self, known: KnownStack) -> Obj | None:
        return self._stage.store.get("Stack", *known.key)

    def save(self, known: KnownStack, state: str, reason: str, message: str, **changes: object) -> None:
        """Conditions, and whatever else is named; None removes a field.

        The first save of a new Stack carries observedGeneration 0: adding the finalizer overwrites what
        the operator had noted.
        """
        stack = self.stack(known)
        if stack is None:
            return
        metadata, status = stack["metadata"], stack.get("status") or {}
        status["conditions"] = conditions(state, reason, message, status.get("conditions") or [], self._stage.now())
        status["observedGeneration"] = 0 if known.fresh else metadata["generation"]
        request = (metadata.get("annotations") or {}).get(REQUEST, "")
        status["observedReconcileRequest"] = "" if known.fresh else request
        status |= changes
        stack["status"] = {key: status[key] for key in _STATUS_FIELDS if status.get(key) is not None}
        if not metadata.get("deletionTimestamp") and FINALIZER not in metadata.get("finalizers", []):
            metadata["finalizers"] = [*metadata.get("finalizers", []), FINALIZER]
        known.saved = True
        self._stage.store.put(stack)

    def waits_for_update(self, known: KnownStack) -> None:
        """A reconcile that sees an update which has not ended: what is asked for is noted, and nothing is done."""
        self.save(known, RECONCILING, "StackProcessing", "stack is being processed")

    def begin(self, known: KnownStack, name: str) -> None:
        stack = self.stack(known)
        if stack is None:
            return
        current: Obj = {"commit": known.commit, "generation": stack["metadata"]["generation"], "name": name}
        if known.request:
            current["reconcileRequest"] = known.request
        self.save(known, RECONCILING, "StackProcessing", "stack is being processed", currentUpdate=current)

    def ready(self, known: KnownStack, **changes: object) -> None:
        text = "the stack has been processed and is up to date"
        self.save(known, READY, "ProcessingCompleted", text, **changes)

    def last_update(self, known: KnownStack, name: str, operation: str, error: str | None, permalink: str) -> Obj:
        """The record of a run that just ended; failures count within one generation and request."""
        stack = self.stack(known) or {}
        status: Obj = stack.get("status") or {}
        last: Obj = status.get("lastUpdate") or {}
        current: Obj = status.get("currentUpdate") or {}
        wanted, had = ((of.get("generation"), of.get("reconcileRequest", "")) for of in (current, last))
        commit = current.get("commit", known.commit)
        record = {
            "failures": last.get("failures", 0) + 1 if error is not None and wanted == had and last else 0,
            "generation": current.get("generation", 1),
            "lastAttemptedCommit": commit if known.commit and operation != "destroy" else "",
            "lastResyncTime": stamp(self._stage.now()),
            "lastSuccessfulCommit": commit if error is None else last.get("lastSuccessfulCommit"),
            "message": error,
            "name": name,
            "permalink": permalink,
            "reconcileRequest": current.get("reconcileRequest"),
            "state": "succeeded" if error is None else "failed",
            "type": operation,
        }
        return without_empty(record)
