"""The stable JSON of ``-o json`` and ``-o yaml``. Fields are added, never renamed or taken away.

Times are RFC 3339 in UTC, or null. Texts of a cluster are whole, without control characters; names out of a kubeconfig
are as they stand there. Lists are arrays.
"""

from __future__ import annotations

from typing import Any

from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from fleet.stack_objects.history import run_of
from stacks.conditions import find
from stacks.phases.retry import poll_period
from stacks.records.workspace import STACK_NAME, Update, Workspace
from stacks.redaction import without_userinfo
from views.columns import APP_COLUMNS, STACK_COLUMNS, json_fields, time_field

_STACK_ORDER = (
    "context", "namespace", "name", "uid", "created", "stack", "phase", "health", "application", "commit", "lastUpdate",
    "nextAttempt", "pollSeconds", "failures", "message",
)  # fmt: skip
_APP_ORDER = (
    "context", "namespace", "name", "uid", "created", "project", "sync", "health", "operation", "destination", "stacks",
    "stackHealth", "stacksNotSeen", "message",
)  # fmt: skip


def stack(row: StackRow, now: float) -> dict[str, Any]:
    """One item of ``get stacks -o json``: what its columns hold, and what has no column."""
    last = row.stack.last_update
    fields = {
        **json_fields(STACK_COLUMNS, row, now),
        "uid": row.stack.metadata.uid,
        "created": row.stack.metadata.creation_timestamp or None,
        "lastUpdate": {
            "type": last.type or None,
            "state": last.state or None,
            "time": last.last_resync_time or None,
            "permalink": last.permalink or None,
        }
        if last is not None
        else None,
        "pollSeconds": poll_period(row.stack, row.version),
        "failures": row.failures,
    }
    return _ordered(fields, _STACK_ORDER)


def app(row: AppRow, now: float) -> dict[str, Any]:
    """One item of ``get apps -o json``: what its columns hold, and what has no column."""
    fields = {
        **json_fields(APP_COLUMNS, row, now),
        "uid": row.app.metadata.uid,
        "project": row.app.spec.project,
        "stackHealth": dict(row.verdicts),
        "stacksNotSeen": row.unseen,
    }
    return _ordered(fields, _APP_ORDER)


def _ordered(fields: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The fields in this order; those that aren't in it, as they were added, behind them."""
    return {name: fields[name] for name in order} | fields


def workspace(context: str, record: Workspace, now: float) -> dict[str, Any]:
    status = record.status
    ready = find(status.conditions if status else None, "Ready")
    return {
        "context": context,
        "namespace": record.metadata.namespace,
        "name": record.metadata.name,
        "created": record.metadata.creation_timestamp or None,
        "stack": (record.metadata.labels or {}).get(STACK_NAME),
        "image": record.spec.image or None,
        "ready": ready is not None and ready.status == "True",
        "reason": ready.reason if ready else None,
        "message": ready.message if ready else "",
        "pulumiVersion": (status.pulumi_version if status else "") or None,
        "address": (status.address if status else "") or None,
    }


def update(context: str, record: Update, now: float) -> dict[str, Any]:
    status, run = record.status, run_of(record)
    return {
        "context": context,
        "namespace": record.metadata.namespace,
        "name": run.name,
        "created": record.metadata.creation_timestamp or None,
        "stack": (record.metadata.labels or {}).get(STACK_NAME),
        "workspace": record.spec.workspace_name or None,
        "type": run.type or None,
        "reason": record.spec.message or None,
        "state": run.state,
        "startTime": (status.start_time if status else "") or None,
        "endTime": (status.end_time if status else "") or None,
        "permalink": run.permalink or None,
        "began": time_field(run.began),
        "ended": time_field(run.ended),
        "lasted": run.lasted,
        "commit": run.commit or None,
        "error": run.error,
    }


def context(state: ContextState, now: float) -> dict[str, Any]:
    """One item of ``get contexts -o json``. `workers`: how many Updates its operator runs at once."""
    workload = state.workload
    return {
        "name": state.name,
        "server": without_userinfo(state.server) or None,
        "state": state.state(now),
        "reason": state.reason(now),
        "serverVersion": state.server_version or None,
        "pko": {
            "version": ".".join(map(str, state.operator.version)) if state.operator.version else None,
            "namespace": state.operator_namespace or None,
            "leading": state.operator.has_leader,
            "holder": workload.holder or None,
            "heldSince": time_field(workload.held_since),
            "replicas": workload.replicas,
            "availableReplicas": workload.available,
            "workers": workload.workers,
        },
        "argocd": {"version": state.argocd_version or None, "namespace": state.argocd_namespace or None},
        "hidden": list(state.hidden),
    }
