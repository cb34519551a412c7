"""A verb that changes something, run in this process, so that a test needn't wait as long as a person does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import pko_argo
from actions.workflow import Timing
from kubectl_plugin.cli import change_verb
from support.program import Ended

Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
def health(
    kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """``kubectl pko-argo health …`` with the kubeconfig of the fixture of that name, and a home of its own."""
    for name, value in (
        ("KUBECONFIG", str(kubeconfig)),
        ("XDG_STATE_HOME", str(tmp_path / "state")),
        ("XDG_CONFIG_HOME", str(tmp_path / "config")),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(change_verb, "TIMING", Timing(proof_interval=0.1, effect_timeout=3.0))

    async def run(*arguments: str) -> Ended:
        capsys.readouterr()
        try:
            code = await asyncio.to_thread(pko_argo._run, ["health", *arguments])
        except SystemExit as ended:
            code = int(str(ended.code))
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run
