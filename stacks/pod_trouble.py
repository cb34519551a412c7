"""What keeps a workspace pod from working, in a few words.

PKO's Workspace says RollingUpdate whatever is wrong with the pod, so the pod itself is asked.
"""

from __future__ import annotations

from stacks import conditions as cond
from stacks.records.pod import ContainerStatus, Pod

_NORMAL = {"", "ContainerCreating", "PodInitializing"}


def trouble(pod: Pod) -> str:
    """``ImagePullBackOff``, ``Unschedulable``, ``fetch: CrashLoopBackOff`` …; empty if nothing is wrong."""
    status = pod.status
    if status is None:
        return ""
    scheduled = cond.find(status.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return scheduled.reason
    for container in [*(status.init_container_statuses or ()), *(status.container_statuses or ())]:
        reason = _container_trouble(container)
        if reason:
            return reason if container.name == "pulumi" else f"{container.name}: {reason}"
    return status.reason if status.phase == "Failed" else ""


def _container_trouble(container: ContainerStatus) -> str:
    waiting, terminated = container.state.waiting, container.state.terminated
    if waiting is not None and waiting.reason not in _NORMAL:
        return waiting.reason
    if terminated is not None and terminated.exit_code != 0:
        return terminated.reason or f"exit code {terminated.exit_code}"
    return ""
