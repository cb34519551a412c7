"""What of the configuration can be in force on a screen: its keys, its columns and its theme, and why not the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from textual.binding import Binding, BindingError, InvalidBinding
from textual.keys import REPLACED_KEYS, Keys

from settings.config_file import Settings
from tui.key_index import bindings, bound_classes, key_name
from tui.shell.themes import SHORT, is_known
from tui.tables.stack_board import stack_board
from tui.tables.table_spec import APPLICATION_TABLE, TableSpec, own_column_of
from views.field_paths import PathError

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED = frozenset(key.value.rpartition("+")[2] for key in Keys)


def usable(settings: Settings) -> Settings:
    """The settings without what can't be in force, which stands among their problems."""
    keys, wrong_keys = checked_keys(settings.keys)
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
        wrong = {name: problem for name in names if (problem := _why_not(_TABLES[table], name))}
        columns[table] = tuple(name for name in names if name not in wrong)
        problems += [f"config.toml: [columns] {table}: {problem}" for problem in wrong.values()]
    return columns, problems


_TABLES: Mapping[str, TableSpec[Any]] = {"stacks": stack_board(lambda key: None), "applications": APPLICATION_TABLE}


def _why_not(spec: TableSpec[Any], name: str) -> str:
    """Why a table has no such column; empty if it has."""
    if spec.column(name) is not None:
        return ""
    try:
        own_column_of(spec, name)
    except PathError as error:
        return str(error)
    return ""


def checked_keys(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The part of a key map that makes sense, and a sentence for each entry that doesn't.

    A key that does something else where it would work is left as it was; of two entries that want
    the same key, the first gets it.
    """
    known = {binding.id for owners in bound_classes().values() for owner in owners for binding in bindings(owner)}
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in wanted.items():
        if name not in known:
            problems.append(f"config.toml: [keys] there is no {name!r}; docs/keys.md lists the names")
        elif not _keys(keys):
            problems.append(f"config.toml: [keys] {name}: {keys!r} is no key; write f2, ctrl+t or x,y")
        elif unknown := sorted(key for key in _keys(keys) if not _exists(key)):
            said = f"no keyboard has {', '.join(unknown)}; write f2, ctrl+t or x,y; the usual key is used"
            problems.append(f"config.toml: [keys] {name} = {keys!r}: {said}")
        else:
            keymap[name] = keys
    for name in reversed(list(keymap)):
        if clash := _clash(name, keymap):
            problems.append(f"config.toml: [keys] {name}: {clash}; the usual key is used")
            del keymap[name]
    return keymap, problems


def _keys(written: str) -> set[str]:
    """The keys of an entry as Textual calls them; none if it makes no sense."""
    try:
        return {binding.key for binding in Binding.make_bindings([Binding(written, "")])}
    except (BindingError, InvalidBinding):
        return set()


def _exists(key: str) -> bool:
    """Whether Textual could ever report this key: a letter, a sign or a named key, perhaps with modifiers."""
    *modifiers, last = key.split("+")
    if not set(modifiers) <= _MODIFIERS or not last:
        return False
    if len(last) == 1 or last in _NAMED:
        return True
    name = REPLACED_KEYS.get(last, last).replace("_", " ")
    for spelt in (name, name.replace(" ", "-")):
        try:
            return bool(unicodedata.lookup(spelt))
        except KeyError:
            continue
    return False


def _clash(name: str, keymap: Mapping[str, str]) -> str:
    """Which binding has one of these keys already, in a place where both work; empty if none has."""
    keys = _keys(keymap[name])
    for place, owners in bound_classes().items():
        there = [binding for owner in owners for binding in bindings(owner)]
        if not any(binding.id == name for binding in there):
            continue
        for binding in there:
            if binding.id == name or binding.id is None:
                continue
            taken = _keys(keymap.get(binding.id, binding.key))
            if both := sorted(keys & taken):
                return f"{key_name(both[0])} is the key of {binding.id} ({place})"
    return ""
