"""The manifests among the files that somebody names: files, folders, and what comes through a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from manifests.reading.source_file import SourceFile, parse_source

PIPE = "-"
_MANIFESTS = (".yaml", ".yml", ".json")


@dataclass
class ReadFiles:
    """What was read, and what couldn't be."""

    files: list[SourceFile] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    """name of a file -> why"""


def read_files(paths: Sequence[str], piped: str = "") -> ReadFiles:
    """The files at these paths, folders with all that is below them; `piped` is the text that ``-`` stands for."""
    found = ReadFiles()
    for path in paths:
        if path == PIPE:
            found.files.append(parse_source(PIPE, piped))
            continue
        for each in _files(Path(path)):
            try:
                text = each.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                found.unreadable[str(each)] = getattr(error, "strerror", "") or str(error)
            else:
                found.files.append(parse_source(str(each), text))
    return found


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from (each for each in sorted(path.rglob("*")) if each.suffix in _MANIFESTS and each.is_file())
