"""The last line of defence: what nobody foresaw takes one context down, says so, and leaves the others alone.

Failures that can be expected are values long before they come here. Only here is every exception caught, since one
object in one cluster mustn't end what somebody watches in thirty. What it says names the place, for a report.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.errors import ClusterError

_PROGRAM = Path(__file__).parent.parent


class BugError(ClusterError):
    """A mistake of this program, in a sentence with the place. What the exception says isn't in it: it may quote."""


@contextmanager
def contained(tell: Callable[[ClusterError], object]) -> Iterator[None]:
    """End what stands inside at an exception, and `tell` of it: a ClusterError as it is, another as a BugError."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        first: BaseException = error
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if not isinstance(first, ClusterError):
            first = BugError(f"this is a bug in pko-argo, please report it: {_place(first)}")
        tell(first)


def _place(error: BaseException) -> str:
    """Which exception, and the last line of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PROGRAM)] or frames
    where = f"{_short(Path(ours[-1].filename))}:{ours[-1].lineno}" if ours else "nowhere"
    return f"{type(error).__name__} at {where}"


def _short(path: Path) -> str:
    return str(path.relative_to(_PROGRAM) if path.is_relative_to(_PROGRAM) else path.name)
