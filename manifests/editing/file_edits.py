"""What the edits of problems make of a file. Nothing is taken on trust: the outcome is read again, and has to differ
by what was wanted and by nothing else."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from health.go.yaml import YamlError, nodes, value_of
from manifests.editing.text_edits import EditRefusedError, YamlText
from manifests.problem import AddField, Edit, Problem, RemoveField, RenameKey, SetValue


@dataclass
class EditedFile:
    """A file's text after the edits, which were made, and which weren't."""

    text: str
    mended: list[Problem] = field(default_factory=list)
    refused: list[tuple[Problem, str]] = field(default_factory=list)
    """each with the reason"""


def edit_text(text: str, problems: Iterable[Problem]) -> EditedFile:
    """The text with the edits of these problems, which are all of one file. The edits of a problem are made together or
    not at all."""
    edited = EditedFile(text)
    # From the end, so that what one edit takes out of a list moves nothing that a later one means.
    for problem in sorted(problems, key=lambda each: each.position or (0, 0), reverse=True):
        try:
            edited.text = apply_edits(edited.text, problem.document, problem.edits)
        except EditRefusedError as refused:
            edited.refused.append((problem, str(refused)))
        else:
            edited.mended.append(problem)
    return edited


def apply_edits(text: str, document: int, edits: Sequence[Edit]) -> str:
    """The text with edits of its document of that number, from 0, one after the other. Raises EditRefusedError."""
    for edit in edits:
        before = _read(text)
        if document >= len(before):
            raise EditRefusedError("the document isn't there")
        wanted = [_value(node) for node in before]
        edit = _with_what_is_missing(edit, wanted[document])
        start, end, written = YamlText(text, before[document]).splice(edit)
        after = text[:start] + written + text[end:]
        wanted[document] = edited_value(wanted[document], edit)
        try:
            found = [_value(node) for node in _read(after)]
        except EditRefusedError:
            found = []
        if not _same(found, wanted):
            raise EditRefusedError("it is written in a way that can't be changed without touching something else")
        text = after
    return text


def _with_what_is_missing(edit: Edit, value: Any) -> Edit:
    """An edit that adds a field to a mapping that isn't there, as one that adds the mapping with it."""
    while isinstance(edit, AddField) and edit.path:
        *above, last = edit.path
        found = value
        for step in above:
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(last, str) or last in found:
            return edit
        edit = AddField(tuple(above), last, {edit.key: edit.value})
    return edit


def edited_value(value: Any, edit: Edit) -> Any:
    """What an edit makes of a document's value. Raises EditRefusedError where its path leads nowhere."""
    if not edit.path and not isinstance(edit, AddField):
        raise EditRefusedError("it is the whole document")
    changed = copy.deepcopy(value)
    *above, last = edit.path if not isinstance(edit, AddField) else (*edit.path, edit.key)
    found = changed
    for place, step in enumerate(above):
        below = _item(found, step)
        if below is None and isinstance(edit, AddField) and place == len(above) - 1:
            below = found[step] = {}  # a key without a value
        found = below
    if isinstance(edit, AddField):
        if not isinstance(found, dict):
            raise EditRefusedError("it is no mapping")
        found[last] = copy.deepcopy(edit.value)
        return changed
    _item(found, last)
    match edit:
        case SetValue():
            found[last] = copy.deepcopy(edit.value)
        case RenameKey():
            found[edit.name] = found.pop(last)
        case RemoveField():
            del found[last]
    return changed


def _item(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        raise EditRefusedError("it isn't there any more") from None


def _read(text: str) -> list[Any]:
    try:
        return list(nodes(text))
    except YamlError as error:
        raise EditRefusedError(f"the file isn't YAML: {error}") from None


def _value(node: Any) -> Any:
    try:
        return value_of(node)
    except YamlError as error:
        raise EditRefusedError(str(error)) from None


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to JSON: true isn't 1, and 1.0 isn't 1; the order of keys is of no matter."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other or (one != one and other != other))  # or it is not a number
