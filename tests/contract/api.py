"""Plain HTTP to an API server, as short as tests want it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contract.kubelets import Kubelet
from demo.server.api_server import ApiServer
from support.waiting import LIMIT

Obj = dict[str, Any]

MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@dataclass
class Api:
    """`demo` is the server itself where it is the demo's, for what can't be asked for over HTTP.

    `kubelet` is what runs pods; None where nothing does. `viewer` is the token of a user who has no rights.
    """

    url: str
    ssl: ssl.SSLContext | None
    token: str
    demo: ApiServer | None = None
    kubelet: Kubelet | None = None
    viewer: str = ""
    namespace: str = ""
    session: aiohttp.ClientSession = field(init=False)

    def stacks(self, name: str = "", sub: str = "") -> str:
        return self._path("/apis/pulumi.com/v1", "stacks", name, sub)

    def apps(self, name: str = "") -> str:
        return self._path("/apis/argoproj.io/v1alpha1", "applications", name)

    def configmaps(self, name: str = "") -> str:
        return self._path("/api/v1", "configmaps", name)

    def pods(self, name: str = "", sub: str = "") -> str:
        return self._path("/api/v1", "pods", name, sub)

    def _path(self, root: str, plural: str, name: str, sub: str = "") -> str:
        parts = [f"{root}/namespaces/{self.namespace}/{plural}", name, sub]
        return "/".join(part for part in parts if part)

    async def request(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: str
    ) -> tuple[int, Obj]:
        data = json.dumps(body) if body is not None else None
        sent = {"Content-Type": "application/json"} | (headers or {})
        async with self.session.request(method, self.url + path, data=data, headers=sent, params=query) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.content_type == "application/json" else {"text": text}

    async def get(self, path: str, *, accept: str = "application/json", **query: str) -> tuple[int, Obj]:
        return await self.request("GET", path, headers={"Accept": accept}, **query)

    async def post(self, path: str, body: Obj, **query: str) -> tuple[int, Obj]:
        return await self.request("POST", path, body, **query)

    async def put(self, path: str, body: Obj, **query: str) -> tuple[int, Obj]:
        return await self.request("PUT", path, body, **query)

    async def patch(self, path: str, body: Any, how: str = MERGE, **query: str) -> tuple[int, Obj]:
        return await self.request("PATCH", path, body, headers={"Content-Type": how}, **query)

    async def delete(self, path: str, options: Obj | None = None) -> tuple[int, Obj]:
        return await self.request("DELETE", path, options)

    async def make(self, path: str, body: Obj) -> Obj:
        code, made = await self.post(path, body)
        assert code == 201, made
        return made

    async def make_stack(self, name: str, **metadata: Any) -> Obj:
        return await self.make(self.stacks(), stack(name, **metadata))

    async def version(self) -> str:
        """A resourceVersion of now."""
        _, found = await self.get(self.stacks())
        return str(found["metadata"]["resourceVersion"])

    @asynccontextmanager
    async def watch(self, path: str, *, accept: str = "application/json", **query: str) -> AsyncIterator[Watch]:
        query = {"watch": "true", "timeoutSeconds": "15"} | query
        async with self.session.get(self.url + path, params=query, headers={"Accept": accept}) as answer:
            try:
                yield Watch(answer)
            finally:
                if answer.connection is not None and answer.connection.transport is not None:
                    # A polite goodbye over TLS would outlive the test's event loop.
                    answer.connection.transport.abort()  # type: ignore[attr-defined]


class Watch:
    """An open watch: `status` of the answer, then one event after the other."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.status = answer.status
        self._answer = answer

    async def next(self, *, bookmarks: bool = False) -> Obj:
        """The next event, by default the next that isn't a bookmark."""
        async with asyncio.timeout(LIMIT):
            while True:
                line = await self._answer.content.readline()
                assert line, "the watch ended"
                event: Obj = json.loads(line)
                if bookmarks or event["type"] != "BOOKMARK":
                    return event

    async def end(self) -> list[Obj]:
        """Everything until the server ends the watch."""
        async with asyncio.timeout(LIMIT):
            return [json.loads(line) async for line in self._answer.content]


def stack(name: str, **metadata: Any) -> Obj:
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name} | metadata,
        "spec": {"stack": f"acme/{name}/dev", "branch": "main", "projectRepo": "https://git.acme.example/a.git"},
    }


def config_map(name: str, data: dict[str, str], **metadata: Any) -> Obj:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name} | metadata, "data": data}


@pytest.fixture
def kubeconfig(api: Api, tmp_path: Path) -> Path:
    """The server, for a program: its certificate is taken as it is."""
    path = tmp_path / "kubeconfig.json"
    cluster = {"server": api.url} | ({"insecure-skip-tls-verify": True} if api.url.startswith("https") else {})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": "lab", "user": {"token": api.token} if api.token else {}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "current-context": "lab",
    }
    path.write_text(json.dumps(config))
    return path
