"""The text of a file's bytes, in whatever Unicode encoding it is written, and back to bytes in the same one."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from manifests.problem import Position

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCRYPTED = b"\0GITCRYPT\0"
_LOOKED_AT = 8000
"""bytes in which a zero byte tells binary files from texts, as with Git"""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text without its byte order mark, and how it was written."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    """the byte order mark that it began with"""

    def encode(self, text: str) -> bytes:
        """Another text as the bytes of such a file."""
        return self.mark + text.encode(self.encoding)


class UndecodableError(ValueError):
    """Bytes that are no text; `position` is that of the first one that can't be."""

    def __init__(self, why: str, position: Position) -> None:
        super().__init__(why)
        self.position = position


def decode(content: bytes) -> DecodedText:
    """The text of a file. Raises UndecodableError."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    encoding = encoding or _without_mark(content)
    body = content[len(mark) :]
    try:
        return DecodedText(body.decode(encoding), encoding, mark)
    except UnicodeDecodeError as error:
        if b"\0" in body[:_LOOKED_AT] and encoding == "utf-8":
            raise UndecodableError("it is a binary file", Position(1, 1)) from None
        before = body[: error.start].decode(encoding, "replace")
        place = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise UndecodableError(f"the byte 0x{body[error.start]:02x} isn't {encoding.upper()}", place) from None


def is_encrypted(content: bytes) -> bool:
    """Whether git-crypt has put something else in the place of the file, which its owner can read."""
    return content.startswith(_ENCRYPTED)


def _without_mark(content: bytes) -> str:
    """The encoding of bytes without a mark, by where the zeros of its first character, which is ASCII, stand."""
    zeros = tuple(byte == 0 for byte in content[:4])
    if zeros == (False, True, True, True):
        return "utf-32-le"
    if zeros == (True, True, True, False):
        return "utf-32-be"
    if zeros[:2] == (False, True):
        return "utf-16-le"
    if zeros[:2] == (True, False):
        return "utf-16-be"
    return "utf-8"
