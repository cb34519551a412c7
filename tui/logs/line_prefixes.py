"""What stands before the text of a log line, its time and whose it is; and times as a reader types them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from rich.cells import cell_len

from stacks.times import instant, kubectl_age
from tui.logs.log_line import LogLine
from tui.widgets.cell_layout import CUT

Stamps: TypeAlias = Literal["off", "sent", "local", "age"]
STAMPS: tuple[Stamps, ...] = ("off", "sent", "local", "age")
HINT = "-5m  or  HH:MM[:SS] local time (10:05Z: UTC)  or  2026-01-31T10:05:00Z"
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?P<utc>[zZ]?)")
_AGO = re.compile(r"-?\s*(?=\d)(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")


def stamp(time: str, stamps: Stamps, now: float) -> str:
    """What stands before a line; empty for none. All stamps of one kind are equally wide."""
    if stamps == "off" or not time:
        return ""
    if stamps == "sent":
        return f"{time[:23]:<23}Z" if time.endswith("Z") else time
    at = instant(time)
    if at is None:
        return time
    if stamps == "age":
        return f"{kubectl_age(now - at):>7}"
    local = datetime.fromtimestamp(at).astimezone()
    return f"{local:%b %d %H:%M:%S}.{local.microsecond // 1000:03}"


def sent(at: float) -> str:
    """The instant in UTC, in the form in which kubelets send times."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def typed(text: str, now: float) -> float:
    """The instant that somebody means. Raises ValueError, with words for people."""
    text = text.strip()
    if (ago := _AGO.fullmatch(text)) and any(ago.groups()):
        parts = {name: int(value or 0) for name, value in ago.groupdict().items()}
        return now - (parts["d"] * 86_400 + parts["h"] * 3600 + parts["m"] * 60 + parts["s"])
    if clock := _CLOCK.fullmatch(text):
        zone = UTC if clock["utc"] else datetime.fromtimestamp(now).astimezone().tzinfo
        today = datetime.fromtimestamp(now, zone)
        try:
            meant = today.replace(
                hour=int(clock["hour"]), minute=int(clock["minute"]), second=int(clock["second"] or 0), microsecond=0
            )
        except ValueError:
            raise ValueError(f"{text} is no time of a day") from None
        return (meant if meant <= today else meant - timedelta(days=1)).timestamp()
    at = instant(text) if len(text) >= len("2026-01-31") else None
    if at is None:
        raise ValueError(f"{text or 'nothing'} is no time; write {HINT}")
    return at


_ENOUGH = 48
"""cells of text below which times have no date"""
_DATE = len("2026-01-31T")
_SENT = len("2026-01-31T10:05:00.000Z ")
_SHARE = 3
"""a name takes at most one part in so many of a line"""


class LinePrefixes:
    """For lines of `width` cells. `prefixes`: source -> the words that say whose lines they are."""

    def __init__(self, prefixes: Mapping[object, str], stamps: Stamps, width: int) -> None:
        self._stamps = stamps
        self._names = {source: f"{_ending(words, width // _SHARE)} " for source, words in prefixes.items()}
        self._cells = {source: cell_len(words) for source, words in self._names.items()}
        self._undated = stamps == "sent" and width - _SENT - max(self._cells.values(), default=0) < _ENOUGH

    def of(self, line: LogLine, now: float) -> tuple[str, str]:
        """The time and the name, each with a blank behind it, or empty."""
        words = stamp(line.time, self._stamps, now)
        if words and self._undated:
            words = words[_DATE:]
        return f"{words} " if words else "", "" if line.kind == "note" else self._names.get(line.source, "")

    def width(self, line: LogLine, now: float) -> int:
        """The cells that both take. Every line that comes is asked for it."""
        name = self._cells.get(line.source, 0) if line.kind != "note" else 0
        return name if self._stamps == "off" else name + len(self.of(line, now)[0])


def _ending(words: str, most: int) -> str:
    """What tells names of one kind apart is their end."""
    if cell_len(words) <= most or most <= 2:
        return words
    kept = words[1:]
    while kept and cell_len(kept) + 2 > most:
        kept = kept[1:]
    return f"{words[:1]}{CUT}{kept}"
