"""The command line's grammar as a value, out of the registry: for completion, and for docs/commands.md and its test."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_plugin.cli import registry
from kubectl_plugin.cli.parser import parser_of


@dataclass(frozen=True)
class FlagSpec:
    """A flag: its spellings, the placeholder of its value (empty: it takes none), the values that it takes, if few.

    `group` is the heading in the help under which it stands, empty for none.
    """

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str
    group: str


@dataclass(frozen=True)
class ArgumentSpec:
    """An argument without a dash. `usage` is as usage lines have it: ``KIND``, ``[NAME…]``."""

    placeholder: str
    usage: str
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class CommandSpec:
    """A verb or a group of verbs with its arguments and flags. `words` is empty for the bare program."""

    words: tuple[str, ...]
    help: str
    arguments: tuple[ArgumentSpec, ...]
    flags: tuple[FlagSpec, ...]


def commands() -> Iterator[CommandSpec]:
    """The bare program and every verb, in the order of the help."""
    for verb in (registry.BOARD, *registry.VERBS):
        yield command(verb.words)


def command(words: Sequence[str]) -> CommandSpec:
    """That of a verb's words, or of a group's. They have to be in the registry."""
    verb, parser = registry.find(words), parser_of(words)
    does = verb.help if verb is not None else registry.GROUPS[" ".join(words)].help
    return CommandSpec(tuple(words), does, tuple(_arguments(parser)), tuple(_flags(parser)))


def _arguments(parser: argparse.ArgumentParser) -> Iterator[ArgumentSpec]:
    for action in parser._actions:
        if action.option_strings:
            continue
        choices = tuple(map(str, action.choices or ()))
        name = str(action.metavar or "|".join(choices) or action.dest)
        usage = f"{name}…" if action.nargs in ("*", "+") else name
        yield ArgumentSpec(name, f"[{usage}]" if action.nargs in ("*", "?") else usage, choices, _help(action))


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
