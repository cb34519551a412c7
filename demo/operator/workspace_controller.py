"""The simulated operator's workspace controller: gives each Stack a pod in which pulumi can run."""

from __future__ import annotations

from collections.abc import Callable

from demo.manifests import workspace, workspace_status
from demo.operator import agent_output, pod_manifests
from demo.operator.known_stack import Key, KnownStack
from demo.operator.kubelet import Kubelet
from demo.operator.pulumi_backend import PulumiBackend
from demo.server.objects import Obj, dig, moment
from demo.simulated_context import Routine, SimulatedContext


class WorkspaceController:
    """The Workspaces of one cluster and their pods.

    `on_ready` is called when pulumi can run in a workspace, `on_stalled` (with the reason) when it can't, `on_gone`
    when its pod is gone.
    """

    def __init__(
        self,
        stage: SimulatedContext,
        known_stacks: dict[Key, KnownStack],
        backend: PulumiBackend,
        on_ready: Callable[[KnownStack], None],
        on_stalled: Callable[[KnownStack, str], None],
        on_gone: Callable[[KnownStack], None],
    ) -> None:
        self._stage = stage
        self._known_stacks = known_stacks
        self._backend = backend
        self._on_ready = on_ready
        self._on_stalled = on_stalled
        self._on_gone = on_gone
        self.kubelet = Kubelet(stage, lambda key: known_stacks[key].program, self._pod_ready, self._pod_gone)

    def ensure(self, stack: Obj, commit: str) -> str:
        """Apply the Workspace that `stack` wants: "ready", "waiting", or what it is stalled with."""
        store, key = self._stage.store, (stack["metadata"]["namespace"], stack["metadata"]["name"])
        wanted = workspace(stack, commit, self._stage.now())
        found, pod = store.get("Workspace", *key), self.kubelet.pod_of(key)
        if found and found["spec"] == wanted["spec"] and pod:
            return "waiting" if pod["metadata"].get("deletionTimestamp") else self._state(found)
        if found is None or found["spec"] != wanted["spec"]:
            wanted["metadata"]["generation"] = 1
            if found:
                wanted["metadata"]["generation"] = found["metadata"]["generation"] + 1
                wanted["metadata"]["creationTimestamp"] = found["metadata"]["creationTimestamp"]
            self._set(wanted, False, "RollingUpdate", "Waiting for the statefulset to be updated")
        current = store.get("Workspace", *key)
        if current:
            self.kubelet.apply(current)
        return "waiting"

    @staticmethod
    def _state(workspace: Obj) -> str:
        found = {condition["type"]: condition for condition in workspace.get("status", {}).get("conditions", [])}
        if stalled := found.get("Stalled"):
            return f"{stalled['reason']}: {stalled['message']}"
        return "ready" if found.get("Ready", {}).get("status") == "True" else "waiting"

    def _set(self, workspace: Obj, ready: bool, reason: str, message: str, stalled: bool = False) -> None:
        since = self._stage.now()
        for condition in workspace.get("status", {}).get("conditions", []):
            if condition["type"] == "Ready" and condition["status"] == ("True" if ready else "False"):
                since = moment(condition["lastTransitionTime"])
        workspace["status"] = workspace_status(workspace["metadata"], ready, reason, message, since, stalled)
        self._stage.store.put(workspace)

    def _pod_ready(self, key: Key) -> None:
        if key in self._known_stacks:
            self._stage.schedule.start(self._initialize(self._known_stacks[key]))

    def _pod_gone(self, key: Key) -> None:
        if key in self._known_stacks:
            self._on_gone(self._known_stacks[key])

    def _initialize(self, known: KnownStack) -> Routine:
        """Install packages and select the stack, as conditions and log show; or stall, until there is a new pod."""
        stage, key = self._stage, known.key
        pod, workspace = self.kubelet.pod_of(key), stage.store.get("Workspace", *key)
        if pod is None or workspace is None:
            return
        uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
        self._set(workspace, False, "Installing", "Installing packages and plugins required by the program")
        self.kubelet.log(known.key, agent_output.installing(stage.now()))
        yield 2.2
        pod, workspace = self.kubelet.pod_of(key), stage.store.get("Workspace", *key)
        if pod is None or pod["metadata"]["uid"] != uid or workspace is None:
            return
        if error := next(known.init_errors, ""):
            self.kubelet.log(key, agent_output.not_installed(stage.now(), error))
            text = agent_output.call_error("Aborted", "could not install dependencies", f"{error}\n")
            self._fail(known, workspace, "InstallationFailed", text, "InstallationFailure", text)
            return
        self.kubelet.log(known.key, agent_output.installed(stage.now()))
        self._set(workspace, False, "Initializing", "Initializing and selecting a Pulumi stack")
        yield 0.9
        pod, workspace = self.kubelet.pod_of(key), stage.store.get("Workspace", *key)
        if pod is None or pod["metadata"]["uid"] != uid or workspace is None:
            return
        if error := self._refused_login(known):
            text = agent_output.call_error("Unknown", "failed to select stack", error)
            self.kubelet.log(key, [agent_output.call(stage.now(), "SelectStack", 559.3, "Unknown", text)])
            said = f'Failed to initialize stack "{known.program.stack}": {text}'
            self._fail(known, workspace, "InitializationFailed", text, "StackInitializationFailure", said)
            return
        self._backend.stacks.add(known.program.stack)
        self.kubelet.log(known.key, agent_output.selected(stage.now(), known.program.stack))
        stage.store.put(pod_manifests.initialized(pod))
        self._set(workspace, True, "Succeeded", "")
        stage.record(workspace, "Initialized", f'Initialized workspace pod "{name}"', "workspace-controller")
        self._on_ready(known)

    def _refused_login(self, known: KnownStack) -> str:
        """What the backend says to the token of a Stack that has one of its own; empty where it lets it in."""
        stack = self._stage.store.get("Stack", *known.key)
        if not dig(stack, "spec", "accessTokenSecret"):
            return ""
        return self._backend.refusal(self.kubelet.token_of(known.key))

    def _fail(self, known: KnownStack, workspace: Obj, reason: str, text: str, event: str, said: str) -> None:
        self._set(workspace, False, reason, text, stalled=True)
        self._stage.record(workspace, event, said, "workspace-controller", warning=True)
        self._on_stalled(known, f"{reason}: {text}")

    def remove(self, key: Key) -> None:
        self._stage.store.delete("Workspace", *key)
        self.kubelet.remove(key)
