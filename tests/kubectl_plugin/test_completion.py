"""Completion offers what may come next, from the kubeconfig alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_plugin.completion import NO_FILES, candidates
from support.program import dead, write


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    config = write(tmp_path / "config", dead("prod-eu"), dead("prod-us"), dead("dev"))
    return {"KUBECONFIG": str(config), "HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ge"], ["get"]),
        (["get", ""], ["apps", "contexts", "stacks", "updates", "workspaces"]),
        (["get", "st"], ["stacks"]),
        (["get", "stacks", "--context", "prod"], ["prod-eu", "prod-us"]),
        (["get", "stacks", "-o", "j"], ["json"]),
        (["get", "--sta"], ["--stack", "--status"]),
        (["get", "stacks", "sh"], []),
    ],
)
def test_candidates(words: list[str], offered: list[str], environ: dict[str, str]) -> None:
    assert candidates(words, environ) == [*offered, NO_FILES]


def test_a_broken_kubeconfig_offers_no_contexts_and_no_error(tmp_path: Path) -> None:
    environ = {"KUBECONFIG": str(tmp_path / "nothing"), "HOME": str(tmp_path)}
    assert candidates(["get", "--context", ""], environ) == [NO_FILES]
