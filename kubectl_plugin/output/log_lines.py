"""Log lines onto stdout: as they are for a pipe, made harmless and readable for a terminal, or as JSON."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleet.logs.log_sources import LogSource
from kubectl_plugin.output.printers import TONE_CODES, as_json_line, painted
from stacks.logs.line_pattern import LinePattern
from stacks.logs.pulumi_log import mark
from stacks.logs.runs import LogSection
from stacks.masked_objects import shown_value
from stacks.text import one_line, plain
from views.tones import LOG_LINE, STEP

_STAMP = 31  # a time in UTC with nanoseconds, and a blank
_PREFIX_COLOURS = ("36", "35", "34", "33", "32", "96", "95", "94")
_VERB_COLOURS = {word: TONE_CODES[tone] for word, tone in STEP.items()} | {"import": "36"}
_KIND_COLOURS = {word: TONE_CODES[tone] for word, tone in LOG_LINE.items()} | {"error": "1;31", "link": "4"}


@dataclass(frozen=True)
class LineFormat:
    """How lines are to look. `screen`: for eyes, not for programs."""

    json: bool = False
    screen: bool = False
    colour: bool = False
    prefix: bool = False
    timestamps: bool = False
    grep: Sequence[LinePattern] = ()
    exclude: Sequence[LinePattern] = ()

    @property
    def as_is(self) -> bool:
        """Whether nothing but the times has to be taken off."""
        return not (self.json or self.screen or self.prefix or self.grep or self.exclude)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    source: LogSource
    line: bytes
    section: LogSection | None = None
    update: str = ""


def bare(block: bytes, timestamps: bool) -> bytes:
    """The block as the program wrote it, byte by byte."""
    if timestamps:
        return block
    lines = block.split(b"\n")
    if b"".join([line[_STAMP - 2 : _STAMP] for line in lines]) == b"Z " * (len(lines) - 1):
        return b"\n".join([line[_STAMP:] for line in lines])
    return b"\n".join([line.partition(b" ")[2] for line in lines])


class LineWriter:
    def __init__(self, form: LineFormat) -> None:
        self._form = form
        self.chatter = 0
        """lines that a terminal doesn't show because they say nothing"""

    def text(self, shown: PrintedLine) -> bytes:
        """The line in its form; empty if it isn't wanted. Raises PatternTimeoutError."""
        time, _, raw = shown.line.partition(b" ")
        text = raw.decode("utf-8", "surrogateescape")
        if not self._wanted(text):
            return b""
        if self._form.json:
            return as_json_line(_as_object(shown, time.decode("utf-8", "replace"), text)).encode("utf-8", "replace")
        prefix = self._prefix(shown.source)
        if not self._form.screen:
            return prefix + (time + b" " if self._form.timestamps else b"") + raw + b"\n"
        words = self._on_screen(shown.source, text)
        if words is None:
            return b""
        stamp = f"{one_line(plain(time.decode('utf-8', 'replace')))} " if self._form.timestamps else ""
        return prefix + f"{stamp}{words}\n".encode("utf-8", "replace")

    def _wanted(self, text: str) -> bool:
        form = self._form
        if form.grep and not any(pattern.matches(text) for pattern in form.grep):
            return False
        return not any(pattern.matches(text) for pattern in form.exclude)

    def _prefix(self, source: LogSource) -> bytes:
        if not self._form.prefix:
            return b""
        words = one_line(plain(f"[{source.key} {source.title}]"))
        if self._form.colour:
            words = painted(words, _PREFIX_COLOURS[zlib.crc32(words.encode()) % len(_PREFIX_COLOURS)])
        return f"{words} ".encode("utf-8", "replace")

    def _on_screen(self, source: LogSource, raw: str) -> str | None:
        line = source.kind.parse(raw)
        if line.is_chatter:
            self.chatter += 1
            return None
        if not line.is_output:
            return self._painted(plain(line.text), _KIND_COLOURS["error" if line.is_error else "detail"])
        mark = line.mark
        return self._painted(line.text, _VERB_COLOURS.get(mark.verb, "") or _KIND_COLOURS.get(mark.kind, ""))

    def _painted(self, words: str, colour: str) -> str:
        return painted(words, colour) if self._form.colour else words


def _as_object(shown: PrintedLine, time: str, text: str) -> dict[str, Any]:
    """The stable JSON of one line. Fields are added, never renamed or taken away."""
    source = shown.source
    item: dict[str, Any] = {
        "context": source.key.context,
        "namespace": source.key.namespace,
        "stack": source.key.name,
        "pod": source.pod,
        "container": source.container,
        "time": time,
    }
    details = source.kind.details(text)
    if not source.kind.in_workspace_pod:
        # No run of the Stack's, and its message is the whole line: it was redacted as such.
        return item | {"level": details.level, "logger": details.logger, "message": plain(text)}
    run = shown.section.run if shown.section is not None and shown.section.is_run else None
    message = plain(details.message)
    item |= {"run": run, "update": shown.update or None}
    item |= {"level": details.level, "logger": details.logger, "message": message}
    if details.has_fields:
        item["fields"] = shown_value(details.fields)
    if details.is_output and details.level is not None:
        found = mark(message)
        item["kind"] = found.kind
        if found.verb:
            item["verb"] = found.verb
    return item
