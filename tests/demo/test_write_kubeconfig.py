"""The file that lends the demo to the real kubectl."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

import demo
from demo.play import stories


async def test_the_kubeconfig_has_a_context_for_every_server_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "config"
    async with demo.serve(moving=False) as play:
        demo.write_kubeconfig(path, play.kubeconfig())
        config = yaml.safe_load(path.read_text())
        assert [c["name"] for c in config["contexts"]] == ["hub", "eu-prod", "us-prod"]
        assert config["current-context"] == "hub"
        assert {c["cluster"]["server"] for c in config["clusters"]} == {s.url for s in play.servers.values()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("mine")
    async with demo.serve(stories.eu_web, moving=False) as play:
        with pytest.raises(FileExistsError):
            demo.write_kubeconfig(path, play.kubeconfig())
    assert path.read_text() == "mine"
