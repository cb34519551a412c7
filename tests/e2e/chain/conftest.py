"""Argo CD's own controllers beside the real control plane, and a table of what they did, at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from contract.api import Api
from e2e.chain.argo_cd import ArgoCD, missing
from e2e.chain.deliveries import Delivery
from e2e.chain.installation import BUILT_IN, OURS, Installation
from e2e.chain.operators import Operator
from e2e.chain.repository import Repository
from e2e.chain.stories import Record, Story
from e2e.control_plane import ControlPlane

_RECORD = Record()
_HEAD = """
| check | situation | what happens | the sync | the Application | after |
|---|---|---|---|---|---|"""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _RECORD.lines:
        return
    terminalreporter.write_line(_HEAD)
    for line in _RECORD.lines:
        terminalreporter.write_line(line)


@pytest.fixture
def node() -> None:
    """No pods run here."""


@pytest.fixture(scope="session")
def argo_cd(plane: ControlPlane) -> Iterator[ArgoCD]:
    if why := missing():
        (pytest.fail if os.environ.get("PKO_ARGO_E2E_REQUIRED") else pytest.skip)(why)
    begins = time.monotonic()
    with ArgoCD(plane) as running:
        _RECORD.note("", "", "redis, repo-server and application-controller start", None, time.monotonic() - begins)
        yield running


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.create(tmp_path_factory.mktemp("git") / "repository")


@pytest.fixture(scope="session")
def installation(plane: ControlPlane, argo_cd: ArgoCD, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Our commands, with a kubeconfig of this control plane and a home of their own."""
    home: Path = tmp_path_factory.mktemp("home")
    (home / "kubeconfig").write_text(yaml.safe_dump(plane.kubeconfig()))
    return Installation(plane, home)


@pytest.fixture
async def check(request: pytest.FixtureRequest, installation: Installation) -> str:
    """Whose check of Stacks is in force: the one that Argo CD brings, or ours."""
    if installation.there() and request.param == BUILT_IN:
        await installation.uninstall()
    if not installation.there() and request.param == OURS:
        await installation.install()
    return str(request.param)


@pytest.fixture
def tell(api: Api, repository: Repository, check: str) -> Callable[[str], Story]:
    """The story of an Application in this situation, with the check that the test asks for."""
    return lambda situation: Story(Delivery(api, repository), Operator(api), _RECORD, check, situation)
