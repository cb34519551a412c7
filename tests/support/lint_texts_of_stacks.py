"""A Stack with one more field, as texts for lint."""

from __future__ import annotations

from collections.abc import Iterable

from manifests.problem import Problem
from manifests.stack_example import STACK_EXAMPLE

RULES_OF_FIELDS = frozenset(
    {
        "stack/config-shape",
        "stack/dead-field",
        "stack/duration",
        "stack/missing-field",
        "stack/name-too-long",
        "stack/reference-type",
        "stack/unknown-field",
        "stack/wrong-type",
    }
)
"""what looks at fields and values alone, and not at what a Stack means"""


def in_spec(field: str) -> str:
    """The example with something in its spec: it begins at line 10, column 3."""
    return f"{STACK_EXAMPLE}  {field}\n"


def said(problems: Iterable[Problem]) -> list[str]:
    """Everything that they say to a reader."""
    return [f"{each.object} {each.message} {each.fix}" for each in problems]
