"""One real control plane for all end-to-end tests, and the demo's server beside it."""

from __future__ import annotations

import os
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import yaml

pytest.register_assert_rewrite(
    *(
        f"contract.test_{name}"
        for name in (
            "access_and_discovery",
            "application_fixes",
            "applies",
            "diagnose",
            "execs",
            "fix_commands",
            "fix_faults",
            "fix_rights",
            "fixes",
            "health_reads",
            "installs",
            "lists",
            "logs",
            "settings",
            "wait",
            "watches",
            "writes",
        )
    )
)

from contract.api import Api  # noqa: E402 - what it imports must be rewritten
from contract.kubelets import Stub  # noqa: E402
from e2e.control_plane import ADMIN, VIEWER, ControlPlane, missing  # noqa: E402
from e2e.kwok import Kwok  # noqa: E402
from e2e.kwok import missing as kwok_missing  # noqa: E402
from support.changing import health as health  # noqa: E402


def control_plane() -> ControlPlane:
    """One more control plane. Where none can be started the test is skipped, but `make e2e` wants to know."""
    if why := missing():
        (pytest.fail if os.environ.get("PKO_ARGO_E2E_REQUIRED") else pytest.skip)(why)
    return ControlPlane()


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    with control_plane() as running:
        yield running


@pytest.fixture(scope="module")
def second() -> Iterator[ControlPlane]:
    """A second control plane; tests ask for `other`."""
    with control_plane() as running:
        yield running


@pytest.fixture
def other(second: ControlPlane) -> ControlPlane:
    """The second control plane, which may be killed; one that a failed test left dead is started again."""
    if not second.ready():
        second.stop()
        second.start()
    return second


def kwok_beside(plane: ControlPlane) -> Kwok:
    """What runs pods beside a real server."""
    if why := kwok_missing():
        (pytest.fail if os.environ.get("PKO_ARGO_E2E_REQUIRED") else pytest.skip)(why)
    return Kwok(plane)


@pytest.fixture(scope="session")
def kwok(plane: ControlPlane) -> Iterator[Kwok]:
    with kwok_beside(plane) as running:
        yield running


@pytest.fixture(scope="module")
def other_kwok(second: ControlPlane) -> Iterator[Kwok]:
    """Beside the control plane that may be killed."""
    with kwok_beside(second) as running:
        yield running


@pytest.fixture
def node(request: pytest.FixtureRequest) -> Stub | None:
    """What runs pods, if it was built: the contract holds for more than logs."""
    return None if kwok_missing() else Stub(request.getfixturevalue("kwok"))


@pytest.fixture
async def api(plane: ControlPlane, node: Stub | None) -> AsyncIterator[Api]:
    """A client of the real server, with a namespace of its own in it."""
    context = ssl.create_default_context(cafile=str(plane.ca_file))
    api = Api(plane.url, context, ADMIN, kubelet=node, viewer=VIEWER)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        headers={"Authorization": f"Bearer {ADMIN}"},
        timeout=aiohttp.ClientTimeout(total=30),
    ) as api.session:
        api.namespace = f"contract-{secrets.token_hex(4)}"
        await api.make("/api/v1/namespaces", {"metadata": {"name": api.namespace}})
        yield api


@pytest.fixture
def real_kubeconfig(plane: ControlPlane, tmp_path: Path) -> Path:
    path = tmp_path / "real.yaml"
    path.write_text(yaml.safe_dump(plane.kubeconfig()))
    return path
