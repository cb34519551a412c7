"""What a branch changes: the files that differ from where it left another one, as Git tells, and what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from manifests.git_program import GitError, git_bytes, git_text


@dataclass(frozen=True)
class BranchChanges:
    """The files of a checkout, by their places in it, that differ from the commit where its branch left another one."""

    root: Path
    files: frozenset[str]
    blobs: Mapping[str, str]
    """of those that there were at that commit, their contents by Git's name"""

    def gone(self) -> frozenset[str]:
        """Those that were there, and aren't any more."""
        return frozenset(name for name in self.blobs if not (self.root / name).is_file())

    def earlier(self, name: str) -> bytes:
        """What a file was that there was at that commit. Raises GitError."""
        return git_bytes(self.root, "cat-file", "blob", self.blobs[name])


def branch_changes(root: Path, reference: str) -> BranchChanges:
    """What isn't committed or not even added counts as well. Raises GitError."""
    if reference.startswith("-") or not reference:
        raise GitError(f"{reference!r} is no branch, tag or commit")
    git_text(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", otherwise="nothing is committed yet")
    git_text(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}",
        otherwise=f"there is no branch, tag or commit {reference!r} here; `git fetch origin` gets those of the remote, "
        "and in a CI the whole history has to be checked out (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
    )  # fmt: skip
    base = git_text(
        root, "merge-base", reference, "HEAD",
        otherwise=f"HEAD and {reference} have no commit in common here; a shallow clone has to fetch the "
        "whole history (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
    ).strip()  # fmt: skip
    told = git_text(root, "diff", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "-z", base, "--")
    raw = told.split("\0")
    changed = dict(zip(raw[1::2], raw[::2], strict=False))
    added = git_text(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    blobs = {}
    for name, told in changed.items():
        mode, _, blob = told.removeprefix(":").split()[:3]
        if mode.startswith("100"):  # a file, and neither a link, a submodule nor nothing
            blobs[name] = blob
    return BranchChanges(root, frozenset(name for name in (*changed, *added) if name), blobs)
