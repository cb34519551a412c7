"""Write edited files: never half, and never over what somebody else has written meanwhile."""

from __future__ import annotations

import os
import tempfile
from difflib import unified_diff
from pathlib import Path

from manifests.reading.decoded_text import DecodedText


class FileChangedError(Exception):
    """The file isn't any more what was read of it."""


def write_edited(name: str, read: DecodedText, text: str) -> None:
    """Put a text in the place of the one that was read. Raises OSError and FileChangedError.

    It is written beside the file, under a hidden name, and then takes its name: whoever ends this program at any moment
    leaves the old file or the new one.
    """
    path = Path(os.path.realpath(name))
    content = read.encode(text)
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "it can't be written to", name)  # renaming would get around that
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        if path.read_bytes() != read.encode(read.text):
            raise FileChangedError("it was changed meanwhile; nothing was written")
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def diff_text(name: str, before: str, after: str) -> str:
    """The change of a file as `git apply` and `patch` take it."""
    lines = unified_diff(_lines(before), _lines(after), _quoted(f"a/{name}"), _quoted(f"b/{name}"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _quoted(name: str) -> str:
    """A name as Git writes it, which reads it back: one with other than plain characters in quotes."""
    if name.isprintable() and not set(name) & set('"\\'):
        return name
    octets = (chr(each) for each in name.encode("utf-8", "surrogateescape"))
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\{ord(c):03o}" for c in octets) + '"'


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [text.rpartition("\n")[2]] * (not text.endswith("\n"))
