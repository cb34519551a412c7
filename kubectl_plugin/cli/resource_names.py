"""Kinds and names of objects as kubectl takes them: ``stacks``, ``stack.pulumi.com``, and both as ``stack/web``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kubectl_plugin.cli.exit_codes import UsageError

KINDS = {
    word: kind
    for kind, words in (
        ("stacks", "stacks stack"),
        ("apps", "apps app applications application"),
        ("workspaces", "workspaces workspace ws"),
        ("updates", "updates update"),
        ("contexts", "contexts context ctx"),
    )
    for word in words.split()
}
"""the kind that each word means"""
_GROUPS = {"stacks": "pulumi.com", "apps": "argoproj.io", "workspaces": "auto.pulumi.com", "updates": "auto.pulumi.com"}


def kind_of(word: str) -> str:
    """The kind that a word means, with its API group or without; empty if there is none."""
    short, dot, group = word.lower().partition(".")
    kind = KINDS.get(short, "")
    return kind if not dot or (kind and _GROUPS.get(kind) == group) else ""


def kind_and_names(word: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """The kind and the names out of ``KIND NAME...`` or ``KIND/NAME...``, all of one kind. Raises UsageError."""
    if "/" not in word:
        if not (kind := kind_of(word)):
            kinds = ", ".join(dict.fromkeys(KINDS.values()))
            raise UsageError(f"there is no kind {word!r}; kinds are {kinds}")
        return kind, list(names)
    kinds_of = {kind_of(each.partition("/")[0]) if "/" in each else "" for each in (word, *names)}
    if len(kinds_of) > 1 or "" in kinds_of:
        raise UsageError(f"{' '.join((word, *names))}: write KIND NAME..., or KIND/NAME for each, all of one kind")
    return kinds_of.pop(), [each.partition("/")[2] for each in (word, *names)]


def read_stack_names(options: argparse.Namespace) -> None:
    """Make names, each once, of ``NAME`` or ``stack/NAME``. Raises UsageError for another kind, or a namespace."""
    options.names = list(dict.fromkeys(_name(word, "stacks", "stack") for word in options.names))


def read_application_names(options: argparse.Namespace) -> None:
    """Make names, each once, of ``NAME`` or ``app/NAME``. Raises UsageError for another kind, or a namespace."""
    options.names = list(dict.fromkeys(_name(word, "apps", "app") for word in options.names))


def _name(word: str, kind: str, short: str) -> str:
    before, slash, name = word.rpartition("/")
    if not slash or (kind_of(before) == kind and name):
        return name
    raise UsageError(
        f"{word}: {before!r} is no kind of which this could be; write NAME or {short}/NAME, and -n NAMESPACE"
    )
