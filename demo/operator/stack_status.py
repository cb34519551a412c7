"""What the simulated operator writes into a Stack's status: conditions, the running update, the last one."""

from __future__ import annotations

from typing import Any

from demo.manifests import FINALIZER, READY, REQUEST, conditions
from demo.operator.known_stack import KnownStack
from demo.server.timestamps import stamp
from demo.stage import Stage

Obj = dict[str, Any]

_ORDER = (
    "conditions", "currentUpdate", "lastUpdate", "observedGeneration", "observedReconcileRequest", "outputs",
    "projectInfo",
)  # fmt: skip


class StackStatuses:
    """The statuses of the Stacks of one cluster."""

    def __init__(self, stage: Stage) -> None:
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
        stack["status"] = {key: status[key] for key in _ORDER if status.get(key) is not None}
        if not metadata.get("deletionTimestamp") and FINALIZER not in metadata.get("finalizers", []):
            metadata["finalizers"] = [*metadata.get("finalizers", []), FINALIZER]
        known.saved = True
        self._stage.store.put(stack)

    def begin(self, known: KnownStack, name: str) -> None:
        stack = self.stack(known)
        if stack is None:
            return
        current: Obj = {"commit": known.commit, "generation": stack["metadata"]["generation"], "name": name}
        if known.request:
            current["reconcileRequest"] = known.request
        self.save(known, "Reconciling", "StackProcessing", "stack is being processed", currentUpdate=current)

    def ready(self, known: KnownStack, **changes: object) -> None:
        text = "the stack has been processed and is up to date"
        self.save(known, READY, "ProcessingCompleted", text, **changes)

    def last_update(self, known: KnownStack, name: str, operation: str, error: str | None, permalink: str) -> Obj:
        """The record of a run that just ended; failures count within one generation and request."""
        stack = self.stack(known) or {}
        status: Obj = stack.get("status") or {}
        last: Obj = status.get("lastUpdate") or {}
        current: Obj = status.get("currentUpdate") or {}
        record: Obj = {}
        same = (last.get("generation"), last.get("reconcileRequest", "")) == (
            current.get("generation"),
            current.get("reconcileRequest", ""),
        )
        if error is not None and same and last:
            record["failures"] = last.get("failures", 0) + 1
        record["generation"] = current.get("generation", 1)
        if known.commit and operation != "destroy":
            record["lastAttemptedCommit"] = current.get("commit", known.commit)
        record["lastResyncTime"] = stamp(self._stage.now())
        good = current.get("commit", known.commit) if error is None else last.get("lastSuccessfulCommit")
        if good:
            record["lastSuccessfulCommit"] = good
        if error:
            record["message"] = error
        record["name"] = name
        if permalink:
            record["permalink"] = permalink
        if current.get("reconcileRequest"):
            record["reconcileRequest"] = current["reconcileRequest"]
        return record | {"state": "succeeded" if error is None else "failed", "type": operation}
