"""Servers and clients for the tests of the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from demo.server.api_server import ApiServer
from support.waiting import LIMIT


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT)) as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        yield running
