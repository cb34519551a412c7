"""From the words of a command line to a verb and its options, and the grammar as a value: for completion and docs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple, NoReturn

from kubectl_plugin.cli import registry
from kubectl_plugin.cli.common_flags import DRY_RUNS
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.registry import next_words

PROGRAM = "kubectl pko-argo"


class ArgumentParser(argparse.ArgumentParser):
    """argparse's own, but that wrong usage ends the program with a hint at the help."""

    def __init__(self, words: Sequence[str], description: str = "", **more: str) -> None:
        super().__init__(
            prog=" ".join((PROGRAM, *words)),
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter if next_words(words) else argparse.HelpFormatter,
            allow_abbrev=False,
            **more,  # type: ignore[arg-type]
        )

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; `words` are those of the verb. Wrong usage ends the program with code 2 and a hint."""
    words, rest = split_verb(arguments)
    parser = parser_of(words)
    options = parser.parse_intermixed_args(list(_with_default_values(rest)))
    finish = vars(options).pop("finish", None)
    if finish is not None:
        try:
            finish(options)
        except UsageError as error:
            parser.error(str(error))
    options.words = words
    return options


def _with_default_values(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with what ``--dry-run`` alone means, as with kubectl; argparse would take the next word for it."""
    for word, after in zip_longest(arguments, arguments[1:]):
        yield "--dry-run=client" if word == "--dry-run" and after not in DRY_RUNS else word


def split_verb(arguments: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The words of the verb, and everything else. Ends the program where there is no such verb.

    The first word that is neither a flag nor a flag's value begins a verb; where it is a group's, the next such word
    goes on. What flags take values, the bare program decides, and behind a group's word the verbs of the group, too.
    """
    words: tuple[str, ...] = ()
    rest = list(arguments)
    while known := next_words(words):
        place = _first_word(rest, words)
        if place is None:
            break
        word = rest.pop(place)
        if word not in known:
            ArgumentParser(words).error(f"there is no verb {word!r}; verbs are {', '.join(known)}")
        words = (*words, word)
    return words, rest


def _first_word(arguments: Sequence[str], group: tuple[str, ...]) -> int | None:
    """Where the first word stands that is neither a flag nor the value of one."""
    take_a_value: frozenset[str] | None = None
    skip = False
    for place, word in enumerate(arguments):
        if skip:
            skip = False
        elif not word.startswith("-"):
            return place
        else:
            if take_a_value is None:  # not before, as it needs the flags of all verbs, and mostly the verb comes first
                take_a_value = _flags_with_value(group)
            skip = word in take_a_value
    return None


def _flags_with_value(group: tuple[str, ...]) -> frozenset[str]:
    """The flags that take a value: of the bare program, and of all verbs of the group if there is one."""
    parsers = [parser_of(())]
    if group:
        parsers += [parser_of((*group, word)) for word in next_words(group)]
    actions = [action for parser in parsers for action in parser._actions]
    return frozenset(flag for action in actions if action.nargs != 0 for flag in action.option_strings)


def parser_of(words: Sequence[str]) -> ArgumentParser:
    """The parser of a verb, or of a group, which has no flags. The words have to be in the registry."""
    verb = registry.find(words)
    if verb is None:
        usage = f"{' '.join((PROGRAM, *words))} VERB [flags]"
        return ArgumentParser(
            words, registry.GROUPS[" ".join(words)].description, usage=usage, epilog=_list_verbs(words)
        )
    if verb is registry.BOARD:
        parser = ArgumentParser(
            (),
            "See every Pulumi Stack that Argo CD delivers, over all clusters, and why one is stuck.\n"
            "Without a verb it opens the board on a terminal, and prints the table elsewhere.",
            usage=f"{PROGRAM} [VERB] [flags]",
            epilog=_list_verbs(()),
        )
    else:
        parser = ArgumentParser(words, verb.help)
    verb.module().add_flags(parser)
    return parser


def _list_verbs(words: Sequence[str]) -> str:
    verbs = next_words(words)
    width = max(map(len, verbs)) + 2
    return "verbs:\n" + "".join(f"  {word:<{width}}{what}\n" for word, what in verbs.items())


class FlagSpec(NamedTuple):
    """A flag: its spellings, the placeholder of its value (empty: it takes none), the values that it takes, if few.

    The placeholders of several values are separated by blanks.
    `group` is the heading in the help under which it stands, empty for none.
    """

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str
    group: str

    @property
    def takes(self) -> int:
        """How many values follow it."""
        return len(self.value.split())


class ArgumentSpec(NamedTuple):
    """An argument without a dash. `usage` is as usage lines have it: ``KIND``, ``[NAME…]``."""

    placeholder: str
    usage: str
    choices: tuple[str, ...]
    help: str


class CommandSpec(NamedTuple):
    """A verb or a group of verbs with its arguments and flags. `words` is empty for the bare program."""

    words: tuple[str, ...]
    help: str
    arguments: tuple[ArgumentSpec, ...]
    flags: tuple[FlagSpec, ...]


def commands() -> Iterator[CommandSpec]:
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
            named = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar
            value = "" if action.nargs == 0 else str(named or "|".join(choices) or action.dest.upper())
            yield FlagSpec(tuple(action.option_strings), value, choices, _help(action), title)


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")
