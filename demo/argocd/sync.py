"""Syncs of the simulated Argo CD: wave by wave, with a wait for health between them; they can be terminated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo.argocd.deliveries import NAMESPACE, Delivery, Held
from demo.server.objects import Obj, dig, stamp
from demo.simulated_context import Routine, ScheduledRoutine, SimulatedContext

Health = tuple[str, str, str]  # namespace, name, word

_FAILED = "one or more synchronization tasks completed unsuccessfully"
_KEPT = 10  # entries of an Application's history


@dataclass(eq=False)
class RunningSync:
    """A sync that is on; `shown` once its state stands in the Application."""

    scheduled: ScheduledRoutine
    shown: bool = False


class Syncs:
    """`healths` judges the Stacks of a delivery, `applied` is told which Stacks of an Application were synced, and
    `refresh` compares it anew."""

    def __init__(
        self,
        stage: SimulatedContext,
        healths: Callable[[Delivery], list[Health]],
        applied: Callable[[str, list[Held]], None],
        refresh: Callable[[str], None],
    ) -> None:
        self._stage = stage
        self._healths = healths
        self._applied = applied
        self._refresh = refresh
        self._running: dict[str, RunningSync] = {}

    def _app(self, name: str) -> Obj | None:
        return self._stage.store.get("Application", NAMESPACE, name)

    def application_changed(self, delivery: Delivery) -> None:
        """Begin the operation that is asked for, or end the one that is on.

        An operation that replaces a running one is lost: its state says what runs, and at the end the field is
        cleared. Where the state was taken away with it, it begins.
        """
        name, app = delivery.name, self._app(delivery.name)
        operation, phase = dig(app, "operation"), dig(app, "status", "operationState", "phase")
        running = self._running.get(name)
        if running is None:
            if operation:
                self.begin(delivery, operation)
        elif phase == "Terminating":
            self._terminate(name)
        elif phase is None and operation and running.shown:
            self.begin(delivery, operation)

    def begin(self, delivery: Delivery, operation: Obj, since: float | None = None) -> None:
        name = delivery.name
        if dig(self._app(name), "status", "operationState", "phase") == "Terminating":
            # A termination that came while nothing ran sticks, and ends the next sync instead.
            self._stage.schedule.call(lambda: self._end_terminated(name), after=0.4)
            return
        if before := self._running.pop(name, None):
            before.scheduled.cancel()
        self._running[name] = RunningSync(self._stage.schedule.start(self._sync(delivery, operation, since)))

    def _terminate(self, name: str) -> None:
        self._running.pop(name).scheduled.cancel()
        self._stage.schedule.call(lambda: self._end_terminated(name), after=0.4)

    def _end_terminated(self, name: str) -> None:
        if dig(self._app(name), "status", "operationState", "phase") == "Terminating":
            self._end(name, "Failed", "Operation terminated")

    def _sync(self, delivery: Delivery, operation: Obj, since: float | None) -> Routine:
        """Apply, wave by wave; each wave but the last waits until its Stacks are healthy."""
        name, began = delivery.name, self._stage.now() if since is None else since
        stacks = _chosen(delivery, operation)
        self._write(name, operation, "one or more tasks are running", began)
        yield 1.5
        waves = sorted({wave for _, _, wave in stacks})
        for wave in waves[:-1]:
            inside = [held for held in stacks if held[2] == wave]
            while waiting := self._unhealthy(delivery, inside):
                if degraded := [stack for stack, word in waiting if word == "Degraded"]:
                    self._running.pop(name, None)
                    self._end(name, "Failed", _FAILED, [_result(*stack, hookPhase="Failed") for stack in degraded])
                    return
                text = f"waiting for healthy state of pulumi.com/Stack/{waiting[0][0][1]}"
                self._write(name, operation, text, began)
                yield 2.0
        self._running.pop(name, None)
        self._applied(name, stacks)
        results = [_applied_result(delivery, held) for held in stacks]
        self._end(name, "Succeeded", "successfully synced (all tasks run)", results)

    def _unhealthy(self, delivery: Delivery, stacks: list[Held]) -> list[tuple[tuple[str, str], str]]:
        inside = {held[:2] for held in stacks}
        return [
            ((namespace, name), word)
            for namespace, name, word in self._healths(delivery)
            if (namespace, name) in inside and word not in ("", "Healthy")
        ]

    def _write(self, name: str, operation: Obj, message: str, began: float) -> None:
        app, running = self._app(name), self._running.get(name)
        if app is None or running is None:
            return
        app.setdefault("operation", operation)
        status = app.setdefault("status", {})
        if running.shown and dig(status, "operationState", "message") == message:
            return
        running.shown = True
        status["operationState"] = {
            "message": message,
            "operation": operation,
            "phase": "Running",
            "startedAt": stamp(began),
            "syncResult": {"resources": [], "revision": dig(status, "sync", "revision") or ""},
        }
        self._stage.store.put(app)

    def _end(self, name: str, phase: str, message: str, results: list[Obj] | None = None) -> None:
        app = self._app(name)
        if app is None:
            return
        operation = app.pop("operation", None)
        status = app.setdefault("status", {})
        state = status.setdefault("operationState", {"operation": operation or {}})
        state |= {"phase": phase, "message": message, "finishedAt": stamp(self._stage.now())}
        if results:
            state.setdefault("syncResult", {})["resources"] = results
        if phase == "Succeeded" and not dig(state, "operation", "sync", "resources"):
            status["history"] = _with_entry(status.get("history") or [], state, app["spec"]["source"])
        self._stage.store.put(app)
        self._refresh(name)

    def has_failed(self, delivery: Delivery, ended: float) -> None:
        """The last sync was auto-sync's, of a new commit, and failed as often as it is tried again: what it left."""
        app = self._app(delivery.name)
        if app is None:
            return
        namespace, name, _ = delivery.stacks[-1]
        revision = app["status"]["sync"]["revision"] = self._stage.commit(f"app/{delivery.name}/{ended}")
        automated = {"initiatedBy": {"automated": True}, "retry": {"limit": 5}}
        app["status"]["operationState"] = {
            "finishedAt": stamp(ended),
            "message": f"one or more objects failed to apply, reason: {delivery.failure} (retried 5 times).",
            "operation": automated | {"sync": {"prune": True, "revision": revision}},
            "phase": "Failed",
            "retryCount": 5,
            "startedAt": stamp(ended - 160),
            "syncResult": {
                "resources": [_result(namespace, name, status="SyncFailed", message=delivery.failure)],
                "revision": revision,
            },
        }
        self._stage.store.put(app)
        self._refresh(delivery.name)


def _with_entry(history: list[Obj], state: Obj, source: Obj) -> list[Obj]:
    """The history of an Application after a sync of all of it; one of chosen resources isn't remembered."""
    entry: Obj = {
        "id": history[-1]["id"] + 1 if history else 0,
        "deployStartedAt": state.get("startedAt", state["finishedAt"]),
        "deployedAt": state["finishedAt"],
        "initiatedBy": dig(state, "operation", "initiatedBy") or {},
        "revision": dig(state, "syncResult", "revision") or "",
        "source": source,
    }
    return [*history, entry][-_KEPT:]


def _chosen(delivery: Delivery, operation: Obj) -> list[Held]:
    """The Stacks that an operation is about: all, or those that it names."""
    named: list[Obj] = dig(operation, "sync", "resources") or []
    stacks = {(each.get("namespace") or delivery.stacks[0][0], each["name"]) for each in named}
    return [held for held in delivery.stacks if not named or held[:2] in stacks]


def _applied_result(delivery: Delivery, held: Held) -> Obj:
    if held[1] == delivery.pruned:
        return _result(*held[:2], status="Pruned", message="pruned")
    return _result(*held[:2], message=f"stack.pulumi.com/{held[1]} configured")


def _result(namespace: str, name: str, **more: str) -> Obj:
    found: Obj = {"group": "pulumi.com", "version": "v1", "kind": "Stack", "namespace": namespace, "name": name}
    return found | {"status": "Synced", "syncPhase": "Sync"} | more
