"""The time of day, which is read in this one place. Everything above is given a `Clock`, so that a test can be its own.

`cluster` stands below and has arguments of the same shape; how long something takes is measured by a monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""gives seconds since the epoch"""

wall_clock: Clock = time.time
