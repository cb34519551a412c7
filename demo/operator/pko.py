"""A simulated Pulumi Kubernetes Operator: what it watches, and which Stacks it knows.

It reacts to what anybody writes into the server, as the real one would: a new value of the
reconcile annotation, a changed spec, a deleted Stack, a finalizer that was taken off, a deleted pod, a cleared
currentUpdate, another value in a Secret, a command in a pod.
"""

from __future__ import annotations

from demo.manifests import REQUEST
from demo.operator.agent_output import Program
from demo.operator.known_stack import Key, KnownStack
from demo.operator.pulumi_backend import PulumiBackend
from demo.operator.pulumi_commands import PulumiCommands
from demo.operator.reconciler import Reconciler
from demo.server.objects import Obj
from demo.simulated_context import Routine, SimulatedContext


class SimulatedOperator:
    """The watches of one operator; `reconciler` does what they call for, `commands` what is run in workspace pods."""

    def __init__(self, stage: SimulatedContext, backend: PulumiBackend) -> None:
        self.stage = stage
        self.backend = backend
        self.known_stacks: dict[Key, KnownStack] = {}
        self.reconciler = Reconciler(stage, self.known_stacks, backend)
        self.commands = PulumiCommands(stage.store, self.known_stacks, backend, self.reconciler.cancel_run)
        stage.server.commands.handle(self.commands.run)
        self._handlers = {
            "Stack": self.stack_changed,
            "Pod": self.pod_changed,
            "Workspace": self.workspace_changed,
            "Program": self.program_changed,
        }
        self._seen = {kind: stage.store.collection(kind).version for kind in self._handlers}

    def handle_events(self) -> bool:
        """React to all that was written since the last call, by it or by others; whether there was anything."""
        handled = False
        for kind, react in self._handlers.items():
            changes = self.stage.store.collection(kind).after(self._seen[kind]) or []
            for change in changes:
                self._seen[kind] = change.version
                react(change.type, change.entry.obj())
                handled = True
        return handled

    def stack_changed(self, event_type: str, stack: Obj) -> None:
        metadata = stack["metadata"]
        key = (metadata["namespace"], metadata["name"])
        if event_type == "DELETED":
            self.reconciler.forget(key)
            return
        known = self.known_stacks.get(key)
        if known is None:
            known = self._adopt(key, stack)
        request = (metadata.get("annotations") or {}).get(REQUEST, "")
        generation = metadata["generation"]
        asked, changed = request != known.request, generation != known.generation
        known.request, known.generation = request, generation
        if metadata.get("deletionTimestamp"):
            if changed or asked:
                self.reconciler.reconcile(known, "Stack marked for deletion")
        elif not known.saved and known.scheduled is None:
            self.reconciler.reconcile(known, "Initial stack update")
        elif changed:
            self.reconciler.reconcile(known, f"New stack generation: {generation}")
        elif asked:
            self.reconciler.reconcile(known, f'Sync request: "{request}"')

    def _adopt(self, key: Key, stack: Obj) -> KnownStack:
        """A Stack that isn't from a story, because somebody created it: its runs succeed."""
        backend = str(stack["spec"].get("stack", "acme/demo/dev"))
        steps = ("+ kubernetes:core/v1:ConfigMap settings", "+ random:index/randomPet:RandomPet pet")
        project = backend.split("/")[-2] if backend.count("/") == 2 else "demo"
        known = KnownStack(key, Program(project, backend, steps), commit=self.stage.commit(f"{key}/0"))
        known.generation = stack["metadata"]["generation"]
        self.known_stacks[key] = known
        return known

    def pod_changed(self, event_type: str, pod: Obj) -> None:
        kubelet = self.reconciler.workspaces.kubelet
        if event_type == "MODIFIED" and pod["metadata"].get("deletionTimestamp"):
            kubelet.deleted(pod)
        elif event_type == "DELETED":
            label = pod["metadata"].get("labels", {}).get("auto.pulumi.com/workspace-name", "")
            kubelet.pod_vanished((pod["metadata"]["namespace"], label))

    def workspace_changed(self, event_type: str, workspace: Obj) -> None:
        if event_type == "DELETED":
            self.reconciler.workspaces.kubelet.remove(
                (workspace["metadata"]["namespace"], workspace["metadata"]["name"])
            )

    def program_changed(self, event_type: str, program: Obj) -> None:
        """A new generation of a Program is a new revision for the Stacks that run it."""
        namespace, name = program["metadata"]["namespace"], program["metadata"]["name"]
        revision = str(program["metadata"]["generation"])
        for known in list(self.known_stacks.values()):
            stack = self.stage.store.get("Stack", *known.key) if known.key[0] == namespace else None
            runs_it = stack and (stack["spec"].get("programRef") or {}).get("name") == name
            if event_type != "DELETED" and runs_it and known.commit != revision:
                known.commit = revision
                self.reconciler.reconcile(known, f'New commit detected: "{revision}"')

    def new_commit(self, known: KnownStack) -> None:
        known.commit = self.stage.commit(f"{known.key}/{self.stage.now()}")
        self.reconciler.reconcile(known, f'New commit detected: "{known.commit}"')

    def expect_commits(self, known: KnownStack) -> None:
        """Let its commits arrive, at the intervals that were planned."""

        def arrive() -> Routine:
            for seconds in known.commits:
                yield seconds
                if self.known_stacks.get(known.key) is not known:
                    return
                self.new_commit(known)

        self.stage.schedule.start(arrive())
