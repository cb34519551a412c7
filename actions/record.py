"""The record of what was done: one line before a request is sent, and one after, in XDG state.

A line without its second half is a program that was killed, or an answer that never came. Bodies aren't
kept: what was written stands in the cluster, and what it replaced has a file of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actions.plan import Plan, TakenOver
from settings.state_file import location

RECORD_FILE, KEPT = "actions.jsonl", "taken-over"
LARGEST = 1 << 20
"""bytes of the record after which it is begun anew, and the old one kept beside it"""


class KeptValues(msgspec.Struct, frozen=True):
    """Values of somebody else, as they were before we replaced them."""

    context: str
    target: str
    uid: str
    at: float
    values: tuple[TakenOver, ...]


class RecordError(Exception):
    """Something can't be written down, so it isn't done."""


class ActionRecord:
    """Where it is all written down. What can't be raises RecordError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ActionRecord:
        """The user's own."""
        return cls(location(environ).parent)

    def note(self, plan: Plan, word: str, number: int = 0, detail: str = "") -> None:
        """`word` is what has become of the plan's request of this number: sending, done, refused, unknown."""
        request = plan.requests[number]
        line = {
            "at": round(time.time(), 3),
            "word": word,
            "context": plan.context,
            "title": plan.title,
            "target": plan.target,
            "request": f"{request.method} {request.url}",
            "preconditions": {one.what: one.value for one in plan.preconditions},
            "keys": [key for key, _, _ in plan.differences],
        }
        with self._in_words():
            self._append(msgspec.json.encode(line | ({"detail": detail} if detail else {})) + b"\n")

    def keep(self, plan: Plan, uid: str) -> Path | None:
        """Save what the plan takes over, before it is sent; the file, or None if it takes nothing."""
        if not plan.taken_over:
            return None
        kept = KeptValues(plan.context, plan.target, uid, time.time(), plan.taken_over)
        name = f"{_safe(plan.context)}_{_safe(plan.target)}_{int(kept.at * 1000)}.json"
        with self._in_words():
            path = self._made(self._made(self.folder) / KEPT) / name
            _write(path, kept, os.O_EXCL)
        return path

    def settle(self, uid: str, keys: Collection[str]) -> None:
        """What was kept of these keys was given back, or has nothing to do with what is there now."""
        for path, kept in self._all_kept():
            if kept.uid != uid:
                continue
            done = tuple(value for value in kept.values if value.key in keys)
            left = tuple(value for value in kept.values if value.key not in keys)
            with self._in_words():
                if done and left:
                    _write(path.with_suffix(f".{int(time.time() * 1000)}.settled"), _of(kept, done), os.O_EXCL)
                    anew = path.with_suffix(".part")
                    _write(anew, _of(kept, left), os.O_TRUNC)
                    anew.replace(path)
                elif done:
                    path.replace(path.with_suffix(".settled"))

    def kept_for(self, uid: str) -> dict[str, TakenOver]:
        """What was taken over from the object with this uid, by key, the newest of each."""
        values: dict[str, TakenOver] = {}
        for _, kept in sorted(self._all_kept(), key=lambda one: one[1].at):
            if kept.uid == uid:
                values |= {value.key: value for value in kept.values}
        return values

    def unreadable(self, context: str) -> tuple[str, ...]:
        """The files with values of this context that can't be read, each with why, and what to do about it."""
        return tuple(
            f"{found}; if it keeps a value that was taken over here, that isn't given back: mend the file, or name one "
            "with it by --restore"
            for path, found in self._files()
            if isinstance(found, str) and path.name.startswith(f"{_safe(context)}_")
        )

    def _all_kept(self) -> Iterator[tuple[Path, KeptValues]]:
        return ((path, found) for path, found in self._files() if isinstance(found, KeptValues))

    def _files(self) -> Iterator[tuple[Path, KeptValues | str]]:
        """Each file with values, and what is in it, or why that can't be read."""
        for path in sorted((self.folder / KEPT).glob("*.json")):
            try:
                yield path, read_kept(path)
            except OSError as error:
                yield path, f"{path}: {error.strerror or error}"
            except ValueError as error:
                yield path, str(error)

    def _append(self, line: bytes) -> None:
        path = self._made(self.folder) / RECORD_FILE
        if path.exists() and path.stat().st_size > LARGEST:
            path.replace(path.with_suffix(".old.jsonl"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecordError(f"{error.filename or self.folder}: {error.strerror or error}") from None

    @staticmethod
    def _made(folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def read_kept(path: Path) -> KeptValues:
    """The values in a file that was saved. Raises OSError, or ValueError with what to do about it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeptValues)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(f"{path}: no file that install --take-over has saved") from None


def _of(kept: KeptValues, values: tuple[TakenOver, ...]) -> KeptValues:
    return msgspec.structs.replace(kept, values=values)


def _write(path: Path, kept: KeptValues, how: int) -> None:
    """So that it is on the disk, for nobody but its owner."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _safe(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in text)[:80]
