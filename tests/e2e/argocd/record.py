"""Write down what Argo CD answers to a fixed few of the questions, for the tests that run without it.

python tests/e2e/argocd/record.py        needs the judge; writes tests/health/answers.json
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT), str(ROOT / "tests")]

from judging import ask  # noqa: E402
from odd_objects import objects  # noqa: E402
from odd_scripts import OBJECT, written  # noqa: E402
from odd_settings import KINDS, settings  # noqa: E402

from health.checks import source  # noqa: E402

OUT = ROOT / "tests" / "health" / "answers.json"
OBJECTS, SETTINGS = 120, 120
SLOW = "limits: "  # those take their second, there and here


def recorded() -> dict[str, Any]:
    """The questions, each with Argo CD's answer."""
    some = list(objects(7, OBJECTS))
    stacks = [obj for obj in some if obj["kind"] == "Stack"]
    scripts = [one for one in written() if not one.name.startswith(SLOW)]
    data = list(islice(settings(7, SETTINGS), SETTINGS))
    return {
        "object": OBJECT,
        "objects": _pairs(some, ({"obj": obj, "script": _check(obj)} for obj in some)),
        "builtin": _pairs(stacks, ({"obj": obj} for obj in stacks)),
        "scripts": [
            {"script": one.script, "openLibs": wide, "answer": answer}
            for wide in (False, True)
            for one, answer in zip(
                scripts,
                ask({"obj": OBJECT, "script": one.script or " ", "openLibs": wide} for one in scripts),
                strict=True,
            )
        ],
        "settings": _without_builtin(_pairs(data, ({"data": one, "kinds": KINDS} for one in data))),
    }


def _without_builtin(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with null for a kind that argocd-cm says nothing of: upstream's scripts aren't ours to copy."""
    (nothing,) = ask([{"data": {}, "kinds": KINDS}])
    for pair in pairs:
        in_force = pair["answer"].get("inForce", {})
        for kind, found in in_force.items():
            if found == nothing["inForce"][kind]:
                in_force[kind] = None
    return pairs


def _pairs(things: list[Any], questions: Any) -> list[dict[str, Any]]:
    return [{"given": one, "answer": answer} for one, answer in zip(things, ask(questions), strict=True)]


def _check(obj: dict[str, Any]) -> str:
    return source(obj["apiVersion"].partition("/")[0], obj["kind"])


if __name__ == "__main__":
    text = json.dumps(recorded(), ensure_ascii=True, separators=(",", ":"))
    OUT.write_text(text.replace('},{"given"', '},\n{"given"').replace('},{"script"', '},\n{"script"') + "\n")
