"""Objects of the four kinds from a seed: as an operator writes them, in states none reaches, and hostile ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Obj = dict[str, Any]

_TEXTS = [
    "",
    "x",
    "True",
    "yes",
    "prüfe ✓",
    "a\nb\x1b[31mred",
    'quoted "name"',
    "x" * 511,
    "x" * 513,
    "é" * 400,
    "\x00\x7f",
]
_NUMBERS: list[Any] = [0, 1, 2, -1, 3, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63), 2**64, 1e15, 1e21, 1e300, 1e-7, -0.0]
_TIMES = ["2026-11-23T18:30:00Z", "2026-11-23T18:31:00Z", "2026-11-23T18:32:00Z", "", "yesterday"]
_LINK = "https://app.pulumi.com/acme/shop/dev/updates/7"
_MESSAGES = [
    "stack is being processed",
    "waiting for workspace readiness",
    "unable to retrieve program for stack",
    "Program has no artifact",
    "Flux source has no artifact",
    "could not resolve sourceRef: not found",
    "unable to retrieve progran",
    "the stack has been processed and is up to date",
    'prerequisite not satisfied for "db": prerequisite failed',
    *_TEXTS,
]
_REASONS = [
    "StackProcessing",
    "RetryingAfterFailure",
    "PreviewFailed",
    "PrerequisiteNotSatisfied",
    "SourceUnavailable",
    "SpecInvalid",
    "UpdateFailed",
    "WorkspaceFailed",
    "ProcessingCompleted",
    "NamespaceTerminating",
    "RollingUpdate",
    "InstallationFailed",
    "InitializationFailed",
    "IncompatibleConfiguration",
    "Succeeded",
    "Unknown",
    "Aborted",
    "",
    "R" * 600,
]
_FINALIZERS = ["finalizer.stack.pulumi.com", "acme.example/audit", "foregroundDeletion", "f" * 300]


def objects(seed: int, count: int) -> Iterator[Obj]:
    """That many of them, the same for the same seed."""
    chance = Random(seed)
    for number in range(count):
        yield _object(chance, number)


def _object(chance: Random, number: int) -> Obj:
    make = _MAKERS[number % len(_MAKERS)]
    obj = make(chance)
    harm = chance.random()
    if harm < 0.25:
        return _wrecked(chance, obj, 0.08)
    if harm < 0.3:
        return _wrecked(chance, obj, 0.4)
    return obj


def _stack(chance: Random) -> Obj:
    obj = _base(chance, "pulumi.com/v1", "Stack")
    obj["spec"] = _some(
        chance,
        destroyOnFinalize=lambda: chance.random() < 0.5,
        maxUpdateFailures=lambda: chance.randint(0, 6),
        preview=lambda: chance.random() < 0.5,
        stack=lambda: "acme/shop/dev",
    )
    if chance.random() < 0.95:
        obj["status"] = _some(
            chance,
            conditions=lambda: _conditions(chance, ("Ready", "Reconciling", "Stalled", "Odd")),
            observedGeneration=lambda: _observed(chance, obj),
            observedReconcileRequest=lambda: chance.choice(["", "now", "later"]),
            currentUpdate=lambda: _some(
                chance,
                name=lambda: chance.choice(["", "shop-19ab2c3d4e5"]),
                generation=lambda: chance.choice([1, 1, 2]),
                reconcileRequest=lambda: chance.choice(["", "", "now"]),
                commit=lambda: chance.choice(["c1", "c1", "c2"]),
            ),
            lastUpdate=lambda: _some(
                chance,
                generation=lambda: chance.choice([1, 1, 2]),
                reconcileRequest=lambda: chance.choice(["", "", "now"]),
                type=lambda: chance.choice(["up", "preview", "destroy", "refresh", "u" * 600]),
                state=lambda: chance.choice(["succeeded", "failed"]),
                lastAttemptedCommit=lambda: chance.choice(["c1", "c1", "c2"]),
                permalink=lambda: chance.choice(["", _LINK, _LINK * 20]),
                failures=lambda: chance.choice([0, 1, 2, 3, 4, 7, 10**15, 0.5]),
                message=lambda: "what Pulumi printed",
            ),
            outputs=lambda: {"list": [None, 1, None], "nothing": None},
        )
    return obj


def _program(chance: Random) -> Obj:
    obj = _base(chance, "pulumi.com/v1", "Program")
    if chance.random() < 0.9:
        obj["status"] = _some(
            chance,
            observedGeneration=lambda: _observed(chance, obj),
            artifact=lambda: _some(chance, url=lambda: chance.choice(["", "http://x/y"]), revision=lambda: "1"),
        )
    return obj


def _workspace(chance: Random) -> Obj:
    obj = _base(chance, "auto.pulumi.com/v1alpha1", "Workspace")
    if chance.random() < 0.9:
        obj["status"] = _some(
            chance,
            observedGeneration=lambda: _observed(chance, obj),
            conditions=lambda: _conditions(chance, ("Ready", "Stalled", "Ready", "Odd")),
            address=lambda: "shop-workspace.prod:50051",
        )
    return obj


def _update(chance: Random) -> Obj:
    obj = _base(chance, "auto.pulumi.com/v1alpha1", "Update")
    obj["spec"] = _some(chance, type=lambda: chance.choice(["up", "destroy", "", "u" * 600]), stackName=lambda: "dev")
    if chance.random() < 0.9:
        obj["status"] = _some(
            chance,
            observedGeneration=lambda: _observed(chance, obj),
            conditions=lambda: _conditions(chance, ("Progressing", "Failed", "Complete", "Odd")),
            permalink=lambda: chance.choice(["", _LINK, "l" * 600]),
            message=lambda: "what Pulumi printed",
        )
    return obj


_MAKERS: tuple[Callable[[Random], Obj], ...] = (_stack, _stack, _stack, _program, _workspace, _update)


def _base(chance: Random, version: str, kind: str) -> Obj:
    metadata: Obj = {"name": "shop", "namespace": "prod", "generation": chance.choice([1, 1, 1, 2, 3])}
    metadata |= _some(
        chance,
        annotations=lambda: (
            {"pulumi.com/reconciliation-request": chance.choice(["", "now", "later"])}
            if chance.random() < 0.3
            else {"team": "infra"}
        ),
        finalizers=lambda: chance.sample(_FINALIZERS, chance.randint(0, 4)),
        labels=lambda: {"team": "infra"},
    )
    if chance.random() < 0.2:
        metadata["deletionTimestamp"] = "2026-11-23T18:38:00Z"
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _observed(chance: Random, obj: Obj) -> int:
    """Mostly what it should be."""
    return int(obj["metadata"]["generation"]) if chance.random() < 0.8 else chance.randint(0, 3)


def _conditions(chance: Random, kinds: tuple[str, ...]) -> list[Obj]:
    return [
        {
            "type": chance.choice(kinds),
            "status": chance.choice(["True", "True", "True", "False", "Unknown"]),
            "reason": chance.choice(_REASONS),
            "message": chance.choice(_MESSAGES),
            "lastTransitionTime": chance.choice(_TIMES),
        }
        for _ in range(chance.randint(0, 4))
    ]


def _some(chance: Random, **fields: Callable[[], Any]) -> Obj:
    return {name: make() for name, make in fields.items() if chance.random() < 0.85}


def _wrecked(chance: Random, value: Any, often: float) -> Any:
    """The same with some values replaced by anything; the kind itself is kept."""
    if isinstance(value, dict):
        kept = ("apiVersion", "kind")
        return {key: item if key in kept else _wrecked_item(chance, item, often) for key, item in value.items()}
    if isinstance(value, list):
        return [_wrecked_item(chance, item, often) for item in value]
    return value


def _wrecked_item(chance: Random, value: Any, often: float) -> Any:
    return _anything(chance, 2) if chance.random() < often else _wrecked(chance, value, often)


def _anything(chance: Random, depth: int) -> Any:
    match chance.randint(0, 7 if depth else 4):
        case 0:
            return None
        case 1:
            return chance.random() < 0.5
        case 2:
            return chance.choice(_NUMBERS)
        case 3 | 4:
            return chance.choice(_TEXTS)
        case 5:
            return [_anything(chance, depth - 1) for _ in range(chance.randint(0, 4))]
        case _:
            keys = ("type", "status", "1", "name", "generation")
            return {chance.choice(keys): _anything(chance, depth - 1) for _ in range(chance.randint(0, 4))}
