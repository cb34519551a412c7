"""When the garbage collector runs: while nobody is waiting for an answer to a key, or when too much is left to it.

With ten thousand rows a full collection takes a tenth of a second, in which no key is answered, and at a
thousand changes a second there would be one every few seconds. Rows hold no cycles, so those that
are replaced go away without it. What was made since is therefore collected among once a second, which
takes a millisecond, and everything that is alive then set aside, to be looked through as a whole when
the keyboard has been quiet for a while. Screens do hold cycles: one that is set aside while it is open
stays in memory after it was closed, a megabyte or so, until then. So a few of them are reason enough, too.
"""

from __future__ import annotations

import gc
from collections.abc import Collection
from weakref import WeakSet

EVERY = 120.0
"""seconds between two full collections"""
QUIET = 20.0
"""seconds without a key before one may start"""
MOST_CLOSED = 12
"""screens that were set aside and are closed by now, with which one doesn't wait for anything any more"""


class GarbageSchedule:
    """Decides when to collect, and does it. Instants are of any monotonic clock, in seconds."""

    def __init__(self, clock: float) -> None:
        self._key_at = clock
        self._full_at = clock
        self._set_aside: WeakSet[object] = WeakSet()
        """the screens that were open when everything was set aside"""

    def key_pressed(self, clock: float) -> None:
        self._key_at = clock

    def collect(self, clock: float, screens: Collection[object] = ()) -> bool:
        """Collect among what was made since the last time, or among everything if that is due. True if it was.

        `screens` are those that are open now.
        """
        is_quiet = clock - self._full_at >= EVERY and clock - self._key_at >= QUIET
        full = is_quiet or sum(screen not in screens for screen in self._set_aside) >= MOST_CLOSED
        if full:
            self._full_at = clock
            self._set_aside.clear()
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._set_aside.update(screens)
        return full

    def end(self) -> None:
        """Leave the collector as it was found: nothing set aside."""
        self._set_aside.clear()
        gc.unfreeze()
