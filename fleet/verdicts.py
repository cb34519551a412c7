"""The health of a Stack by our own check, the same Lua that Argo CD is given.

Converting an object for Lua costs ten times as much as judging it, so the script gets just the
fields that it reads, and is asked only when the object has changed.
"""

from __future__ import annotations

from typing import Any

from health.checks import check
from health.vm import Health, ScriptError
from stacks.records import Condition, Stack, StackStatus


def judge(stack: Stack) -> Health:
    """The verdict of design's table. A script that fails is a verdict too: Unknown, and why."""
    try:
        return check("pulumi.com", "Stack").judge(view(stack))
    except (ScriptError, FileNotFoundError) as error:
        return Health("Unknown", f"the health check for Stacks is broken: {error}")


def view(stack: Stack) -> dict[str, Any]:
    """The part of a Stack that the check reads, in the CRD's names."""
    meta, spec = stack.metadata, stack.spec
    metadata: dict[str, Any] = {"generation": meta.generation}
    if meta.deletion_timestamp is not None:
        metadata["deletionTimestamp"] = meta.deletion_timestamp
        metadata["finalizers"] = meta.finalizers or []
    if meta.annotations is not None and meta.annotations.reconciliation_request is not None:
        metadata["annotations"] = {"pulumi.com/reconciliation-request": meta.annotations.reconciliation_request}
    seen: dict[str, Any] = {"metadata": metadata}
    if spec.max_update_failures or spec.destroy_on_finalize:
        seen["spec"] = {"maxUpdateFailures": spec.max_update_failures, "destroyOnFinalize": spec.destroy_on_finalize}
    if stack.status is not None:
        seen["status"] = _status(stack.status)
    return seen


def _status(status: StackStatus) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "observedGeneration": status.observed_generation,
        "observedReconcileRequest": status.observed_reconcile_request,
        "conditions": [_condition(c) for c in status.conditions or ()],
    }
    current, last = status.current_update, status.last_update
    if current is not None:
        seen["currentUpdate"] = {
            "name": current.name,
            "generation": current.generation,
            "reconcileRequest": current.reconcile_request,
            "commit": current.commit,
        }
    if last is not None:
        seen["lastUpdate"] = {
            "generation": last.generation,
            "reconcileRequest": last.reconcile_request,
            "type": last.type,
            "state": last.state,
            "lastAttemptedCommit": last.last_attempted_commit,
            "permalink": last.permalink,
            "failures": last.failures,
        }
    return seen


def _condition(condition: Condition) -> dict[str, str]:
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": condition.last_transition_time,
    }
