"""The program on a terminal: keys without a pause, and servers that fail in every way and recover."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from demo import serve
from demo.server.faults import Faults
from support.mashing import DOORS, KEYS
from support.terminal import Terminal, terminal
from tests.bench.meters import resident

MOST_MEMORY = 160.0
"""MiB"""
LEFT_WITHIN = 2.0
"""seconds"""
_BETWEEN_KEYS = 0.03
"""seconds, as a key repeats that is held down"""
_WITHOUT = ("q", "ctrl+s")
"""keys that would leave, or fill a folder"""
_BYTES = {
    "enter": "\r", "escape": "\x1b[27u", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "delete": "\x1b[3~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B",
    "ctrl+@": "\0", "ctrl+backslash": "\x1c", "f1": "\x1bOP",
}  # fmt: skip


def typed(key: str) -> str:
    """What a terminal sends for a key."""
    if key in _BYTES:
        return _BYTES[key]
    return chr(ord(key[-1]) - 96) if key.startswith("ctrl+") else key


def break_or_mend(faults: Faults, dice: random.Random) -> None:
    match dice.randrange(8):
        case 0:
            faults.latency(dice.choice((0.05, 0.5, 3.0)))
        case 1:
            faults.hang_up(times=dice.randint(1, 20))
        case 2:
            faults.silence(times=dice.randint(1, 3))
        case 3:
            faults.answer(dice.choice((401, 403, 404, 410, 429, 500, 503)), times=dice.randint(1, 20))
        case 4:
            faults.half_line(times=1)
        case 5:
            faults.gone_in_stream(times=1)
        case _:
            faults.clear()


async def watch(seconds: float, seed: int) -> int:
    """The exit code: 0 if it stayed within MOST_MEMORY and left within LEFT_WITHIN, and didn't end by itself."""
    dice = random.Random(seed)
    async with serve() as demo:
        with TemporaryDirectory() as folder:
            config = Path(folder) / "config"
            config.write_text(yaml.safe_dump(demo.kubeconfig()))
            homes = dict.fromkeys(("XDG_STATE_HOME", "XDG_CONFIG_HOME"), folder)
            async with terminal(config, env=homes, cwd=Path(folder)) as opened:
                await opened.until(lambda: "Healthy" in opened.text)
                pressed, peak = await _press(opened, [server.faults for server in demo.servers.values()], dice, seconds)
                if opened.process.poll() is not None:
                    print(opened.text[-3000:])
                    print(f"it ended by itself, with {opened.process.returncode}, after {pressed:,} keys")
                    return 1
                last, began = resident(opened.process.pid), time.monotonic()
                opened.type("\x03")
                code = await opened.ended()
                left_in = time.monotonic() - began
    print(
        f"{seconds / 60:.1f} minutes, {pressed:,} keys: at most {peak:.0f} MiB (allowed {MOST_MEMORY:.0f}), "
        f"{last:.0f} at the end; left in {left_in:.2f} s (allowed {LEFT_WITHIN}) with {code}"
    )
    return int(peak > MOST_MEMORY or left_in > LEFT_WITHIN or code != 0)


async def _press(opened: Terminal, faults: list[Faults], dice: random.Random, seconds: float) -> tuple[int, float]:
    """(keys pressed, the most memory in MiB) until the time is over, or the program has ended."""
    keys = [key for key in KEYS if key not in _WITHOUT]
    doors = [key for key in DOORS if key not in _WITHOUT]
    pressed, peak, ends = 0, 0.0, time.monotonic() + seconds
    next_second = next_line = time.monotonic()
    while time.monotonic() < ends and opened.process.poll() is None:
        opened.type(typed(dice.choice(doors if dice.random() < 0.5 else keys)))
        pressed += 1
        await asyncio.sleep(_BETWEEN_KEYS)
        if time.monotonic() > next_second:
            next_second += 1.0
            opened.raw = opened.raw[-(1 << 16) :]
            peak = max(peak, now := resident(opened.process.pid))
            break_or_mend(dice.choice(faults), dice)
            if time.monotonic() > next_line:
                next_line += 60.0
                print(
                    f"{(seconds + time.monotonic() - ends) / 60:.0f} min: {pressed:,} keys, {now:.0f} MiB", flush=True
                )
    return pressed, peak
