"""Small pieces of the sentences that rules say."""

from __future__ import annotations

from collections.abc import Sequence

from manifests.document import Document
from manifests.problem import FieldPath


def listed(names: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; of many the first five."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} {word} {len(names) - 5} more"
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def place_of(document: Document, path: FieldPath = ()) -> str:
    """Where a document stands, or a field of it: ``apps/web.yaml:3``."""
    position = document.position(path)
    return document.file if position is None else f"{document.file}:{position.line}"
