"""However the program is left, it ends at once, says nothing, and leaves the terminal as it was."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from support.objects import stack_object
from support.program import dead, write
from support.terminal import Terminal, terminal
from support.waiting import eventually

LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR, MOUSE_OFF = b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        for name in ("shop", "db", "cdn"):
            made.store.put(stack_object(name))
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu"), dead())


async def on_the_board(opened: Terminal) -> list[object]:
    """Wait until rows are on screen; the modes that the program has set."""
    await eventually(lambda: "shop" in opened.text and "Healthy" in opened.text)
    return opened.modes()


def was_put_back(opened: Terminal, before: list[object]) -> None:
    for control in (LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR, MOUSE_OFF):
        assert opened.raw.rindex(control) > opened.raw.rindex(b"shop")
    assert opened.modes() == before
    assert "Traceback" not in opened.text
    assert "Error" not in opened.text


@pytest.mark.parametrize("keys", ["q", "\x03"], ids=["q", "ctrl+c"])
@pytest.mark.parametrize("contexts", [["eu"], ["eu", "dead"]], ids=["alive", "one dead"])
async def test_a_key_ends_it_and_leaves_the_terminal_as_it_was(
    kubeconfig: Path, keys: str, contexts: list[str]
) -> None:
    chosen = [word for context in contexts for word in ("--context", context)]
    async with terminal(kubeconfig, *chosen) as opened:
        before = opened.modes()
        assert await on_the_board(opened) != before
        opened.type(keys)
        assert await opened.ended() == 0
        was_put_back(opened, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(kubeconfig: Path, number: signal.Signals) -> None:
    async with terminal(kubeconfig) as opened:
        before = opened.modes()
        await on_the_board(opened)
        opened.process.send_signal(number)
        assert await opened.ended() == 128 + number
        was_put_back(opened, before)


async def test_closing_the_window_ends_it(kubeconfig: Path) -> None:
    async with terminal(kubeconfig) as opened:
        await on_the_board(opened)
        opened.hang_up()
        await opened.ended()


async def test_it_can_be_left_before_any_cluster_has_answered(tmp_path: Path, server: ApiServer) -> None:
    server.faults.silence()
    kubeconfig = write(tmp_path / "config", server.kubeconfig("eu"))
    async with terminal(kubeconfig, "--request-timeout", "0") as opened:
        await eventually(lambda: "connecting" in opened.text)
        opened.type("q")
        assert await opened.ended() == 0


async def test_the_terminal_may_be_tiny_and_change(kubeconfig: Path) -> None:
    async with terminal(kubeconfig, columns=40, lines=10) as opened:
        await on_the_board(opened)
        for columns, lines in ((200, 60), (20, 5), (1, 1), (80, 24)):
            opened.resize(columns, lines)
        opened.raw = b""
        opened.type("g")
        await eventually(lambda: "cdn" in opened.text)
        opened.type("q")
        assert await opened.ended() == 0
        assert "Traceback" not in opened.text
