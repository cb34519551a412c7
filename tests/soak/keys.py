"""Random keys on every screen, in one process, until so many were pressed or an error ended the program."""

from __future__ import annotations

import random
import time
import traceback
from pathlib import Path

from support.mashing import demo_fleet, mash, random_keys, shrink

_AT_ONCE = 400
"""keys that are pressed on one board"""
_TELL_EVERY = 20.0
"""seconds between two lines that say how far it is"""


async def press(count: int, seed: int) -> int:
    """The exit code: 0 once `count` keys were pressed, 1 if some ended the program by an error."""
    pressed, boards, began = 0, 0, time.monotonic()
    told = began
    async with demo_fleet() as fleet:
        while pressed < count:
            keys = random_keys(random.Random(f"{seed} {boards}"), _AT_ONCE)
            boards += 1
            try:
                pressed += await mash(fleet, keys)
            except Exception:  # noqa: BLE001 - whatever ended the program is what is looked for
                traceback.print_exc()
                print(f"after {pressed:,} keys, on board {boards} of seed {seed}; looking for the fewest that do it")
                print(f"mash({await shrink(fleet, keys)!r})")
                return 1
            for saved in Path.cwd().glob("pko-argo-*"):
                saved.unlink()
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                print(f"{pressed:,} keys on {boards:,} boards in {told - began:.0f} s", flush=True)
    print(f"{pressed:,} keys on {boards:,} boards in {time.monotonic() - began:.0f} s: none ended it by an error")
    return 0
