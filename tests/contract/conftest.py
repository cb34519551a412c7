"""The servers the contract holds for: the demo's always, a real kube-apiserver if one is named.

PKO_ARGO_E2E_URL, PKO_ARGO_E2E_CA and PKO_ARGO_E2E_TOKEN name it; the operators' CRDs must be installed there.
"""

from __future__ import annotations

import os
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from contract.api import Api
from contract.kubelets import Played
from demo.server.api_server import ApiServer
from demo.server.served_kinds import ARGOCDS, KINDS
from support.changing import health as health
from support.waiting import LIMIT

REAL = os.environ.get("PKO_ARGO_E2E_URL", "")


@pytest.fixture(params=["demo", *(["real"] if REAL else [])])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    """A client of one server, with a namespace of its own in it."""
    async with AsyncExitStack() as stack:
        if request.param == "demo":
            server = await stack.enter_async_context(ApiServer((*KINDS, ARGOCDS), bookmark_every=1.0))
            api = Api(server.url, None, "", server, Played(server))
        else:
            context = ssl.create_default_context(cafile=os.environ["PKO_ARGO_E2E_CA"])
            api = Api(REAL, context, os.environ["PKO_ARGO_E2E_TOKEN"])
        api.session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=api.ssl or True),
                headers={"Authorization": f"Bearer {api.token}"} if api.token else {},
                timeout=aiohttp.ClientTimeout(total=LIMIT),
            )
        )
        api.namespace = f"contract-{secrets.token_hex(4)}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": api.namespace}}
        code, _ = await api.post("/api/v1/namespaces", body)
        assert code == 201
        yield api
        await api.delete(f"/api/v1/namespaces/{api.namespace}")
