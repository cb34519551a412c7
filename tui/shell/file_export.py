"""Files that the reader asked for. They are made in the working directory, and never over another."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from textual.app import App

from fleet.clock import Clock
from stacks.text import escaped_json, plain

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
    return escaped_json(json.dumps(items, indent=2, ensure_ascii=False)) + "\n"


def csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    from csv import writer  # not before somebody saves a table

    file = io.StringIO()
    lines = writer(file, lineterminator="\n")
    lines.writerow(titles)
    for row in rows:
        cells = [plain(text) for text in row]
        lines.writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in cells])
    return file.getvalue()


def exports_of(app: App[Any]) -> list[FileExport]:
    """What can be saved of the screen that is seen: its picture, and whatever else the screen offers."""
    picture = FileExport("the screen as SVG", "screen", "svg", app.export_screenshot)
    more = getattr(app.screen, "exports", None)
    return [picture, *(more() if more is not None else ())]


def save_as(app: App[Any], suffix: str, clock: Clock) -> bool:
    """Save the screen in the form of this file suffix; False if it has none such."""
    export = next((one for one in exports_of(app) if one.suffix == suffix), None)
    if export is not None:
        app.call_after_refresh(_save, app, export, clock)
    return export is not None


def ask_what_to_save(app: App[Any], clock: Clock) -> None:
    """Ask in which form the screen is to be saved, and save it."""
    from tui.widgets.dialogs import ChoiceDialog  # here, as the first frame doesn't wait for it

    offered = exports_of(app)

    def chosen(place: int | None) -> None:
        if place is not None:
            app.call_after_refresh(_save, app, offered[place], clock)

    app.push_screen(ChoiceDialog("Save", [export.words for export in offered]), chosen)


def _save(app: App[Any], export: FileExport, clock: Clock) -> None:
    try:
        path = save(export, Path.cwd(), clock())
    except OSError as error:
        app.notify(f"Not saved: {error.strerror or error}", severity="error", markup=False)
    else:
        app.notify(f"Saved {_with_tilde(path)}", markup=False, timeout=8)


def _with_tilde(path: Path) -> str:
    """A path as people write it, with a tilde for their home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
