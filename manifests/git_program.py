"""Ask Git, where it is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

_TIME = 60
"""seconds that a command of Git may take"""


class GitError(Exception):
    """Git isn't there, or can't tell; the text says why, and what helps."""


def git_bytes(root: Path, *arguments: str, otherwise: str = "") -> bytes:
    """What Git prints. Raises GitError, with `otherwise` where Git only says no."""
    try:
        done = subprocess.run(  # noqa: S603 - its arguments are ours, and a reference is no flag
            ["git", "-C", str(root), *arguments],  # noqa: S607
            capture_output=True,
            timeout=_TIME,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise GitError("git isn't installed") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git can't be run: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError(otherwise if otherwise and "dubious ownership" not in said else said or "git failed")
    return done.stdout


def git_text(root: Path, *arguments: str, otherwise: str = "") -> str:
    """What Git prints, as text with the names of files as they are. Raises GitError."""
    return git_bytes(root, *arguments, otherwise=otherwise).decode("utf-8", "surrogateescape")


def ignored_places(root: Path) -> frozenset[str]:
    """The files and folders that Git is told to ignore, by their places; none where Git isn't there to ask."""
    try:
        told = git_text(root, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
    except GitError:
        return frozenset()
    return frozenset(name.rstrip("/") for name in told.split("\0") if name.rstrip("/") not in ("", "."))
