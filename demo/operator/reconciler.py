"""The simulated operator's stack controller: from a reason to run an update, to its result and what follows from it."""

from __future__ import annotations

from demo.manifests import FINALIZER, RECONCILING, REQUEST, STALLED
from demo.operator.agent_output import failure
from demo.operator.known_stack import LIMIT, Key, KnownStack, PlannedRun, StackStatuses, cooldown, go_duration
from demo.operator.operator_pod import OperatorPod
from demo.operator.pulumi_backend import PulumiBackend
from demo.operator.update_controller import UpdateController
from demo.operator.workspace_controller import WorkspaceController
from demo.server.objects import Obj
from demo.simulated_context import Routine, SimulatedContext

SOURCE_POLL = 30.0
_STREAM_LOST = (
    'closing transport due to: connection error: desc = "error reading from server: EOF", '
    'received prior goaway: code: NO_ERROR, debug data: "graceful_stop"'
)


class Reconciler:
    """Reconciles the Stacks of one operator, with the controllers of Workspaces and Updates."""

    def __init__(self, stage: SimulatedContext, known_stacks: dict[Key, KnownStack], backend: PulumiBackend) -> None:
        self.stage = stage
        self.known_stacks = known_stacks
        self.backend = backend
        self.statuses = StackStatuses(stage)
        self.updates = UpdateController(stage)
        self.workspaces = WorkspaceController(
            stage, known_stacks, backend, self._workspace_ready, self._workspace_stalled, self._pod_gone
        )
        self.pod = OperatorPod(stage)
        self.resyncs = False  # while the past is simulated, nothing is run just because time has passed

    def reconcile(self, known: KnownStack, why: str, after: float = 0.05) -> None:
        """Reconcile the Stack in `after` seconds; if an update of it runs, as soon as that has ended."""
        if known.busy:
            known.again = why
            self.statuses.waits_for_update(known)
            return
        known.cancel_scheduled()
        known.scheduled = self.stage.schedule.start(self._reconcile(known, why), after)

    def _reconcile(self, known: KnownStack, why: str) -> Routine:
        stack = self.statuses.stack(known)
        if stack is None:
            return
        known.fresh = known.fresh and not known.saved
        self.pod.log("INFO", "Reconciling Stack", known, revision=stack["metadata"]["resourceVersion"])
        if stack["metadata"].get("deletionTimestamp") and FINALIZER not in stack["metadata"].get("finalizers", []):
            return  # it is done with it: what holds the Stack now is somebody else's
        if current := (stack.get("status") or {}).get("currentUpdate"):
            self._wait_for_update(known, current["name"])
        elif stack["metadata"].get("deletionTimestamp") and not stack["spec"].get("destroyOnFinalize"):
            self.release(known)
        elif text := self._spec_error(stack):
            self.stage.record(stack, "StackConfigInvalid", text, "stack-controller", warning=True)
            self.statuses.save(known, STALLED, "SpecInvalid", text)
        else:
            while known.source:
                self.statuses.save(known, STALLED, "SourceUnavailable", known.source)
                yield SOURCE_POLL
                known.fresh = False
            yield from self._run(known, why)

    def _wait_for_update(self, known: KnownStack, name: str) -> None:
        """The status names an update that will never be seen to end: the operator waits for it for ever.

        It doesn't exist; or it is complete, and was deleted since, which made another generation than was observed.
        """
        if self.stage.store.get("Update", known.key[0], name) is None:
            self.pod.log("INFO", "update object not found; will retry", known, update=name)
        self.statuses.waits_for_update(known)

    def _spec_error(self, stack: Obj) -> str:
        """What the spec asks for and can't have: here, a Git token whose Secret is missing."""
        namespace = stack["metadata"]["namespace"]
        secret = ((stack["spec"].get("gitAuth") or {}).get("accessToken") or {}).get("secret") or {}
        name = secret.get("name", "")
        if not name or self.stage.store.get("Secret", namespace, name):
            return ""
        missing = f'unable to get secret {namespace}/{name}: Secret "{name}" not found'
        return f"resolving gitAuth personal access token: {missing}"

    def _run(self, known: KnownStack, why: str) -> Routine:
        stack = self.statuses.stack(known)
        if stack is None:
            return
        deleting = bool(stack["metadata"].get("deletionTimestamp"))
        known.pending = why
        self.stage.record(stack, "StackUpdateDetected", why, "stack-controller")
        if not deleting and (text := self._unsatisfied(stack)):
            self.statuses.save(known, RECONCILING, "PrerequisiteNotSatisfied", text)
            return
        self.statuses.save(known, RECONCILING, "StackProcessing", "waiting for workspace readiness")
        yield 0.3
        state = self.workspaces.ensure(stack, known.commit)
        if state == "ready":
            yield from self._update(known, why)
        elif state != "waiting":
            self._workspace_stalled(known, state)

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

    def _update(self, known: KnownStack, why: str) -> Routine:
        stack = self.statuses.stack(known)
        if stack is None:
            return
        operation = "preview" if stack["spec"].get("preview") else "up"
        if stack["metadata"].get("deletionTimestamp"):
            operation = "destroy"
        known.busy, known.fresh, known.pending = True, False, ""
        known.updates += 1
        known.update_name = name = self.updates.name(known)
        self.statuses.begin(known, name)
        yield 0.05
        self.updates.create(known, stack, name, operation, why)
        known.run = self._planned_run(known, operation)
        error = yield from self.updates.run(known, name, operation, known.run)
        self._finish_run(known, name, operation, error)

    def _planned_run(self, known: KnownStack, operation: str) -> PlannedRun:
        """What the next run will be like; one that meets a lock is none of those that were planned."""
        locked = self.backend.locked(known.program.stack) if operation != "preview" else ""
        return PlannedRun(3, locked) if locked else next(known.runs, PlannedRun())

    def _finish_run(self, known: KnownStack, name: str, operation: str, error: str | None) -> None:
        """Write the result of a run into its Update and the Stack, and schedule what comes next."""
        stack = self.statuses.stack(known)
        known.busy, known.run = False, None
        if stack is None:
            return
        self.updates.finish(known, name, operation, error)
        last = self.statuses.last_update(known, name, operation, error, self.updates.permalink(known, operation))
        self.pod.update_complete(known, name, operation, error)
        if error is None:
            self.stage.record(stack, "StackCreated", "Successfully updated stack", "stack-controller")
            outputs = known.outputs if operation == "up" and known.outputs else stack["status"].get("outputs")
            info = {"name": known.program.project, "runtime": "yaml"} if self.stage.stalls else None  # since 2.8
            self.statuses.ready(known, currentUpdate=None, lastUpdate=last, outputs=outputs, projectInfo=info)
        else:
            text = f"Failed to update stack: {error}"
            self.stage.record(stack, "StackUpdateFailure", text, "stack-controller", warning=True)
            self._save_failure(known, last)
        self.updates.release(known, name)
        if error is None and operation == "destroy":
            self.release(known)
        else:
            self._schedule_next(known, stack, last)

    def _save_failure(self, known: KnownStack, last: Obj) -> None:
        failures, operation = last.get("failures", 0), last["type"]
        state, reason, text = RECONCILING, "RetryingAfterFailure", f"{failures} update failure(s)"
        if failures >= LIMIT and self.stage.stalls:
            state, reason = STALLED, "UpdateFailed"
            text = f"{operation} failed {failures} times; not retrying until the spec or source changes"
        elif operation == "preview" and self.stage.stalls:
            reason, text = "PreviewFailed", f"preview failed ({failures} attempt(s))"
        self.statuses.save(known, state, reason, text, currentUpdate=None, lastUpdate=last)

    def _schedule_next(self, known: KnownStack, stack: Obj, last: Obj) -> None:
        if again := known.again:
            known.again = ""
            self.reconcile(known, again)
        elif last["state"] == "succeeded":
            self.expect_resync(known)
            for other in list(self.known_stacks.values()):
                if other.pending and not other.busy and self._waits_for(other, known.key):
                    self.reconcile(other, other.pending, after=0.3)
        elif last.get("failures", 0) < LIMIT or not self.stage.stalls:
            pause = cooldown(last.get("failures", 0), stack["spec"].get("retryMaxBackoffDurationSeconds") or 86_400)
            self.reconcile(known, f"Backoff time elapsed: {go_duration(pause)}", after=pause)

    def expect_resync(self, known: KnownStack, after: float | None = None) -> None:
        stack = self.statuses.stack(known)
        if stack and self.resyncs and stack["spec"].get("continueResyncOnCommitMatch"):
            seconds = max(60, int(stack["spec"].get("resyncFrequencySeconds", 60)))
            why = f"Resync time elapsed: {go_duration(seconds)}"
            self.reconcile(known, why, after=seconds if after is None else after)

    def expect_first_resync(self, known: KnownStack) -> None:
        """After the simulated past: the next resync comes at some moment of its period."""
        if not known.busy and not known.pending:
            self.expect_resync(known, after=self.stage.random.uniform(4, 60))

    def _waits_for(self, known: KnownStack, key: Key) -> bool:
        stack = self.statuses.stack(known) if known.key[0] == key[0] else None
        return stack is not None and any(p["name"] == key[1] for p in stack["spec"].get("prerequisites") or [])

    def _workspace_ready(self, known: KnownStack) -> None:
        if known.pending and not known.busy:
            known.cancel_scheduled()
            known.scheduled = self.stage.schedule.start(self._update(known, known.pending), 0.1)

    def _workspace_stalled(self, known: KnownStack, text: str) -> None:
        self.statuses.save(known, STALLED, "WorkspaceFailed", text)

    def _pod_gone(self, known: KnownStack) -> None:
        """The pod went away; if in the middle of a run, the stream to its agent broke."""
        if known.busy:
            self._break_off(known, _STREAM_LOST)

    def cancel_run(self, known: KnownStack) -> None:
        """Somebody cancelled the update that runs: pulumi gives way."""
        if known.busy:
            operation = self._operation_of(known)
            self._break_off(known, failure(operation, [], "error: update canceled"))

    def _break_off(self, known: KnownStack, error: str) -> None:
        known.cancel_scheduled()
        self._finish_run(known, known.update_name, self._operation_of(known), error)

    def _operation_of(self, known: KnownStack) -> str:
        update = self.stage.store.get("Update", known.key[0], known.update_name)
        return update["spec"]["type"] if update else "up"

    def release(self, known: KnownStack) -> None:
        """Take the operator's finalizer off a deleted Stack; the Stack goes if that was the last one."""
        self.statuses.ready(known)
        stack = self.statuses.stack(known)
        if stack is None:
            return
        left = [f for f in stack["metadata"].get("finalizers", []) if f != FINALIZER]
        if left:
            stack["metadata"]["finalizers"] = left
            self.stage.store.put(stack)
        else:
            self.stage.store.delete("Stack", *known.key)
            self.forget(known.key)

    def forget(self, key: Key) -> None:
        """Garbage collection: what a Stack owned goes with it."""
        known = self.known_stacks.pop(key, None)
        if known is None:
            return
        known.cancel_scheduled()
        if known.busy:
            self.updates.finish(known, known.update_name, self._operation_of(known), _STREAM_LOST)
        self.workspaces.remove(key)
        self.updates.collect(known)
