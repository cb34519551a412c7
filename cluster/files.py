"""Reads the files that a user names: kubeconfig, token, certificates, configuration, state."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

LONGEST = 32 << 20
"""bytes; of these files none comes near that"""


def read_file(path: Path, longest: int = LONGEST) -> bytes:
    """The bytes of a regular file. Raises OSError, whose `strerror` says in words why not.

    A pipe would be waited for until somebody writes, and a device may never end; both are refused without reading. Only
    the null device reads as an empty file: ``KUBECONFIG=/dev/null`` is how a shell says "none".
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError:
        raise OSError(errno.EINVAL, "no file can have such a name", str(path)) from None
    try:
        if refusal := _refusal(os.fstat(descriptor), longest):
            raise OSError(errno.EINVAL, refusal, str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(longest + 1)  # it may have grown since
    finally:
        os.close(descriptor)
    if len(content) > longest:
        raise OSError(errno.EFBIG, _too_large(longest), str(path))
    return content


def _refusal(status: os.stat_result, longest: int) -> str:
    """Why what has this status isn't read; empty for a file."""
    if stat.S_ISDIR(status.st_mode):
        return "it is a folder, and a file is expected"
    if stat.S_ISFIFO(status.st_mode):
        return "it is a pipe, and a file is expected"
    if stat.S_ISREG(status.st_mode):
        return _too_large(longest) if status.st_size > longest else ""
    return "" if _is_null_device(status) else "it is a device, and a file is expected"


def _is_null_device(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116


def _too_large(longest: int) -> str:
    return f"it is larger than {longest >> 20} MiB"
