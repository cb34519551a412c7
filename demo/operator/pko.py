"""The Pulumi Kubernetes Operator, played: what it notices, and which Stacks it knows.

It answers to what anybody writes into the server, as the real one would: a new value of the
reconcile annotation, a changed spec, a deleted Stack, a deleted pod, a cleared currentUpdate.
"""

from __future__ import annotations

from typing import Any

from demo.manifests import REQUEST
from demo.operator.agent_output import Program
from demo.operator.lives import Key, StackLife
from demo.operator.reconciler import Reconciler
from demo.schedule import Scene
from demo.stage import Stage

Obj = dict[str, Any]


class PlayedOperator:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lives: dict[Key, StackLife] = {}
        self.reconciler = Reconciler(stage, self.lives)
        self._noticing = {
            "Stack": self.stack_changed,
            "Pod": self.pod_changed,
            "Workspace": self.workspace_changed,
            "Program": self.program_changed,
        }
        self._seen = {kind: stage.store.collection(kind).version for kind in self._noticing}

    def notice(self) -> bool:
        """Look at what was written since the last look, by us or by others; whether there was anything."""
        noticed = False
        for kind, react in self._noticing.items():
            happened = self.stage.store.collection(kind).after(self._seen[kind]) or []
            for happening in happened:
                self._seen[kind] = happening.version
                react(happening.word, happening.entry.obj())
                noticed = True
        return noticed

    def stack_changed(self, word: str, stack: Obj) -> None:
        metadata = stack["metadata"]
        key = (metadata["namespace"], metadata["name"])
        if word == "DELETED":
            self.reconciler.forget(key)
            return
        life = self.lives.get(key)
        if life is None:
            life = self._adopt(key, stack)
        request = (metadata.get("annotations") or {}).get(REQUEST, "")
        generation = metadata["generation"]
        asked, changed = request != life.request, generation != life.generation
        life.request, life.generation = request, generation
        if metadata.get("deletionTimestamp"):
            if changed or asked:
                self.reconciler.reconcile(life, "Stack marked for deletion")
        elif not life.saved and life.cue is None:
            self.reconciler.reconcile(life, "Initial stack update")
        elif changed:
            self.reconciler.reconcile(life, f"New stack generation: {generation}")
        elif asked:
            self.reconciler.reconcile(life, f'Sync request: "{request}"')

    def _adopt(self, key: Key, stack: Obj) -> StackLife:
        """A Stack that somebody brought along: it runs, and all goes well."""
        backend = str(stack["spec"].get("stack", "acme/demo/dev"))
        steps = ("+ kubernetes:core/v1:ConfigMap settings", "+ random:index/randomPet:RandomPet pet")
        project = backend.split("/")[-2] if backend.count("/") == 2 else "demo"
        life = StackLife(key, Program(project, backend, steps), commit=self.stage.commit(f"{key}/0"))
        life.generation = stack["metadata"]["generation"]
        self.lives[key] = life
        return life

    def pod_changed(self, word: str, pod: Obj) -> None:
        kubelet = self.reconciler.workspaces.kubelet
        if word == "MODIFIED" and pod["metadata"].get("deletionTimestamp"):
            kubelet.deleted(pod)
        elif word == "DELETED":
            label = pod["metadata"].get("labels", {}).get("auto.pulumi.com/workspace-name", "")
            kubelet.pod_lost((pod["metadata"]["namespace"], label))

    def workspace_changed(self, word: str, space: Obj) -> None:
        if word == "DELETED":
            self.reconciler.workspaces.kubelet.remove((space["metadata"]["namespace"], space["metadata"]["name"]))

    def program_changed(self, word: str, program: Obj) -> None:
        """A new generation of a Program is a new revision for the Stacks that run it."""
        namespace, name = program["metadata"]["namespace"], program["metadata"]["name"]
        revision = str(program["metadata"]["generation"])
        for life in list(self.lives.values()):
            stack = self.stage.store.get("Stack", *life.key) if life.key[0] == namespace else None
            runs_it = stack and (stack["spec"].get("programRef") or {}).get("name") == name
            if word != "DELETED" and runs_it and life.commit != revision:
                life.commit = revision
                self.reconciler.reconcile(life, f'New commit detected: "{revision}"')

    def new_commit(self, life: StackLife) -> None:
        life.commit = self.stage.commit(f"{life.key}/{self.stage.now()}")
        self.reconciler.reconcile(life, f'New commit detected: "{life.commit}"')

    def expect_commits(self, life: StackLife) -> None:
        """Commits arrive at the intervals the life says, for as long as it says."""

        def unfold() -> Scene:
            for seconds in life.commits:
                yield seconds
                if self.lives.get(life.key) is not life:
                    return
                self.new_commit(life)

        self.stage.schedule.play(unfold())
