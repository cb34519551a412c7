"""Flags of lint that are for files or for clusters, and not for both."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.lint_program import run_lint


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--live", "apps"], "--live looks at clusters, and PATH is for files"),
        (["--live", "--fix"], "--live looks at clusters, and --fix is for files"),
        (["--live", "--changed", "main"], "--live looks at clusters, and --changed is for files"),
        (["-A"], "-A is for clusters; with --live lint looks at one"),
        (["--context", "eu"], "--context is for clusters; with --live lint looks at one"),
        (["-n", "shop", "apps"], "-n is for clusters; with --live lint looks at one"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    ended = run_lint(tmp_path, *arguments)
    assert ended.code == 2
    assert said in ended.err
