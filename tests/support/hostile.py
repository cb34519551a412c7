"""Objects nobody should send, for property tests."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

_generations = st.integers(0, 3)
_requests = st.sampled_from(["", "now", "later"])
_commits = st.sampled_from(["", "c1", "c2"])
_times = st.sampled_from(["", "2026-11-23T18:37:06Z", "2026-11-23T18:37:07Z", "yesterday"])
_messages = st.sampled_from(
    [
        "",
        "stack is being processed",
        "waiting for workspace readiness",
        "unable to retrieve program for stack",
        "listing: repository not found: ",
        "x" * 600,
        "a\nb\x1b[31mred",
        'quoted "name"',
    ]
)
_reasons = st.sampled_from(
    ["StackProcessing", "RetryingAfterFailure", "PreviewFailed", "PrerequisiteNotSatisfied", "SourceUnavailable",
     "SpecInvalid", "UpdateFailed", "ProcessingCompleted", "NamespaceTerminating", "", "Odd"]
)  # fmt: skip


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


conditions = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Ready", "Reconciling", "Stalled", "Odd"]),
            "status": st.sampled_from(["True", "True", "False", "Unknown"]),
            "reason": _reasons,
            "message": _messages,
            "lastTransitionTime": _times,
        }
    ),
    max_size=4,
)
odd_stacks = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries(
            {"name": st.just("shop"), "namespace": st.just("prod"), "generation": _generations},
            optional={
                "deletionTimestamp": st.just("2026-11-23T18:37:06Z"),
                "finalizers": st.lists(st.sampled_from(["finalizer.stack.pulumi.com", "other/one"]), max_size=2),
                "annotations": _some(**{"pulumi.com/reconciliation-request": _requests}),
            },
        ),
        "spec": _some(destroyOnFinalize=st.booleans(), maxUpdateFailures=st.integers(0, 5)),
    },
    optional={
        "status": _some(
            observedGeneration=_generations,
            observedReconcileRequest=_requests,
            conditions=conditions,
            currentUpdate=_some(
                name=st.sampled_from(["", "shop-19b4d0f0000"]),
                generation=_generations,
                reconcileRequest=_requests,
                commit=_commits,
            ),
            lastUpdate=_some(
                generation=_generations,
                reconcileRequest=_requests,
                type=st.sampled_from(["up", "preview", "destroy", "refresh"]),
                state=st.sampled_from(["succeeded", "failed"]),
                lastAttemptedCommit=_commits,
                permalink=st.sampled_from(["", "https://app.pulumi.com/acme/shop/dev/updates/1"]),
                failures=st.integers(0, 5),
                lastResyncTime=_times,
            ),
        )
    },
)
"""Stacks in every combination of states, most of which no operator ever writes."""


def wrecked(draw: Any, obj: Any) -> Any:
    """The same object with some values replaced by anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(anything)
    if isinstance(obj, dict):
        return {key: wrecked(draw, value) for key, value in obj.items()}
    if isinstance(obj, list):
        return [wrecked(draw, value) for value in obj]
    return obj


_ODD = st.sampled_from(
    [2**63 - 1, 2**63, -(2**63), 2**70, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z",
     "0002-01-01T00:00:00+14:00", "x" * 5_000, [None], [[]], {"": {}}, "a\nb\x1b]52;c;eA==\x07"]
)  # fmt: skip
"""values at the ends of what fits, and beyond them"""
_KEPT = frozenset({"apiVersion", "kind", "name", "namespace"})


def damaged(draw: st.DrawFn, obj: Any, most: int = 4) -> Any:
    """A copy of an object with up to so many fields, wherever in it, replaced by anything or taken away.

    What it is called stays.
    """
    found = copy.deepcopy(obj)
    for _ in range(draw(st.integers(1, most))):
        _damage(draw, found)
    return found


def _damage(draw: st.DrawFn, found: Any) -> None:
    while True:
        keys = [key for key in found if key not in _KEPT] if isinstance(found, dict) else list(range(len(found)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = found[key]
        if isinstance(inner, dict | list) and inner and (key == "metadata" or draw(st.integers(0, 4))):
            found = inner
            continue
        if draw(st.booleans()):
            found[key] = copy.deepcopy(draw(_ODD | anything))
        else:
            del found[key]
        return
