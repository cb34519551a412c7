"""What the reader chose is kept for the next time, where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fleet.state import State, change, load


class Memory:
    """The remembered state. Without a path it lasts as long as the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.state = load(path) if path is not None else State()
        self.problem = ""
        """why nothing can be kept"""

    def keep(self, by: Callable[[State], State]) -> bool:
        """Change what is remembered. False the first time that it can't be written: `problem` says why."""
        self.state = by(self.state)
        if self._path is None or self.problem:
            return True
        self.problem = change(self._path, by)
        return not self.problem
