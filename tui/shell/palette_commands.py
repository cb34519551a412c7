"""What can be typed after a colon, and how it is completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PaletteCommand:
    """A word, what it does, and the kind of word that may follow it."""

    name: str
    does: str
    aliases: tuple[str, ...] = ()
    takes: str = ""


COMMANDS: tuple[PaletteCommand, ...] = (
    PaletteCommand("stacks", "all Stacks", ("stack", "st")),
    PaletteCommand("apps", "all Applications", ("app", "applications", "application")),
    PaletteCommand(
        "ctx", "the contexts; with a name only what is in it, all for everything", ("context", "contexts"), "ctx"
    ),
    PaletteCommand("health", "every Argo CD, and which health checks are in force", ("checks", "argocd")),
    PaletteCommand("ns", "only this namespace; all for everything", ("namespace", "namespaces"), "ns"),
    PaletteCommand("group", "group the lines; off for none, label KEY for a label", ("by",), "group"),
    PaletteCommand("sort", "sort by a column; urgency for the usual order", (), "sort"),
    PaletteCommand("columns", "choose the columns", ("cols",)),
    PaletteCommand("copy", "copy the name, or with kubectl the line that shows the same object", (), "copy"),
    PaletteCommand("save", "save the screen or the table; svg, csv or json says how", (), "save"),
    PaletteCommand("theme", "change the colours", ("themes", "skin"), "theme"),
    PaletteCommand("write", "switch on what changes something; off switches it off", (), "write"),
    PaletteCommand("help", "every key that works here", ("h", "?")),
    PaletteCommand("q", "leave the program", ("q!", "quit", "exit")),
)

Words = Callable[[str], Sequence[str]]
"""what may follow a command that takes this kind of word"""


def resolve(text: str) -> tuple[PaletteCommand | None, str]:
    """The command that a line begins with, and the rest of the line."""
    verb, _, rest = text.strip().lstrip(":").strip().partition(" ")
    lower = verb.lower()
    found = next((one for one in COMMANDS if lower == one.name or lower in one.aliases), None)
    return found, rest.strip()


def completions(text: str, words: Words) -> list[str]:
    """The lines that this one may become, the likeliest first: those that begin so before those that hold it."""
    line = text.lstrip().lstrip(":")
    verb, blank, rest = line.partition(" ")
    if not blank:
        return _likely(verb, [one.name for one in COMMANDS])
    command, _ = resolve(verb)
    if command is None or not command.takes:
        return []
    *given, last = rest.split(" ")
    kept = [word for word in words(command.takes) if word not in given]
    before = " ".join([verb, *given])
    return [f"{before} {word}" for word in _likely(last, kept)]


def _likely(begun: str, words: Sequence[str]) -> list[str]:
    lower = begun.lower()
    begin = [word for word in words if word.lower().startswith(lower)]
    return begin + [word for word in words if lower in word.lower() and word not in begin]
