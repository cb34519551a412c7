"""A verb is a module and a line in the registry: the program, help, the grammar and completion know it by these."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType

import pytest

import pko_argo
from kubectl_plugin.cli import registry
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.parser import commands, parser_of, split_verb
from kubectl_plugin.cli.registry import Verb, VerbGroup
from kubectl_plugin.completion.candidates import candidates


@pytest.mark.parametrize("verb", [registry.BOARD, *registry.VERBS], ids=lambda verb: verb.name or "board")
def test_every_verb_has_a_module_with_flags_and_a_run(verb: Verb) -> None:
    module = verb.module()
    assert callable(module.add_flags)
    assert callable(module.run)


@pytest.fixture(params=["greet", "people greet"])
def greet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of a verb that the program doesn't have."""

    def add_flags(to: argparse.ArgumentParser) -> None:
        to.add_argument("--loudly", action="store_true", help="so that everybody hears it")
        to.add_argument("--name", default="", metavar="NAME", help="whom")

    def run(options: argparse.Namespace) -> ExitCode:
        sys.stdout.write(f"hello {options.name.upper() if options.loudly else options.name}\n")
        return ExitCode.PROBLEMS

    name = str(request.param)
    module = ModuleType(f"kubectl_plugin.verbs.{name.replace(' ', '.')}")
    vars(module).update(add_flags=add_flags, run=run)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "VERBS", (*registry.VERBS, Verb(name, "say hello")))
    monkeypatch.setitem(registry.GROUPS, "people", VerbGroup("what people do", "What people do."))
    return name.split()


def test_a_new_verb_costs_a_module_and_a_line(greet: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert pko_argo._run([*greet, "--name", "ada", "--loudly"]) == ExitCode.PROBLEMS
    assert capsys.readouterr().out == "hello ADA\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--context", "get", "tree", "web"], ("tree",)),
        (["-n", "logs", "health", "-o", "status", "print"], ("health", "print")),
        (["health", "--all-contexts", "status"], ("health", "status")),
        (["--ascii"], ()),
    ],
)
def test_the_value_of_a_flag_before_the_verb_is_not_the_verb(arguments: list[str], words: tuple[str, ...]) -> None:
    assert split_verb(arguments)[0] == words


def test_help_completion_and_the_page_of_commands_know_a_new_verb(greet: list[str]) -> None:
    assert f"{greet[0]:<12}" in parser_of(()).format_help()
    assert tuple(greet) in [command.words for command in commands()]
    assert [line.partition("\t")[0] for line in candidates([*greet, "--"], {})] == ["--loudly", "--name", ":4"]
    assert [line.partition("\t")[0] for line in candidates([*greet[:-1], "gr"], {})] == ["greet", ":4"]
