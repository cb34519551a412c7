"""YAML as Argo CD reads it: the first document only, by the rules of YAML 1.1 that Go's yaml.v2 follows, and
then as JSON, whose keys are strings.

PyYAML finds the structure; what a plain word means is decided here: `y` is true, 1:30 and 2026-11-23 are
texts, 1e3 is a number.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import yaml

_PLAIN = "plain"
_NO_TAG = ""
_TAG = "tag:yaml.org,2002:"
_NUMBERS = frozenset("+-.0123456789")
"""what a number may begin with"""
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_WIDEST = 2**64
_MOST_NODES = 2_000_000
"""A megabyte of YAML has fewer, unless it is made of aliases of aliases."""

_DEEPEST = 200
"""levels below which nobody looks for what can't be read"""

_TOO_DEEP = "nested too deeply, or into itself"


class YamlError(ValueError):
    """Text that isn't YAML, or that JSON can't hold. The text says where, as far as it is known."""

    def __init__(self, text: str, mark: yaml.Mark | None = None) -> None:
        super().__init__(text)
        self.mark = mark
        """the place of what isn't YAML, if that is known"""


def first(text: str) -> Any:
    """The first document; None if there is none. Raises YamlError."""
    return next(documents(text), None)


def documents(text: str) -> Iterator[Any]:
    """Each document in turn. Raises YamlError at the first that is none."""
    return (value_of(node) for node in nodes(text))


def nodes(text: str) -> Iterator[yaml.Node]:
    """The node of each document, with the places of all that is in it. Raises YamlError at the first that is none."""
    import yaml

    loader: Any = None
    try:
        loader = _loader()(text)
        while loader.check_node():
            yield loader.get_node()
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlError(_where(error), getattr(error, "problem_mark", None)) from None
    except RecursionError:
        raise YamlError(_TOO_DEEP) from None
    finally:
        if loader is not None:
            loader.dispose()


def value_of(node: yaml.Node, repeating: list[yaml.Node] | None = None) -> Any:
    """What a document's node means. Raises YamlError for what JSON can't hold.

    The mappings in which a key may stand twice are added to `repeating`.
    """
    try:
        return _Reading(repeating).value(node)
    except RecursionError:
        raise YamlError(_TOO_DEEP, _refused(node)) from None
    except YamlError as error:
        error.mark = error.mark or _refused(node)
        raise


def _refused(root: yaml.Node) -> yaml.Mark | None:
    """Where a key or value stands that JSON can't hold, or that holds itself."""
    waiting: list[tuple[Any, Any, frozenset[int]]] = [(root, root, frozenset())]
    met: set[int] = set()
    while waiting:
        node, named, above = waiting.pop()
        if id(node) in above:  # an alias is the node that it stands for, so only the key before it tells its place
            return cast("yaml.Mark", named.start_mark)
        if node.id == "scalar":
            if not _is_held(node):
                return cast("yaml.Mark", node.start_mark)
        elif id(node) not in met and len(above) < _DEEPEST:
            met.add(id(node))
            inside = above | {id(node)}
            if node.id == "sequence":
                waiting += [(item, named, inside) for item in reversed(node.value)]
                continue
            for key, value in reversed(node.value):
                if not _is_key(key):
                    return cast("yaml.Mark", key.start_mark)
                waiting.append((value, key, inside))
    return None


def _is_held(node: Any) -> bool:
    try:
        _scalar(node.tag, node.value)
    except YamlError:
        return False
    return True


def _is_key(node: Any) -> bool:
    try:
        _key(_scalar(node.tag, node.value) if node.id == "scalar" else None)
    except YamlError:
        return False
    return True


@cache
def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    scalar = yaml.ScalarNode

    class Loader(base):  # type: ignore[misc]
        # No tag depends on where a node stands. These two are called for each node, and do nothing, in C.
        descend_resolver = operator.is_
        ascend_resolver = bool

        def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
            """The tag of a node that names none. It is called for each of them, so it does nothing else."""
            return _PLAIN if kind is scalar and implicit[0] else _NO_TAG

    return Loader


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)


class _Reading:
    """One document's nodes, turned into values; counted, for aliases can make few of them many.

    Most of the time of reading files is spent here: there is one call for each mapping and list, and none for a scalar.
    """

    def __init__(self, repeating: list[yaml.Node] | None) -> None:
        self._seen = 0
        self._repeating = repeating

    def value(self, node: yaml.Node) -> Any:
        kind = node.id  # type: ignore[attr-defined]
        if kind == "scalar":
            return _scalar(node.tag, node.value)
        self._seen += 1 + len(node.value)
        if self._seen > _MOST_NODES:
            raise YamlError("document contains excessive aliasing")
        if kind == "sequence":
            return [_scalar(item.tag, item.value) if item.id == "scalar" else self.value(item) for item in node.value]
        return self._mapping(node)

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag != _PLAIN or key in _WORDS or key[0] in _NUMBERS:
                key = _key(self.value(key_node))
            elif key == "<<":
                for merged in _merged(self.value(value_node)):
                    found = {**merged, **found}
                continue
            if value_node.id != "scalar":
                found[key] = self.value(value_node)
            elif value_node.tag == _PLAIN and (text := value_node.value) not in _WORDS and text[0] not in _NUMBERS:
                found[key] = text
            else:
                found[key] = _scalar(value_node.tag, value_node.value)
        if self._repeating is not None and len(found) != len(node.value):
            self._repeating.append(node)
        return found


def _merged(value: Any) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in values):
        raise YamlError("map merge requires map or sequence of maps as the value")
    return values


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise YamlError(f"a key can't be {'null' if value is None else 'a map or a list'}")


def _scalar(tag: str, text: str) -> Any:
    if tag == _PLAIN:
        return _plain(text)
    if tag == _TAG + "binary":
        import base64

        try:
            return base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except ValueError:
            raise YamlError("!!binary value contains invalid base64 data") from None
    if tag in (_TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null"):
        return _of_type(tag.removeprefix(_TAG), text)
    return text


def _of_type(wanted: str, text: str) -> Any:
    value = _plain(text)
    if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    types: dict[str, type] = {"int": int, "float": float, "bool": bool, "null": type(None)}
    if type(value) is not types[wanted]:
        raise YamlError(f"cannot decode `{text}` as a !!{wanted}")
    return value


def _plain(text: str) -> Any:
    """What a word without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBERS:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    if _INTEGER.match(digits) and -_WIDEST / 2 <= (number := _integer(digits)) < _WIDEST:
        return number
    if _FLOAT.match(digits):
        value = float(digits)
        return text if math.isinf(value) else value
    return text


def _integer(digits: str) -> int:
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567":
        return sign * int(digits, 8)
    return sign * int(digits, 0)
