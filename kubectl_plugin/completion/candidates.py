"""Completion for ``kubectl pko-argo``: the shell runs us with the words so far and reads candidates.

What the grammar knows is offered at once. Names of objects come from the cluster that the words so far
choose, within a second or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, NoReturn

from cluster.errors import KubeconfigError
from health.check_kinds import KINDS as CHECK_KINDS
from kubectl_plugin.cli.parser import CommandSpec, FlagSpec, command
from kubectl_plugin.cli.registry import next_words
from kubectl_plugin.cli.resource_names import KINDS, kind_of

NO_FILES = ":4"
"""the directive for a shell not to offer files"""
FILES = ":0"
"""the directive for a shell to offer files"""
PATIENCE = 0.6
"""seconds for clusters to answer; with the start of the program it stays within one"""


def complete(words: Sequence[str], environ: Mapping[str, str], patience: float = PATIENCE) -> NoReturn:
    """Print the candidates for the last word, and end the process."""
    print("\n".join(candidates(words, environ, patience)), flush=True)
    os._exit(0)  # whatever still waits for a cluster would hold up the shell


def candidates(words: Sequence[str], environ: Mapping[str, str], patience: float = PATIENCE) -> list[str]:
    """What the last word may become, each with a tab and its meaning where that isn't plain, and a directive.

    Clusters get `patience` seconds to answer.
    """
    *before, last = words or [""]
    typed = _Typed(command(_verb_among(before)), before, environ, patience)
    offered = dict.fromkeys(typed.possible(last))
    # A name that can't be seen can't be typed, and a shell would write it to the terminal as it is.
    found = sorted(line for line in offered if line.startswith(last) and line.replace("\t", "").isprintable())
    return [*found, FILES if not found and typed.takes_a_file() else NO_FILES]


def _verb_among(words: Sequence[str]) -> tuple[str, ...]:
    """The verb of which these words are. A flag's value may be spelt as a verb, too."""
    verb: tuple[str, ...] = ()
    rest = list(words)
    while known := next_words(verb):
        word = next((word for word in _without_flags(command(verb), rest) if word in known), None)
        if word is None:
            break
        rest = rest[rest.index(word) + 1 :]
        verb = (*verb, word)
    return verb


def _without_flags(here: CommandSpec, words: Sequence[str]) -> list[str]:
    found: list[str] = []
    values = 0
    for word in words:
        if values:
            values -= 1
        elif not word.startswith("-"):
            found.append(word)
        elif (flag := _flag(here, word)) is not None:
            values = flag.takes
    return found


def _flag(here: CommandSpec, word: str) -> FlagSpec | None:
    return next((flag for flag in here.flags if word in flag.names), None)


class _Typed(NamedTuple):
    """What was typed before the last word, and the command that it is about."""

    here: CommandSpec
    before: Sequence[str]
    environ: Mapping[str, str]
    patience: float

    def possible(self, last: str) -> Iterator[str]:
        """What may stand in the place of the last word, whether it begins like that or not."""
        if (flag := self._open_flag()) is not None:
            yield from self._values(flag)
            return
        name, equals, _ = last.partition("=")
        if equals and name.startswith("--"):
            if (flag := _flag(self.here, name)) is not None and flag.value:
                yield from (f"{name}={value}" for value in self._values(flag))
        elif last.startswith("-"):
            for each in self.here.flags:
                yield from (f"{name}\t{each.help}" for name in each.names if name.startswith("--"))
        else:
            yield from self._words()

    def takes_a_file(self) -> bool:
        if (flag := self._open_flag()) is not None:
            return flag.value == "FILE"
        return any(argument.placeholder == "FILE" for argument in self.here.arguments)

    def _open_flag(self) -> FlagSpec | None:
        """The flag whose value comes next, if there is one."""
        for given, word in enumerate(reversed(self.before)):
            if (flag := _flag(self.here, word)) is not None:
                return flag if given < flag.takes else None
        return None

    def _words(self) -> Iterator[str]:
        """What may stand here without a dash: words of verbs, or what the placeholders of the arguments stand for."""
        if words := next_words(self.here.words):
            yield from (f"{word}\t{does}" for word, does in words.items())
            return
        written = _without_flags(self.here, self.before)[len(self.here.words) :]
        match [argument.placeholder for argument in self.here.arguments]:
            case ["KIND", "NAME"]:
                if not written:
                    yield from dict.fromkeys(KINDS.values())
                elif kind := kind_of(written[0]):
                    yield from (name for name in self._names(kind) if name not in written[1:])
            case ["NAME"]:
                kind = "apps" if self.here.words[:1] == ("app",) else "stacks"
                yield from (name for name in self._names(kind) if name not in written)
            case ["KIND"]:
                yield from (kind.rpartition("/")[2] for kind in CHECK_KINDS)
            case [_]:
                yield from self.here.arguments[0].choices

    def _values(self, flag: FlagSpec) -> Iterator[str]:
        yield from flag.choices
        if "--context" in flag.names:
            yield from _contexts(self.environ)
        elif "--compare" in flag.names:
            yield from (name for name in _contexts(self.environ) if name != self.before[-1])
        elif "--instance" in flag.names:
            yield from self._names("argocds")
        elif "--namespace" in flag.names:
            yield from self._names("namespaces")
        elif "--stack" in flag.names:
            yield from self._names("stacks")
        elif "--status" in flag.names:
            # imported here, as the columns and JSON of all kinds take 0.15 s that other candidates needn't wait for
            from kubectl_plugin.verbs.get.printable_kinds import KINDS as TABLES

            written = _without_flags(command(("get",)), self.before)[1:2]
            yield from TABLES[kind_of(written[0]) if written and kind_of(written[0]) else "stacks"].statuses
        elif "--theme" in flag.names:
            yield from ("dark", "light", "high-contrast", "colour-blind", "colour-blind-light")

    def _names(self, kind: str) -> Sequence[str]:
        # imported here, as aiohttp and the records take 0.3 s that candidates out of the grammar needn't wait for
        from kubectl_plugin.completion.object_names import names

        # The verbs of `app` look in all namespaces where none is chosen.
        everywhere = ("-A",) if self.here.words[:1] == ("app",) and not self._chooses_namespaces() else ()
        return names(kind, [*self.before, *everywhere], self.environ, self.patience)

    def _chooses_namespaces(self) -> bool:
        return any(word.partition("=")[0] in ("-n", "--namespace") for word in self.before)


def _contexts(environ: Mapping[str, str]) -> Sequence[str]:
    # imported here, as msgspec and YAML aren't needed for candidates out of the grammar
    from cluster.kubeconfig import load

    try:
        return load(None, environ).contexts
    except KubeconfigError:
        return ()
