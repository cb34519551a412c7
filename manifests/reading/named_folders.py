"""Folders that are left out of a tree, such as hidden ones, and that an Application names as its path all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from manifests.document import Document
from manifests.reading.file_tree import PIPE, ReadFiles, is_left_out, place_in, read_files
from manifests.reading.git_checkout import GitCheckout


def read_named_folders(read: ReadFiles, paths: Sequence[str], checkout: GitCheckout) -> None:
    """Read those of them that lie below the paths that somebody has named."""
    named = {place_in(checkout.root, path) for path in paths if path != PIPE}
    folders: set[str] = set()
    for source in read.files:
        for document in source.documents:
            if (document.group, document.kind) == ("argoproj.io", "Application"):
                folders.update(place for place in _paths(document) if is_left_out(place))
    for place in sorted(folders):
        folder = checkout.root / place
        if any(above == "." or f"{place}/".startswith(f"{above}/") for above in named if above) and folder.is_dir():
            _read_folder(read, folder, checkout)


def _paths(application: Document) -> Iterator[str]:
    sources = [application.mapping("spec", "source"), *(each for _, each in application.mappings("spec", "sources"))]
    for source in sources:
        path = source.get("path")
        if isinstance(path, str) and "{{" not in path and "\0" not in path and not path.startswith("/"):
            place = os.path.normpath(path)
            if not place.startswith(".."):
                yield place


def _read_folder(read: ReadFiles, folder: Path, checkout: GitCheckout) -> None:
    found = read_files([str(folder)], root=checkout.root, ignored=checkout.ignored)
    known = {source.name for source in read.files}
    read.files += [source for source in found.files if source.name not in known]
    read.unreadable |= found.unreadable
