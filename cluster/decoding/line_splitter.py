"""Puts a stream's pieces, which the network cuts anywhere, together into whole lines."""

from __future__ import annotations

from typing import TypeAlias

from cluster.errors import Garbled

LONGEST = 64 << 20
"""No object is that large; without a bound, a server that never ends a line would fill the memory."""

Block: TypeAlias = bytes | memoryview
"""One or more whole lines."""


class LineSplitter:
    """Takes pieces of a stream, gives back the lines complete by now. Nothing is copied but a line that was cut."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._length = 0

    def feed(self, piece: bytes) -> list[Block]:
        """The next piece; the blocks of whole lines that it completes, in order."""
        end = piece.rfind(b"\n") + 1
        if not end:
            self._keep(piece)
            return []
        blocks: list[Block] = []
        start = 0
        if self._begun:
            start = piece.find(b"\n") + 1
            blocks.append(b"".join((*self._begun, piece[:start])))
            self._begun, self._length = [], 0
        if start < end:
            blocks.append(memoryview(piece)[start:end])
        if end < len(piece):
            self._keep(piece[end:])
        return blocks

    @property
    def broken_off(self) -> bool:
        """Whether a line was begun and not ended."""
        return any(part.strip() for part in self._begun)

    @property
    def rest(self) -> bytes:
        """The line that was begun and not ended, as far as it has come."""
        return b"".join(self._begun)

    def _keep(self, part: bytes) -> None:
        self._begun.append(part)
        self._length += len(part)
        if self._length > LONGEST:
            raise Garbled("a line of the answer has no end")
