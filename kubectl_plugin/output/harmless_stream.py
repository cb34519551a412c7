"""stdout and stderr as they may be written to: the last place that text passes on its way to a terminal."""

from __future__ import annotations

from io import TextIOWrapper
from typing import TextIO

from stacks.text import harmless


class HarmlessStream(TextIOWrapper):
    """A stream whose text can't do anything to a terminal but, with `colours`, colour it.

    Text is made harmless where it is known what it is: in cells, in JSON, where a record is decoded. Whatever a verb
    prints without a thought of that, and whatever the interpreter or a library has to say, is made harmless here. Bytes
    that go to `buffer` aren't looked at: they are the lines of a log, which a pipe gets as the program wrote them.
    """

    colours = False
    original: TextIO | None = None
    """the stream of the same bytes, which would close them if it went away"""

    def write(self, text: str) -> int:
        super().write(harmless(text, colours=self.colours))
        return len(text)


def harmless_stream(stream: TextIO, *, colours: bool) -> TextIO:
    """The same stream, made harmless; one that isn't made of bytes, such as a test's, as it is."""
    if not isinstance(stream, TextIOWrapper) or isinstance(stream, HarmlessStream):
        return stream
    stream.flush()
    made = HarmlessStream(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    made.colours = colours
    made.original = stream
    return made
