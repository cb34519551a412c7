"""What must not be seen is taken out of lines where they enter, so that no front end can show it by mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.origins import Origin
from stacks.agentlog import Curtain
from stacks.operatorlog import Excerpt


class Veil:
    """Over an agent's log: the values under ``Outputs:`` are left out."""

    def __init__(self) -> None:
        self._curtain = Curtain()

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


class Sieve:
    """Over an operator's log: only what is about some Stacks, and of that never a run's result.

    `origins` says for each Stack, (namespace, name), whose lines they are then; see `Excerpt` for the rest.
    """

    def __init__(self, origins: Mapping[tuple[str, str], Origin], workspaces: Mapping[tuple[str, str], str]) -> None:
        self._origins = origins
        self._excerpt = Excerpt(origins.keys(), workspaces)

    def through(self, block: bytes) -> Iterator[tuple[Origin, bytes]]:
        """The lines by the Stack that they are about, in order."""
        held: list[bytes] = []
        before: Origin | None = None
        for line in block.split(b"\n")[:-1]:
            time, text = _parted(line)
            found = self._excerpt.take(text)
            if found is None or (origin := self._origins.get(found[0])) is None:
                continue
            if before is not None and origin != before:
                yield before, b"".join(held)
                held = []
            before = origin
            held.append(time + b" " + found[1].encode("utf-8", "surrogateescape") + b"\n")
        if before is not None:
            yield before, b"".join(held)


def _parted(line: bytes) -> tuple[bytes, str]:
    """A line's time, and its text; bytes that are no text survive the way there and back."""
    time, _, text = line.partition(b" ")
    return time, text.decode("utf-8", "surrogateescape")
