"""What real agents and a real operator wrote, in some eighty situations: `tests/recorded/logs`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from stacks.logs.runs import LogSection, RunSplitter
from stacks.records.workspace import Update, tidy_update

_FOLDER = Path(__file__).parent.parent / "recorded" / "logs"


@dataclass(frozen=True)
class Recorded:
    """One container's log, and the Updates that there were when it was recorded."""

    situation: str
    namespace: str
    pod: str
    container: str
    text: str
    updates: tuple[Update, ...]

    @property
    def lines(self) -> list[str]:
        return self.text.removesuffix("\n").split("\n")

    def __str__(self) -> str:
        return f"{self.situation}-{self.pod}-{self.container}"


@cache
def agent_logs() -> tuple[Recorded, ...]:
    """All of them, several containers and pods a situation."""
    found = []
    for line in _read("agent"):
        item = json.loads(line)
        updates = tuple(tidy_update(msgspec.convert(each, Update, strict=False)) for each in item["updates"])
        found.append(
            Recorded(item["situation"], item["namespace"], item["pod"], item["container"], item["text"], updates)
        )
    return tuple(found)


@cache
def operator_logs() -> dict[str, list[str]]:
    """The lines of the operator, by situation."""
    return {
        item["situation"]: item["text"].removesuffix("\n").split("\n") for item in map(json.loads, _read("operator"))
    }


def stamped(lines: list[str]) -> list[tuple[float, str]]:
    """The lines with the instants at which a kubelet would have got them: the agent's own, else those before."""
    from stacks.logs.agent_log import agent_line
    from stacks.times import instant

    at, found = 0.0, []
    for line in lines:
        said = agent_line(line)
        at = (instant(said.time) if said else None) or at
        found.append((at, line))
    return found


def _read(name: str) -> list[str]:
    with gzip.open(_FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return lines.read().splitlines()


def split_log(lines: Iterable[str]) -> list[LogSection]:
    """A whole log in its sections."""
    splitter = RunSplitter()
    for line in lines:
        splitter.section_of(line)
    return splitter.sections
