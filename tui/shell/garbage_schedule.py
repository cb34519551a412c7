"""When the garbage collector has its rounds: while nobody is waiting for an answer.

With ten thousand rows a full round takes a tenth of a second, in which no key is answered, and at a
thousand changes a second there would be one every few seconds. Rows hold no cycles, so those that
are replaced go away without it. What was made since is therefore looked through once a second, which
takes a millisecond, and everything that is alive then set aside, to be looked through as a whole when
the keyboard has been quiet for a while.
"""

from __future__ import annotations

import gc

EVERY = 120.0
"""seconds between two full rounds"""
QUIET = 20.0
"""seconds without a key before one may start"""


class GarbageSchedule:
    """Decides when to collect. Instants are of any monotonic clock."""

    def __init__(self, clock: float) -> None:
        self._key_at = clock
        self._done_at = clock

    def key(self, clock: float) -> None:
        """Somebody pressed a key."""
        self._key_at = clock

    def tick(self, clock: float) -> bool:
        """Look through what was made since the last time, or through everything if it is time. Says whether it was."""
        full = clock - self._done_at >= EVERY and clock - self._key_at >= QUIET
        if full:
            self._done_at = clock
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        return full

    def end(self) -> None:
        """Leave the collector as it was found."""
        gc.unfreeze()
