"""Argo CDs are looked at while somebody follows them: shared, kept when a cluster goes, understood once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from demo.server.api_server import ApiServer
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.fleets import watching
from support.waiting import eventually


@pytest.fixture
async def server():
    async with ApiServer() as made:
        put_argo_cd(made, config_map({}))
        yield made


async def test_what_was_seen_stays_when_the_cluster_goes_and_says_why() -> None:
    up = AsyncExitStack()
    server = await up.enter_async_context(ApiServer())
    put_argo_cd(server, config_map({}))
    async with watching(server) as fleet:
        following = asyncio.create_task(fleet.instance_watch.follow(lambda: ["lab"]))
        await eventually(lambda: fleet.instance_watch.instance("lab", "argocd"))
        await up.aclose()
        fleet.instance_watch.refresh("lab")
        glance = await eventually(lambda: (g := fleet.instance_watch.seen("lab")) is not None and g.why and g)
        assert [str(one.instance) for one in glance.known] == ["lab/argocd"]
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def test_nobody_asks_while_nobody_follows_and_what_is_the_same_is_not_worked_out_again(server: ApiServer) -> None:
    async with watching(server) as fleet:
        await eventually(lambda: fleet.connection("lab"))
        looking = fleet.instance_watch
        assert looking.seen("lab") is None and looking.version == 0
        following = asyncio.create_task(looking.follow(lambda: ["lab"]))
        first = await eventually(lambda: looking.instance("lab", "argocd"))
        version = looking.version
        looking.refresh()
        await eventually(lambda: looking.version > version)
        assert looking.instance("lab", "argocd") is first
        put_argo_cd(server, config_map({STACK: OURS}))
        looking.refresh("lab")
        await eventually(lambda: (known := looking.instance("lab", "argocd")) and known.checks[0].origin == "ours")
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
