"""What the reader chose of the screens: loaded from the state file, and written to it where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from settings import state_file
from settings.state_file import ColumnChoice, SavedState, TableState, load


class RememberedState:
    """The choices in force. Without a path they last as long as the program."""

    def __init__(self, path: Path | None = None, columns: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        self._path = path
        self._columns = columns
        self.state = load(path) if path is not None else SavedState()
        self.problem = ""
        """why nothing can be written; empty while it can"""

    def table(self, noun: str) -> TableState:
        """What was chosen for a table; its columns are the configuration's where none were."""
        chosen = self.state.table(noun)
        configured = self.configured(noun)
        return chosen if chosen.columns or not configured else replace(chosen, columns=configured)

    def configured(self, noun: str) -> tuple[ColumnChoice, ...]:
        """The columns that the configuration gives a table; none where it says nothing of it."""
        return tuple(ColumnChoice(column) for column in self._columns.get(noun.lower(), ()))

    def change(self, by: Callable[[SavedState], SavedState]) -> bool:
        """Change what is remembered. False the first time that it can't be written: `problem` says why."""
        self.state = by(self.state)
        if self._path is None or self.problem:
            return True
        self.problem = state_file.change(self._path, by)
        return not self.problem
