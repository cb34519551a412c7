"""Every verb of the program, in the order of its help. Who asks what verbs there are, asks here.

To add one, write its module and its line in VERBS. The module has `add_flags(to)`, which adds its arguments and flags
to an argparse parser, and `run(options)`, which returns an exit code. Its place follows from its name: `health install`
is the module `kubectl_plugin.verbs.health.install`, and `restart-workspace` has `restart_workspace`. A verb of several
parts is a package: the two functions stand in its `__init__`, the parts beside it.

A module is imported when its verb is asked for, and imports what only `run` needs in `run`: help, completion at each
press of tab, and the names of the flags have to be there in some 50 ms, while the libraries behind `get` take 300.
`tests/test_imports.py` holds it to that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from settings.config_file import Settings


class VerbModule(Protocol):
    """What the module of a verb has to have."""

    run: Callable[..., int]
    """from the parsed options, and a TerminalProgram where a verb needs one, to an exit code; raises KubeconfigError
    and UsageError"""

    def add_flags(self, to: argparse.ArgumentParser) -> None:
        """Add the verb's arguments and flags.

        The default `finish`, a function of the options, is called with them after parsing, and may raise UsageError.
        """


class Verb(NamedTuple):
    """A verb. `name` is empty for the program without one."""

    name: str
    help: str
    needs_terminal_program: bool = False
    """Whether `run` takes a second argument, a `TerminalProgram`"""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.name.split())

    def module(self) -> VerbModule:
        path = ".".join(("kubectl_plugin", "verbs", *(word.replace("-", "_") for word in self.words or ("board",))))
        return cast("VerbModule", import_module(path))


class VerbGroup(NamedTuple):
    """A first word that is shared by several verbs. `help` is for the list of verbs, `description` for its own."""

    help: str
    description: str


BOARD = Verb("", "the board on a terminal; elsewhere the table of stacks", needs_terminal_program=True)
VERBS = (
    Verb("get", "print stacks, apps, workspaces, updates or contexts"),
    Verb("diagnose", "say why stacks are stuck: the cause, the evidence, what happens next and what to do"),
    Verb("logs", "print what the workspace pods of stacks print, run by run"),
    Verb("tree", "print a stack with everything around it: application, workspace, pod, updates, events"),
    Verb("wait", "wait until stacks are ready, healthy, updated, reconciled or deleted, or can't be any more"),
    Verb("reconcile", "ask the operator for a run of stacks, and wait for its end"),
    Verb("restart-workspace", "delete the workspace pods of stacks, and wait for new ones that work"),
    Verb("cancel", "take away the lock that an update which is over has left on the backend stack"),
    Verb("unwedge", "free stacks of an update that the operator waits for in vain, and ask for a run"),
    Verb("release", "take one finalizer off stacks that are being deleted, or off a leftover update"),
    Verb("app refresh", "let Argo CD compare applications with their sources now"),
    Verb("app sync", "sync applications, or just one stack of one, and wait for the end"),
    Verb("app terminate", "end the sync of applications that doesn't end by itself"),
    Verb("lint", "say what is wrong in manifests with stacks, before they are merged: file, line, and how to mend it"),
    Verb("demo", "three clusters in this process, with stacks that move", needs_terminal_program=True),
    Verb("health print", "print the checks, as Argo CD's owner needs them"),
    Verb("health test", "judge objects with a check as Argo CD would, and compare"),
    Verb("health status", "every Argo CD: which checks are in force, and what gets in the way"),
    Verb("health diff", "what is installed against what this program brings"),
    Verb("health preview", "who would change with our checks, and which syncs would wait or fail"),
    Verb("health install", "put our checks where they are in force and stay, and prove it"),
    Verb("health uninstall", "take out what is ours, and give back what was somebody else's"),
    Verb("completion", "print what makes bash, zsh or fish complete the words of this program"),
    Verb("config", "print the configuration that is in force, or an example of one", needs_terminal_program=True),
    Verb("version", "print the version"),
)
GROUPS = {
    "app": VerbGroup(
        "Argo CD's Applications: refresh, sync, end a sync",
        "Argo CD's Applications. The API server is asked, not Argo CD's: no login to it is needed.",
    ),
    "health": VerbGroup(
        "Argo CD's health checks for Pulumi's kinds: print, test, compare, preview, install and take them out",
        "Argo CD's health checks for Pulumi's kinds.",
    ),
}


def find(words: Sequence[str]) -> Verb | None:
    """The verb of these words; None for the words of a group, or if there is none."""
    return next((verb for verb in (BOARD, *VERBS) if verb.words == tuple(words)), None)


def next_words(words: Sequence[str] = ()) -> dict[str, str]:
    """Each word that may follow these ones to make a verb, with its help; without words, those that begin one."""
    depth = len(words)
    found: dict[str, str] = {}
    for verb in VERBS:
        if verb.words[:depth] == tuple(words) and len(verb.words) > depth:
            word = verb.words[depth]
            found.setdefault(word, verb.help if len(verb.words) == depth + 1 else GROUPS[word].help)
    return found


class TerminalProgram(Protocol):
    """The board on a terminal, and the demo's clusters. All raise UsageError for what may not or cannot be."""

    def show_board(self, options: argparse.Namespace) -> int:
        """The board over the chosen contexts, until the reader leaves. Returns the exit code."""

    def show_demo(self, options: argparse.Namespace) -> int:
        """The board over the demo's clusters, until the reader leaves. Returns the exit code."""

    def serve_demo(self, path: str) -> int:
        """The demo's clusters alone, for whom the kubeconfig that is written there leads to them. Until ctrl+c."""

    def check_settings(self, settings: Settings) -> Settings:
        """The settings without what a screen can't have, which stands among their problems."""
