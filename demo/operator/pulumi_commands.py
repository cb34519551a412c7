"""What comes of commands that somebody runs in a workspace pod: `pulumi cancel`, and the list of processes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf

from demo.operator.known_stack import Key, KnownStack
from demo.operator.pulumi_backend import PulumiBackend
from demo.server.object_storage import ObjectStorage
from demo.server.objects import dig
from demo.server.served_commands import CommandResult

CONTAINER = "pulumi"
_SHELLS = ("sh", "bash", "dash")
_PROCESSES = re.compile(r"/proc/\S*/comm\b")
_LAST_WORD = re.compile(r"; echo (\S+)\Z")
_PARAMETER = re.compile(r"\$(?:\{(\d)\}|(\d))")
_REDIRECTION = re.compile(r"\d*[<>]+&?\s*[^\s;&|]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_KERNEL_CUT = 15  # characters that the kernel keeps of a process's name
_LANGUAGE_HOST = "pulumi-language-yaml"


class PulumiCommands:
    """The commands of one cluster's workspace pods.

    `cancel_run` ends the run of a Stack that is on, as Pulumi Cloud does when it is cancelled.
    """

    def __init__(
        self,
        store: ObjectStorage,
        known_stacks: Mapping[Key, KnownStack],
        backend: PulumiBackend,
        cancel_run: Callable[[KnownStack], None],
    ) -> None:
        self._store = store
        self._known_stacks = known_stacks
        self._backend = backend
        self._cancel_run = cancel_run

    def run(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> CommandResult | None:
        """What comes of it; None where no such container runs, or it knows no such command."""
        known = self._in_pod(namespace, pod) if container == CONTAINER else None
        if known is None:
            return None
        if any(_PROCESSES.search(word) for word in command):
            listed = [*processes(known), *(end[1] for word in command if (end := _LAST_WORD.search(word)))]
            return CommandResult(stdout="".join(f"{line}\n" for line in listed))
        for words in _simple_commands(command):
            if words[:2] == ["pulumi", "cancel"]:
                return self._cancel(known, words[2:])
        return None

    def _in_pod(self, namespace: str, name: str) -> KnownStack | None:
        """The Stack whose workspace runs in the pod; None where nothing runs there."""
        pod = self._store.get("Pod", namespace, name)
        if pod is None or dig(pod, "status", "phase") != "Running":
            return None
        workspace = (pod["metadata"].get("labels") or {}).get("auto.pulumi.com/workspace-name", "")
        return self._known_stacks.get((namespace, workspace))

    def _cancel(self, known: KnownStack, words: list[str]) -> CommandResult:
        asked = _stack_asked_for(words)
        stack = self._backend.find(asked, known.program.project) if asked else known.program.stack
        if stack is None:
            return CommandResult(1, stderr=f"error: no stack named '{asked}' found\n")
        self._backend.unlock(stack)
        for other in list(self._known_stacks.values()):
            if other.cloud and other.run is not None and other.program.stack == stack:
                self._cancel_run(other)
        return CommandResult(
            stdout=f"The currently running update for '{stack.rpartition('/')[2]}' has been canceled!\n"
        )


def processes(known: KnownStack) -> list[str]:
    """The processes in a workspace's container, as /proc names them.

    A run that hangs has none: its pulumi died, and nobody told the agent. So it is certain there that nothing works,
    and that the run may be cancelled or its pod restarted.
    """
    works = known.run is not None and known.run.seconds != inf
    return ["tini", "agent", *(["pulumi", _LANGUAGE_HOST[:_KERNEL_CUT]] if works else [])]


def _simple_commands(command: Sequence[str]) -> Iterator[list[str]]:
    """The commands, word by word, that come of one: itself, or where it is a shell with -c those in its text."""
    if not command or command[0].rpartition("/")[2] not in _SHELLS or "-c" not in command[1:]:
        yield _without_prefix(command)
        return
    text, *parameters = command[list(command).index("-c") + 1 :] or [""]

    def value(found: re.Match[str]) -> str:
        place = int(found[1] or found[2])
        return parameters[place] if place < len(parameters) else ""

    lexer = shlex.shlex(_REDIRECTION.sub("", text).replace("\n", ";"), posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # quotes that are never closed
        return
    found: list[str] = []
    for word in words:
        if set(word) <= set(";&|"):
            yield _without_prefix(found)
            found = []
        else:
            found.append(_PARAMETER.sub(value, word))
    yield _without_prefix(found)


def _without_prefix(words: Sequence[str]) -> list[str]:
    """The words from the program's name on, which has no path."""
    rest = list(words)
    while rest and (rest[0] in ("exec", "env", "then") or _ASSIGNMENT.match(rest[0])):
        rest.pop(0)
    return [rest[0].rpartition("/")[2], *rest[1:]] if rest else []


def _stack_asked_for(words: list[str]) -> str:
    for place, word in enumerate(words):
        if word in ("--stack", "-s"):
            return words[place + 1] if place + 1 < len(words) else ""
        if word.startswith("--stack="):
            return word.partition("=")[2]
    return next((word for word in words if not word.startswith("-")), "")
