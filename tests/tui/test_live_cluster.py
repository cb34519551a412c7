"""The app over a real API server on loopback: what comes through the network reaches the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.fleet import Fleet
from support.waiting import eventually
from tui.app import PkoArgo


def stack(name: str, **spec) -> dict:
    told = {"type": "Ready", "status": "True", "reason": "ProcessingCompleted", "message": "up to date"}
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name, "namespace": "shop", "generation": 1},
        "spec": {"stack": f"acme/{name}", **spec},
        "status": {"observedGeneration": 1, "conditions": [told]},
    }


@pytest.fixture
async def server():
    async with ApiServer() as server:
        server.store.put(stack("web", envRefs={"TOKEN": {"type": "Literal", "literal": {"value": "hunter2"}}}))
        yield server


@pytest.fixture
def app(server, tmp_path: Path) -> PkoArgo:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(server.kubeconfig("lab")))
    kubeconfig = load(str(path), {})
    return PkoArgo(Fleet(kubeconfig, kubeconfig.contexts))


async def test_what_the_cluster_serves_is_listed_and_followed(app, server, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: kit.listed(app) == ["web"])
        server.store.put(stack("api"))
        await eventually(lambda: kit.listed(app) == ["api", "web"])
        server.store.delete("Stack", "shop", "web")
        await eventually(lambda: kit.listed(app) == ["api"])


async def test_a_broken_connection_greys_the_rows_until_it_is_back(app, server, kit):
    def greyed() -> bool:
        return ">~" in "\n".join(kit.text_of(app.screen.query_one("TableWidget")))

    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await eventually(lambda: kit.listed(app) == ["web"])
        await server.refuse_connections()
        await eventually(lambda: greyed() and "lab lost" in kit.on_screen(app))
        await server.listen()
        await pilot.press("x", "r")
        await eventually(lambda: "connected" in kit.on_screen(app))
        await pilot.press("q")
        await eventually(lambda: not greyed())


async def test_yaml_comes_from_the_cluster_with_its_secrets_masked(app, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await eventually(lambda: kit.listed(app) == ["web"])
        await pilot.press("y")
        await eventually(lambda: "stack: acme/web" in kit.on_screen(app))
        assert "(not shown)" in kit.on_screen(app)
        assert "hunter2" not in kit.on_screen(app)


async def test_no_connection_is_left_open_behind_the_app(app, server, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: kit.listed(app) == ["web"])
        assert server.open_streams > 0
    await eventually(lambda: server.open_streams == 0)
