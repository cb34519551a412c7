"""The command line's grammar as a value: for completion, for docs/commands.md, and for the test that compares them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_plugin.cli.parser import VERBS, parser_of
from kubectl_plugin.verbs.health.health_flags import VERBS as HEALTH_VERBS
from kubectl_plugin.verbs.health.health_flags import parser_of as health_parser


@dataclass(frozen=True)
class FlagSpec:
    """A flag: its spellings, the placeholder of its value (empty: it takes none), the values that it takes, if few."""

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str
    group: str


@dataclass(frozen=True)
class CommandSpec:
    """A verb with its arguments and flags. `words` is empty for the bare program."""

    words: tuple[str, ...]
    does: str
    arguments: tuple[tuple[str, str], ...]
    """(placeholder, help), a placeholder being followed by dots where it may be repeated"""
    flags: tuple[FlagSpec, ...]


def commands() -> Iterator[CommandSpec]:
    """The bare program and every verb, in the order of the help."""
    yield command(())
    for verb in VERBS:
        if verb == "health":
            for inner in HEALTH_VERBS:
                yield command((verb, inner))
        else:
            yield command((verb,))


def command(words: Sequence[str]) -> CommandSpec:
    """One of them. `words` is a verb, or ``health`` and its own verb."""
    if words[:1] == ["health"] or words[:1] == ("health",):
        inner = words[1] if len(words) > 1 else ""
        parser = health_parser(inner)
        does = HEALTH_VERBS.get(inner, VERBS["health"])
    else:
        parser = parser_of(words[0] if words else "")
        does = VERBS[words[0]] if words else "the board on a terminal; elsewhere the table of stacks"
    return CommandSpec(tuple(words), does, tuple(_arguments(parser)), tuple(_flags(parser)))


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if action.option_strings:
            continue
        name = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest)
        many = "…" if action.nargs in ("*", "+") else ""
        yield (f"[{name}{many}]" if action.nargs in ("*", "?") else f"{name}{many}"), _help(action)


def _flags(parser: argparse.ArgumentParser) -> Iterator[FlagSpec]:
    for group in parser._action_groups:
        title = "" if group.title in ("options", "positional arguments") else str(group.title)
        for action in group._group_actions:
            if not action.option_strings or "--help" in action.option_strings:
                continue
            choices = tuple(map(str, action.choices or ()))
            value = "" if action.nargs == 0 else str(action.metavar or "|".join(choices) or action.dest.upper())
            yield FlagSpec(tuple(action.option_strings), value, choices, _help(action), title)


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")
