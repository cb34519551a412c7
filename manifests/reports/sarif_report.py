"""Problems as SARIF 2.1.0, which GitHub's code scanning and many editors read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from manifests.baseline import fingerprints
from manifests.problem import Problem
from manifests.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_NAME = "kubectl-pko-argo"


def sarif(problems: Iterable[Problem], rules: Sequence[Rule], version: str) -> dict[str, Any]:
    """One run of this program's `version`, with the help of every rule."""
    places = {rule.id: place for place, rule in enumerate(rules)}
    driver = {"name": _NAME, "semanticVersion": version, "rules": [_rule(each) for each in rules]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, mark, places) for each, mark in fingerprints(problems)],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    text = f"{rule.effect}\n\n{rule.remedy}"
    examples = f"\n\nWrong:\n\n```yaml\n{rule.wrong}```\n\nRight:\n\n```yaml\n{rule.right}```\n" if rule.wrong else ""
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title[:1].upper()}{rule.title[1:]}."},
        "fullDescription": {"text": rule.effect},
        "help": {"text": text, "markdown": text + examples},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(problem: Problem, fingerprint: str, places: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.rule,
        "level": problem.severity.value,
        "message": {"text": f"{problem.named_message}\n{problem.fix}".strip()},
        "locations": [_location(problem)],
        "partialFingerprints": {"problem/v1": fingerprint},
    }
    if problem.rule in places:
        result["ruleIndex"] = places[problem.rule]
    return result


def _location(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if problem.position is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _address(problem.file)},
            "region": {"startLine": problem.position.line, "startColumn": problem.position.column},
        }
    if problem.object:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.object, "kind": "object"}]
    return location


def _address(file: str) -> str:
    """A file as a URI; a relative one stays relative, to the root of the repository."""
    address = quote(file.replace("\\", "/"), safe="/-._~", errors="surrogateescape")
    return f"file://{address}" if address.startswith("/") else address
