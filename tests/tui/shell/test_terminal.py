"""The same words on every screen: themes, no colours, no Unicode, no mouse, no clipboard."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from textual.color import Color

from demo.server.api_server import ApiServer
from support.objects import stack_object
from support.program import write
from support.terminal import terminal
from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.preferences import Preferences
from tui.shell.themes import SHORT, ours
from tui.tables.table_widget import TableWidget

THEMES = [*SHORT, "ansi-dark", "ansi-light"]
TONES = ("bad", "busy", "good", "odd", "dim", "marked", "stale", "titles")


@pytest.fixture
def shop(fleet, kit):
    fleet.put("eu", kit.ready("api"), kit.stalled("web", message="quota … é"), kit.ready("zoo"))
    fleet.sync()
    return fleet


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_says_the_same(shop, kit, theme: str) -> None:
    app = PkoArgo(shop, preferences=Preferences(theme=theme))
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: kit.listed(app) == ["web", "api", "zoo"])
        assert "Degraded" in kit.on_screen(app)
        assert app.theme in (theme, SHORT.get(theme))


def contrast(one: Color, other: Color) -> float:
    """The ratio that WCAG asks to be 4.5 for text."""

    def luminance(colour: Color) -> float:
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [theme.name for theme in ours()])
async def test_words_of_our_themes_can_be_read_on_their_ground(shop, kit, theme: str) -> None:
    app = PkoArgo(shop, preferences=Preferences(theme=theme))
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        rows = app.screen.query_one(TableWidget)
        ground = Color.parse(app.theme_variables["background"])
        for tone in TONES:
            style = rows.get_component_rich_style(f"table--{tone}")
            assert style.color is not None
            assert contrast(ground, Color.from_rich_color(style.color)) >= 4.5, tone


async def test_a_theme_that_does_not_exist_is_told_with_those_that_do(shop, kit) -> None:
    app = PkoArgo(shop, preferences=Preferences(theme="moon"))
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: "moon is no theme" in kit.told(app) and "high-contrast" in kit.told(app))


@pytest.fixture
async def server():
    async with ApiServer() as made:
        for name in ("shop", "db"):
            made.store.put(stack_object(name))
        yield made


async def on_terminal(server: ApiServer, tmp_path: Path, *arguments: str, config: str = "", **env: str) -> bytes:
    """Everything that the board wrote until its rows were there and it was left."""
    folder = tmp_path / "config-home" / "pko-argo"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(config)
    places = {"XDG_CONFIG_HOME": str(folder.parent), "XDG_STATE_HOME": str(tmp_path / "state")}
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu"))
    async with terminal(kubeconfig, *arguments, env={**places, **env}) as opened:
        await eventually(lambda: "shop" in opened.text and "Healthy" in opened.text)
        opened.type("c")
        await eventually(lambda: "Copied" in opened.text)
        opened.type("q")
        assert await opened.ended() == 0
        assert "Traceback" not in opened.text
        return opened.raw


async def test_no_color_means_no_colour_at_all(server: ApiServer, tmp_path: Path) -> None:
    raw = await on_terminal(server, tmp_path, NO_COLOR="1")
    looks = set(re.findall(rb"\x1b\[([0-9;]*)m", raw))
    assert looks <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"1;4", b"1;7", b"2;4", b"4;7", b"1;4;7"}, looks
    assert b"7" in looks


@pytest.mark.parametrize("how", ["flag", "setting"])
async def test_ascii_only_draws_nothing_else(server: ApiServer, tmp_path: Path, how: str) -> None:
    server.store.put(stack_object("web", spec={"stack": "größe … ✓"}))
    arguments, config = (["--ascii"], "") if how == "flag" else ([], "ascii = true\n")
    assert (await on_terminal(server, tmp_path, *arguments, config=config)).isascii()


async def test_the_mouse_can_be_left_to_the_terminal(server: ApiServer, tmp_path: Path) -> None:
    assert b"\x1b[?1000h" not in await on_terminal(server, tmp_path, config="mouse = false\n")


async def test_a_terminal_without_a_clipboard_gets_the_text_at_the_end(server: ApiServer, tmp_path: Path) -> None:
    raw = await on_terminal(server, tmp_path, TERM="linux")
    assert raw[raw.rindex(b"\x1b[?1049l") :].rstrip().endswith((b"db", b"shop"))


async def test_a_dumb_terminal_gets_the_plain_table(server: ApiServer, tmp_path: Path) -> None:
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu"))
    async with terminal(kubeconfig, env={"TERM": "dumb"}) as opened:
        assert await opened.ended() == 0
        assert "NAME" in opened.text
        assert b"\x1b" not in opened.raw


def test_a_test_run_is_not_itself_without_colour() -> None:
    assert "NO_COLOR" not in os.environ
