"""Completion for ``kubectl pko-argo``: the shell runs us with the words so far and reads candidates.

What the grammar knows is offered at once. Names of objects come from the cluster that the words so far
choose, within a second or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from cluster.errors import KubeconfigError
from health.check_kinds import KINDS as CHECKED
from kubectl_plugin.cli.grammar import CommandSpec, FlagSpec, command
from kubectl_plugin.cli.parser import VERBS
from kubectl_plugin.cli.resource_names import KINDS, kind_of
from kubectl_plugin.verbs.health.health_flags import VERBS as HEALTH_VERBS

NO_FILES = ":4"
"""the directive that keeps the shell from offering files"""
FILES = ":0"
"""the one that lets it"""
PATIENCE = 0.6
"""seconds for clusters to answer; with the start of the program it stays within one"""


def complete(words: Sequence[str], environ: Mapping[str, str], patience: float = PATIENCE) -> NoReturn:
    """Print the candidates for the last word, and end the process."""
    print("\n".join(candidates(words, environ, patience)), flush=True)
    os._exit(0)  # whatever still waits for a cluster would hold up the shell


def candidates(words: Sequence[str], environ: Mapping[str, str], patience: float = PATIENCE) -> list[str]:
    """What the last word may become, each with a tab and its meaning where that isn't plain, and a directive."""
    *before, last = words or [""]
    told = _told(before)
    here = command(told)
    offered = dict.fromkeys(_possible(here, before, last, environ, patience))
    found = sorted(line for line in offered if line.startswith(last))
    return [*found, FILES if not found and _wants_a_file(here, before) else NO_FILES]


def _told(before: Sequence[str]) -> tuple[str, ...]:
    """The verb among the words, and that of ``health``; a flag's value may be spelt as a verb, too."""
    verb = next((word for word in _positional(command(()), before) if word in VERBS), "")
    if verb != "health":
        return (verb,) if verb else ()
    inner = next((word for word in before[before.index(verb) + 1 :] if word in HEALTH_VERBS), "")
    return (verb, inner) if inner else (verb,)


def _possible(
    here: CommandSpec, before: Sequence[str], last: str, environ: Mapping[str, str], patience: float
) -> Iterator[str]:
    flag = _flag(here, before[-1]) if before else None
    if flag is not None and flag.value:
        yield from _values(flag, before, environ, patience)
        return
    name, equals, _ = last.partition("=")
    if equals and name.startswith("--"):
        if (flag := _flag(here, name)) is not None and flag.value:
            yield from (f"{name}={value}" for value in _values(flag, before, environ, patience))
        return
    if last.startswith("-"):
        for each in here.flags:
            for name in each.names:
                if name.startswith("--"):
                    yield f"{name}\t{each.help}"
        return
    yield from _words(here, before, environ, patience)


def _words(here: CommandSpec, before: Sequence[str], environ: Mapping[str, str], patience: float) -> Iterator[str]:
    """What may stand here without a dash."""
    written = _positional(here, before)[len(here.words) :]
    match here.words:
        case ():
            yield from (f"{verb}\t{does}" for verb, does in VERBS.items())
        case ("health",):
            yield from (f"{verb}\t{does}" for verb, does in HEALTH_VERBS.items())
        case ("health", _):
            if here.arguments and "KIND" in here.arguments[0][0]:
                yield from (kind.rpartition("/")[2] for kind in CHECKED)
        case ("get",):
            if not written:
                yield from dict.fromkeys(KINDS.values())
            elif kind := kind_of(written[0]):
                yield from (name for name in _names(kind, before, environ, patience) if name not in written[1:])
        case ("logs",) | ("tree",):
            yield from (name for name in _names("stacks", before, environ, patience) if name not in written)
        case (_,) if here.arguments:
            yield from (word for word in here.arguments[0][0].strip("[]…").split("|") if word.islower())


def _values(flag: FlagSpec, before: Sequence[str], environ: Mapping[str, str], patience: float) -> Iterator[str]:
    """What may follow a flag."""
    yield from flag.choices
    if "--context" in flag.names:
        yield from _contexts(environ)
    elif "--instance" in flag.names:
        yield from _names("argocds", before, environ, patience)
    elif "--namespace" in flag.names:
        yield from _names("namespaces", before, environ, patience)
    elif "--stack" in flag.names:
        yield from _names("stacks", before, environ, patience)
    elif "--status" in flag.names:
        from kubectl_plugin.verbs.get.printable_kinds import KINDS as TABLES

        written = _positional(command(("get",)), before)[1:2]
        yield from TABLES[kind_of(written[0]) if written and kind_of(written[0]) else "stacks"].statuses
    elif "--theme" in flag.names:
        yield from ("dark", "light", "high-contrast", "colour-blind", "colour-blind-light")


def _wants_a_file(here: CommandSpec, before: Sequence[str]) -> bool:
    flag = _flag(here, before[-1]) if before else None
    if flag is not None and flag.value:
        return flag.value == "FILE"
    return any("FILE" in name for name, _ in here.arguments)


def _flag(here: CommandSpec, word: str) -> FlagSpec | None:
    return next((flag for flag in here.flags if word in flag.names), None)


def _positional(here: CommandSpec, words: Sequence[str]) -> list[str]:
    """The words that are neither flags nor their values."""
    found: list[str] = []
    skip = False
    for word in words:
        flag = _flag(here, word)
        if not skip and not word.startswith("-"):
            found.append(word)
        skip = not skip and flag is not None and bool(flag.value)
    return found


def _contexts(environ: Mapping[str, str]) -> Sequence[str]:
    from cluster.kubeconfig import load

    try:
        return load(None, environ).contexts
    except KubeconfigError:
        return ()


def _names(kind: str, before: Sequence[str], environ: Mapping[str, str], patience: float) -> Sequence[str]:
    from kubectl_plugin.completion.object_names import names

    return names(kind, before, environ, patience)
