"""The stack controller of the played operator: from a reason to run, to a result and what follows from it."""

from __future__ import annotations

from typing import Any

from demo.manifests import FINALIZER, RECONCILING, REQUEST, STALLED
from demo.operator.lives import LIMIT, Key, PlannedRun, StackLife, cooldown, go_duration
from demo.operator.operator_pod import OperatorLog
from demo.operator.stack_status import Statuses
from demo.operator.update_controller import Updates
from demo.operator.workspace_controller import Workspaces
from demo.schedule import Scene
from demo.stage import Stage

Obj = dict[str, Any]

SOURCE_POLL = 30.0


class Reconciler:
    def __init__(self, stage: Stage, lives: dict[Key, StackLife]) -> None:
        self.stage = stage
        self.lives = lives
        self.statuses = Statuses(stage)
        self.updates = Updates(stage)
        self.workspaces = Workspaces(stage, lives, self._workspace_ready, self._workspace_stalled, self._pod_gone)
        self.log = OperatorLog(stage)
        self.resyncs = False  # while history is made, nothing is run just because time has passed

    def reconcile(self, life: StackLife, why: str, after: float = 0.05) -> None:
        """Run what is due, unless a run is on: then it is looked at again when that ends."""
        if life.busy:
            life.again = why
            return
        life.drop_cue()
        life.cue = self.stage.schedule.play(self._reconcile(life, why), after)

    def _reconcile(self, life: StackLife, why: str) -> Scene:
        stack = self.statuses.stack(life)
        if stack is None:
            return
        life.fresh = life.fresh and not life.saved
        self.log.reconciling(life, stack)
        if current := (stack.get("status") or {}).get("currentUpdate"):
            self._wedged(life, current["name"])
        elif stack["metadata"].get("deletionTimestamp") and not stack["spec"].get("destroyOnFinalize"):
            self.release(life)
        elif text := self._spec_error(stack):
            self.stage.record(stack, "StackConfigInvalid", text, "stack-controller", warning=True)
            self.statuses.save(life, STALLED, "SpecInvalid", text)
        else:
            while life.source:
                self.statuses.save(life, STALLED, "SourceUnavailable", life.source)
                yield SOURCE_POLL
                life.fresh = False
            yield from self._run(life, why)

    def _wedged(self, life: StackLife, name: str) -> None:
        """An update is noted as running that nobody runs: the operator looks, and waits for ever."""
        self.log.say("INFO", "update object not found; will retry", life, update=name)
        self.statuses.save(life, RECONCILING, "StackProcessing", "stack is being processed")

    def _spec_error(self, stack: Obj) -> str:
        """What the spec asks for and can't have: here, a Git token whose Secret is missing."""
        namespace = stack["metadata"]["namespace"]
        secret = ((stack["spec"].get("gitAuth") or {}).get("accessToken") or {}).get("secret") or {}
        name = secret.get("name", "")
        if not name or self.stage.store.get("Secret", namespace, name):
            return ""
        missing = f'unable to get secret {namespace}/{name}: Secret "{name}" not found'
        return f"resolving gitAuth personal access token: {missing}"

    def _run(self, life: StackLife, why: str) -> Scene:
        stack = self.statuses.stack(life)
        if stack is None:
            return
        deleting = bool(stack["metadata"].get("deletionTimestamp"))
        life.pending = why
        self.stage.record(stack, "StackUpdateDetected", why, "stack-controller")
        if not deleting and (text := self._unsatisfied(stack)):
            self.statuses.save(life, RECONCILING, "PrerequisiteNotSatisfied", text)
            return
        self.statuses.save(life, RECONCILING, "StackProcessing", "waiting for workspace readiness")
        yield 0.3
        state = self.workspaces.ensure(stack, life.commit)
        if state == "ready":
            yield from self._update(life, why)
        elif state != "waiting":
            self._workspace_stalled(life, state)

    def _unsatisfied(self, stack: Obj) -> str:
        """Which prerequisite isn't met and why, in the operator's words; empty if all are."""
        failing: dict[str, str] = {}
        for prerequisite in stack["spec"].get("prerequisites") or []:
            name = prerequisite["name"]
            other = self.stage.store.get("Stack", stack["metadata"]["namespace"], name)
            if other is None:
                return f'unable to fetch prerequisite "{name}": Stack.pulumi.com "{name}" not found'
            last = (other.get("status") or {}).get("lastUpdate") or {}
            request = (other["metadata"].get("annotations") or {}).get(REQUEST, "")
            wanted = (other["metadata"]["generation"], request)
            if (last.get("generation"), last.get("reconcileRequest", "")) != wanted:
                failing[name] = "prerequisite has not run to completion"
            elif last.get("state") != "succeeded":
                failing[name] = "prerequisite failed"
        if len(failing) > 1:
            return f"multiple prerequisites were not satisfied {', '.join(failing)}"
        return next((f'prerequisite not satisfied for "{name}": {text}' for name, text in failing.items()), "")

    def _update(self, life: StackLife, why: str) -> Scene:
        stack = self.statuses.stack(life)
        if stack is None:
            return
        operation = "preview" if stack["spec"].get("preview") else "up"
        if stack["metadata"].get("deletionTimestamp"):
            operation = "destroy"
        life.busy, life.fresh, life.pending = True, False, ""
        life.updates += 1
        name = self.updates.name(life)
        self.statuses.begin(life, name)
        yield 0.05
        self.updates.create(life, stack, name, operation, why)
        yield from self.carry_on(life, name, operation, next(life.runs, PlannedRun()))

    def carry_on(self, life: StackLife, name: str, operation: str, run: PlannedRun) -> Scene:
        """The run itself, and what comes of it."""
        error = yield from self.updates.run(life, name, operation, run)
        self._absorb(life, name, operation, error)

    def _absorb(self, life: StackLife, name: str, operation: str, error: str | None) -> None:
        """Take the result of a run over into the Stack, and see what comes next."""
        stack = self.statuses.stack(life)
        life.busy = False
        if stack is None:
            return
        self.updates.finish(life, name, operation, error)
        last = self.statuses.last_update(life, name, operation, error, self.updates.permalink(life, operation))
        self.log.update_complete(life, name, operation, error)
        if error is None:
            self.stage.record(stack, "StackCreated", "Successfully updated stack", "stack-controller")
            outputs = life.outputs if operation == "up" and life.outputs else stack["status"].get("outputs")
            info = {"name": life.program.project, "runtime": "yaml"} if self.stage.stalls else None  # since 2.8
            self.statuses.ready(life, currentUpdate=None, lastUpdate=last, outputs=outputs, projectInfo=info)
        else:
            text = f"Failed to update stack: {error}"
            self.stage.record(stack, "StackUpdateFailure", text, "stack-controller", warning=True)
            self._say_failed(life, last)
        self.updates.release(life, name)
        if error is None and operation == "destroy":
            self.release(life)
        else:
            self._go_on_after(life, stack, last)

    def _say_failed(self, life: StackLife, last: Obj) -> None:
        failures, operation = last.get("failures", 0), last["type"]
        state, reason, text = RECONCILING, "RetryingAfterFailure", f"{failures} update failure(s)"
        if failures >= LIMIT and self.stage.stalls:
            state, reason = STALLED, "UpdateFailed"
            text = f"{operation} failed {failures} times; not retrying until the spec or source changes"
        elif operation == "preview" and self.stage.stalls:
            reason, text = "PreviewFailed", f"preview failed ({failures} attempt(s))"
        self.statuses.save(life, state, reason, text, currentUpdate=None, lastUpdate=last)

    def _go_on_after(self, life: StackLife, stack: Obj, last: Obj) -> None:
        if again := life.again:
            life.again = ""
            self.reconcile(life, again)
        elif last["state"] == "succeeded":
            self.expect_resync(life)
            for other in list(self.lives.values()):
                if other.pending and not other.busy and self._waits_for(other, life.key):
                    self.reconcile(other, other.pending, after=0.3)
        elif last.get("failures", 0) < LIMIT or not self.stage.stalls:
            self.expect_retry(life, stack, last.get("failures", 0))

    def expect_resync(self, life: StackLife, after: float | None = None) -> None:
        stack = self.statuses.stack(life)
        if stack and self.resyncs and stack["spec"].get("continueResyncOnCommitMatch"):
            seconds = max(60, int(stack["spec"].get("resyncFrequencySeconds", 60)))
            why = f"Resync time elapsed: {go_duration(seconds)}"
            self.reconcile(life, why, after=seconds if after is None else after)

    def expect_first_resync(self, life: StackLife) -> None:
        """When the past is over: the next resync comes at some moment of its period."""
        if not life.busy and not life.pending:
            self.expect_resync(life, after=self.stage.random.uniform(4, 60))

    def expect_retry(self, life: StackLife, stack: Obj, failures: int, after: float | None = None) -> None:
        pause = cooldown(failures, stack["spec"].get("retryMaxBackoffDurationSeconds") or 86_400)
        why = f"Backoff time elapsed: {go_duration(pause)}"
        self.reconcile(life, why, after=pause if after is None else after)

    def _waits_for(self, life: StackLife, key: Key) -> bool:
        stack = self.statuses.stack(life) if life.key[0] == key[0] else None
        return stack is not None and any(p["name"] == key[1] for p in stack["spec"].get("prerequisites") or [])

    def _workspace_ready(self, life: StackLife) -> None:
        if life.pending and not life.busy:
            life.drop_cue()
            life.cue = self.stage.schedule.play(self._update(life, life.pending), 0.1)

    def _workspace_stalled(self, life: StackLife, text: str) -> None:
        self.statuses.save(life, STALLED, "WorkspaceFailed", text)

    def _pod_gone(self, life: StackLife) -> None:
        """The pod went away; if in the middle of a run, the stream to its agent broke."""
        current = ((self.statuses.stack(life) or {}).get("status") or {}).get("currentUpdate")
        if not life.busy or current is None:
            return
        life.drop_cue()
        update = self.stage.store.get("Update", life.key[0], current["name"])
        operation = update["spec"]["type"] if update else "up"
        text = (
            'closing transport due to: connection error: desc = "error reading from server: EOF", '
            'received prior goaway: code: NO_ERROR, debug data: "graceful_stop"'
        )
        self._absorb(life, current["name"], operation, text)

    def release(self, life: StackLife) -> None:
        """The operator lets go of a deleted Stack: its finalizer goes, and the Stack if no other holds it."""
        self.statuses.ready(life)
        stack = self.statuses.stack(life)
        if stack is None:
            return
        left = [f for f in stack["metadata"].get("finalizers", []) if f != FINALIZER]
        if left:
            stack["metadata"]["finalizers"] = left
            self.stage.store.put(stack)
        else:
            self.stage.store.delete("Stack", *life.key)
            self.forget(life.key)

    def forget(self, key: Key) -> None:
        """Garbage collection: what a Stack owned goes with it."""
        life = self.lives.pop(key, None)
        if life is None:
            return
        life.drop_cue()
        self.workspaces.remove(key)
        for update in self.updates.of(life):
            self.stage.store.delete("Update", key[0], update["metadata"]["name"])
