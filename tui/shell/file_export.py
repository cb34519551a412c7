"""Files that the reader asked for. They are made in the working directory, and never over another."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute, though a cluster wrote it


@dataclass(frozen=True, slots=True)
class FileExport:
    """Something that can be saved: what it is in words, what its file is called, and how it is made."""

    words: str
    name: str
    suffix: str
    make: Callable[[], str]


def save(export: FileExport, directory: Path, at: float) -> Path:
    """Write the file under a name that wasn't there before. Raises OSError."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(at))
    text = export.make()
    for attempt in count(1):
        again = f"-{attempt}" if attempt > 1 else ""
        path = directory / f"pko-argo-{export.name}-{stamp}{again}.{export.suffix}"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise AssertionError("count() doesn't end")


def json_text(items: Sequence[Any]) -> str:
    """The same JSON as ``get -o json`` prints."""
    from json import dumps

    return dumps(items, indent=2, ensure_ascii=False) + "\n"


def csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    from csv import writer

    file = io.StringIO()
    lines = writer(file, lineterminator="\n")
    lines.writerow(titles)
    for row in rows:
        lines.writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in row])
    return file.getvalue()
