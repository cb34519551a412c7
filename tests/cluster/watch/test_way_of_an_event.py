"""How many asynchronous generators an event passes on its way from the socket to the board.

Each of them costs every event something, and each is one more place where a cancelled reader has to clean up.
"""

from __future__ import annotations

import asyncio
import inspect
from contextlib import nullcontext
from types import TracebackType
from typing import Any

import pytest

from cluster.decoding.decoder import Decoder
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from fleet.board.board import Board
from fleet.feeds.context_feed import ContextFeed
from fleet.scope import WatchScope
from support.objects import stack_object
from support.waiting import LIMIT, eventually

MOST = 3


class DecoderFailed(Exception):
    """Nobody on the way expects it, so it comes out at the other end with the whole way in its traceback."""


def generators(traceback: TracebackType | None) -> list[str]:
    """The asynchronous generators among the frames."""
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_flags & inspect.CO_ASYNC_GENERATOR:
            found.append(code.co_qualname)
        traceback = traceback.tb_next
    return found


class Opener:
    """Opens one connection, to a server without a kubeconfig."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def open(self, context: str) -> Connection:
        return self.connection


async def failure_of_the_feed(connection: Connection) -> DecoderFailed:
    """What the board's own feed of a context ends with."""
    board = Board()
    board.open("test")
    feed = ContextFeed("test", Opener(connection), board, WatchScope(), clock=lambda: 0.0)  # type: ignore[arg-type]
    with pytest.raises(BaseExceptionGroup) as caught:
        await asyncio.wait_for(feed.run(), LIMIT)
    failed = caught.value.subgroup(DecoderFailed)
    assert failed is not None
    error = failed.exceptions[0]
    assert isinstance(error, DecoderFailed)
    return error


def fail(*_: Any) -> Any:
    raise DecoderFailed


@pytest.mark.parametrize(
    ("compress", "stage"),
    [(True, "page"), (True, "events"), (False, "events")],
    ids=["a list in pages", "a watch", "a list as a watch"],
)
async def test_an_event_passes_at_most_three_asynchronous_generators(
    server: ApiServer, connect: Any, monkeypatch: pytest.MonkeyPatch, compress: bool, stage: str
) -> None:
    server.store.put(stack_object("web", "shop"))
    connection = connect(server.url, compress=compress)
    monkeypatch.setattr(Decoder, stage, fail)
    monkeypatch.setattr("fleet.feeds.context_feed.contained", lambda tell: nullcontext())
    running = asyncio.ensure_future(failure_of_the_feed(connection))
    if compress and stage == "events":
        await eventually(lambda: server.open_streams == 2)
        server.store.put(stack_object("web", "shop", metadata={"labels": {"a": "b"}}))
    passed = generators((await running).__traceback__)
    assert 1 <= len(passed) <= MOST, passed
