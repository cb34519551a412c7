"""A server with an Argo CD, and a connection to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.http.connection import Connection
from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from support.argocds import config_map, put_argo_cd
from support.program import write


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        put_argo_cd(running, config_map({"url": "https://argo.example"}))
        yield running


@pytest.fixture
async def connection(server: ApiServer, tmp_path: Path) -> AsyncIterator[Connection]:
    path = write(tmp_path / "kubeconfig", server.kubeconfig("lab"))
    opened = Connection(load(str(path), {}).target("lab"))
    yield opened
    await opened.close()
