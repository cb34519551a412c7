"""Work in the background that belongs to a screen or to the app, and ends with it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def start_worker(
    node: DOMNode,
    work: Callable[[], Coroutine[Any, Any, None]],
    *,
    group: str,
    description: str,
    exclusive: bool = False,
) -> Worker[None]:
    """Run it as a worker of this node. `exclusive`: what runs in the same group of the node is cancelled.

    It takes the function, and no coroutine: one that is cancelled before its turn came would never be awaited, which
    Python tells on the terminal when the program is left.
    """
    made: Any = work  # Textual's annotation knows no function that gives a coroutine
    worker: Worker[None] = node.run_worker(made, group=group, description=description, exclusive=exclusive)
    return worker
