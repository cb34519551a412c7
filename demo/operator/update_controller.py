"""The simulated operator's update controller: one run of pulumi, from its Update object to its result, with its log."""

from __future__ import annotations

from collections.abc import Generator
from math import inf

from demo.manifests import FINALIZER, update, update_status
from demo.operator import agent_output
from demo.operator.known_stack import KnownStack, PlannedRun
from demo.server.objects import Obj, moment
from demo.server.write_rules import Write
from demo.server.writes import delete
from demo.simulated_context import SimulatedContext

KEEP = 10  # finished Updates per Stack; the real ones go after a day
_TICK = 0.1  # seconds between what a program prints at once
_PROGRESS = "    batch {}: {:,} rows copied"
_PAST = {"up": "Updated", "preview": "Previewed", "refresh": "Refreshed", "destroy": "Destroyed"}
_TO = {"up": "update", "preview": "preview", "refresh": "refresh", "destroy": "destroy"}


class UpdateController:
    """The Update objects of one cluster, and the runs behind them."""

    def __init__(self, stage: SimulatedContext) -> None:
        self._stage = stage

    def name(self, known: KnownStack) -> str:
        return f"{known.key[1]}-{int(self._stage.now() * 1000):x}"

    def permalink(self, known: KnownStack, operation: str) -> str:
        if not known.cloud:
            return ""
        place = "previews" if operation == "preview" else "updates"
        return f"https://app.pulumi.com/{known.program.stack}/{place}/{known.updates}"

    def create(self, known: KnownStack, stack: Obj, name: str, operation: str, message: str) -> Obj:
        workspace = self._stage.store.get("Workspace", *known.key)
        return self._stage.store.put(update(stack, workspace, name, operation, message, self._stage.now()))

    def run(self, known: KnownStack, name: str, operation: str, run: PlannedRun) -> Generator[float, None, str | None]:
        """Simulate one run of pulumi; its result is the error text, or None if it succeeded."""
        stage, began = self._stage, self._stage.now()
        self._status(known, name, update_status("running", began))
        self._log(known, agent_output.selected(began + 0.6, known.program.stack))
        yield 0.7
        steps = run.steps or known.program.steps
        if operation == "destroy":
            steps = tuple(f"- {step[1:].strip()}" for step in reversed(known.program.steps))
        lines = agent_output.output(known.program, operation, steps, int(min(run.seconds, 9999)))
        stops = len(lines) if not run.error else max(3, len(lines) // 2)
        pace = 4.0 if run.seconds == inf else run.seconds / stops
        said: list[str] = []
        for text in lines[:stops] if run.seconds != inf else lines[: max(5, len(lines) // 3)]:
            self._log(known, [agent_output.said(stage.now(), text)])
            said.append(text)
            yield from self._pass(known, run, pace, began)
        while run.seconds == inf:
            yield 3600.0
        took = stage.now() - began
        found = stage.store.get("Update", known.key[0], name)
        message = found["spec"]["message"] if found else ""
        if not run.error:
            self._log(known, agent_output.succeeded(stage.now(), operation, message, took))
            return None
        self._log(known, [agent_output.said(stage.now(), text, "WARN") for text in run.error.split("\n")])
        error = agent_output.failure(operation, said, run.error)
        self._log(known, agent_output.failed(stage.now(), operation, error, took))
        return error

    def _pass(self, known: KnownStack, run: PlannedRun, seconds: float, began: float) -> Generator[float, None, None]:
        """Let so many seconds of a run pass: the program may print something, or its pod may be evicted."""
        stage, step = self._stage, max(_TICK, 1 / run.says) if run.says else seconds
        until = stage.now() + seconds
        while (left := until - stage.now()) > 1e-6:
            if (to_eviction := began + run.evicted - stage.now()) <= 1e-6:
                stage.store.delete("Pod", known.key[0], f"{known.key[1]}-workspace-0")
                yield 3600.0  # the operator cancels this routine, since the pod is gone
            before = stage.now()
            yield min(step, left, max(to_eviction, 1e-3))
            first, last = (int((at - began) * run.says) for at in (before, stage.now()))
            self._log(known, [agent_output.said(stage.now(), _PROGRESS.format(n, n * 250)) for n in range(first, last)])

    def finish(self, known: KnownStack, name: str, operation: str, error: str | None) -> None:
        """Write the result into the Update, and an Event about it."""
        stage, found = self._stage, self._stage.store.get("Update", known.key[0], name)
        if found is None:
            return
        permalink = self.permalink(known, operation)
        began = moment(found["metadata"]["creationTimestamp"])
        if error is None:
            text = "" if operation == "preview" else f'"{found["spec"]["message"]}"'
            outputs = f"{name}-stack-outputs" if operation == "up" and known.outputs else ""
            status = update_status("succeeded", began, stage.now(), text, permalink, outputs)
            status["projectInfo"] = {"name": known.program.project, "runtime": "yaml"}
            reason, said = "UpdateSucceeded", f'{_PAST[operation]} stack "{known.program.stack}"'
        else:
            status = update_status("failed", began, stage.now(), error, permalink)
            reason, said = "UpdateFailed", f'Failed to {_TO[operation]} stack "{known.program.stack}"'
        self._status(known, name, status)
        stage.record(found, reason, said, "update-controller", warning=error is not None)

    def release(self, known: KnownStack, name: str) -> None:
        """After the Stack has the result: take the finalizer off the Update, and delete the oldest Updates."""
        store, namespace = self._stage.store, known.key[0]
        if found := store.get("Update", namespace, name):
            left = [f for f in found["metadata"].get("finalizers", []) if f != FINALIZER]
            found["metadata"].pop("finalizers", None)
            if left:
                found["metadata"]["finalizers"] = left
            store.put(found)
            if found["metadata"].get("deletionTimestamp") and not left:
                store.delete("Update", namespace, name)
        for old in self.of(known)[:-KEEP]:
            if not old["metadata"].get("finalizers"):
                store.delete("Update", namespace, old["metadata"]["name"])

    def collect(self, known: KnownStack) -> None:
        """Garbage collection: the Stack is gone. An Update that was never absorbed stays, held by its finalizer."""
        updates = self._stage.store.collection("Update")
        for found in self.of(known):
            delete(self._stage.store, Write(updates, known.key[0], found["metadata"]["name"]), {})

    def of(self, known: KnownStack) -> list[Obj]:
        """All Updates of a Stack, oldest first."""
        entries = self._stage.store.collection("Update").in_namespace(known.key[0])
        found = [entry.obj() for entry in entries if entry.labels.get("pulumi.com/stack-name") == known.key[1]]
        return sorted(found, key=lambda u: (u["metadata"]["creationTimestamp"], u["metadata"]["name"]))

    def _status(self, known: KnownStack, name: str, status: Obj) -> None:
        found = self._stage.store.get("Update", known.key[0], name)
        if found is not None:
            found["status"] = status
            self._stage.store.put(found)

    def _log(self, known: KnownStack, lines: list[str]) -> None:
        self._stage.server.logs.extend(known.key[0], f"{known.key[1]}-workspace-0", "pulumi", lines)
