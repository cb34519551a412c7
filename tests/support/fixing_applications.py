"""Fixes of Applications in tests: one as the target of a plan, and served where the plan is carried out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from actions import runner
from actions.applications.diagnosed_application import ApplicationRequest, DiagnosedApplication
from actions.plan import Plan, Planned
from actions.record import ActionRecord
from actions.workflow import ChangeKind, ChangeTask
from cluster.apply import WriteRequest, send
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.applications import ARGOCD, NAME, Obj, application, stack_resource
from support.fixing import QUICK
from support.scenes import CONTEXT, Scene, diagnosis_of

AppChange = ChangeKind[DiagnosedApplication, ApplicationRequest]
AppTask = ChangeTask[DiagnosedApplication, ApplicationRequest]

MARK = "pko-argo-20261123T184249.000Z"
PATH = f"/apis/argoproj.io/v1alpha1/namespaces/{ARGOCD}/applications/{NAME}"
KEY = Key(CONTEXT, ARGOCD, NAME)
HELD = Key(CONTEXT, "shop", "web")
OUR_OPERATION = {"initiatedBy": {"username": "pko-argo"}, "info": [{"name": "pko-argo", "value": MARK}], "sync": {}}


def out_of_sync() -> Obj:
    """An Application with two Stacks, one of which isn't as Git has it."""
    now = float(int(time.time()))
    stacks = [stack_resource("shop", "web", status="OutOfSync"), stack_resource("shop", "cache")]
    app = application(now, *stacks)
    app["metadata"]["resourceVersion"] = "41"
    app["status"]["sync"]["status"] = "OutOfSync"
    app["spec"]["syncPolicy"] = {
        "syncOptions": ["CreateNamespace=true"],
        "retry": {"limit": 2, "backoff": {"duration": "5s"}},
    }
    return app


def app_target(app: Obj, **more: Any) -> DiagnosedApplication:
    """It as the target of a fix; `more` are fields such as `rights` and `stack`."""
    now = time.time()
    return DiagnosedApplication(KEY, diagnosis_of(Scene("made up", now, [app])), time.time, **more)


def app_planned(change: AppChange, app: Obj, *, asked: Obj | None = None, **more: Any) -> Planned:
    """What is planned for it; `asked` are fields of the request."""
    request = ApplicationRequest(value=MARK, **(asked or {}))
    return change.plan(app_target(app, **more), request, ActionRecord(Path("/nowhere")))


def app_plan(change: AppChange, app: Obj, *, asked: Obj | None = None, **more: Any) -> Plan:
    """The plan for one for which there is one."""
    found = app_planned(change, app, asked=asked, **more)
    assert isinstance(found, Plan), found
    return found


def only_body(plan: Plan) -> Any:
    """What the plan's one request says."""
    [request] = plan.requests
    assert isinstance(request, WriteRequest)
    assert request.path == PATH
    return json.loads(request.body)


def serve_app(server: ApiServer, app: Obj) -> None:
    metadata = {name: value for name, value in app["metadata"].items() if name != "resourceVersion"}
    server.store.put({**app, "metadata": metadata})


async def app_task(
    change: AppChange, app: Obj, server: ApiServer, connection: Connection, folder: Path, **asked: Any
) -> tuple[AppTask, Plan]:
    """A fix of it, served and looked at through the connection, and its plan."""
    serve_app(server, app)
    target = await change.read(connection, app_target(app))
    request = ApplicationRequest(value=MARK, **asked)
    task = ChangeTask(change, target, request, ActionRecord(folder), {CONTEXT: connection}, timing=QUICK)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    return task, plan


def served_app(server: ApiServer) -> Obj:
    found = server.store.get("Application", ARGOCD, NAME)
    assert found is not None
    return found


def tell(server: ApiServer, phase: str, message: str, *, results: list[Obj] | None = None, **more: Any) -> None:
    """Write the state of the operation that is asked for, as Argo CD does, and take the operation away at its end."""
    app = served_app(server)
    asked = app.get("operation") or app["status"]["operationState"]["operation"]
    state = {"phase": phase, "message": message, "operation": asked, "startedAt": rfc3339(time.time()), **more}
    if phase not in ("Running", "Terminating"):
        state["finishedAt"] = rfc3339(time.time())
        app.pop("operation", None)
    state["syncResult"] = {"revision": "9f0c2f1", "resources": results or []}
    app["status"]["operationState"] = state
    server.store.put(app)


def hang_up_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent is done, and no answer comes."""

    async def send_without_answer(connection: Connection, request: WriteRequest) -> Obj:
        await send(connection, request)
        raise Unreachable("the connection was closed")

    monkeypatch.setattr(runner, "send", send_without_answer)
