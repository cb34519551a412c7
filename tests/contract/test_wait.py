"""``wait`` follows a server: what somebody writes into a Stack, also by its status's own door, ends the wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from contract.api import Api
from contract.api import kubeconfig as kubeconfig
from stacks.records.base import REQUEST
from support.program import run, running
from support.waiting import LIMIT

Obj = dict[str, Any]
COMMIT = "76888936804925f9874499e1a9b84e2267976da1"
FINALIZER = "finalizer.stack.pulumi.com"


def condition(kind: str, reason: str, status: str = "True") -> Obj:
    times = {"lastTransitionTime": "2026-11-23T18:24:14Z", "message": reason}
    return {"type": kind, "status": status, "reason": reason, **times}


READY = [condition("Ready", "ProcessingCompleted")]
WORKING = [condition("Ready", "NotReadyInProgress", "False"), condition("Reconciling", "StackProcessing")]


def last(generation: int, request: str, state: str = "succeeded") -> Obj:
    succeeded = {"lastSuccessfulCommit": COMMIT} if state == "succeeded" else {}
    return {
        "name": "queue-1a209a6aa5a",
        "generation": generation,
        "reconcileRequest": request,
        "type": "up",
        "state": state,
        "lastAttemptedCommit": COMMIT,
        "lastResyncTime": "2026-11-23T18:24:14Z",
        **succeeded,
    }


async def write_status(api: Api, **status: Any) -> None:
    code, answer = await api.patch(api.stacks("queue", "status"), {"status": status})
    assert code == 200, answer


async def delete(api: Api) -> None:
    assert (await api.delete(api.stacks("queue")))[0] == 200
    code, answer = await api.patch(api.stacks("queue"), {"metadata": {"finalizers": None}})
    assert code == 200, answer


@pytest.fixture
async def queue(api: Api) -> AsyncIterator[Obj]:
    """The Stack queue with a new spec and a request, which the operator has seen and works on."""
    await api.make_stack("queue", finalizers=[FINALIZER], annotations={REQUEST: "please"})
    code, made = await api.patch(api.stacks("queue"), {"spec": {"branch": "next"}})
    assert code == 200, made
    assert made["metadata"]["generation"] == 2
    await write_status(
        api, observedGeneration=2, observedReconcileRequest="please", conditions=WORKING, lastUpdate=last(1, "")
    )
    yield made
    if (await api.get(api.stacks("queue")))[0] == 200:
        await delete(api)


@asynccontextmanager
async def waiting(api: Api, kubeconfig: Path, wanted: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A wait for queue that has begun, and said that it isn't there yet."""
    flags = ("-n", api.namespace, "--for", wanted, "--timeout", f"{LIMIT:.0f}")
    async with running(kubeconfig, "wait", "queue", *flags) as process:
        assert process.stderr is not None
        async with asyncio.timeout(LIMIT):
            line = (await process.stderr.readline()).decode()
        assert line.startswith(f"lab/{api.namespace}/queue: "), line
        yield process


async def ready(api: Api) -> None:
    await write_status(api, conditions=READY)


async def updated(api: Api) -> None:
    await write_status(api, conditions=READY, lastUpdate=last(2, "please"))


async def reconciled(api: Api) -> None:
    await write_status(api, lastUpdate=last(2, "please", "failed"))


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(
    ("wanted", "write"),
    [("ready", ready), ("healthy", ready), ("updated", updated), ("reconciled", reconciled), ("deleted", delete)],
)
async def test_what_is_written_ends_the_wait(
    api: Api, kubeconfig: Path, wanted: str, write: Callable[[Api], Awaitable[None]]
) -> None:
    async with waiting(api, kubeconfig, wanted) as process:
        await write(api)
        async with asyncio.timeout(LIMIT):
            out, _ = await process.communicate()
    assert (process.returncode, out.decode()) == (0, f"lab/{api.namespace}/queue: condition met\n")
    again = await run(kubeconfig, "wait", "queue", "-n", api.namespace, "--for", wanted, "--timeout", "0")
    assert (again.code, again.out) == (0, f"lab/{api.namespace}/queue: condition met\n")


@pytest.mark.usefixtures("queue")
async def test_one_that_goes_is_not_to_be_expected(api: Api, kubeconfig: Path) -> None:
    async with waiting(api, kubeconfig, "ready") as process:
        await delete(api)
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    assert (process.returncode, out) == (3, b"")
    assert err.decode().endswith(f"error: lab/{api.namespace}/queue: won't be ready: it was deleted\n")


@pytest.mark.usefixtures("queue")
async def test_when_the_time_is_up_it_says_how_far_it_is(api: Api, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "wait", "queue", "-n", api.namespace, "--for", "updated", "--timeout", "0")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith(f"error: lab/{api.namespace}/queue: ")
    nosuch = await run(kubeconfig, "wait", "nosuch", "-n", api.namespace, "--for", "ready")
    assert (nosuch.code, nosuch.out) == (1, "")
    assert nosuch.err.startswith('error: stack "nosuch" not found')
