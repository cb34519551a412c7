"""The Git repository that files lie in, as far as rules need to know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Checkout:
    """A checked-out Git repository: its addresses, what is checked out, and which folders there are."""

    addresses: tuple[str, ...] = ()
    """of its remotes, `origin` first, or what the user says in their place"""
    branch: str = ""
    """the branch that is checked out; empty where it is a commit"""
    folders: frozenset[str] = frozenset()
    """every folder from the root, with ``/``; the root is the empty text"""
    files: frozenset[str] = frozenset()
    """every file likewise, manifests and others"""
    target: str = ""
    """the branch that it will be merged into, if that is known"""
    submodules: frozenset[str] = frozenset()
    """folders in which another repository is checked out, or isn't yet"""

    def in_submodule(self, place: str) -> bool:
        return any(place == each or place.startswith(f"{each}/") for each in self.submodules)
