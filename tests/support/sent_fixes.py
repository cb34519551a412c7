"""Fixes that are sent to a server of a contract test: looked at, planned and carried out over a connection of ours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from actions.applications.diagnosed_application import DiagnosedApplication
from actions.plan import Plan
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.workflow import ChangeKind, ChangeRequest, ChangeResult, ChangeTask
from cluster.http.connection import Connection
from cluster.target import KubeconfigUser, Target
from contract.api import Api
from diagnosis.reading.diagnosed_applications import diagnose_applications
from diagnosis.reading.diagnosed_contexts import diagnose_connected
from fleet.clock import Clock, wall_clock
from fleet.scope import WatchScope
from stacks.records.base import REQUEST
from stacks.times import rfc3339
from support.fixing import QUICK, VALUE, carried_out
from support.gateway import Gateway, gateway
from support.scenes import Scene
from support.waiting import eventually
from support.written_scenes import WrittenScene, written

CONTEXT = "lab"
STACK = "/apis/pulumi.com/v1/namespaces/{}/stacks/{}"
UPDATE = "/apis/auto.pulumi.com/v1alpha1/namespaces/{}/updates/{}"
POD = "/api/v1/namespaces/{}/pods/{}"
Obj = dict[str, Any]


@dataclass
class Fixer:
    """Somebody who fixes: a connection, and the folder with the record of what was sent."""

    connection: Connection
    folder: Path
    clock: Clock = wall_clock

    async def look(
        self, change: ChangeKind[DiagnosedStack, FixRequest], namespace: str, name: str, **asked: Any
    ) -> ChangeTask[DiagnosedStack, FixRequest]:
        """A fix of the Stack, looked at as a verb does that names it."""
        scope = WatchScope((namespace,))
        found = await diagnose_connected({CONTEXT: self.connection}, scope, [name], self.clock)
        (key,) = found.asked
        target = DiagnosedStack(key, found.diagnosis, scope, self.clock)
        assert change.prepare is not None
        target = await change.prepare(self.connection, target)
        return self._task(change, target, FixRequest(**{"value": VALUE} | asked))

    async def look_at_application(
        self, change: ChangeKind[DiagnosedApplication, Any], namespace: str, name: str, request: ChangeRequest
    ) -> ChangeTask[DiagnosedApplication, Any]:
        """A change of the Application, looked at as a verb does that names it."""
        found = await diagnose_applications({CONTEXT: self.connection}, WatchScope((namespace,)), [name], self.clock)
        (key,) = found.asked
        target = DiagnosedApplication(key, found.diagnosis, self.clock)
        assert change.prepare is not None
        return self._task(change, await change.prepare(self.connection, target), request)

    def _task(self, change: ChangeKind[Any, Any], target: Any, request: Any) -> ChangeTask[Any, Any]:
        record = ActionRecord(self.folder)
        timing = replace(QUICK, effect_timeout=30.0)
        return ChangeTask(change, target, request, record, {CONTEXT: self.connection}, timing=timing)


@pytest.fixture(autouse=True)
def quiet_containers(api: Api) -> Iterator[None]:
    """Nothing of pulumi's runs in any pod, whatever runs on this machine."""
    if api.kubelet is not None:
        api.kubelet.put_program("sh", "echo tini; echo agent")
    yield
    if api.kubelet is not None:
        api.kubelet.put_program("sh", 'exec /bin/sh "$@"')


@asynccontextmanager
async def fixer(api: Api, folder: Path, url: str = "", token: str = "") -> AsyncIterator[Fixer]:
    """Somebody with this token, by default who may do everything, at this URL, by default the server's own."""
    user = KubeconfigUser(token=token or api.token)
    target = Target(CONTEXT, url or api.url, insecure_skip_tls_verify=True, user=user)
    connection = Connection(target, environ={})
    try:
        yield Fixer(connection, folder)
    finally:
        await connection.close()


def plan_now(task: ChangeTask[Any, Any]) -> Plan:
    """The plan of a task for which there is one."""
    found = task.plan()
    assert isinstance(found, Plan), found
    return found


async def heal(api: Api, path: str, value: str = VALUE, **more: Any) -> None:
    """What the operator writes into a Stack when the run that was asked for with this value has succeeded."""
    now = rfc3339(time.time())
    last = {
        "lastResyncTime": now,
        "name": "made-1a2",
        "state": "succeeded",
        "type": "up",
        "generation": 1,
        "reconcileRequest": value,
    }
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "ProcessingCompleted",
        "message": "",
        "lastTransitionTime": now,
    }
    status = {"lastUpdate": last | more, "conditions": [ready], "observedReconcileRequest": value}
    code, answer = await api.patch(f"{path}/status", {"status": status})
    assert code == 200, answer


class Sent:
    """A scene on the server, somebody who fixes it over a gateway, and what the operator does then."""

    def __init__(self, api: Api, there: WrittenScene, gate: Gateway, who: Fixer, namespace: str, name: str) -> None:
        self.asked = ""
        self.api, self.there, self.gate, self.who = api, there, gate, who
        self.namespace, self.name = namespace, name
        self.path = STACK.format(namespace, name)

    async def look(self, change: ChangeKind[DiagnosedStack, FixRequest], **asked: Any) -> ChangeTask[Any, Any]:
        return await self.who.look(change, self.namespace, self.name, **asked)

    async def stack(self) -> Obj:
        return await read(self.api, self.path)

    async def carried_out(self, task: ChangeTask[Any, Any]) -> tuple[list[str], ChangeResult]:
        """Carry out what is planned, with an operator that makes a run of what it is asked for."""
        plan = plan_now(task)
        operator = asyncio.create_task(self.play())
        try:
            return await carried_out(task, plan)
        finally:
            if operator.done():
                operator.result()
            operator.cancel()

    async def play(self) -> None:
        """What the operator does when a run is asked for, once it waits for none."""

        async def asked() -> str:
            found = await self.stack()
            value = str(found["metadata"].get("annotations", {}).get(REQUEST, ""))
            return "" if "currentUpdate" in found.get("status", {}) or value == self.asked else value

        await heal(self.api, self.path, await eventually(asked))

    async def patch(self, patch: Any, sub: str = "", **query: str) -> None:
        path = f"{self.path}/{sub}" if sub else self.path
        code, answer = await self.api.patch(path, patch, **query)
        assert code == 200, answer


async def read(api: Api, path: str) -> Obj:
    code, found = await api.get(path)
    assert code == 200, found
    return found


async def is_gone(api: Api, path: str) -> bool:
    return (await api.get(path))[0] == 404


@asynccontextmanager
async def sent(api: Api, folder: Path, scene: Scene, name: str) -> AsyncIterator[Sent]:
    """A scene on the server, and somebody who fixes its Stack of this name."""
    recorded = scene.object("Stack", name)["metadata"]["namespace"]
    async with (
        written(api, scene) as there,
        gateway(api.session, api.url) as gate,
        fixer(api, folder, gate.url) as who,
    ):
        on = Sent(api, there, gate, who, there.namespaces[recorded], name)
        on.asked = (await on.stack())["metadata"].get("annotations", {}).get(REQUEST, "")
        yield on


async def end_pod(api: Api, path: str) -> None:
    """What the node does with a pod that is deleted: it ends its containers, and lets it go."""

    async def gone() -> bool:
        code, found = await api.get(path)
        if code == 200 and "deletionTimestamp" in found["metadata"]:
            await api.delete(path, {"gracePeriodSeconds": 0})
        return code == 404

    await eventually(gone)
