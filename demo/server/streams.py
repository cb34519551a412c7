"""Answers that go on for ever, watches and followed logs, and the faults that hit them while they are open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import msgspec
from aiohttp import web

from demo.server.faults import Faults, RecordedRequest
from demo.server.listing import ListForm, ObjectSelection, one_row, read_version
from demo.server.object_storage import Collection, ObjectStorage, StoreChange, StoredObject, event_line
from demo.server.objects import Obj
from demo.server.refusals import invalid_options, too_old
from demo.server.served_logs import ContainerLog, PodLogOptions, cut, opening

_encode = msgspec.json.Encoder().encode


class StreamEndedError(Exception):
    """The peer hung up, or a fault hung up on it."""


class AnswerStream:
    """An open answer. Every line goes through `send`, which applies the faults that are in force."""

    def __init__(self, request: web.Request, asked: RecordedRequest, faults: Faults, content_type: str) -> None:
        self._request = request
        self._asked = asked
        self._faults = faults
        self.response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-cache, private"})
        self.lines = 0
        self.wake = asyncio.Event()
        self.closing = False

    async def open(self) -> None:
        self.response.enable_chunked_encoding()
        await self.response.prepare(self._request)

    @contextlib.contextmanager
    def woken_by(self, waiting: set[asyncio.Event]) -> Iterator[None]:
        """While this lasts, `wake` is set when something happens to any of the sources."""
        sources = (waiting, self._faults.waiting)
        for source in sources:
            source.add(self.wake)
        try:
            yield
        finally:
            for source in sources:
                source.discard(self.wake)

    async def send(self, chunk: bytes, lines: int = 1) -> None:
        room = self._faults.lines_left(self._asked, self.lines)
        if 0 < room < lines:
            parts = chunk.split(b"\n", room)
            await self.send(b"\n".join(parts[:room]) + b"\n", room)
            await self.send(parts[room], lines - room)
            return
        await self._apply_faults(chunk)
        try:
            await self.response.write(chunk)
        except ConnectionError:
            raise StreamEndedError from None
        self.lines += lines

    async def pause(self, seconds: float | None) -> None:
        """Wait until `wake` is set, at most `seconds`."""
        await self._apply_faults(b"")
        try:
            async with asyncio.timeout(seconds):
                await self._woken()
        except TimeoutError:
            pass
        await self._apply_faults(b"")

    async def _woken(self) -> None:
        await self.wake.wait()
        self.wake.clear()
        if self.closing:
            raise StreamEndedError

    async def _apply_faults(self, chunk: bytes) -> None:
        while fault := self._faults.in_stream(self._asked, self.lines):
            match fault.effect:
                case "silence":
                    await self._woken()
                    continue
                case "half_line" if not chunk:
                    return
                case "half_line":
                    await self.response.write(chunk[: max(1, chunk.find(b"\n") // 2)])
                case "gone":
                    await self.response.write(event_line("ERROR", _encode(too_old(1, 1000).status())))
                    fault.spend()
                    await self.response.write_eof()
                    raise StreamEndedError
            fault.spend()
            self.hang_up()
            raise StreamEndedError

    def hang_up(self) -> None:
        if self._request.transport is not None:
            self._request.transport.close()

    def end(self) -> None:
        """Break off the answer, whatever it is waiting for."""
        self.closing = True
        self.hang_up()
        self.wake.set()

    async def close(self) -> None:
        """End the answer as HTTP does, after its last line."""
        with contextlib.suppress(ConnectionError):
            await self.response.write_eof()


class WatchStream:
    """One watch: turns the changes of a collection into the lines that this client gets. `query` is the request's."""

    def __init__(
        self,
        store: ObjectStorage,
        collection: Collection,
        query: dict[str, str],
        selection: ObjectSelection,
        form: ListForm,
        bookmark_every: float,
    ) -> None:
        self._store = store
        self._collection = collection
        self._kind = collection.kind
        self._selection = selection
        self._form = form
        self._bookmark_every = bookmark_every
        self._initial = query.get("sendInitialEvents") == "true"
        self._start = None if self._initial else read_version(query) or None
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        self._seconds = float(query.get("timeoutSeconds") or 3000)
        self._columns_sent = False

    def _line(self, event_type: str, entry: StoredObject) -> bytes:
        if not self._form.table:
            return event_line(event_type, entry.body)
        body = one_row(self._kind, entry, self._store.clock(), self._form.include, not self._columns_sent)
        self._columns_sent = True
        return event_line(event_type, body)

    def _translate(self, change: StoreChange) -> bytes | None:
        """The line of a change; None if it isn't in the client's selection. What leaves that is DELETED for it."""
        selection = self._selection
        if selection.everything:
            return self._line(change.type, change.entry)
        held = change.before is not None and selection.holds(change.before)
        if change.type != "DELETED" and selection.holds(change.entry):
            return self._line("MODIFIED" if held else "ADDED", change.entry)
        return self._line("DELETED", change.entry) if held else None

    def _bookmark(self, initial_end: bool) -> bytes:
        metadata: Obj = {"resourceVersion": str(self._store.version)}
        if initial_end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        body: Obj = {"kind": self._kind.kind, "apiVersion": self._kind.api_version, "metadata": metadata}
        return event_line("BOOKMARK", _encode(body))

    async def run(self, stream: AnswerStream) -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._seconds
        cursor = self._start
        with stream.woken_by(self._collection.waiting):
            if cursor is None:
                cursor = self._store.version
                await self._send_initial(stream)
            bookmark_due = loop.time() + self._bookmark_every
            while True:
                changes = self._collection.after(cursor)
                if changes is None:
                    refusal = too_old(cursor, self._collection.forgotten)
                    await stream.send(event_line("ERROR", _encode(refusal.status())))
                    return
                if changes:
                    cursor = changes[-1].version
                    lines = [line for h in changes if (line := self._translate(h)) is not None]
                    if lines:
                        await stream.send(b"".join(lines), len(lines))
                        continue
                now = loop.time()
                if self._bookmarks and (now >= bookmark_due or now >= ends):
                    await stream.send(self._bookmark(False))
                    bookmark_due = now + self._bookmark_every
                if now >= ends:
                    return
                await stream.pause(min(ends, bookmark_due if self._bookmarks else ends) - now)

    async def _send_initial(self, stream: AnswerStream) -> None:
        """The present state as ADDED events, in chunks so that the first rows don't wait for the last."""
        entries = self._selection.of(self._collection)
        end = self._bookmark(True) if self._initial and self._bookmarks else b""
        for start in range(0, len(entries), 500):
            part = entries[start : start + 500]
            await stream.send(b"".join([self._line("ADDED", entry) for entry in part]), len(part))
        if end:
            await stream.send(end)


async def follow(stream: AnswerStream, log: ContainerLog, reading: PodLogOptions, gone: Callable[[], bool]) -> None:
    """Send a log's lines, and with `follow` those that come until the container ends."""
    lines, number = opening(log, reading)
    sent = 0
    with stream.woken_by(log.waiting):
        while True:
            for start in range(0, len(lines), 1000):
                part = lines[start : start + 1000]
                data, full = cut(b"".join([line.encoded(reading.timestamps) for line in part]), reading, sent)
                sent += len(data)
                if data:
                    await stream.send(data, len(part))
                if full:
                    return
            lines, number = log.since(number), log.end
            if lines:
                continue
            if not reading.follow or log.ended or gone():
                return
            await stream.pause(None)


def check_initial_events(query: dict[str, str]) -> None:
    """The rule of streaming lists, which clients get wrong: both options must come together."""
    field = "resourceVersionMatch"
    if "sendInitialEvents" not in query and field in query:
        why = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise invalid_options("ListOptions", "", field, why)
    if "sendInitialEvents" in query and query.get(field) != "NotOlderThan":
        why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise invalid_options("ListOptions", "", field, why)
