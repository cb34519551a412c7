"""What a rule says about a place in a manifest, and the edit that mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

FieldPath = tuple[str | int, ...]
"""keys and indices from the root of an object, such as ``("spec", "prerequisites", 0, "name")``"""


class Severity(StrEnum):
    """How bad it is; the first one is the worst."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def at_least(self, other: Severity) -> bool:
        order = list(Severity)
        return order.index(self) <= order.index(other)


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SetValue:
    """Put another value where there is one. Scalars, lists and mappings are written in the style of their place."""

    path: FieldPath
    value: Any


@dataclass(frozen=True, slots=True)
class RenameKey:
    """Give the last key of a path another name; its value stays."""

    path: FieldPath
    name: str


@dataclass(frozen=True, slots=True)
class RemoveField:
    """Take a key with its value, or an item of a list, out."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class AddField:
    """Add a key with a value to the mapping at a path, behind its last one; the mapping as well where there is none."""

    path: FieldPath
    key: str
    value: Any


Edit = SetValue | RenameKey | RemoveField | AddField


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule broken at one place. `message` says what is wrong and what that will do; `fix` how it is written right."""

    rule: str
    severity: Severity
    message: str
    file: str
    position: Position | None
    """None for an object that isn't in a file"""
    object: str = ""
    """such as ``Stack shop/web``; empty where no object could be read"""
    fix: str = ""
    document: int = 0
    """which document of the file it is, from 0"""
    path: FieldPath = ()
    edits: tuple[Edit, ...] = field(default=(), compare=False)
    """what makes it right without a doubt; empty where somebody has to decide. Their paths, and `path`, begin at the
    root of the YAML document, which for an object of a ``List`` isn't the object's"""

    @property
    def named_message(self) -> str:
        """The message with the object in front of it, unless it names it itself."""
        return self.message if self.object in self.message else f"{self.object}: {self.message}"
