"""Why there is no log, and what the objects of the Stack say about the run in its place."""

from __future__ import annotations

from collections.abc import Sequence

from cluster.http.connection import Connection
from fleet.logs.log_events import NoLog
from fleet.resource_kinds import EVENTS
from fleet.stack_objects.queries import about_name, find_updates, listed, readable
from stacks import conditions as cond
from stacks.phases.phase import PhaseEvidence
from stacks.phases.rules import phase
from stacks.records.stack import Stack
from stacks.records.workspace import Update, workspace_of, workspace_set_of
from stacks.versions import is_pko_1

PKO_1 = (
    "PKO 1 has no workspace pods: it runs pulumi inside its own pod, and logs little of it; "
    "--operator shows what it says about this stack"
)


async def explain_missing_log(connection: Connection, stack: Stack, now: float) -> NoLog:
    """Why a Stack has no workspace pod. Asks for its newest Update and what kept the pod from being made."""
    message, permalink = last_result(stack, None)
    if is_pko_1(stack):
        return NoLog(PKO_1, message, permalink, operator_may_know=True)
    namespace, name = stack.metadata.namespace, stack.metadata.name
    updates = await find_updates(connection, namespace, name)
    message, permalink = last_result(stack, updates[0] if updates else None)
    reason = _known_reason(stack) or await _pod_not_made(connection, namespace, workspace_of(stack))
    if not reason:
        words = phase(stack, PhaseEvidence(), now).words(now)
        reason = f"there is no workspace pod (the stack: {words})"
    return NoLog(reason, message, permalink, operator_may_know=not message)


def explain_missing_run(stack: Stack, updates: Sequence[Update], name: str) -> NoLog | None:
    """Why the run of one Update is in no log; None if nobody knows an Update of that name."""
    last = stack.last_update
    current = stack.status.current_update if stack.status else None
    is_last = last is not None and last.name == name
    update = next((one for one in updates if one.metadata.name == name), None)
    if update is None and not is_last:
        return None
    message, permalink = last_result(stack, update) if is_last else _result_of(update)
    if current is not None and current.name == name:
        return NoLog("the run has written nothing so far", message, permalink)
    return NoLog(
        "its run is in no log that there is: a pod takes its log along, and so does rotation", message, permalink
    )


def _result_of(update: Update | None) -> tuple[str, str]:
    status = update.status if update is not None else None
    if status is None:
        return "", ""
    return (status.message.strip() if cond.is_true(status.conditions, "Failed") else ""), status.permalink


def _known_reason(stack: Stack) -> str:
    last = stack.last_update
    if stack.spec.workspace_reclaim_policy == "Delete" and last is not None and last.state == "succeeded":
        return "the workspace, and its log with it, was deleted after the last update (workspaceReclaimPolicy: Delete)"
    if last is None and not (stack.status and stack.status.current_update):
        leading = cond.leading(stack.conditions)
        if leading is not None and leading.type == "Stalled":
            return f"there never was a workspace pod: {leading.reason}"
    return ""


async def _pod_not_made(connection: Connection, namespace: str, workspace: str) -> str:
    """Why the StatefulSet can't make its pod, as its newest warning says."""
    about = {"fieldSelector": about_name(workspace_set_of(workspace))}
    events, _ = await readable(listed(connection, EVENTS, namespace, about))
    warnings = [event for event in events if event.type == "Warning" and event.involved_object.kind == "StatefulSet"]
    if not warnings:
        return ""
    newest = max(warnings, key=lambda event: event.last_timestamp or event.event_time or "")
    return f"the workspace's pod can't be made: {newest.message.strip()}"


def last_result(stack: Stack, update: Update | None) -> tuple[str, str]:
    """What the Stack's objects say about its last run: the error, if it failed, and where more can be read.

    `lastUpdate.message` is right even where the Update's own was overwritten, so it comes first.
    """
    last = stack.last_update
    message = permalink = ""
    if last is not None:
        message, permalink = last.message if last.state == "failed" else "", last.permalink
    if update is not None and update.status is not None:
        newest = last is None or last.name in ("", update.metadata.name)
        if newest:
            failed = cond.is_true(update.status.conditions, "Failed")
            message = message or (update.status.message if failed else "")
            permalink = permalink or update.status.permalink
    if not message:
        leading = cond.leading(stack.conditions)
        if leading is not None and leading.type != "Ready":
            message = f"{leading.reason}: {leading.message}" if leading.message else leading.reason
    return message.strip(), permalink
