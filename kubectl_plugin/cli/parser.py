"""From the words of a command line to a verb and its options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.registry import BOARD, GROUPS, find, next_words

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
    options = parser.parse_intermixed_args(rest)
    finish = vars(options).pop("finish", None)
    if finish is not None:
        try:
            finish(options)
        except UsageError as error:
            parser.error(str(error))
    options.words = words
    return options


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
    verb = find(words)
    if verb is None:
        usage = f"{' '.join((PROGRAM, *words))} VERB [flags]"
        return ArgumentParser(words, GROUPS[" ".join(words)].description, usage=usage, epilog=_list_verbs(words, 10))
    if verb is BOARD:
        parser = ArgumentParser(
            (),
            "See every Pulumi Stack that Argo CD delivers, over all clusters, and why one is stuck.\n"
            "Without a verb it opens the board on a terminal, and prints the table elsewhere.",
            usage=f"{PROGRAM} [VERB] [flags]",
            epilog=_list_verbs((), 12),
        )
    else:
        parser = ArgumentParser(words, verb.help)
    verb.module().add_flags(parser)
    return parser


def _list_verbs(words: Sequence[str], width: int) -> str:
    return "verbs:\n" + "".join(f"  {word:<{width}}{what}\n" for word, what in next_words(words).items())
