"""When the garbage collector runs: while nobody is waiting for an answer to a key.

With ten thousand rows a full collection takes a tenth of a second, in which no key is answered, and at a
thousand changes a second there would be one every few seconds. Rows hold no cycles, so those that
are replaced go away without it. What was made since is therefore collected among once a second, which
takes a millisecond, and everything that is alive then set aside, to be looked through as a whole when
the keyboard has been quiet for a while.
"""

from __future__ import annotations

import gc

EVERY = 120.0
"""seconds between two full collections"""
QUIET = 20.0
"""seconds without a key before one may start"""


class GarbageSchedule:
    """Decides when to collect, and does it. Instants are of any monotonic clock, in seconds."""

    def __init__(self, clock: float) -> None:
        self._key_at = clock
        self._full_at = clock

    def key_pressed(self, clock: float) -> None:
        """Put the next full collection off."""
        self._key_at = clock

    def collect(self, clock: float) -> bool:
        """Collect among what was made since the last time, or among everything if that is due. True if it was."""
        full = clock - self._full_at >= EVERY and clock - self._key_at >= QUIET
        if full:
            self._full_at = clock
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        return full

    def end(self) -> None:
        """Leave the collector as it was found: nothing set aside."""
        gc.unfreeze()
