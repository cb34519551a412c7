"""Whole lines out of pieces that were cut anywhere."""

from __future__ import annotations

from cluster.errors import Garbled

LONGEST = 64 << 20
"""No object is that large; without a bound, a server that never ends a line would fill the memory."""


class Lines:
    """Feed it pieces; it gives back the lines that are complete by now."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._length = 0

    def feed(self, piece: bytes) -> list[bytes]:
        last = piece.rfind(b"\n") + 1
        if not last:
            self._keep(piece)
            return []
        lines = b"".join((*self._begun, piece[:last])).split(b"\n") if self._begun else piece[:last].split(b"\n")
        self._begun, self._length = [], 0
        if last < len(piece):
            self._keep(piece[last:])
        return [line for line in lines if line and not line.isspace()]

    @property
    def broken_off(self) -> bool:
        """Whether a line was begun and not ended."""
        return any(part.strip() for part in self._begun)

    def _keep(self, part: bytes) -> None:
        self._begun.append(part)
        self._length += len(part)
        if self._length > LONGEST:
            raise Garbled("a line of the answer has no end")
