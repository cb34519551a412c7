"""What must not be seen is taken out of lines where they enter, so that no front end can show it by mistake."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from fleet.logs.log_events import LogSource
from stacks.logs.agent_log import OutputRedactor
from stacks.logs.operator_log import OperatorLogFilter


class AgentLineRedactor:
    """Over an agent's log: the values under ``Outputs:`` are left out."""

    def __init__(self) -> None:
        self._curtain = OutputRedactor()

    def over(self, block: bytes) -> bytes:
        """The lines that may be seen. Nearly always that is the very same block."""
        if not self._curtain.drawn and b"utputs:" not in block:
            return block
        return b"".join(self._seen(line) for line in block.split(b"\n")[:-1])

    def _seen(self, line: bytes) -> bytes:
        if not self._curtain.drawn and b"utputs:" not in line:
            return line + b"\n"
        time, text = _parted(line)
        shown = self._curtain.pass_(text)
        return b"" if shown is None else time + b" " + shown.encode("utf-8", "surrogateescape") + b"\n"


class OperatorLineRedactor:
    """Over an operator's log: only what is about some Stacks, and of that never a run's result.

    `origins` says for each Stack, (namespace, name), whose lines they are then; see `Excerpt` for the rest.
    With a `tail` only the last so many come through, all of them at the end: a server that is asked for its
    last lines knows nothing of Stacks.
    """

    def __init__(
        self,
        origins: Mapping[tuple[str, str], LogSource],
        workspaces: Mapping[tuple[str, str], str],
        tail: int | None = None,
    ) -> None:
        self._origins = origins
        self._excerpt = OperatorLogFilter(origins.keys(), workspaces)
        self._kept: deque[tuple[LogSource, bytes]] | None = None if tail is None else deque(maxlen=tail)

    def through(self, block: bytes) -> Iterator[tuple[LogSource, bytes]]:
        """The lines by the Stack that they are about, in order."""
        if self._kept is None:
            yield from _together(self._ours(block))
        else:
            self._kept.extend(self._ours(block))

    def rest(self) -> Iterator[tuple[LogSource, bytes]]:
        """What was kept for the end."""
        yield from _together(self._kept or ())

    def _ours(self, block: bytes) -> Iterator[tuple[LogSource, bytes]]:
        for line in block.split(b"\n")[:-1]:
            time, text = _parted(line)
            found = self._excerpt.take(text)
            if found is not None and (origin := self._origins.get(found[0])) is not None:
                yield origin, time + b" " + found[1].encode("utf-8", "surrogateescape") + b"\n"


def _together(lines: Iterable[tuple[LogSource, bytes]]) -> Iterator[tuple[LogSource, bytes]]:
    """Lines that follow each other and are of one origin, as one block."""
    for origin, group in groupby(lines, key=lambda each: each[0]):
        yield origin, b"".join(line for _, line in group)


def _parted(line: bytes) -> tuple[bytes, str]:
    """A line's time, and its text; bytes that are no text survive the way there and back."""
    time, _, text = line.partition(b" ")
    return time, text.decode("utf-8", "surrogateescape")
