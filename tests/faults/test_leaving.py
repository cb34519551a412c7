"""However the program is left, it ends at once, says nothing, and leaves the terminal as it was."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from support.objects import stack_object
from support.program import ROOT, dead, write
from support.terminal import Terminal, terminal
from support.waiting import eventually

SECONDS = 2.0
"""that leaving may take, whatever hangs"""
STARTING = 1.0
"""seconds that a busy machine may need to give the program its turn"""
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


HANGING = {
    "a thread": "await asyncio.to_thread(time.sleep, 60)",
    "the loop": "time.sleep(60)",
    "what won't be cancelled": "await stay()",
}
"""in words -> what the watch of the fleet does in place of watching"""
PROGRAM_THAT_HANGS = f"""
import asyncio, contextlib, sys, time
sys.path.insert(0, {str(ROOT)!r})
import pko_argo
from fleet.fleet import Fleet

async def stay():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

async def run(self):
    sys.__stderr__.write("it hangs now")
    sys.__stderr__.flush()
    HANGING

Fleet.run = run
pko_argo.main([])
"""
WAYS: dict[str, tuple[Callable[[Terminal], None], int]] = {
    "ctrl+c": (lambda opened: opened.type("\x03"), 0),
    "TERM": (lambda opened: opened.process.send_signal(signal.SIGTERM), 128 + signal.SIGTERM),
    "HUP": (lambda opened: opened.process.send_signal(signal.SIGHUP), 128 + signal.SIGHUP),
    "a closed window": (lambda opened: opened.hang_up(), 128 + signal.SIGHUP),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", HANGING)
async def test_whatever_hangs_it_is_left_in_two_seconds(tmp_path: Path, what: str, way: str) -> None:
    program = [sys.executable, "-c", PROGRAM_THAT_HANGS.replace("HANGING", HANGING[what])]
    async with terminal(write(tmp_path / "config", dead()), program=program) as opened:
        before = opened.modes()
        await eventually(lambda: "it hangs now" in opened.text)
        leave, code = WAYS[way]
        leave(opened)
        assert await opened.ended(SECONDS + STARTING) == code
        if way != "a closed window":
            for control in (LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR, MOUSE_OFF):
                assert opened.raw.rindex(control) > opened.raw.index(b"it hangs now")
            assert opened.modes() == before
            assert "Traceback" not in opened.text


@pytest.mark.parametrize("way", ["ctrl+c", "TERM", "HUP", "a closed window"])
async def test_a_terminal_that_takes_nothing_any_more_is_left_in_two_seconds(kubeconfig: Path, way: str) -> None:
    async with terminal(kubeconfig, columns=200, lines=60) as opened:
        before = opened.modes()
        await on_the_board(opened)
        opened.stall()
        for _ in range(200):  # each writes the whole screen, until there is no room for more
            opened.type("?\x1b")
            await asyncio.sleep(0.005)
        already = len(opened.raw)
        leave, _ = WAYS[way]
        leave(opened)
        await opened.ended(SECONDS + STARTING)
        if way != "a closed window":
            assert opened.modes() == before
            opened.go_on()
            for control in (LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR, MOUSE_OFF):
                await eventually(lambda control=control: control in opened.raw[already:])


async def test_a_terminal_that_is_gone_is_noticed_without_a_signal(kubeconfig: Path) -> None:
    program = [
        sys.executable,
        "-c",
        f"""
import signal, sys
sys.path.insert(0, {str(ROOT)!r})
import pko_argo
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
pko_argo.main([])
""",
    ]
    async with terminal(kubeconfig, program=program) as opened:
        await on_the_board(opened)
        opened.hang_up()
        await opened.ended(SECONDS + STARTING)
