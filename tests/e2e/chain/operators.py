"""A player of the Pulumi Kubernetes Operator: it saves on Stacks what a real one was seen to save, when told to."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from contract.api import JSON, MERGE, Api
from support.recorded import situations
from support.waiting import eventually

Obj = dict[str, Any]

FINALIZER = "finalizer.stack.pulumi.com"
APPLIED_WITHIN = 60.0


def recorded(situation: str) -> Obj:
    """The status that PKO 2.9 left in the situation of this number."""
    [found] = [one for one in situations() if one.name.startswith(f"{situation}-")]
    return copy.deepcopy(found.stack["status"])


def retried_for_ever(situation: str, failures: int) -> Obj:
    """What was recorded of a failure, as PKO 2.7 goes on with it: it counts, and never gives up."""
    status = recorded(situation)
    status["lastUpdate"]["failures"] = failures
    for condition in status["conditions"]:
        if condition["type"] == "Reconciling":
            condition["message"] = f"{failures} update failure(s)"
    return status


def given_up(situation: str) -> Obj:
    """What was recorded of a first failure, as PKO 2.9 gives up after the third."""
    status = retried_for_ever(situation, 3)
    operation = status["lastUpdate"]["type"]
    stalled = recorded("02d")
    for condition in stalled["conditions"]:
        condition["message"] = condition["message"].replace("up failed", f"{operation} failed")
    return status | {"conditions": stalled["conditions"]}


@dataclass(frozen=True)
class Operator:
    """It looks at the Stacks of the client's namespace."""

    api: Api

    async def saves(self, name: str, status: Obj) -> None:
        """As soon as the Stack is there, hold it with the finalizer as PKO does, and save this status."""
        found = await eventually(lambda: self.stack(name), timeout=APPLIED_WITHIN, every=0.05)
        if FINALIZER not in found["metadata"].get("finalizers", ()) and "deletionTimestamp" not in found["metadata"]:
            await self._patch(self.api.stacks(name), {"metadata": {"finalizers": [FINALIZER]}}, MERGE)
        value = for_generation(status, found["metadata"]["generation"])
        await self._patch(self.api.stacks(name, "status"), [{"op": "add", "path": "/status", "value": value}], JSON)

    async def lets_go(self, name: str) -> None:
        """What was destroyed needs no Stack any more."""
        await self._patch(self.api.stacks(name), {"metadata": {"finalizers": None}}, MERGE)

    async def stack(self, name: str) -> Obj | None:
        code, found = await self.api.get(self.api.stacks(name))
        return found if code == 200 else None

    async def _patch(self, path: str, body: Any, how: str) -> None:
        code, answer = await self.api.patch(path, body, how)
        assert code == 200, answer


def for_generation(status: Obj, generation: int) -> Obj:
    """The status for a Stack that has been edited oftener: what is about its newest generation stays about that.

    A 0 stays: it is what PKO saves of the first run.
    """
    newest = max((part.get("generation", 0) for part in _updates(status)), default=0)
    adapted = copy.deepcopy(status)
    for part in _updates(adapted):
        part["generation"] = generation if part.get("generation") == newest else max(generation - 1, 1)
    if adapted.get("observedGeneration"):
        adapted["observedGeneration"] = generation
    return adapted


def _updates(status: Obj) -> list[Obj]:
    return [status[name] for name in ("currentUpdate", "lastUpdate") if status.get(name)]
