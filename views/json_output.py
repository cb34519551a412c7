"""The stable JSON of ``-o json`` and ``-o yaml``. Fields are added, never renamed or taken away.

Times are RFC 3339 in UTC, or null. Texts are whole, without control characters. Lists are arrays.
"""

from __future__ import annotations

from typing import Any

from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from fleet.stack_objects.update_history import run_of
from stacks.records.update import Update
from stacks.records.workspace import Workspace
from stacks.times import rfc3339


def stack(row: StackRow, now: float) -> dict[str, Any]:
    """One item of ``get stacks -o json``."""
    last = row.stack.status.last_update if row.stack.status else None
    return {
        "context": row.key.context,
        "namespace": row.key.namespace,
        "name": row.key.name,
        "uid": row.stack.metadata.uid,
        "created": row.stack.metadata.creation_timestamp or None,
        "stack": row.stack.spec.stack,
        "phase": {"name": row.phase.name, "text": row.phase.words(now), "since": _time(row.phase.since)},
        "health": {"status": row.health.status, "message": row.health.message},
        "application": _holder(row),
        "commit": {"wanted": row.commit_wanted or None, "applied": row.commit_applied or None},
        "lastUpdate": {
            "type": last.type or None,
            "state": last.state or None,
            "time": last.last_resync_time or None,
            "permalink": last.permalink or None,
        }
        if last is not None
        else None,
        "nextAttempt": _time(row.next_attempt),
        "failures": row.failures,
        "message": row.message,
    }


def _holder(row: StackRow) -> dict[str, Any] | None:
    if row.holder is None:
        return None
    key = row.holder.key
    return {
        "context": key.context,
        "namespace": key.namespace,
        "name": key.name,
        "sync": row.holder.sync,
        "health": row.holder.health,
    }


def app(row: AppRow, now: float) -> dict[str, Any]:
    """One item of ``get apps -o json``."""
    operation = row.app.status.operation_state if row.app.status else None
    to = row.app.spec.destination
    return {
        "context": row.key.context,
        "namespace": row.key.namespace,
        "name": row.key.name,
        "uid": row.app.metadata.uid,
        "created": row.app.metadata.creation_timestamp or None,
        "project": row.app.spec.project,
        "sync": row.sync,
        "health": row.health,
        "operation": {
            "phase": operation.phase,
            "message": operation.message,
            "startedAt": operation.started_at or None,
            "finishedAt": operation.finished_at or None,
        }
        if operation is not None
        else None,
        "destination": {"server": to.server or None, "name": to.name or None, "namespace": to.namespace or None},
        "stacks": [{"context": k.context, "namespace": k.namespace, "name": k.name} for k in row.holds],
        "stackHealth": dict(row.verdicts),
        "stacksNotSeen": row.unseen,
        "message": row.message,
    }


def workspace(context: str, record: Workspace, now: float) -> dict[str, Any]:
    """One item of ``get workspaces -o json``."""
    status = record.status
    ready = next((c for c in (status.conditions if status else None) or () if c.type == "Ready"), None)
    return {
        "context": context,
        "namespace": record.metadata.namespace,
        "name": record.metadata.name,
        "created": record.metadata.creation_timestamp or None,
        "stack": (record.metadata.labels or {}).get("pulumi.com/stack-name"),
        "image": record.spec.image or None,
        "ready": ready is not None and ready.status == "True",
        "reason": ready.reason if ready else None,
        "message": ready.message if ready else "",
        "pulumiVersion": (status.pulumi_version if status else "") or None,
        "address": (status.address if status else "") or None,
    }


def update(context: str, record: Update, now: float) -> dict[str, Any]:
    """One item of ``get updates -o json``."""
    status, run = record.status, run_of(record)
    return {
        "context": context,
        "namespace": record.metadata.namespace,
        "name": run.name,
        "created": record.metadata.creation_timestamp or None,
        "stack": (record.metadata.labels or {}).get("pulumi.com/stack-name"),
        "workspace": record.spec.workspace_name or None,
        "type": run.type or None,
        "reason": record.spec.message or None,
        "state": run.state,
        "startTime": (status.start_time if status else "") or None,
        "endTime": (status.end_time if status else "") or None,
        "permalink": run.permalink or None,
        "began": _time(run.began),
        "ended": _time(run.ended),
        "lasted": run.lasted,
        "commit": run.commit or None,
        "error": run.error,
    }


def context(state: ContextState, now: float) -> dict[str, Any]:
    """One item of ``get contexts -o json``."""
    return {
        "name": state.name,
        "server": state.server or None,
        "state": state.state(now),
        "reason": state.reason(now),
        "serverVersion": state.server_version or None,
        "pko": {
            "version": ".".join(map(str, state.operator.version)) if state.operator.version else None,
            "namespace": state.operator_namespace or None,
            "leading": state.operator.leading,
        },
        "argocd": {"version": state.argocd_version or None, "namespace": state.argocd_namespace or None},
        "hidden": list(state.hidden),
    }


def _time(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)
