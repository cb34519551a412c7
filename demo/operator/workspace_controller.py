"""The simulated operator's workspace controller: gives each Stack a pod in which pulumi can run."""

from __future__ import annotations

from collections.abc import Callable

from demo.manifests import workspace, workspace_status
from demo.operator import agent_output, pod_manifests
from demo.operator.known_stack import Key, KnownStack
from demo.operator.kubelet import Kubelet
from demo.server.objects import Obj, moment
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
        on_ready: Callable[[KnownStack], None],
        on_stalled: Callable[[KnownStack, str], None],
        on_gone: Callable[[KnownStack], None],
    ) -> None:
        self._stage = stage
        self._known_stacks = known_stacks
        self._on_ready = on_ready
        self._on_stalled = on_stalled
        self._on_gone = on_gone
        self.kubelet = Kubelet(stage, lambda key: known_stacks[key].program, self._pod_ready, self._pod_gone)

    def ensure(self, stack: Obj, commit: str) -> str:
        """Apply the Workspace that `stack` wants: "ready", "waiting", or what it is stalled with."""
        store, key = self._stage.store, (stack["metadata"]["namespace"], stack["metadata"]["name"])
        wanted = workspace(stack, commit, self._stage.now())
        found = store.get("Workspace", *key)
        if found and found["spec"] == wanted["spec"] and self.kubelet.pod_of(key):
            return self._state(found)
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
            self._fail(known, workspace, error)
            return
        self.kubelet.log(known.key, agent_output.installed(stage.now()))
        self._set(workspace, False, "Initializing", "Initializing and selecting a Pulumi stack")
        yield 0.9
        pod, workspace = self.kubelet.pod_of(key), stage.store.get("Workspace", *key)
        if pod is None or pod["metadata"]["uid"] != uid or workspace is None:
            return
        self.kubelet.log(known.key, agent_output.selected(stage.now(), known.program.stack))
        stage.store.put(pod_manifests.initialized(pod))
        self._set(workspace, True, "Succeeded", "")
        stage.record(workspace, "Initialized", f'Initialized workspace pod "{name}"', "workspace-controller")
        self._on_ready(known)

    def _fail(self, known: KnownStack, workspace: Obj, error: str) -> None:
        self.kubelet.log(known.key, agent_output.not_installed(self._stage.now(), error))
        text = (
            "rpc error: code = Aborted desc = could not install dependencies: exit status 1\n"
            f"code: 1\nstdout: \nstderr: {error}\n\n"
        )
        self._set(workspace, False, "InstallationFailed", text, stalled=True)
        self._stage.record(workspace, "InstallationFailure", text, "workspace-controller", warning=True)
        self._on_stalled(known, f"InstallationFailed: {text}")

    def remove(self, key: Key) -> None:
        self._stage.store.delete("Workspace", *key)
        self.kubelet.remove(key)
