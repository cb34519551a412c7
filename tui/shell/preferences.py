"""How the screens are used: what a user prefers and chose before, and whether anything may be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from settings import state_file
from settings.config_file import LOG_MEMORY, Settings
from settings.state_file import ColumnChoice, SavedState, TableState, load

CHANGES = "changes"
"""the group of workers that send something: the application waits for them when it ends"""
OFF = "writes are off; type :write to switch them on"


@dataclass(frozen=True)
class WriteSwitch:
    """Whether writes are on, and where they may never be.

    `refused` says why it stays off ("" if it doesn't); `forbids` says why nothing may be changed in a context.
    """

    on: bool = False
    refused: str = ""
    forbids: Callable[[str], str] = lambda context: ""

    def why_not(self, context: str) -> str:
        """Why nothing may be sent to this context now; empty where it may."""
        return self.refused or self.forbids(context) or ("" if self.on else OFF)

    def switched(self, *, on: bool) -> WriteSwitch:
        """A switch that is on or off, and otherwise like this one; off where it is refused."""
        return WriteSwitch(on and not self.refused, self.refused, self.forbids)


@dataclass(frozen=True)
class Preferences:
    """How the screen looks and which keys it has. The defaults are those of a modern terminal."""

    theme: str = ""
    ascii: bool = False
    """draw nothing but ASCII"""
    mouse: bool = True
    hints: bool = True
    """say what to try where there is nothing to see"""
    log_memory: int = LOG_MEMORY
    """bytes of a log that its screen keeps"""
    osc52: bool = True
    """the terminal takes what is copied; otherwise it is printed at the end"""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """groups of contexts, by name"""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """table -> its columns where nothing was chosen"""
    keys: Mapping[str, str] = field(default_factory=dict)
    """binding id -> keys, separated by commas"""
    state: Path | None = None
    """where choices are remembered; None for this run only"""
    problems: tuple[str, ...] = ()
    """sentences about what of the configuration isn't in force, to be shown on the screen"""


def preferred(
    settings: Settings, environ: Mapping[str, str], *, theme: str = "", ascii_only: bool = False
) -> Preferences:
    """What the configuration says, the command line's word before it, and what the terminal can't do."""
    return Preferences(
        theme=theme or settings.theme,
        ascii=ascii_only or settings.ascii,
        mouse=settings.mouse,
        hints=settings.hints,
        log_memory=settings.log_memory,
        osc52=takes_osc52(environ),
        groups=settings.groups,
        columns=settings.columns,
        keys=settings.keys,
        state=state_file.location(environ),
        problems=settings.problems,
    )


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


_NO_CLIPBOARD = ("linux", "dumb", "vt100", "vt220", "ansi", "cons25")


def takes_osc52(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is likely to support copying by OSC 52. It can't be asked; a few are known not to."""
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    return environ.get("TERM", "") not in _NO_CLIPBOARD
