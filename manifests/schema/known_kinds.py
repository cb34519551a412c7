"""Which shape the documents of the operator's kinds have to have."""

from __future__ import annotations

from functools import lru_cache

from manifests.product_versions import NEWEST_PKO, ProductVersion
from manifests.schema.operator_types import OPERATOR_TYPES
from manifests.schema.shape import Shape
from manifests.schema.type_tables import ShapesOfVersion

LONGEST_STACK_NAME = 42
"""since PKO 2.3, and in pulumi.com/v1 alone"""
SHORTEST_RESYNC = 60
"""seconds between two resyncs, at least"""

_TYPES = {
    ("pulumi.com/v1", "Stack"): "Stack",
    ("pulumi.com/v1alpha1", "Stack"): "AlphaStack",
    ("pulumi.com/v1", "Program"): "Program",
}


def shape_of(api_version: str, kind: str, pko: ProductVersion) -> Shape | None:
    """The shape of the objects of a kind in a version of the operator; None for a kind that isn't known."""
    name = _TYPES.get((api_version, kind))
    return None if name is None else _shapes(pko).shape(name)


@lru_cache(maxsize=32)
def _shapes(pko: ProductVersion) -> ShapesOfVersion:
    return ShapesOfVersion(OPERATOR_TYPES, pko)


def first_version_with(api_version: str, kind: str, path: tuple[str, ...]) -> ProductVersion | None:
    """The first version of the operator that has a field; None where the newest hasn't."""
    if not _has(shape_of(api_version, kind, NEWEST_PKO), path):
        return None
    return next((each for each in _FIRST_VERSIONS if _has(shape_of(api_version, kind, each), path)), None)


_FIRST_VERSIONS: tuple[ProductVersion, ...] = ((1, 0, 0), *((2, minor, 0) for minor in range(10)))


def _has(shape: Shape | None, path: tuple[str, ...]) -> bool:
    for step in path:
        if shape is None:
            return False
        shape = shape.items if shape.items is not None else shape
        shape = (shape.fields or {}).get(step) or shape.values
    return shape is not None
