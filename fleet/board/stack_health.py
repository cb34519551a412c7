"""The health of a Stack by our own health check, the same Lua that Argo CD is given.

Converting an object for Lua costs ten times as much as judging it, so the script gets just the
fields that it reads, in a form in which Stacks in the same situation look the same: ten thousand
Stacks that are ready are judged once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from health.checks import check
from health.result import STATUSES, Health, ScriptError
from stacks.records.base import REQUEST, Condition
from stacks.records.stack import Stack, StackStatus

_SURELY_SHORT = 128  # characters of at most 4 bytes; the check shortens messages over 512 bytes


def judge(stack: Stack) -> Health:
    """The health that our health.lua gives. A script that fails makes it Unknown, with the reason."""
    return _judge(msgspec.json.encode(check_input(stack)))


@lru_cache(maxsize=4096)
def _judge(seen: bytes) -> Health:
    try:
        return check("pulumi.com", "Stack").judge(msgspec.json.decode(seen))
    except (ScriptError, FileNotFoundError) as error:
        return Health("Unknown", f"the health check for Stacks is broken: {error}")


def health_order(status: str) -> int:
    """Argo CD's order of health words, the worst first; a word it doesn't know, or none, comes last."""
    return -STATUSES.index(status) if status in STATUSES else 1


def tally(statuses: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """How many there are of each word, the worst first."""
    return tuple(sorted(Counter(statuses).items(), key=lambda item: health_order(item[0])))


def check_input(stack: Stack) -> dict[str, Any]:
    """The part of a Stack that the check's answer depends on, in the CRD's names; a property test holds it to that."""
    meta, spec = stack.metadata, stack.spec
    metadata: dict[str, Any] = {"generation": meta.generation}
    if meta.deletion_timestamp is not None:
        metadata["deletionTimestamp"] = ""
        metadata["finalizers"] = meta.finalizers or []
    if meta.annotations is not None and meta.annotations.reconciliation_request is not None:
        metadata["annotations"] = {REQUEST: meta.annotations.reconciliation_request}
    seen: dict[str, Any] = {"metadata": metadata}
    if spec.max_update_failures or spec.destroy_on_finalize:
        seen["spec"] = {"maxUpdateFailures": spec.max_update_failures, "destroyOnFinalize": spec.destroy_on_finalize}
    if stack.status is not None:
        seen["status"] = _status(stack.status)
    return seen


def _status(status: StackStatus) -> dict[str, Any]:
    current, last = status.current_update, status.last_update
    seen: dict[str, Any] = {
        "observedGeneration": status.observed_generation,
        "observedReconcileRequest": status.observed_reconcile_request,
        "conditions": _conditions(status.conditions or []),
    }
    if last is not None:
        seen["lastUpdate"] = {
            "generation": last.generation,
            "type": last.type,
            "state": last.state,
            "failures": last.failures,
            "permalink": _link(status),
        }
    if current is not None:
        seen["currentUpdate"] = {
            "name": "current" if current.name else "",
            "generation": current.generation,
            "reconcileRequest": current.reconcile_request,
            "commit": current.commit,
        }
        if last is not None:
            seen["lastUpdate"] |= {
                "reconcileRequest": last.reconcile_request,
                "lastAttemptedCommit": last.last_attempted_commit,
            }
    return seen


def _link(status: StackStatus) -> str:
    """The permalink, where a message may name it: a Stack that is ready and quiet says nothing of its last run."""
    last = status.last_update
    if last is None:
        return ""
    said = [c for c in status.conditions or () if c.status == "True"]
    quiet = last.state == "succeeded" and all(c.type == "Ready" and len(c.message) < _SURELY_SHORT for c in said)
    return "" if quiet else last.permalink


def _conditions(conditions: list[Condition]) -> list[dict[str, str]]:
    """The conditions with their times replaced by ranks: only their order counts."""
    ranks = {time: f"{rank:06}" for rank, time in enumerate(sorted({c.last_transition_time for c in conditions}))}
    return [
        {
            "type": c.type,
            "status": c.status,
            "reason": c.reason,
            "message": c.message,
            "lastTransitionTime": ranks[c.last_transition_time],
        }
        for c in conditions
    ]
