"""Played objects have the shape of recorded ones: no field and no label that a real operator never wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import demo
from demo.play import stories

ELSEWHERE = ("pulumi-kubernetes-operator", "argocd", "lab-argocd")
RECORDED = Path(__file__).parents[3] / "shared" / "recorded"

# Pulumi Cloud was not there when the recordings were made; the play has a token instead of a passphrase.
# What people write into a spec is theirs.
_OURS = re.compile(
    r"^(Stack\.spec|Workspace\.spec)\b|\.permalink$|lastUpdate\.reconcileRequest$|currentUpdate\.reconcileRequest$"
    r"|\.status\.outputs\.|\.annotations\.(argocd|link|pulumi)\S*$|^Event\.(message|involvedObject)|\.spec\.runProgram$"
)

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recordings beside this project")


def paths(value: Any, at: str) -> Iterator[str]:
    """Every field of an object, lists without their indexes."""
    yield at
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from paths(inside, f"{at}.{key}")
    elif isinstance(value, list):
        for inside in value:
            yield from paths(inside, at)


@cache
def recorded() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in RECORDED.glob("*/objects.yaml"):
        for obj in yaml.load(path.read_text(), yaml.CSafeLoader)["items"]:
            found.setdefault(obj["kind"], set()).update(paths(obj, obj["kind"]))
    return found


@pytest.mark.parametrize("kind", ["Stack", "Workspace", "Update", "StatefulSet", "Pod", "Event", "Lease", "Program"])
async def test_no_field_is_made_up(kind: str) -> None:
    known = recorded()[kind]
    async with demo.serve(now=1795457809.0, moving=False) as play:
        play.advance(60)
        for context, stage in play.contexts.items():
            for obj in stage.store.list(kind):
                if obj["metadata"]["namespace"] in ELSEWHERE and kind != "Lease":
                    continue
                strange = {path for path in paths(obj, kind) if path not in known and not _OURS.search(path)}
                assert not strange, (context, obj["metadata"]["name"])


@pytest.mark.parametrize("kind", ["Stack", "Update", "Workspace"])
async def test_conditions_speak_the_recorded_words(kind: str) -> None:
    """Types and reasons; the texts are tested story by story."""
    known = set()
    for path in RECORDED.glob("*/objects.yaml"):
        for obj in yaml.load(path.read_text(), yaml.CSafeLoader)["items"]:
            if obj["kind"] == kind:
                for c in (obj.get("status") or {}).get("conditions", []):
                    known.add((c["type"], c["status"], c["reason"]))
    async with demo.serve(now=1795457809.0, moving=False) as play:
        for stage in play.contexts.values():
            for obj in stage.store.list(kind):
                for c in obj["status"]["conditions"]:
                    assert (c["type"], c["status"], c["reason"]) in known


async def test_a_running_update_holds_its_finalizer_and_a_finished_one_does_not() -> None:
    async with demo.serve(stories.db_main, now=1795457809.0, moving=False) as play:
        updates = play.contexts["hub"].store.list("Update")
        states = {u["status"]["conditions"][2]["status"]: "finalizers" in u["metadata"] for u in updates}
        assert states == {"True": False, "False": True}
