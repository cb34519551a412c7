"""The user's own keys: what of them can be in force, and why not the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from textual.binding import Binding, BindingError, InvalidBinding
from textual.keys import REPLACED_KEYS, Keys

from tui.shell.key_scopes import bindings, key_name, key_scopes

_HELD = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED = frozenset(key.value.rpartition("+")[2] for key in Keys)


def checked(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The part of a key map that makes sense, and a sentence for each entry that doesn't.

    A key that does something else where it would work is left as it was; of two entries that want
    the same key, the first gets it.
    """
    known = {binding.id for owners in key_scopes().values() for owner in owners for binding in bindings(owner)}
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
    """Whether Textual could ever report this key: a letter, a sign or a named key, held down with others."""
    *held, last = key.split("+")
    if not set(held) <= _HELD or not last:
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
    """What one of the keys does already in a place where this binding works."""
    keys = _keys(keymap[name])
    for place, owners in key_scopes().items():
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
