"""What a branch changes: the files that differ from where it left another one, as Git tells."""

from __future__ import annotations

import subprocess
from pathlib import Path

_TIME = 60
"""seconds that a command of Git may take"""


class GitError(Exception):
    """Git isn't there, or can't tell; the text says why, and what helps."""


def changed_files(root: Path, reference: str) -> frozenset[str]:
    """The files of a checkout, by their places in it, that differ from the commit where its branch left `reference`.

    What isn't committed or not even added counts as well. Raises GitError.
    """
    if reference.startswith("-") or not reference:
        raise GitError(f"{reference!r} is no branch, tag or commit")
    _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", otherwise="nothing is committed yet")
    _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}",
        otherwise=f"there is no branch, tag or commit {reference!r} here; fetch it first, or more of the history "
        "(GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
    )  # fmt: skip
    base = _git(
        root, "merge-base", reference, "HEAD",
        otherwise=f"HEAD and {reference} have no commit in common here; a shallow clone has to fetch more "
        "of the history (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
    ).strip()  # fmt: skip
    changed = _git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--")
    added = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(name for name in (changed + added).split("\0") if name)


def _git(root: Path, *arguments: str, otherwise: str = "") -> str:
    """What Git prints. Raises GitError, with `otherwise` where Git only says no."""
    try:
        done = subprocess.run(  # noqa: S603 - its arguments are ours, and the reference is no flag
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
    return done.stdout.decode("utf-8", "surrogateescape")
