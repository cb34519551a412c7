"""The manifests among the files that somebody names: files, folders, and what comes through a pipe."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from manifests.reading.decoded_text import UndecodableError, decode, is_encrypted
from manifests.reading.source_file import SourceFile, parse_source

PIPE = "-"
LONGEST = 16 << 20
"""bytes of a file that are read; an object can't have more than three million"""
_ENDINGS = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LONGEST_DATA = 1 << 18
"""bytes of a JSON file without an object that are read: lock files and the like are longer"""
LEFT_OUT = frozenset({"node_modules", "vendor", "__pycache__", "venv", "site-packages"})
"""folders of what a tool has put there; so are those whose name begins with a dot"""


@dataclass
class ReadFiles:
    """What was read, and what couldn't be."""

    files: list[SourceFile] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    """name of a file -> why"""


def read_files(
    paths: Sequence[str], piped: bytes = b"", root: Path | None = None, ignored: Collection[str] = ()
) -> ReadFiles:
    """The files at these paths, folders with all that is below them, each once; `piped` is what ``-`` stands for.

    `root` is that of the Git repository, by which files have their places; what it `ignored` is read only where
    somebody names it.
    """
    found = ReadFiles()
    met: set[tuple[int, int]] = set()
    for path in paths:
        if path == PIPE:
            add_file(found, PIPE, piped, "", chart=False)
            continue
        for name, chart in _files(path, found, _ignored_below(path, root, ignored)):
            try:
                status = os.stat(name)  # noqa: PTH116 - a thousand times, and Path takes as long as the call
                if (status.st_dev, status.st_ino) in met:
                    continue
                met.add((status.st_dev, status.st_ino))
                content = _content(name, status)
            except OSError as error:
                found.unreadable[name] = error.strerror or str(error)
                continue
            except ValueError as error:  # a name with a zero character
                found.unreadable[name] = str(error)
                continue
            add_file(found, name, content, place_in(root, name), chart=chart)
    return found


def place_in(root: Path | None, name: str) -> str:
    """The place of a file in a Git repository, with ``/``; empty outside of one."""
    if root is None:
        return ""
    place = os.path.relpath(os.path.realpath(name), root)
    return "" if place.startswith("..") else place.replace(os.sep, "/")


def _ignored_below(path: str, root: Path | None, ignored: Collection[str]) -> frozenset[str]:
    """What is ignored below a folder, as it is named from there."""
    if root is None or not ignored or path == PIPE:
        return frozenset()
    start = place_in(root, path)
    start = "" if start == "." else f"{start}/"
    return frozenset(
        os.path.normpath(os.path.join(_relative(path), place.removeprefix(start)))  # noqa: PTH118
        for place in ignored
        if place.startswith(start)
    )


def add_file(found: ReadFiles, name: str, content: bytes | None, place: str, *, chart: bool) -> None:
    """Add what a file holds, unless it is none of Kubernetes' business; None stands for too much."""
    if content is None:
        skipped = f"it is larger than {LONGEST >> 20} MiB"
        found.files.append(SourceFile(name, "", place, skipped=skipped))
        return
    if is_encrypted(content):
        found.files.append(SourceFile(name, "", place, skipped="git-crypt has encrypted it"))
        return
    is_data = name.endswith(".json") and not (b'"apiVersion"' in content and b'"kind"' in content)
    if is_data and len(content) > _LONGEST_DATA:
        return
    try:
        decoded = decode(content)
    except UndecodableError as error:
        if not is_data:
            found.files.append(SourceFile(name, "", place, broken=(error.position, str(error))))
        return
    source = parse_source(name, decoded.text, place, chart=chart)
    source.decoded = decoded
    if is_data and source.broken:  # JSON with comments, or lines of JSON: none of Kubernetes' business
        return
    if source.broken and name.endswith(".json") and _is_json(decoded.text):
        source.broken, source.skipped = None, "it is JSON that can't be read as YAML"
    if is_data:  # a key that stands twice is the business of whoever reads it
        source.duplicates.clear()
    found.files.append(source)


def _is_json(text: str) -> bool:
    """Whether it is, though YAML has no such escapes as pairs of surrogates."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _content(name: str, status: os.stat_result) -> bytes | None:
    """The bytes of a file; None where they are too many. Raises OSError, for what isn't a file as well."""
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it isn't a file")  # a pipe would be waited for, and a device may never end
    if status.st_size > LONGEST:
        return None
    with open(name, "rb") as file:  # noqa: PTH123
        content = file.read(LONGEST + 1)
    return content if len(content) <= LONGEST else None


def _files(path: str, found: ReadFiles, ignored: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The files at a path or below it, and whether each is a template of a Helm chart."""
    if not os.path.isdir(path):  # noqa: PTH112
        yield _relative(path), _is_in_chart(path)
        return
    yield from _walk(_relative(path), _is_in_chart(os.path.join(path, "x")), found, ignored)  # noqa: PTH118


def _walk(folder: str, in_chart: bool, found: ReadFiles, ignored: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Links aren't followed: what they lead to is read where it lies, or isn't part of the folder."""
    waiting = [(folder, in_chart)]
    while waiting:
        folder, in_chart = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                here = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            found.unreadable[folder] = error.strerror or str(error)
            continue
        is_chart = any(entry.name == "Chart.yaml" for entry in here)
        below = []
        for entry in here:
            name = entry.name
            if name.startswith("."):
                continue
            path = name if folder == "." else os.path.join(folder, name)  # noqa: PTH118
            if path in ignored:
                continue
            if entry.is_dir(follow_symlinks=False):
                if name not in LEFT_OUT:
                    below.append((path, in_chart or (is_chart and name == "templates")))
            elif is_manifest(name) and entry.is_file(follow_symlinks=False):
                yield path, in_chart
        waiting += reversed(below)


def is_manifest(name: str) -> bool:
    """Whether a file of this name is read."""
    return name.endswith(_ENDINGS) or name in KUSTOMIZATIONS


def is_left_out(place: str) -> bool:
    """Whether a folder in a path is one that is only read where somebody names it."""
    return any(part in LEFT_OUT or (part.startswith(".") and part not in (".", "..")) for part in place.split("/"))


def _is_in_chart(path: str) -> bool:
    """Whether a file lies in the folder ``templates`` of a Helm chart."""
    return any(
        folder.name == "templates" and (folder.parent / "Chart.yaml").is_file()
        for folder in Path(os.path.abspath(path)).parents  # noqa: PTH100 - the name counts, not where a link leads
    )


def _relative(path: str) -> str:
    """A path as reports name it: from where the program was started, if it lies there."""
    path = os.path.normpath(path)
    if os.path.isabs(path):  # noqa: PTH117
        near = os.path.relpath(path)
        return path if near.startswith("..") else near
    return path
