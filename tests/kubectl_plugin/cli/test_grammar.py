"""docs/commands.md is made from the grammar; README, help, completion and the page say the same.

To write the page anew: python tests/kubectl_plugin/cli/test_grammar.py
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[3]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402

from kubectl_plugin.cli.exit_codes import ExitCode  # noqa: E402
from kubectl_plugin.cli.parser import PROGRAM, CommandSpec, FlagSpec, command, commands, parser_of  # noqa: E402  # noqa: E402
from kubectl_plugin.cli.registry import BOARD, VERBS, Verb, next_words  # noqa: E402

PAGE = ROOT / "docs" / "commands.md"
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHARED = "which clusters"
_EXITS = {
    ExitCode.FINE: "fine",
    ExitCode.CLUSTER_SAID_NO: (
        "a cluster said no or couldn't be reached, or a file can't be read or written; "
        "what could be seen is printed all the same"
    ),
    ExitCode.USAGE: "wrong usage; nothing was asked of any cluster",
    ExitCode.PROBLEMS: "problems found",
    ExitCode.TIMED_OUT: "timed out",
}


def test_the_page_is_what_the_grammar_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == "".join(page()), (
        "write it anew: python tests/kubectl_plugin/cli/test_grammar.py"
    )


def test_the_readme_names_every_verb_and_no_flag_that_does_not_exist() -> None:
    for verb in next_words():
        assert re.search(rf"(…|pko-argo|pko_argo) {verb}\b", README), verb
    known = {name for each in commands() for flag in each.flags for name in flag.names} | {"--help"}
    table = README[README.index("## Commands") : README.index("## Keys")]
    written = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", table))
    assert written <= known, written - known


@pytest.mark.parametrize("verb", [BOARD, *VERBS], ids=lambda verb: verb.name or "board")
def test_the_help_says_what_the_page_says(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # so that no text is broken within a flag
    text = " ".join(parser_of(verb.words).format_help().split())
    for flag in command(verb.words).flags:
        assert all(name in text for name in flag.names)
        assert " ".join(flag.help.split()) in text


def test_every_flag_and_argument_is_explained() -> None:
    for each in commands():
        for flag in each.flags:
            assert flag.help, (each.words, flag.names)
        for argument in each.arguments:
            assert argument.help, (each.words, argument.placeholder)


def page() -> Iterator[str]:
    """The page, line by line."""
    yield "# Commands\n\n"
    yield (
        "Everything that the command line knows, written from the program's own grammar. "
        "kubectl passes on only what stands\nbehind the plugin's name, so the flags that choose clusters are ours; "
        "they may stand before or behind the verb.\n\n"
    )
    yield "| exit code | means |\n|---|---|\n"
    for code in ExitCode:
        yield f"| {int(code)} | {_EXITS[code]} |\n"
    yield f"\n## Which clusters\n\n{_taken()} take these flags.\n\n"
    yield from _table([flag for flag in command(("get",)).flags if flag.group == SHARED])
    for each in commands():
        yield from _section(each)


def _taken() -> str:
    names = [_name(each) for each in commands() if any(flag.group == SHARED for flag in each.flags)]
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _name(each: CommandSpec) -> str:
    return " ".join((PROGRAM, *each.words))


def _section(each: CommandSpec) -> Iterator[str]:
    words = " ".join((_name(each), *(argument.usage for argument in each.arguments)))
    yield f"\n## {' '.join(each.words) or 'The board'}\n\n{each.help[:1].upper()}{each.help[1:]}.\n\n"
    yield f"```\n{words} [flags]\n```\n"
    if each.arguments:
        yield "\n| argument | what it is |\n|---|---|\n"
        for argument in each.arguments:
            yield f"| `{_cell(argument.usage)}` | {_cell(argument.help)} |\n"
    for title, flags in groupby((flag for flag in each.flags if flag.group != SHARED), key=lambda flag: flag.group):
        yield f"\n{title[:1].upper()}{title[1:]}:\n\n" if title else "\n"
        yield from _table(list(flags))


def _table(flags: list[FlagSpec]) -> Iterator[str]:
    yield "| flag | does |\n|---|---|\n"
    for flag in flags:
        names = ", ".join(f"`{name}`" for name in flag.names)
        yield f"| {names}{f' `{_cell(flag.value)}`' if flag.value else ''} | {_cell(flag.help)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text("".join(page()), encoding="utf-8")
