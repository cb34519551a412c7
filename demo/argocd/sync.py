"""Syncs of the simulated Argo CD: wave by wave, with a wait for health between them; they can be terminated."""

from __future__ import annotations

from collections.abc import Callable

from demo.argocd.deliveries import NAMESPACE, Delivery
from demo.server.objects import Obj, stamp
from demo.simulated_context import Routine, ScheduledRoutine, SimulatedContext

Health = tuple[str, str, str]  # namespace, name, word


class Syncs:
    """`healths` judges the Stacks of a delivery, `refresh` compares an Application anew."""

    def __init__(
        self, stage: SimulatedContext, healths: Callable[[Delivery], list[Health]], refresh: Callable[[str], None]
    ) -> None:
        self._stage = stage
        self._healths = healths
        self._refresh = refresh
        self._running: dict[str, ScheduledRoutine] = {}

    def running(self, name: str) -> bool:
        return name in self._running

    def _app(self, name: str) -> Obj | None:
        return self._stage.store.get("Application", NAMESPACE, name)

    def begin(self, delivery: Delivery, operation: Obj, since: float | None = None) -> None:
        name = delivery.name
        app = self._app(name)
        state = ((app or {}).get("status") or {}).get("operationState") or {}
        if state.get("phase") == "Terminating":
            # A termination that came while nothing ran sticks, and ends the next sync instead.
            self._stage.schedule.call(lambda: self._end(name, "Failed", "Operation terminated"), after=0.4)
        else:
            self._running[name] = self._stage.schedule.start(self._sync(delivery, operation, since))

    def terminate(self, name: str) -> None:
        if scheduled := self._running.pop(name, None):
            scheduled.cancel()
            self._stage.schedule.call(lambda: self._end(name, "Failed", "Operation terminated"), after=0.4)

    def _sync(self, delivery: Delivery, operation: Obj, since: float | None) -> Routine:
        """Apply, wave by wave; each wave but the last waits until its Stacks are healthy."""
        name, began = delivery.name, self._stage.now() if since is None else since
        self._write(name, operation, "Running", "one or more tasks are running", began)
        yield 1.5
        waves = sorted({wave for _, _, wave in delivery.stacks})
        for wave in waves[:-1]:
            while waiting := self._unhealthy(delivery, wave):
                if any(word == "Degraded" for _, word in waiting):
                    text = "one or more synchronization tasks completed unsuccessfully"
                    self._running.pop(name, None)
                    self._end(name, "Failed", text)
                    return
                text = f"waiting for healthy state of pulumi.com/Stack/{waiting[0][0]}"
                self._write(name, operation, "Running", text, began)
                yield 2.0
        self._running.pop(name, None)
        self._end(name, "Succeeded", "successfully synced (all tasks run)")

    def _unhealthy(self, delivery: Delivery, wave: int) -> list[tuple[str, str]]:
        inside = {name for _, name, at in delivery.stacks if at == wave}
        return [(n, word) for _, n, word in self._healths(delivery) if n in inside and word not in ("", "Healthy")]

    def _write(self, name: str, operation: Obj, phase: str, message: str, began: float) -> None:
        app = self._app(name)
        if app is None:
            return
        app["operation"] = operation
        status = app.setdefault("status", {})
        if (status.get("operationState") or {}).get("message") == message:
            return
        status["operationState"] = {
            "message": message,
            "operation": operation,
            "phase": phase,
            "startedAt": stamp(began),
            "syncResult": {"resources": [], "revision": (status.get("sync") or {}).get("revision", "")},
        }
        self._stage.store.put(app)

    def _end(self, name: str, phase: str, message: str) -> None:
        app = self._app(name)
        if app is None:
            return
        app.pop("operation", None)
        ended = {"phase": phase, "message": message, "finishedAt": stamp(self._stage.now())}
        app.setdefault("status", {}).setdefault("operationState", {}).update(ended)
        self._stage.store.put(app)
        self._refresh(name)
