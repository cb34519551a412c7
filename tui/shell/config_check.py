"""What of the configuration there can be on a screen: its keys, its columns and its theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from settings.config_file import Settings
from tui.shell import keymap
from tui.shell.themes import SHORT, is_known
from tui.tables.column_choice import own_column_of
from tui.tables.table_spec import APP_FACE, STACK_FACE, TableSpec
from views.field_paths import PathError


def usable(settings: Settings) -> Settings:
    """The settings without what can't be in force, which stands among their problems."""
    keys, wrong_keys = keymap.checked(settings.keys)
    columns, wrong_columns = checked_columns(settings.columns)
    known = not settings.theme or is_known(settings.theme)
    wrong_theme = [] if known else [f"config.toml: theme: there is no {settings.theme!r}; try {', '.join(SHORT)}"]
    return replace(
        settings,
        keys=keys,
        columns=columns,
        theme=settings.theme if known else "",
        problems=(*settings.problems, *wrong_theme, *wrong_columns, *wrong_keys),
    )


def checked_columns(wanted: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """The columns that there are, for each table, and a sentence for each of the others."""
    columns: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for table, names in wanted.items():
        wrong = {name: problem for name in names if (problem := _why_not(_FACES[table], name))}
        columns[table] = tuple(name for name in names if name not in wrong)
        problems += [f"config.toml: [columns] {table}: {problem}" for problem in wrong.values()]
    return columns, problems


_FACES: Mapping[str, TableSpec[Any]] = {"stacks": STACK_FACE, "applications": APP_FACE}


def _why_not(face: TableSpec[Any], name: str) -> str:
    """Why a table has no such column; empty if it has."""
    if face.column(name) is not None:
        return ""
    try:
        own_column_of(face, name)
    except PathError as error:
        return str(error)
    return ""
