"""Scripts that use what is there, what is missing, what is broken, and more than there is; and upstream's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from judging import argo_cd

from health.go.yaml import first
from health.suites import suites

OBJECT: dict[str, Any] = {
    "apiVersion": "acme.example/v1",
    "kind": "Thing",
    "metadata": {"name": "thing", "generation": 2, "labels": {"a": "1", "b": "2"}},
    "spec": {
        "replicas": 3,
        "ratio": 0.5,
        "on": True,
        "nothing": None,
        "list": [1, None, "three", {"four": 4}],
        "empty": [],
    },
    "status": {"conditions": [{"type": "Ready", "status": "True", "message": "fine"}], "wide": 2**53 + 1, "far": 2**70},
}


class Asked(NamedTuple):
    """A script and an object for it."""

    name: str
    script: str
    obj: dict[str, Any]


def written() -> list[Asked]:
    """Those that were written for this, by what they are about."""
    groups = json.loads((Path(__file__).parent / "odd_scripts.json").read_text(encoding="utf-8"))
    return [Asked(f"{group}: {script}", script, OBJECT) for group, scripts in groups.items() for script in scripts]


@cache
def upstream() -> tuple[Asked, ...]:
    """Every check that Argo CD ships, with every object of its tests, read where the build put them."""
    found = []
    for suite in suites(argo_cd() / "resource_customizations"):
        script = suite.script.read_text(encoding="utf-8")
        for case in suite.cases:
            obj = first(case.path.read_text(encoding="utf-8"))
            found.append(Asked(f"{suite.kind}: {Path(case.path).name}", script, obj))
    return tuple(found)


def broken(seed: int, count: int) -> Iterator[Asked]:
    """Upstream's scripts with a word taken out, doubled or exchanged for another one's."""
    chance = Random(seed)
    sound = upstream()
    for _ in range(count):
        asked = chance.choice(sound)
        words = asked.script.split(" ")
        place = chance.randrange(len(words))
        match chance.randint(0, 2):
            case 0:
                del words[place]
            case 1:
                words.insert(place, words[place])
            case _:
                words[place] = chance.choice(chance.choice(sound).script.split(" "))
        yield Asked(f"broken {asked.name}", " ".join(words), asked.obj)
