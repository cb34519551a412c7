"""Keys as a hand presses them that lies on the keyboard: many at once, on any screen of a board over the demo."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import yaml
from textual import events

from cluster.kubeconfig import load
from demo import serve
from fleet.fleet import Fleet
from fleet.scope import WatchScope
from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.preferences import Preferences, WriteSwitch

PAUSE = "(a pause)"
"""in a list of keys: what was pressed so far is dealt with before the next one"""
MOMENT = "(a moment)"
"""in a list of keys: as long as a hand needs that drums on them; without it, they come in one burst"""

_MOMENT = 0.004
"""seconds"""
_NAMES = {
    " ": "space", "!": "exclamation_mark", "*": "asterisk", "+": "plus", "-": "minus", ".": "full_stop", "/": "slash",
    ":": "colon", "?": "question_mark", "[": "left_square_bracket", "]": "right_square_bracket",
    "{": "left_curly_bracket", "}": "right_curly_bracket", "=": "equals_sign",
}  # fmt: skip
_UNPRINTABLE = (
    "enter", "escape", "tab", "shift+tab", "backspace", "delete", "up", "down", "left", "right", "home", "end",
    "pageup", "pagedown", "shift+up", "shift+down", "ctrl+@", "ctrl+backslash", "ctrl+a", "ctrl+b", "ctrl+d", "ctrl+e",
    "ctrl+f", "ctrl+k", "ctrl+r", "ctrl+s", "ctrl+u", "ctrl+w", "ctrl+z", "f1",
)  # fmt: skip
_PRINTABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + "".join(_NAMES)
DOORS = ("enter", "escape", "q", "?", "C", "F", "b", "l", "a", "x", "h", "y", "/", ":", "ctrl+s")
"""the keys that open and close screens"""
KEYS = (*_PRINTABLE, *_UNPRINTABLE)

PLACES: dict[str, tuple[str, ...]] = {
    "board": (),
    "help": ("?",),
    "filter": ("/",),
    "command": (":",),
    "columns": ("C",),
    "groups": ("b",),
    "save": ("ctrl+s",),
    "applications": ("a",),
    "application": ("a", "enter"),
    "contexts": ("x",),
    "context": ("x", "enter"),
    "add": ("x", "d"),
    "checks": ("h",),
    "instance": ("h", PAUSE, "enter"),
    "diff": ("h", PAUSE, "d"),
    "preview": ("h", PAUSE, "p", "enter"),
    "snippet": ("h", PAUSE, "w", "enter"),
    "change": ("h", PAUSE, "i", "enter"),
    "confirm": ("h", PAUSE, "i", "enter", PAUSE, "enter"),
    "fixes": ("F", PAUSE),
    "plan": ("F", PAUSE, PAUSE, "enter", PAUSE),
    "send": ("F", PAUSE, PAUSE, "enter", PAUSE, PAUSE, "enter"),
    "group": ("space", "space", "space", "F", PAUSE, PAUSE, "enter", PAUSE),
    "fixes of an application": ("a", "F", PAUSE),
    "stack": ("enter",),
    "tree": ("t",),
    "events": ("e",),
    "run": ("enter", "u", PAUSE, "enter"),
    "logs": ("l",),
    "line": ("l", PAUSE, "k", "enter"),
    "search": ("l", "/"),
    "yaml": ("y",),
}
"""every screen, dialog and line: how it is reached from the board"""


def key_event(key: str) -> events.Key:
    """A key as the terminal's driver reports it."""
    return events.Key(_NAMES.get(key, key), key if len(key) == 1 else None)


class RunningFleet(Fleet):
    """It is watched already when the app starts to, and on when the app has ended."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    def watch_again(self) -> None:
        """Watch every context that a key has taken away."""
        for name in self.available:
            self.add(name)


@asynccontextmanager
async def demo_fleet() -> AsyncIterator[RunningFleet]:
    """The demo's clusters, all seen, with a home and a working directory that vanish."""
    before = Path.cwd()
    with TemporaryDirectory() as folder, patch.dict(os.environ):
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"):
            os.environ[name] = folder
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            os.environ.pop(name, None)
        os.chdir(folder)
        try:
            async with serve() as demo:
                config = Path(folder) / "config"
                config.write_text(yaml.safe_dump(demo.kubeconfig()))
                kubeconfig = load(str(config), {})
                fleet = RunningFleet(kubeconfig, kubeconfig.contexts, WatchScope())
                watching = asyncio.create_task(Fleet.run(fleet))
                try:
                    await eventually(lambda: _is_seen(fleet))
                    yield fleet
                finally:
                    watching.cancel()
                    await asyncio.wait([watching])
        finally:
            os.chdir(before)


def _is_seen(fleet: Fleet) -> bool:
    now = fleet.clock()
    return all(context.state(now) != "connecting" for context in fleet.board.contexts.values())


async def mash(fleet: RunningFleet, keys: Sequence[str]) -> int:
    """Press the keys on a new board, unless they end it before: how many were pressed. Raises what the app raises."""
    fleet.watch_again()
    app = PkoArgo(fleet, writing=WriteSwitch(on=True), preferences=Preferences())
    pressed = 0
    async with app.run_test(size=(60, 14), notifications=True) as pilot:
        for key in keys:
            if key == PAUSE:
                await pilot.pause()
            elif key == MOMENT:
                await asyncio.sleep(_MOMENT)
            elif not app.post_message(key_event(key)):
                break
            else:
                pressed += 1
        await pilot.pause()
        if (turns := getattr(app, "_turns", None)) is not None and app.is_running:
            await eventually(lambda: turns.idle or not app.is_running)
    return pressed


def random_keys(dice: random.Random, count: int) -> list[str]:
    """So many keys on a way through the screens: many open or close one, and some come again and again."""
    keys: list[str] = []
    while len(keys) < count:
        if dice.random() < 0.03:
            keys += [PAUSE, *dice.choice(list(PLACES.values()))]
        keys += [MOMENT] * (dice.random() < 0.25)
        key = dice.choice(DOORS if dice.random() < 0.2 else KEYS)
        keys += [key] * (dice.randint(2, 4) if dice.random() < 0.2 else 1)
    return keys[:count]


async def shrink(fleet: RunningFleet, keys: Iterable[str]) -> list[str]:
    """The fewest of these keys that still end the program by an error, found by leaving out part after part."""
    left = list(keys)
    size = max(1, len(left) // 2)
    while True:
        place = 0
        while place < len(left):
            fewer = left[:place] + left[place + size :]
            if await _fails(fleet, fewer):
                left = fewer
            else:
                place += size
        if size == 1:
            return left
        size //= 2


async def _fails(fleet: RunningFleet, keys: Sequence[str]) -> bool:
    try:
        await mash(fleet, keys)
    except Exception:  # noqa: BLE001 - whatever ended the program is what is looked for
        return True
    return False
