"""Log lines onto stdout: as they are for a pipe, made harmless and readable for a terminal, or as JSON."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleet.logs.log_events import LogSource
from kubectl_plugin.output.printers import as_json_line
from stacks.logs.agent_log import BAD, AgentLine, agent_line, is_chatter, last_of_progress, short
from stacks.logs.operator_log import operator_line
from stacks.logs.operator_log import short as operator_short
from stacks.logs.pulumi_log import mark
from stacks.logs.runs import LogSection
from stacks.text import plain

_STAMP = 31  # a time in UTC with nanoseconds, and a blank
_PREFIX_COLOURS = (36, 35, 34, 33, 32, 96, 95, 94)
_VERB_COLOURS = {"create": "32", "update": "33", "delete": "31", "replace": "35", "import": "36", "same": "2"}
_KIND_COLOURS = {"error": "1;31", "warning": "33", "title": "1", "summary": "1", "detail": "2", "link": "4"}
_DIM = "2"


@dataclass(frozen=True)
class LineFormat:
    """How lines are to look. `screen`: for eyes, not for programs."""

    json: bool = False
    screen: bool = False
    colour: bool = False
    prefix: bool = False
    timestamps: bool = False
    grep: Sequence[re.Pattern[str]] = ()
    exclude: Sequence[re.Pattern[str]] = ()

    @property
    def as_is(self) -> bool:
        """Whether nothing but the times has to be taken off."""
        return not (self.json or self.screen or self.prefix or self.grep or self.exclude)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line that is going to be printed."""

    origin: LogSource
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
    """Turns lines into what is written to stdout."""

    def __init__(self, form: LineFormat) -> None:
        self._form = form
        self.chatter = 0
        """lines that a terminal doesn't show because they say nothing"""

    def text(self, shown: PrintedLine) -> bytes:
        """The line in its form; empty if it isn't wanted."""
        time, _, raw = shown.line.partition(b" ")
        text = raw.decode("utf-8", "surrogateescape")
        if not self._wanted(text):
            return b""
        if self._form.json:
            return as_json_line(_as_object(shown, time.decode(), text)).encode("utf-8", "replace")
        prefix = self._prefix(shown.origin) + (time + b" " if self._form.timestamps else b"")
        if not self._form.screen:
            return prefix + raw + b"\n"
        seen = self._on_screen(shown.origin, text)
        return b"" if seen is None else prefix + seen.encode("utf-8", "replace") + b"\n"

    def _wanted(self, text: str) -> bool:
        form = self._form
        if form.grep and not any(pattern.search(text) for pattern in form.grep):
            return False
        return not any(pattern.search(text) for pattern in form.exclude)

    def _prefix(self, origin: LogSource) -> bytes:
        if not self._form.prefix:
            return b""
        words = f"[{origin.key} {'operator' if origin.operator else origin.container}]"
        if self._form.colour:
            colour = _PREFIX_COLOURS[zlib.crc32(words.encode()) % len(_PREFIX_COLOURS)]
            words = f"\x1b[{colour}m{words}\x1b[0m"
        return f"{words} ".encode()

    def _on_screen(self, origin: LogSource, text: str) -> str | None:
        if origin.operator:
            line = operator_line(text)
            return self._painted(plain(operator_short(line) if line else text), _DIM)
        said = agent_line(text) if origin.is_agent or "\t" in text else None
        if said is not None and is_chatter(said):
            self.chatter += 1
            return None
        if said is not None and not said.of_program:
            return self._painted(plain(short(said)), _KIND_COLOURS["error"] if said.level in BAD else _DIM)
        words = last_of_progress(said.message if said is not None else text)
        found = mark(words)
        return self._painted(words, _VERB_COLOURS.get(found.verb, "") or _KIND_COLOURS.get(found.kind, ""))

    def _painted(self, words: str, colour: str) -> str:
        return f"\x1b[{colour}m{words}\x1b[0m" if self._form.colour and colour and words else words


def _as_object(shown: PrintedLine, time: str, text: str) -> dict[str, Any]:
    """The stable JSON of one line. Fields are added, never renamed or taken away."""
    origin = shown.origin
    item: dict[str, Any] = {
        "context": origin.key.context,
        "namespace": origin.key.namespace,
        "stack": origin.key.name,
        "pod": origin.pod,
        "container": origin.container,
        "time": time,
    }
    said = None if origin.operator else agent_line(text)
    if origin.operator:
        line = operator_line(text)
        return item | {"level": line.level if line else None, "logger": "operator", "message": plain(text)}
    run = shown.section.run if shown.section is not None and shown.section.is_run else None
    return item | {"run": run, "update": shown.update or None} | _said(said, text)


def _said(said: AgentLine | None, text: str) -> dict[str, Any]:
    if said is None:
        return {"level": None, "logger": None, "message": plain(text)}
    item: dict[str, Any] = {"level": said.level, "logger": said.logger, "message": plain(said.message)}
    if said.fields:
        item["fields"] = said.values
    if said.of_program:
        found = mark(item["message"])
        item["kind"] = found.kind
        if found.verb:
            item["verb"] = found.verb
    return item
