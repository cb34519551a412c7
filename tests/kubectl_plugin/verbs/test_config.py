"""``config`` shows what is in force and where it comes from, and prints an example that can be used as it is."""

from __future__ import annotations

from pathlib import Path

from settings.config_file import Settings, parse
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


WRONG = """
theme = "neon"
[columns]
stacks = ["name", "colour", ".spec.branch", ".spec.nothing"]
[keys]
"table.freeze" = "f9"
"table.sort.nothing" = "f2"
"table.group" = "no key"
"table.copy" = "C"
"""


async def test_what_there_cannot_be_on_a_screen_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "pko-argo").mkdir()
    (tmp_path / "pko-argo" / "config.toml").write_text(WRONG)
    ended = await run("/nonexistent", "config", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert ended.code == 2
    assert {'theme = ""', 'stacks = ["name", ".spec.branch"]', '"table.freeze" = "f9"'} <= set(ended.lines)
    warnings = [line for line in ended.err.splitlines() if line.startswith("warning: config.toml: ")]
    for wrong in ("neon", "colour", ".spec.nothing", "table.sort.nothing", "table.group", "table.copy"):
        assert any(wrong in line for line in warnings)
        assert f'"{wrong}"' not in ended.out
    assert len(warnings) == 6


async def test_the_documented_example_of_a_configuration_is_valid() -> None:
    ended = await run("/nonexistent", "config", "init")
    assert ended.code == 0
    assert parse(ended.out, Path("x")).problems == ()
