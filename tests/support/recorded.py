"""What a real operator left in a cluster, in ninety-eight situations, and 48 minutes of its watch events."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "recorded"
UNTIL_WEDGED = 600.0
"""seconds after the recording at which a wedged Stack is to be called wedged"""


@dataclass(frozen=True)
class Situation:
    """One Stack at one instant, with the objects around it as the API served them."""

    name: str
    now: float
    health: str
    phase: str
    stack: dict[str, Any]
    update: dict[str, Any] | None
    workspace: dict[str, Any] | None
    pod: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.name}-{self.stack['metadata']['name']}"


@cache
def situations() -> tuple[Situation, ...]:
    """All of them."""
    found = []
    for line in (_FOLDER / "situations.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        later = UNTIL_WEDGED if item["phase"] == "wedged" else 0.0
        around = [item.get(kind) for kind in ("update", "workspace", "pod")]
        found.append(
            Situation(item["situation"], item["now"] + later, item["health"], item["phase"], item["stack"], *around)
        )
    return tuple(found)


def timeline() -> Iterator[tuple[float, str, dict[str, Any]]]:
    """The watch events in the order in which they came: instant, ADDED, MODIFIED or DELETED, object."""
    with gzip.open(_FOLDER / "timeline.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            yield event["t"], event["ev"], event["o"]
