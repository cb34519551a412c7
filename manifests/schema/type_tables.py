"""Types of the Kubernetes API in a short notation, and the shapes that they have in a version of the operator.

A table has a text for each type, and the text a line for each type of field::

    "Probe": '''
        int32: failureThreshold periodSeconds
        HTTPGetAction: httpGet
        [string]: args
        [EnvVar by name]: env
        {quantity}: limits
        string: stack* preview@2.3 config@<2.3
    '''

``[X]`` is a list, ``[X by a,b]`` one in which each item has other values of a and b, ``<X>`` one in which each stands
once, ``{X}`` an object with keys of the user's choice. A field with a star is required; ``@2.3`` marks one that came
with that version of the operator, and ``@<2.3`` one that was gone with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from manifests.product_versions import ProductVersion, parse_version
from manifests.schema.shape import ANYTHING, Shape, ValueType

Table = Mapping[str, str | Shape]
"""types by their names, each in the notation or as the shape that it has in every version"""

_SIMPLE: Mapping[str, Shape] = {
    "any": ANYTHING,
    "string": Shape(ValueType.STRING, all_of=str),
    "word": Shape(ValueType.STRING, shortest=1),
    "duration": Shape(ValueType.STRING, "duration", all_of=str),
    "time": Shape(ValueType.STRING, is_time=True),
    "boolean": Shape(ValueType.BOOLEAN, all_of=bool),
    "int32": Shape(ValueType.INTEGER, bits=32),
    "int64": Shape(ValueType.INTEGER),
    "quantity": Shape(ValueType.QUANTITY),
    "int-or-string": Shape(ValueType.INTEGER_OR_STRING),
    "object": Shape(ValueType.OBJECT),
}


class ShapesOfVersion:
    """The shapes that a table's types have in one version of the operator, made as they are asked for."""

    def __init__(self, table: Table, version: ProductVersion) -> None:
        self._table = table
        self._version = version
        self._made: dict[str, Shape] = dict(_SIMPLE)

    def shape(self, of: str) -> Shape:
        """The shape of a type, such as ``Stack`` or ``[string]``."""
        if (made := self._made.get(of)) is None:
            made = self._made[of] = self._make(of)
        return made

    def _make(self, of: str) -> Shape:
        if of[0] == "[":
            item, _, unique = of[1:-1].partition(" by ")
            return Shape(ValueType.ARRAY, items=self.shape(item), unique=tuple(unique.split(",")) if unique else ())
        if of[0] == "<":
            return Shape(ValueType.ARRAY, items=self.shape(of[1:-1]), is_set=True)
        if of[0] == "{":
            return Shape(ValueType.OBJECT, values=self.shape(of[1:-1]))
        written = self._table[of]
        return written if isinstance(written, Shape) else self._record(of, written)

    def _record(self, name: str, written: str) -> Shape:
        fields: dict[str, Shape] = {}
        required = set()
        for line in filter(None, map(str.strip, written.splitlines())):
            type_, _, names = line.rpartition(": ")
            shape = self.shape(type_)
            for each in names.split():
                field, _, when = each.partition("@")
                if when and not self._is_there(when):
                    continue
                if field.endswith("*"):
                    field = field[:-1]
                    required.add(field)
                fields[field] = shape
        return Shape(ValueType.OBJECT, name, fields, frozenset(required))

    def _is_there(self, when: str) -> bool:
        if when[0] == "<":
            return self._version < parse_version(when[1:])
        return self._version >= parse_version(when)
