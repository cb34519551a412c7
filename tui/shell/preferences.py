"""What a user prefers of a screen: from the configuration, the command line and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from settings import state_file
from settings.config_file import LOG_MEMORY, Settings


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
    from tui.shell.terminal import takes_osc52

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
