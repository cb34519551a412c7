"""``config`` shows what is in force and where it comes from, and prints an example that can be used as it is."""

from __future__ import annotations

from pathlib import Path

from fleet.settings import Settings, parse
from support.program import run


async def test_the_defaults_can_be_read_back(tmp_path: Path) -> None:
    ended = await run("/nonexistent", "config", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert ended.code == 0
    assert f"{tmp_path}/pko-argo/config.toml" in ended.lines[0]
    assert parse(ended.out, Path("x")) == Settings(path=Path("x"))


async def test_a_mistake_is_named_and_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "pko-argo").mkdir()
    (tmp_path / "pko-argo" / "config.toml").write_text('theme = 3\nnamespaces = ["team"]\n')
    ended = await run("/nonexistent", "config", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert ended.code == 2
    assert "theme" in ended.err
    assert 'namespaces = ["team"]' in ended.out


async def test_where_nothing_may_be_changed_is_shown(tmp_path: Path) -> None:
    (tmp_path / "pko-argo").mkdir()
    (tmp_path / "pko-argo" / "config.toml").write_text('read-only = true\nread-only-contexts = ["prod-*", "hub"]\n')
    ended = await run("/nonexistent", "config", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert ended.code == 0
    assert {"read-only = true", 'read-only-contexts = ["prod-*", "hub"]'} <= set(ended.lines)


async def test_the_example_is_valid() -> None:
    ended = await run("/nonexistent", "config", "init")
    assert ended.code == 0
    assert parse(ended.out, Path("x")).problems == ()
