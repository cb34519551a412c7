"""The parameters that generators of an ApplicationSet give, and the templates that they are filled into."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TAG = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_GO_TAG = re.compile(r"\{\{-?\s*([^{}]*?)\s*-?\}\}")
_FIELD = re.compile(r"\.[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*\Z")
_INDEX = re.compile(r'index\s+(\.[\w.]+)\s+(\d+|"[^"]*")\Z')
_UNSAFE = re.compile(r"[^a-z0-9.\-]")
_FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "toString": lambda text: text,
}


@dataclass(frozen=True)
class SetParameters:
    """One set of parameters, for one Application.

    Both forms are there: `tree` for Go templates, `words` for ``{{path.basename}}``. What isn't in them is left as it
    stands in a template: nobody here knows it.
    """

    tree: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    """False where a generator takes part whose answers are only known in a cluster"""

    def joined(self, other: SetParameters) -> SetParameters:
        return SetParameters(
            merged(self.tree, other.tree), {**self.words, **other.words}, self.complete and other.complete
        )


UNKNOWN_PARAMETERS = SetParameters(complete=False)


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two mappings in one; where both say something, the other one counts."""
    found = dict(one)
    for key, value in other.items():
        before = found.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merged(before, value)
        found[key] = value
    return found


def parameters_of(values: Mapping[str, Any], *, prefix: str = "") -> SetParameters:
    """Parameters that stand somewhere as a mapping, such as an element of a list or the content of a file."""
    words: dict[str, str] = {}
    _flatten(values, "", words)
    if prefix:
        return SetParameters({prefix: dict(values)}, {f"{prefix}.{key}": value for key, value in words.items()})
    return SetParameters(dict(values), words)


def path_parameters(folder: str, file: str = "", *, prefix: str = "") -> SetParameters:
    """What a generator says of a folder in Git, or of a file that lies in it."""
    segments = folder.split("/") if folder else []
    base = posixpath.basename(folder)
    tree: dict[str, Any] = {
        "path": folder,
        "basename": base,
        "basenameNormalized": _normalized(base),
        "segments": segments,
    }
    if file:
        tree |= {"filename": file, "filenameNormalized": _normalized(file)}
    start = f"{prefix}.path" if prefix else "path"
    words = {f"{start}.{key}": value for key, value in tree.items() if isinstance(value, str) and key != "path"}
    words |= {start: folder, **{f"{start}[{place}]": each for place, each in enumerate(segments)}}
    return SetParameters({prefix: {"path": tree}} if prefix else {"path": tree}, words)


def filled(value: Any, parameters: SetParameters, *, go: bool) -> Any:
    """A template with parameters filled in. What can't be worked out stays as it is."""
    if isinstance(value, str):
        return _filled(value, parameters, go) if "{{" in value else value
    if isinstance(value, Mapping):
        return {key: filled(each, parameters, go=go) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, parameters, go=go) for each in value]
    return value


def _filled(text: str, parameters: SetParameters, go: bool) -> str:
    if not go:
        return _TAG.sub(lambda found: parameters.words.get(found[1], found[0]), text)

    def answer(found: re.Match[str]) -> str:
        worked_out = _worked_out(found[1], parameters.tree)
        return found[0] if worked_out is None else worked_out

    return _GO_TAG.sub(answer, text)


def _worked_out(expression: str, tree: Mapping[str, Any]) -> str | None:
    first, *others = (part.strip() for part in expression.split("|"))
    word, _, argument = first.partition(" ")
    if word in _FUNCTIONS and argument:
        first, others = argument.strip(), [word, *others]
    found = _looked_up(first, tree)
    if found is None or any(name not in _FUNCTIONS for name in others):
        return None
    for name in others:
        found = _FUNCTIONS[name](found)
    return found


def _looked_up(expression: str, tree: Mapping[str, Any]) -> str | None:
    if indexed := _INDEX.match(expression):
        above = _field(indexed[1], tree)
        if isinstance(above, list) and indexed[2].isdigit() and int(indexed[2]) < len(above):
            return _word(above[int(indexed[2])])
        return _word(above.get(indexed[2].strip('"'))) if isinstance(above, Mapping) else None
    return _word(_field(expression, tree)) if _FIELD.match(expression) else None


def _field(path: str, tree: Mapping[str, Any]) -> Any:
    found: Any = tree
    for step in path.removeprefix(".").split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _word(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _flatten(value: Any, path: str, words: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _flatten(each, f"{path}.{key}" if path else str(key), words)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _flatten(each, f"{path}[{place}]", words)
    elif (word := _word(value)) is not None:
        words[path] = word


def _normalized(name: str) -> str:
    return _UNSAFE.sub("-", name.lower()).strip("-.")[:253]
