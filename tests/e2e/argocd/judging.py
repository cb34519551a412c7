"""Ask the judge: Argo CD's own code, built by `build.sh`, one JSON object a line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Question = Mapping[str, Any]
Answer = dict[str, Any]
BUILT_WITHIN = 3600.0
ANSWERED_WITHIN = 1800.0


class NoJudgeError(Exception):
    """It can't be built here; the text says why."""


@cache
def judge() -> Path:
    """The program, built where it isn't yet (minutes, once). Raises NoJudgeError."""
    try:
        done = subprocess.run([HERE / "build.sh"], capture_output=True, text=True, timeout=BUILT_WITHIN, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise NoJudgeError(f"Argo CD's VM can't be built here: {said.strip().splitlines()[-1]}") from error
    return Path(done.stdout.strip().splitlines()[-1])


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Argo CD's answers, in the order of the questions."""
    lines = "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in questions)
    done = subprocess.run(
        [judge()],
        input=lines.encode("utf-8", "replace"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=ANSWERED_WITHIN,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    )
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@cache
def argo_cd() -> Path:
    """Argo CD's source in Go's module cache, where the build put it."""
    version = judge().name.rpartition("-")[2]
    module = f"github.com/argoproj/argo-cd/v3@{version}"
    folder = os.environ.get("GOMODCACHE") or Path(os.environ.get("GOPATH") or Path.home() / "go") / "pkg" / "mod"
    return Path(folder) / module
