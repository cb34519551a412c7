"""One edit of a YAML document, as a change of a stretch of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from manifests.editing.yaml_style import block, entry, flow, scalar
from manifests.problem import AddField, Edit, FieldPath, RemoveField, RenameKey, SetValue

_ANCHOR = re.compile(r"&\S+\s+")
_COMMENT = re.compile(r"(?<!\S)#")
_ALIASED = "an alias stands there, and what it leads to is used elsewhere, too"
_ALIAS = re.compile(r"[ \t]*\*[^\s,\]}]+")


class EditRefusedError(Exception):
    """The edit can't be made without a doubt; the text says why."""


class Splice(NamedTuple):
    """Text in the place of what stands from one index to another."""

    start: int
    end: int
    text: str


class Place(NamedTuple):
    """A value in a document: its node, that of its key, and the collection that both are in."""

    key: Any
    """None for the item of a list and for the document"""
    node: Any
    parent: Any
    """None for the document"""
    number: int
    """its place in the parent"""
    in_flow: bool
    """whether it stands within brackets"""


class YamlText:
    """The text of a file, and the node of one of its documents."""

    def __init__(self, text: str, root: Any) -> None:
        self.text = text
        self.root = root
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        self.list_offset = _list_offset(root)
        self.quotes = '"' if text.lstrip().startswith(("{", "[")) else ""
        """of every text in JSON"""

    def splice(self, edit: Edit) -> Splice:
        """What the edit changes. Raises EditRefusedError."""
        place = self._find(edit.path)
        if isinstance(edit, SetValue | AddField) and place.parent is not None and self._is_alias(place):
            raise EditRefusedError(_ALIASED)
        match edit:
            case SetValue(_, value):
                return self._set(place, value)
            case RenameKey(_, name):
                if place.key is None:
                    raise EditRefusedError("it is no key")
                if any(key.value == name for key, _ in place.parent.value):
                    raise EditRefusedError(f"{name} is there already")
                start, end = place.key.start_mark.index, place.key.end_mark.index
                return Splice(start, end, scalar(name, _style(place.key), flow=place.in_flow))
            case RemoveField():
                return self._remove(place, edit.path)
            case AddField(_, key, value):
                return self._add(place, key, value)

    def _find(self, path: FieldPath) -> Place:
        place = Place(None, self.root, None, 0, _is_flow(self.root))
        for step in path:
            node, found = place.node, None
            if node.id == "sequence" and isinstance(step, int) and 0 <= step < len(node.value):
                found = Place(None, node.value[step], node, step, place.in_flow)
            elif node.id == "mapping":
                for number, (key, value) in enumerate(node.value):
                    if key.id == "scalar" and key.value == step:
                        found = Place(key, value, node, number, place.in_flow)
            if found is None:
                raise EditRefusedError("it isn't there any more, or comes from an anchor")
            if place.parent is not None and self._is_alias(place):
                raise EditRefusedError(_ALIASED)
            place = found._replace(in_flow=found.in_flow or _is_flow(found.node))
        return place

    def _is_alias(self, place: Place) -> bool:
        before = place.key.end_mark.index if place.key is not None else place.parent.start_mark.index
        return bool(place.node.start_mark.index < before)

    # Values

    def _set(self, place: Place, value: Any) -> Splice:
        node = place.node
        start, end = node.start_mark.index, self._end(node)
        anchor = _ANCHOR.match(self.text, start, end)
        if anchor is not None:
            raise EditRefusedError("it has an anchor, and is used elsewhere, too")
        if node.id != "scalar" and _COMMENT.search(self.text, start, end):
            raise EditRefusedError("there are comments in it")
        in_flow = place.in_flow if node.id == "scalar" else self._stands_in_flow(place)
        has_comment_before = place.key is not None and _COMMENT.search(self.text, place.key.end_mark.index, start)
        if isinstance(value, dict | list) and value and not in_flow:
            if place.key is None:
                return self._set_item(place, value, end)
            indentation = self._column(place.key) + (self.list_offset if isinstance(value, list) else 2)
            lines = block(value, indentation, self.list_offset)
            line = self._line_start(start)
            if has_comment_before and line > place.key.end_mark.index:
                return Splice(line, end, self.line_end.join(lines))
            colon = self._behind_colon(place)
            return Splice(colon, end, "".join(self.line_end + line for line in lines))
        if has_comment_before and node.id != "scalar":
            raise EditRefusedError("there are comments in it")
        style = _style(node) or self.quotes
        text = flow(value, style) if isinstance(value, dict | list) else scalar(value, style, flow=in_flow)
        if place.key is not None and (node.id != "scalar" or start == end or node.style in ("|", ">")):
            return Splice(self._behind_colon(place), end, f" {text}")
        return Splice(start, end, f" {text}" if start == end else text)

    def _set_item(self, place: Place, value: Any, end: int) -> Splice:
        """A list or mapping in the place of an item, behind its dash."""
        start = place.node.start_mark.index
        if self.text[self._line_start(start) : start].strip() != "-":
            raise EditRefusedError("it shares its line with something else")
        first_line, *others = block(value, self._column(place.node), self.list_offset)
        return Splice(start, end, self.line_end.join([first_line.lstrip(" "), *others]))

    def _stands_in_flow(self, place: Place) -> bool:
        return place.parent is not None and ((place.in_flow and not _is_flow(place.node)) or _is_flow(place.parent))

    def _behind_colon(self, place: Place) -> int:
        found = self.text.find(":", place.key.end_mark.index)
        if found < 0 or self.text[place.key.end_mark.index : found].strip():
            raise EditRefusedError("its key is written in a way of its own")
        return found + 1

    # Fields

    def _remove(self, place: Place, path: FieldPath) -> Splice:
        if place.parent is None:
            raise EditRefusedError("it is the whole document")
        siblings = place.parent.value
        if len(siblings) == 1:
            empty: Any = {} if place.parent.id == "mapping" else []
            above = self._find(path[:-1])
            if above.key is None:
                raise EditRefusedError("nothing would be left of what it is in")
            return self._set(above, empty)
        if _is_flow(place.parent):
            return self._remove_in_flow(place)
        begin = place.key or place.node
        start = begin.start_mark.index
        if place.key is None:
            start = self._dash(start)
        line = self._line_start(start)
        if self.text[line:start].strip():  # it shares its line with the dash of the item that it begins
            if place.number + 1 == len(siblings):
                raise EditRefusedError("it shares its line with something else")
            following = siblings[place.number + 1]
            following = following[0] if isinstance(following, tuple) else following
            next_start = following.start_mark.index
            kept = self._comment_lines(start, next_start, place.node).lstrip()
            margin = self.text[self._line_start(next_start) : next_start] if kept else ""
            return Splice(start, next_start, kept + margin)
        end = self._line_end(self._end(place.node, place))
        return Splice(line, end, self._comment_lines(start, end, place.node))

    def _comment_lines(self, start: int, end: int, node: Any) -> str:
        """The lines between two places in which nothing but a comment stands; in a text of several lines none is."""
        if any(each.style in ("|", ">", "'", '"') and "\n" in each.value for each in _scalars(node)):
            return ""
        lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)?", self.text[self._line_end(start) : end])
        return "".join(line for line in lines if line.lstrip().startswith("#"))

    def _remove_in_flow(self, place: Place) -> Splice:
        start = (place.key or place.node).start_mark.index
        end = self._end(place.node, place)
        comma = re.compile(r"\s*,[ \t]*").match(self.text, end)
        if comma is not None:
            return Splice(start, comma.end(), "")
        before = re.compile(r",\s*\Z").search(self.text, 0, start)
        if before is None:
            raise EditRefusedError("it is separated in a way of its own")
        return Splice(before.start(), end, "")

    def _add(self, place: Place, key: str, value: Any) -> Splice:
        node = place.node
        if node.id == "scalar" and not node.value and not node.style and place.key is not None:
            return self._set(place, {key: value})
        if node.id != "mapping":
            raise EditRefusedError("it is no mapping")
        if any(each.value == key for each, _ in node.value):
            raise EditRefusedError(f"{key} is there already")
        if _is_flow(node):
            brace = node.end_mark.index - 1
            written = f"{scalar(key, self.quotes, flow=True)}: {flow(value, self.quotes)}"
            if not node.value:
                return Splice(brace, brace, written)
            last = self._end(node.value[-1][1], self._last(node))
            start = node.value[-1][0].start_mark.index
            margin = self.text[self._line_start(start) : start]
            return Splice(last, last, f",{' ' if margin.strip() else self.line_end + margin}{written}")
        last_end = self._line_end(self._end(node.value[-1][1], self._last(node)))
        lines = entry(key, value, self._column(node.value[0][0]), self.list_offset)
        text = "".join(line + self.line_end for line in lines)
        if last_end and self.text[last_end - 1] not in "\r\n":  # the last line of the file has no end
            text = self.line_end + text.removesuffix(self.line_end)
        return Splice(last_end, last_end, text)

    def _last(self, mapping: Any) -> Place:
        key, value = mapping.value[-1]
        return Place(key, value, mapping, len(mapping.value) - 1, _is_flow(mapping))

    # Places in the text

    def _end(self, node: Any, place: Place | None = None) -> int:
        """Where the text of a node ends; that of a block collection would end at whatever comes next."""
        if place is not None and self._is_alias(place):
            alias = _ALIAS.match(self.text, self._behind_colon(place)) if place.key is not None else None
            if alias is None:
                raise EditRefusedError("an alias stands beside it")
            return alias.end()
        if node.id == "scalar":
            end = int(node.end_mark.index)
            return self._without_breaks(end) if node.style in ("|", ">") else end
        if _is_flow(node) or not node.value:
            return int(node.end_mark.index)
        if node.id == "mapping":
            return self._end(node.value[-1][1], self._last(node))
        number = len(node.value) - 1
        return self._end(node.value[-1], Place(None, node.value[-1], node, number, False))

    def _without_breaks(self, end: int) -> int:
        """An index without the line ends before it; a block of text has them, and they stay."""
        while end and self.text[end - 1] in "\r\n":
            end -= 1
        return end

    def _line_start(self, index: int) -> int:
        return max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1

    def _line_end(self, index: int) -> int:
        """Behind the line that an index is in, its break included."""
        found = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?").match(self.text, index)
        return found.end() if found else index

    def _dash(self, index: int) -> int:
        found = re.compile(r"-[ \t]*(?:#[^\r\n]*)?\s*\Z").search(self.text, self._line_start(index), index)
        if found is None:
            raise EditRefusedError("its dash stands on another line")
        return found.start()

    def _column(self, node: Any) -> int:
        return int(node.start_mark.column)


def _scalars(node: Any) -> Iterator[Any]:
    """The node itself, or the scalars in it, keys as well."""
    waiting, met = [node], set()
    while waiting:
        found = waiting.pop()
        if id(found) in met:
            continue  # an anchor may be used within what it stands for
        met.add(id(found))
        if found.id == "scalar":
            yield found
        elif found.id == "mapping":
            waiting += [each for pair in found.value for each in pair]
        else:
            waiting += found.value


def _is_flow(node: Any) -> bool:
    return node.id != "scalar" and bool(node.flow_style)


def _style(node: Any) -> str:
    return node.style if node.id == "scalar" and node.style in ("'", '"') else ""


def _list_offset(root: Any) -> int:
    """How far the lists of a document stand in from their keys: as the first one does, else two."""
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        if node.id == "mapping" and not node.flow_style:
            for key, value in node.value:
                if value.id == "sequence" and value.value and not value.flow_style:
                    return max(0, int(value.start_mark.column - key.start_mark.column))
                waiting.append(value)
        elif node.id == "sequence":
            waiting += node.value
    return 2
