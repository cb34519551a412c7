"""Our tables against the operator's CustomResourceDefinitions: no field more, none less, the same types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests.product_versions import NEWEST_PKO
from manifests.schema.known_kinds import shape_of
from manifests.schema.shape import Shape, ValueType

CRDS = Path(__file__).parents[4] / "shared" / "crds"
pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the operator's CRDs are not beside this project")


def lines_of_definition(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every place of a CRD's schema with its type and what it demands, a line each."""
    if schema.get("x-kubernetes-int-or-string"):
        kind = "quantity" if "pattern" in schema else "integer or string"
    else:
        kind = schema.get("type", "anything")
    said = [kind]
    if kind == "integer" and schema.get("format") == "int32":
        said.append("32 bits")
    if schema.get("format") == "date-time":
        said.append("time")
    if "minLength" in schema and not path.startswith(".status"):
        said.append(f"at least {schema['minLength']}")
    if "enum" in schema and not path.startswith(".status"):
        said.append("|".join(schema["enum"]))
    keys = schema.get("x-kubernetes-list-map-keys")
    if keys:
        said.append(f"by {','.join(keys)}")
    if schema.get("x-kubernetes-list-type") == "set":
        said.append("set")
    required = schema.get("required", ())
    if required:
        said.append(f"requires {' '.join(sorted(required))}")
    yield f"{path or '.'} {' '.join(said)}"
    for name, below in schema.get("properties", {}).items():
        if (path, name) != ("", "metadata"):
            yield from lines_of_definition(below, f"{path}.{name}")
    if "items" in schema:
        yield from lines_of_definition(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from lines_of_definition(schema["additionalProperties"], f"{path}.*")


def lines_of_shape(shape: Shape, path: str = "") -> Iterator[str]:
    """The same of one of our shapes."""
    said = [shape.type.value]
    if shape.type is ValueType.INTEGER and shape.bits == 32:
        said.append("32 bits")
    if shape.is_time:
        said.append("time")
    if shape.shortest:
        said.append(f"at least {shape.shortest}")
    if shape.words:
        said.append("|".join(shape.words))
    if shape.unique:
        said.append(f"by {','.join(shape.unique)}")
    if shape.is_set:
        said.append("set")
    if shape.required:
        said.append(f"requires {' '.join(sorted(shape.required))}")
    yield f"{path or '.'} {' '.join(said)}"
    for name, below in (shape.fields or {}).items():
        if (path, name) != ("", "metadata"):
            yield from lines_of_shape(below, f"{path}.{name}")
    if shape.items is not None:
        yield from lines_of_shape(shape.items, f"{path}[]")
    if shape.values is not None:
        yield from lines_of_shape(shape.values, f"{path}.*")


@pytest.mark.parametrize(
    ("file", "version", "kind"),
    [
        ("pulumi.com_stacks.yaml", "v1", "Stack"),
        ("pulumi.com_stacks.yaml", "v1alpha1", "Stack"),
        ("pulumi.com_programs.yaml", "v1", "Program"),
    ],
)
def test_our_tables_say_what_the_definitions_say(file: str, version: str, kind: str) -> None:
    crd = yaml.load((CRDS / file).read_text(), yaml.CSafeLoader)
    schema = next(each for each in crd["spec"]["versions"] if each["name"] == version)["schema"]["openAPIV3Schema"]
    shape = shape_of(f"pulumi.com/{version}", kind, NEWEST_PKO)
    assert shape is not None
    theirs, ours = set(lines_of_definition(schema)), set(lines_of_shape(shape))
    assert len(ours) > (40 if kind == "Program" else 1500)
    assert sorted(ours - theirs) == []
    assert sorted(theirs - ours) == []
