"""Everything that can go wrong between a client and a cluster, on demand.

Each method of `Faults` adds one fault and returns it; `fault.remove()` takes it away, `faults.clear()`
all of them. `where` picks the requests: None is all, a text is looked for in `GET /path?query`, a
function decides by itself. `times` counts down; None is for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from demo.server.refusals import Refusal


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it is recorded: never a header, so never a token."""

    method: str
    path: str
    query: dict[str, str]

    @property
    def streams(self) -> bool:
        """Whether the answer goes on: a watch, or a followed log."""
        return self.query.get("watch") in ("true", "1") or self.query.get("follow") in ("true", "1")

    @property
    def upgrades(self) -> bool:
        """Whether the connection becomes a WebSocket: a command in a container."""
        return self.path.endswith("/exec") and "/pods/" in self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f"?{urlencode(self.query)}" if self.query else "")


Where = str | Callable[[RecordedRequest], bool] | None


@dataclass(eq=False)
class Fault:
    """`effect` is one of latency, refusal, absent, hang_up, silence, half_line, gone."""

    effect: str
    owner: Faults
    where: Where = None
    times: int | None = None
    seconds: float = 0.0
    refusal: Refusal | None = None
    after_lines: int = 0

    def remove(self) -> None:
        self.owner.remove(self)

    def concerns(self, asked: RecordedRequest) -> bool:
        if self.where is None:
            return True
        return self.where in str(asked) if isinstance(self.where, str) else self.where(asked)

    def spend(self) -> None:
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.remove()


_STREAMING = ("hang_up", "silence", "half_line", "gone")


class Faults:
    """The faults that are in force. Every event in `waiting` is set when they change."""

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self.waiting: set[asyncio.Event] = set()

    def latency(self, seconds: float, where: Where = None, times: int | None = None) -> Fault:
        """The answer comes later."""
        return self._add(Fault("latency", self, where, times, seconds=seconds))

    def answer(
        self,
        code: int,
        where: Where = None,
        times: int | None = None,
        *,
        retry_after: int | None = None,
        message: str | None = None,
    ) -> Fault:
        """The answer is a refusal: 401 (an expired token, say), 403, 404, 410, 429, 500, 503 or any other."""
        return self._add(Fault("refusal", self, where, times, refusal=_refusal(code, message, retry_after)))

    def absent(self, where: Where, times: int | None = None) -> Fault:
        """As if the kind's CRD weren't there: 404 in plain text."""
        return self._add(Fault("absent", self, where, times))

    def hang_up(self, where: Where = None, times: int | None = None, *, after_lines: int = 0) -> Fault:
        """The connection closes: before an answer, or in an open watch or log once `after_lines` are out.

        A command in a container is cut off before the answer, too, or once `after_lines` messages are out.
        """
        return self._add(Fault("hang_up", self, where, times, after_lines=after_lines))

    def silence(self, where: Where = None, times: int | None = None, *, after_lines: int = 0) -> Fault:
        """The connection stays open and says nothing: no answer at all, or no more of a stream, as in `hang_up`."""
        return self._add(Fault("silence", self, where, times, after_lines=after_lines))

    def half_line(self, where: Where = None, times: int | None = None, *, after_lines: int = 0) -> Fault:
        """An open stream breaks off in the middle of its next line."""
        return self._add(Fault("half_line", self, where, times, after_lines=after_lines))

    def gone_in_stream(self, where: Where = None, times: int | None = None, *, after_lines: int = 0) -> Fault:
        """A watch gets an ERROR event with code 410 and ends."""
        return self._add(Fault("gone", self, where, times, after_lines=after_lines))

    def clear(self) -> None:
        self._active.clear()
        self._wake()

    def remove(self, fault: Fault) -> None:
        if fault in self._active:
            self._active.remove(fault)
            self._wake()

    def before_answer(self, asked: RecordedRequest) -> Iterator[Fault]:
        """The faults to apply to a request before it is answered. Those of streams come when they are open."""
        for fault in list(self._active):
            later = asked.streams or (asked.upgrades and fault.after_lines > 0)
            if fault.concerns(asked) and not (later and fault.effect in _STREAMING):
                if fault.effect != "silence":
                    fault.spend()
                yield fault

    def in_stream(self, asked: RecordedRequest, lines: int) -> Fault | None:
        hitting = (f for f in self._active if f.effect in _STREAMING and lines >= f.after_lines and f.concerns(asked))
        return next(hitting, None)

    def lines_left(self, asked: RecordedRequest, lines: int) -> int:
        """How many more lines a stream may send before the next fault; 0 if there is none."""
        ahead = [f.after_lines - lines for f in self._active if f.effect in _STREAMING and f.concerns(asked)]
        return min((left for left in ahead if left > 0), default=0)

    def active(self, fault: Fault) -> bool:
        return fault in self._active

    def _add(self, fault: Fault) -> Fault:
        self._active.append(fault)
        self._wake()
        return fault

    def _wake(self) -> None:
        for event in self.waiting:
            event.set()


_REASONS = {
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "forbidden: the fault says so"),
    404: ("NotFound", "the server could not find the requested resource"),
    409: ("Conflict", "the object has been modified; please apply your changes to the latest version and try again"),
    410: ("Expired", "too old resource version: 1 (1000)"),
    429: ("TooManyRequests", "Too many requests, please try again later."),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
}


def _refusal(code: int, message: str | None, retry_after: int | None) -> Refusal:
    reason, text = _REASONS.get(code, ("", f"the server answered with code {code}"))
    if retry_after is None and code != 429:
        return Refusal(code, reason, message or text)
    seconds = 1 if retry_after is None else retry_after
    return Refusal(code, reason, message or text, {"retryAfterSeconds": seconds}, {"Retry-After": str(seconds)})
