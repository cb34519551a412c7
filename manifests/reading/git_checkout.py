"""Find the Git repository that files lie in: its folder, its remotes, its branch and its files.

Git is asked only for what it ignores; where it isn't installed, nothing is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from manifests.git_program import ignored_places
from manifests.reading.checkout import Checkout

_SECTION = re.compile(r'\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]')
_URL = re.compile(r"\s*url\s*=\s*(.+?)\s*$", re.IGNORECASE)
_PATH = re.compile(r"\s*path\s*=\s*(.+?)\s*$", re.IGNORECASE)
_LONGEST = 1 << 20
_TARGETS = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_COMMIT_BRANCH",
)
"""variables in which a CI says for which branch it has checked out a commit"""


class GitCheckout(Checkout):
    """A checkout whose files are listed once somebody asks for them."""

    root: Path

    def merged_into(self, reference: str) -> GitCheckout:
        """The same, as a branch that will be merged into the one that a reference such as ``origin/main`` names."""
        name = reference.removeprefix("refs/").removeprefix("remotes/").removeprefix("heads/")
        self.__dict__["target"] = name.removeprefix("origin/")
        return self

    def __init__(self, root: Path, addresses: tuple[str, ...], branch: str) -> None:
        self.__dict__.update(root=root, addresses=addresses, branch=branch)  # it is frozen for everybody else

    @cached_property
    def folders(self) -> frozenset[str]:
        return self._listed[0]

    @cached_property
    def files(self) -> frozenset[str]:
        return self._listed[1]

    @cached_property
    def submodules(self) -> frozenset[str]:
        return frozenset(
            found[1].strip('"/') for found in map(_PATH.match, _read(self.root / ".gitmodules").splitlines()) if found
        )

    @cached_property
    def ignored(self) -> frozenset[str]:
        """The files and folders that lie there, and that Git ignores."""
        return ignored_places(self.root)

    @cached_property
    def _listed(self) -> tuple[frozenset[str], frozenset[str]]:
        folders: set[str] = set()
        files: set[str] = set()
        for where, below, names in os.walk(self.root):
            place = os.path.relpath(where, self.root).replace(os.sep, "/")
            place = "" if place == "." else place
            start = f"{place}/" if place else ""
            below[:] = [
                name for name in below if name not in (".git", "node_modules") and start + name not in self.ignored
            ]
            folders.add(place)
            files.update(start + name for name in names if start + name not in self.ignored)
        return frozenset(folders), frozenset(files)


def find_checkout(near: Path, environment: Mapping[str, str], address: str = "") -> GitCheckout | None:
    """The checkout that a path lies in. `address` is one of it beside those of its remotes."""
    here = Path(os.path.realpath(near))
    for folder in (here, *here.parents):
        directory = _git_directory(folder / ".git")
        if directory is not None:
            addresses = tuple(dict.fromkeys([*filter(None, [address]), *_addresses(directory)]))
            return GitCheckout(folder, addresses, _branch(directory, environment))
    return None


def _git_directory(path: Path) -> Path | None:
    """What ``.git`` is or, in a worktree or a submodule, says it is."""
    if path.is_dir():
        return path if (path / "HEAD").is_file() else None
    said = _read(path)
    if not said.startswith("gitdir:"):
        return None
    found = path.parent / said.removeprefix("gitdir:").strip()
    return found if found.is_dir() else None


def _branch(directory: Path, environment: Mapping[str, str]) -> str:
    head = _read(directory / "HEAD").strip()
    if head.startswith("ref: refs/heads/"):
        return head.removeprefix("ref: refs/heads/")
    named = next((environment[name] for name in _TARGETS if environment.get(name)), "")
    if named:
        return named
    of_github = environment.get("GITHUB_REF_NAME", "")
    is_branch = environment.get("GITHUB_REF_TYPE", "branch") == "branch" and not of_github.endswith("/merge")
    return (of_github if is_branch else "") or environment.get("GITHUB_HEAD_REF", "")


def _addresses(directory: Path) -> Iterator[str]:
    """Those of the remotes, origin's first."""
    common = _read(directory / "commondir").strip()  # of a worktree: where it was made
    found: dict[str, list[str]] = {}
    remote = ""
    for line in _read((directory / common if common else directory) / "config").splitlines():
        if line.lstrip().startswith("["):
            section = _SECTION.match(line.strip())
            remote = section[1] if section else ""
        elif remote and (url := _URL.match(line)):
            found.setdefault(remote, []).append(url[1].strip('"'))
    for name in sorted(found, key=lambda name: name != "origin"):
        yield from dict.fromkeys(found[name])


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST)
    except (OSError, ValueError):
        return ""
