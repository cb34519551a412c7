"""What changes of an Application stand on: operations that test that there is none, or that there is one."""

from __future__ import annotations

from typing import Any

import pytest

from contract.api import JSON, Api

Obj = dict[str, Any]
RUNNING = {"phase": "Running", "startedAt": "2026-11-23T18:42:49Z", "operation": {"sync": {}}}


async def made(api: Api, **more: Any) -> Obj:
    spec = {
        "project": "default",
        "source": {"repoURL": "https://git.example.com/a.git", "path": "a", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "a"},
    }
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": spec}
    return await api.make(api.apps(), body | more)


async def patched(api: Api, *operations: Obj) -> tuple[int, Obj]:
    return await api.patch(api.apps("a"), list(operations), JSON)


async def test_an_operation_is_put_there_once_and_not_over_another(api: Api) -> None:
    await made(api)
    none = {"op": "test", "path": "/operation", "value": None}
    code, found = await patched(api, none, {"op": "add", "path": "/operation", "value": {"sync": {"prune": False}}})
    assert code == 200
    assert found["operation"] == {"sync": {"prune": False}}
    code, status = await patched(api, none, {"op": "add", "path": "/operation", "value": {"sync": {"prune": True}}})
    assert (code, status["reason"]) == (422, "Invalid")


@pytest.mark.parametrize("asked", [None, {"username": "ada"}])
async def test_who_asked_for_an_operation_is_told_of_one_that_is_there_and_of_no_other(
    api: Api, asked: Obj | None
) -> None:
    """A test for null holds only where what would hold the field is there."""
    operation: Obj = {"sync": {}} | ({"initiatedBy": asked} if asked is not None else {})
    state = {"status": {"operationState": RUNNING | {"operation": operation}}}
    await made(api, operation=operation, **state)
    ends = (
        {"op": "test", "path": "/operation/initiatedBy", "value": asked},
        {"op": "test", "path": "/status/operationState/phase", "value": "Running"},
        {"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"},
    )
    code, found = await patched(api, *ends)
    assert code == 200
    assert found["status"]["operationState"]["phase"] == "Terminating"

    code, _ = await patched(
        api,
        {"op": "remove", "path": "/operation"},
        {"op": "replace", "path": "/status/operationState/phase", "value": "Running"},
    )
    assert code == 200
    code, _ = await patched(api, *ends)
    assert code == 422


async def test_the_state_of_an_operation_is_taken_away_by_a_patch_of_the_application_itself(api: Api) -> None:
    await made(api, status={"operationState": RUNNING, "reconciledAt": "2026-11-23T18:42:49Z"})
    code, found = await patched(api, {"op": "remove", "path": "/status/operationState"})
    assert code == 200
    assert "operationState" not in found["status"]
