"""What the program remembers between two runs: chosen columns, the sort, filters that were typed.

It is kept in ``$XDG_STATE_HOME/pko-argo/state.json``, never in the user's configuration. Nobody's
work depends on it: a file that is broken, half written or from another version counts as empty, a
home that can't be written to is said once, and of two programs that write at the same moment one
wins. A reader never sees half a file, because it is written beside and renamed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from cluster.files import read_file
from stacks.text import one_line, visible

FILTERS = 50
"""how many filters are remembered"""
_TABLE, _WORD = 100, 500  # columns, characters: more than anybody chose


class ColumnChoice(msgspec.Struct, frozen=True):
    """A column that is shown: its id, or the path of a field; `width` 0 is as wide as its content."""

    id: str
    width: int = 0


class TableState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was chosen for one table. No columns means the usual ones."""

    columns: tuple[ColumnChoice, ...] = ()
    sort: str = ""
    reverse: bool = False
    group: str = ""


class SavedState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is remembered."""

    tables: dict[str, TableState] = {}
    filters: tuple[str, ...] = ()
    """the newest last"""
    details: bool = True
    """whether the board says more of the row under the cursor"""

    def table(self, name: str) -> TableState:
        """What was chosen for this table."""
        return self.tables.get(name, TableState())

    def with_table(self, name: str, chosen: TableState) -> SavedState:
        """This state with another choice for one table."""
        return msgspec.structs.replace(self, tables={**self.tables, name: chosen})

    def with_filter(self, text: str) -> SavedState:
        """This state with this filter as the newest."""
        kept = [known for known in self.filters if known != text]
        return msgspec.structs.replace(self, filters=(*kept, text[:_WORD])[-FILTERS:])


def location(environ: Mapping[str, str]) -> Path:
    """Where the state is kept."""
    if chosen := environ.get("XDG_STATE_HOME"):
        return Path(chosen) / "pko-argo" / "state.json"
    from platformdirs import user_state_path

    return user_state_path("pko-argo") / "state.json"


def load(path: Path) -> SavedState:
    """What was remembered; nothing, if the file isn't there or makes no sense."""
    try:
        found = msgspec.json.decode(read_file(path), type=SavedState)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return SavedState()
    tables = {name: table for name, table in found.tables.items() if len(table.columns) <= _TABLE}
    # What a person can have typed: somebody else may have written the file.
    return SavedState(
        tables, tuple(one_line(visible(text[:_WORD])) for text in found.filters[-FILTERS:]), found.details
    )


def change(path: Path, by: Callable[[SavedState], SavedState]) -> str:
    """Change what is remembered by now, maybe by another program; returns why that can't be kept, or nothing."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, msgspec.json.encode(by(load(path))))
    except OSError as error:
        return f"{path.parent}: {error.strerror or error}"
    return ""


def _write(path: Path, content: bytes) -> None:
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".state-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
