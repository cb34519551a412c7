"""Stacks and Programs made at random from the tables of the schema: right ones, and ones with a mistake somewhere."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from manifests.product_versions import NEWEST_PKO
from manifests.schema.known_kinds import shape_of
from manifests.schema.shape import Shape, ValueType

Obj = dict[str, Any]
Place = tuple[Any, str | int, Shape]
"""a mapping or a list, the key or index of a value in it, and what has to be there"""

_QUANTITIES = ("500m", "2Gi", "1", 2, "0.5", "1e3", "-1", "+.5")
_NO_QUANTITIES = ("lots", 0.5, "2GB", "", " 1", True, "1.5.0", "1_000")
_STRANGE = (True, 7, 2.5, "text", [], ["text"], {}, {"strange": 1}, [None], [{}], "", 2**31, 2**63, -1, 3.0)
_TIMES = ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.5+01:00")
_NO_TIMES = ("yesterday", "2026-11-23", "2026-13-23T10:00:00Z", "")


def generated_stacks(seed: int, number: int, api_version: str = "pulumi.com/v1") -> Iterator[Obj]:
    """So many Stacks, of which a third has no mistake; the same ones for the same seed."""
    return _generated(seed, number, api_version, "Stack", "spec")


def generated_programs(seed: int, number: int) -> Iterator[Obj]:
    """Programs likewise."""
    return _generated(seed, number, "pulumi.com/v1", "Program", "program")


def _generated(seed: int, number: int, api_version: str, kind: str, body: str) -> Iterator[Obj]:
    chance = random.Random(seed)
    shape = shape_of(api_version, kind, NEWEST_PKO)
    assert shape is not None
    for count in range(number):
        made: Obj = {"apiVersion": api_version, "kind": kind, "metadata": {"name": f"{kind.lower()}-{count}"}}
        made[body] = _value((shape.fields or {})[body], chance, 0)
        for _ in range(chance.choice((0, 0, 1, 1, 1, 2))):
            _spoil(made, body, shape, chance)
        yield made


def _value(shape: Shape, chance: random.Random, depth: int) -> Any:
    match shape.type:
        case ValueType.OBJECT:
            return _object(shape, chance, depth)
        case ValueType.ARRAY:
            return _array(shape, chance, depth)
        case ValueType.STRING:
            if shape.is_time:
                return chance.choice(_TIMES)
            return chance.choice(shape.words or ("one", "two-three", "1.5", "true"))
        case ValueType.BOOLEAN:
            return chance.random() < 0.5
        case ValueType.INTEGER:
            return chance.randrange(1, 1000)
        case ValueType.QUANTITY:
            return chance.choice(_QUANTITIES)
        case ValueType.INTEGER_OR_STRING:
            return chance.choice((80, "http"))
    return copy.deepcopy(chance.choice(_STRANGE))


def _object(shape: Shape, chance: random.Random, depth: int) -> Obj:
    if shape.fields is None:
        values = shape.values
        if values is None:
            return {}
        return {key: _value(values, chance, depth + 1) for key in chance.sample(("a", "b:c", "D_e", "f.g"), 2)}
    optional = sorted(shape.fields.keys() - shape.required)
    few = chance.sample(optional, min(len(optional), chance.randrange(1, 9 if depth == 0 else 4)))
    if "workspaceTemplate" in optional and chance.random() < 0.5 and "workspaceTemplate" not in few:
        few.append("workspaceTemplate")  # where most of the fields are
    return {key: _value(shape.fields[key], chance, depth + 1) for key in [*sorted(shape.required), *few]}


def _array(shape: Shape, chance: random.Random, depth: int) -> list[Any]:
    assert shape.items is not None
    items = [_value(shape.items, chance, depth + 1) for _ in range(chance.randrange(1, 3))]
    for place, item in enumerate(items if shape.unique else ()):
        for key in shape.unique:
            item[key] = 8000 + place if isinstance(item.get(key), int) else f"{item.get(key, key)}-{place}"
    return items


def _places(value: Any, shape: Shape) -> Iterator[Place]:
    """Every place within a value that fits its shape."""
    if isinstance(value, dict) and shape.type is ValueType.OBJECT:
        for key, inner in value.items():
            below = (shape.fields or {}).get(key) or shape.values
            if below is not None:
                yield value, key, below
                yield from _places(inner, below)
    elif isinstance(value, list) and shape.items is not None:
        for index, inner in enumerate(value):
            yield value, index, shape.items
            yield from _places(inner, shape.items)


def _spoil_outside_of_the_body(stack: Obj, chance: random.Random) -> None:
    metadata = stack["metadata"]
    match chance.randrange(8):
        case 0:
            metadata["name"] = "web-" * chance.choice((9, 11)) + "end"
        case 1:
            metadata["name"] = chance.choice(("Web", "web_1", "web.1", "-web", "1web", "web-", "web..1", "wéb"))
        case 2:
            metadata["annotations"] = chance.choice(({"a": 1}, {"a": None}, {"a": "1"}, [], None, {"a": {}}))
        case 3:
            metadata["finalizers"] = chance.choice(("a.example.com/b", ["a.example.com/b"], [1], None))
        case 4:
            metadata[chance.choice(("label", "clusterName", "annotation"))] = {"a": "b"}
        case 5:
            stack[chance.choice(("data", "stack", "Spec"))] = chance.choice((None, {}, "text"))
        case 6:
            stack["status"] = chance.choice(
                ({"strange": 1}, {"observedGeneration": "1"}, "text", {"outputs": {"a": 1}})
            )
        case 7:
            del metadata["name"]
            if chance.random() < 0.5:
                metadata["generateName"] = "web-" * chance.choice((9, 10))


def _spoil(made: Obj, body: str, shape: Shape, chance: random.Random) -> None:
    """One mistake, or something that looks like one, at a place of the object."""
    if chance.random() < 0.1:
        _spoil_outside_of_the_body(made, chance)
        return
    inner = (shape.fields or {})[body]
    places = [(made, body, inner), *_places(made[body], inner)]
    around, key, wanted = chance.choice(places if chance.random() < 0.95 else places[:1])
    value = around[key]
    match chance.randrange(9):
        case 0 | 1 if isinstance(value, dict):
            value[chance.choice(("strange", "Name", "spec", "nam", "type"))] = copy.deepcopy(chance.choice(_STRANGE))
        case 2 | 3 if isinstance(value, dict) and wanted.required:
            value.pop(chance.choice(sorted(wanted.required)), None)
        case 4:
            around[key] = None
        case 5 if isinstance(value, list) and value:
            value.append(copy.deepcopy(value[0]))
        case 6 if isinstance(value, list):
            value.append(None)
        case 7 if wanted.type is ValueType.QUANTITY or wanted.is_time:
            around[key] = chance.choice(_NO_TIMES if wanted.is_time else _NO_QUANTITIES)
        case 8 if isinstance(value, str):
            around[key] = value.upper()
        case _:
            # A list in the place of a time is something that API servers take by mistake.
            strange = [each for each in _STRANGE if not (wanted.is_time and isinstance(each, list))]
            around[key] = copy.deepcopy(chance.choice(strange))
