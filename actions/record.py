"""The record of what was done: one line of JSON before a request is sent, and one after.

A first line without a second is a program that was killed. Bodies aren't recorded: what was written stands in the
cluster, and what it replaced has a file of its own.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from actions.plan import Plan, TakenOver
from cluster.decoding.json_pieces import UNREADABLE
from cluster.files import read_file
from fleet.clock import Clock, wall_clock
from stacks.text import escaped_json, plain

RECORD_FILE, KEPT = "actions.jsonl", "taken-over"
LARGEST = 1 << 20
"""bytes of the record after which it is begun anew, and the old one kept beside it"""


class KeptValues(msgspec.Struct, frozen=True):
    """A file in ``taken-over``: values of somebody else, as they were before we replaced them.

    `uid` is that of the object they stood in, `at` when it was written, in seconds since 1970.
    """

    context: str
    target: str
    uid: str
    at: float
    values: tuple[TakenOver, ...]


class InterruptedRequest(NamedTuple):
    """The last request of a plan that the record knows of, where it has no outcome or wasn't the plan's last one.

    `at` is in seconds since 1970.
    """

    title: str
    request: str
    at: float


class _RecordedLine(msgspec.Struct):
    at: float
    word: str
    context: str
    title: str
    target: str
    request: str
    number: int = 1
    of: int = 1


class RecordError(Exception):
    """The record can't be written: the file, and why."""


class ActionRecord:
    """``actions.jsonl`` and the files in ``taken-over``, both in one folder. Methods that write raise RecordError."""

    def __init__(self, folder: Path, clock: Clock = wall_clock) -> None:
        self.folder = folder
        self._clock = clock

    def note(self, plan: Plan, word: str, number: int = 0, detail: str = "") -> None:
        """Append what has become of the plan's request of this number: sending, done, refused or unknown."""
        request = plan.requests[number]
        line = {
            "at": round(self._clock(), 3),
            "word": word,
            "context": plan.context,
            "title": plan.title,
            "target": plan.target,
            "request": f"{request.method} {request.url}",
            "number": number + 1,
            "of": len(plan.requests),
            "preconditions": {one.what: one.value for one in plan.preconditions if number == 0 or one.what == "uid"},
            "keys": [key for key, _, _ in plan.differences],
        }
        with self._os_errors_as_record_errors():
            path = _made(self.folder) / RECORD_FILE
            if path.exists() and path.stat().st_size > LARGEST:
                path.replace(path.with_suffix(".old.jsonl"))
            with os.fdopen(_opened(path, os.O_APPEND), "wb") as file:
                file.write(_json(line | ({"detail": plain(detail)} if detail else {})).encode() + b"\n")

    @cached_property
    def interrupted(self) -> Mapping[tuple[str, str], InterruptedRequest]:
        """By context and target: the request after which this program was ended before it knew the outcome.

        As of the first look, so that what this process sends doesn't count.
        """
        last: dict[tuple[str, str], InterruptedRequest] = {}
        for entry in self._recorded():
            key = entry.context, entry.target
            last.pop(key, None)
            if entry.word == "sending" or (entry.word == "done" and entry.number < entry.of):
                last[key] = InterruptedRequest(entry.title, entry.request, entry.at)
        return last

    def last_done(self, context: str, target: str, method: str) -> float | None:
        """The instant at which a request of this method was last done to this target; None where none was."""
        times = (
            entry.at
            for entry in self._recorded()
            if (entry.context, entry.target, entry.word) == (context, target, "done")
            and entry.request.startswith(f"{method} ")
        )
        return max(times, default=None)

    def _recorded(self) -> Iterator[_RecordedLine]:
        """The lines of the record, but for those that can't be understood; of a file that can't be read, none."""
        try:
            lines = read_file(self.folder / RECORD_FILE).splitlines()
        except OSError:
            return
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=_RecordedLine)
            except UNREADABLE:
                continue

    def save_taken_over(self, plan: Plan) -> Path | None:
        """Save the values that the plan replaces, before it is sent; the file, or None if it replaces none."""
        if not plan.taken_over:
            return None
        kept = KeptValues(plan.context, plan.target, plan.uid, self._clock(), plan.taken_over)
        name = f"{_safe(plan.context)}_{_safe(plan.target)}_{int(kept.at * 1000)}.json"
        with self._os_errors_as_record_errors():
            path = _made(_made(self.folder) / KEPT) / name
            _write(path, kept, os.O_EXCL)
        return path

    def archive_taken_over(self, uid: str, keys: Collection[str]) -> None:
        """Move the saved values of these keys to ``.settled`` files: `taken_over_from` doesn't find them any more."""
        for path, kept in self._files():
            if not isinstance(kept, KeptValues) or kept.uid != uid:
                continue
            done = tuple(value for value in kept.values if value.key in keys)
            left = tuple(value for value in kept.values if value.key not in keys)
            with self._os_errors_as_record_errors():
                if done and left:
                    settled = path.with_suffix(f".{int(self._clock() * 1000)}.settled")
                    _write(settled, msgspec.structs.replace(kept, values=done), os.O_EXCL)
                    part = path.with_suffix(".part")
                    _write(part, msgspec.structs.replace(kept, values=left), os.O_TRUNC)
                    part.replace(path)
                elif done:
                    path.replace(path.with_suffix(".settled"))

    def taken_over_from(self, uid: str) -> dict[str, TakenOver]:
        """The saved values of the object with this uid, by key, the newest of each."""
        found = [kept for _, kept in self._files() if isinstance(kept, KeptValues) and kept.uid == uid]
        return {value.key: value for kept in sorted(found, key=lambda one: one.at) for value in kept.values}

    def unreadable(self, context: str) -> tuple[str, ...]:
        """A text for each file with values of this context that can't be read: which, why, and what to do about it."""
        return tuple(
            f"{found}; if it keeps a value that was taken over here, that isn't given back: mend the file, or name one "
            "with it by --restore"
            for path, found in self._files()
            if isinstance(found, str) and path.name.startswith(f"{_safe(context)}_")
        )

    def _files(self) -> Iterator[tuple[Path, KeptValues | str]]:
        """Each file of ``taken-over``, and what is in it, or why it can't be read."""
        for path in sorted((self.folder / KEPT).glob("*.json")):
            try:
                yield path, read_kept(path)
            except OSError as error:
                yield path, f"{path}: {error.strerror or error}"
            except ValueError as error:
                yield path, str(error)

    @contextmanager
    def _os_errors_as_record_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecordError(f"{error.filename or self.folder}: {error.strerror or error}") from None


def _made(folder: Path) -> Path:
    """The folder, made where it is missing, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def read_kept(path: Path) -> KeptValues:
    """The values in a file of ``taken-over``. Raises OSError, or ValueError with the file in its text."""
    try:
        return msgspec.json.decode(read_file(path), type=KeptValues)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(f"{path}: no file that install --take-over has saved") from None


def _opened(path: Path, how: int) -> int:
    """A file to write to, its owner's alone, made where it is missing. A pipe is refused: nobody may ever read it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | how, 0o600)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise OSError(errno.ENXIO, "it is a pipe, and a file is expected", str(path)) from None
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENXIO, "it is a pipe, and a file is expected", str(path))
    return descriptor


def _write(path: Path, kept: KeptValues, how: int) -> None:
    """Write a file that only its owner may read, and wait until it is on the disk."""
    with os.fdopen(_opened(path, how), "wb") as file:
        file.write(msgspec.json.format(_json(kept)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _json(value: object) -> str:
    """The value as JSON in which every character can be seen: somebody will look at the file on a terminal."""
    return escaped_json(msgspec.json.encode(value).decode())


def _safe(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in text)[:80]
