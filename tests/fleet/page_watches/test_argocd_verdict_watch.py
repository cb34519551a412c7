"""What Argo CD makes of a Stack is asked when something is new, and not all the time that a page is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.page_watches.argocd_verdict_watch import ArgoCDVerdictWatch
from support.argocds import config_map, put_argo_cd
from support.fleets import watching
from support.objects import stack_object
from support.waiting import eventually

KEY = Key("lab", "prod", "shop")
APPLICATION: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "status": {"resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}]},
}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("shop", metadata={"annotations": {
            "argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:prod/shop"}}))  # fmt: skip
        made.store.put(APPLICATION)
        put_argo_cd(made, config_map({"url": "https://argo"}))
        yield made


class Seen:
    """A fleet as the page sees it, with a board that may lag behind, and a count of the looks at it."""

    def __init__(self, fleet: Fleet) -> None:
        self.board = SimpleNamespace(
            stacks=dict(fleet.board.stacks), app=fleet.board.app, contexts=fleet.board.contexts
        )
        self.instance_watch = fleet.instance_watch
        self.looks = 0
        self._fleet = fleet

    def connection(self, context: str) -> Connection | None:
        self.looks += 1
        return self._fleet.connection(context)

    def catch_up(self) -> None:
        self.board.stacks = self._fleet.board.stacks

    async def passes(self, count: int = 20) -> None:
        """So many looks at it pass."""
        until = self.looks + count
        await eventually(lambda: self.looks >= until)


@asynccontextmanager
async def followed(
    fleet: Fleet, pause: float, before: Callable[[], object] = lambda: None
) -> AsyncIterator[tuple[ArgoCDVerdictWatch, Seen]]:
    await eventually(lambda: KEY in fleet.board.stacks and fleet.board.stacks[KEY].holder is not None)
    seen = Seen(fleet)
    before()
    opinions = ArgoCDVerdictWatch(cast("Fleet", seen), KEY, every=0.005, pause=pause)
    task = asyncio.ensure_future(opinions.run())
    try:
        yield opinions, seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def gets(server: ApiServer) -> int:
    return sum(each.path.endswith("/stacks/shop") for each in server.requests)


def forbid_gets(server: ApiServer) -> None:
    others = ("applications", "configmaps", "deployments", "statefulsets", "pods", "updates", "namespaces")
    rules = AccessRule(verbs=READ, resources=others), AccessRule(verbs=("list", "watch"), resources=("stacks",))
    server.access.grant("viewer", "viewer", *rules)


async def test_a_refusal_is_not_asked_again_at_once(server: ApiServer) -> None:
    forbid_gets(server)
    async with watching(server, token="viewer") as fleet, followed(fleet, pause=60.0) as (opinions, seen):
        await eventually(lambda: "forbidden" in opinions.why_not)
        before = opinions.version
        await seen.passes()
        assert (gets(server), opinions.version) == (1, before)


async def test_after_a_pause_a_refusal_is_asked_again(server: ApiServer) -> None:
    forbid_gets(server)
    async with watching(server, token="viewer") as fleet, followed(fleet, pause=0.05) as (opinions, _):
        await eventually(lambda: gets(server) > 2)
        server.access.grant("viewer", "viewer", AccessRule(verbs=READ))
        await eventually(lambda: opinions.of(fleet.board.stacks[KEY]) is not None)
        assert opinions.why_not == ""


def change(server: ApiServer) -> None:
    found = server.store.get("Stack", "prod", "shop")
    assert found is not None
    server.store.put(found | {"spec": {"stack": "acme/shop/new"}})


async def test_a_board_that_lags_behind_is_waited_for(server: ApiServer) -> None:
    async with watching(server) as fleet, followed(fleet, 60.0, lambda: change(server)) as (opinions, seen):
        await eventually(lambda: opinions.version > 0 and gets(server))
        before = opinions.version
        await seen.passes()
        assert (gets(server), opinions.version) == (1, before)
        assert opinions.of(seen.board.stacks[KEY]) is None
        seen.catch_up()
        await eventually(lambda: opinions.of(fleet.board.stacks[KEY]) is not None)


async def test_the_same_answer_is_no_news(server: ApiServer) -> None:
    async with watching(server) as fleet, followed(fleet, 0.01, lambda: change(server)) as (opinions, _):
        await eventually(lambda: gets(server) > 1)
        before = opinions.version
        await eventually(lambda: gets(server) > 4)
        assert opinions.version == before
