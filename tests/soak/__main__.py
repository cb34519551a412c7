"""Press keys for longer than a test may take.

usage: python -m tests.soak keys [--count 200000] [--seed 1]
       python -m tests.soak board [--minutes 30] [--seed 1]

Both print what they found and end with 1 if a promise was broken: `keys` with the fewest keys that break it, `board` if
it took more memory, or longer to leave, than `tests/soak/board.py` allows.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Press keys for longer than a test may.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    keys = kinds.add_parser("keys", help="random keys on every screen, until so many were pressed")
    keys.add_argument("--count", type=int, default=200_000, help="how many (default: %(default)s)")
    board = kinds.add_parser("board", help="the program on a terminal, with faults switched on and off")
    board.add_argument("--minutes", type=float, default=30.0, help="how long (default: %(default)s)")
    for kind in (keys, board):
        kind.add_argument("--seed", type=int, default=1, help="another one presses others (default: %(default)s)")
    options = parser.parse_args()
    if options.kind == "keys":
        from tests.soak.keys import press

        return asyncio.run(press(options.count, options.seed))
    from tests.soak.board import watch

    return asyncio.run(watch(options.minutes * 60, options.seed))


if __name__ == "__main__":
    sys.exit(main())
