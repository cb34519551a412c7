"""Problems as GitLab's Code Quality report, which merge requests show beside the lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manifests.baseline import fingerprints
from manifests.problem import Problem, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def code_quality(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [_issue(each, fingerprint) for each, fingerprint in fingerprints(problems)]


def _issue(problem: Problem, fingerprint: str) -> dict[str, Any]:
    return {
        "description": f"{problem.named_message} {problem.fix}".strip(),
        "check_name": problem.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[problem.severity],
        "location": {
            "path": problem.file,
            "lines": {"begin": problem.position.line if problem.position is not None else 1},
        },
    }
