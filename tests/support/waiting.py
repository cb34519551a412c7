"""Waiting for a claim to come true, with an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LIMIT = 60.0
"""seconds after which something hangs, however busy the machine is; no claim about speed"""


async def eventually(condition: Callable[[], T | Awaitable[T]], timeout: float = LIMIT, every: float = 0.01) -> T:
    """The first truthy value of `condition` (plain or async); AssertionError if it doesn't come in time.

    An AssertionError of the condition itself counts as "not yet", and is what is raised in the end.
    """
    ends = time.monotonic() + timeout
    while True:
        trouble: AssertionError | None = None
        value: T | None = None
        try:
            found = condition()
            value = await found if isinstance(found, Awaitable) else found
        except AssertionError as error:
            trouble = error
        if value:
            return value
        if time.monotonic() > ends:
            raise trouble or AssertionError(f"not true within {timeout} s")
        await asyncio.sleep(every)
