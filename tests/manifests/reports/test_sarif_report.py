"""SARIF 2.1.0: what the schema demands of every part that we write, and help for each rule.

The schema itself isn't at hand without a network; `check_sarif` holds its demands on these parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from manifests.catalogue import RULES
from manifests.problem import Position, Problem, Severity
from manifests.reports.sarif_report import sarif

_URI_REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*\Z")
_TEXT = ("text", "markdown", "id", "arguments", "properties")
SHAPES: Mapping[str, Any] = {
    # object -> (required properties, properties that there may be beside them); additional ones are forbidden
    "log": ({"version", "runs"}, {"$schema", "inlineExternalProperties", "properties"}),
    "run": (
        {"tool"},
        {"results", "columnKind", "automationDetails", "originalUriBaseIds", "artifacts", "invocations", "properties"},
    ),
    "tool": ({"driver"}, {"extensions", "properties"}),
    "driver": (
        {"name"},
        {"semanticVersion", "version", "informationUri", "rules", "fullName", "organization", "properties"},
    ),
    "rule": (
        {"id"},
        {"name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"},
    ),
    "result": (
        {"message"},
        {"ruleId", "ruleIndex", "level", "kind", "locations", "partialFingerprints", "fingerprints", "fixes"},
    ),
    "location": (set(), {"physicalLocation", "logicalLocations", "id", "message", "annotations", "properties"}),
    "logicalLocation": (set(), {"name", "fullyQualifiedName", "decoratedName", "kind", "index", "properties"}),
}
LEVELS = {"none", "note", "warning", "error"}


def has_shape(item: Any, shape: str) -> None:
    required, optional = SHAPES[shape]
    assert isinstance(item, dict), shape
    assert required <= item.keys() <= required | optional, (shape, item.keys())


def is_text(item: Any) -> None:
    assert isinstance(item, dict)
    assert item.keys() <= set(_TEXT)
    assert isinstance(item["text"], str)  # markdown alone isn't allowed where there is no text
    assert isinstance(item.get("markdown", ""), str)


def check_sarif(log: Any) -> None:
    """Hold the demands of the schema of 2.1.0."""
    log = json.loads(json.dumps(log))
    has_shape(log, "log")
    assert log["version"] == "2.1.0"
    assert isinstance(log["runs"], list)
    for run in log["runs"]:
        has_shape(run, "run")
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        has_shape(run["tool"], "tool")
        driver = run["tool"]["driver"]
        has_shape(driver, "driver")
        assert re.match(r"\d+\.\d+\.\d+", driver["semanticVersion"])
        rules = driver["rules"]
        assert len({json.dumps(rule) for rule in rules}) == len(rules)
        for rule in rules:
            has_shape(rule, "rule")
            for name in ("shortDescription", "fullDescription", "help"):
                is_text(rule[name])
            assert rule["defaultConfiguration"].keys() <= {"enabled", "level", "rank", "parameters", "properties"}
            assert rule["defaultConfiguration"]["level"] in LEVELS
        for result in run["results"]:
            has_shape(result, "result")
            is_text(result["message"])
            assert result["level"] in LEVELS
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
            for location in result["locations"]:
                check_location(location)


def check_location(location: Any) -> None:
    has_shape(location, "location")
    physical = location.get("physicalLocation")
    if physical is not None:
        assert physical.keys() <= {"artifactLocation", "region", "contextRegion", "address", "properties"}
        assert _URI_REFERENCE.match(physical["artifactLocation"]["uri"])
        assert all(isinstance(number, int) and number >= 1 for number in physical["region"].values())
    for logical in location.get("logicalLocations", ()):
        has_shape(logical, "logicalLocation")


def problem(**more: Any) -> Problem:
    values = {
        "rule": "yaml/broken", "severity": Severity.ERROR, "message": "bad", "file": "a.yaml",
        "position": Position(2, 3), "object": "Stack web", "fix": "mend it",
    }  # fmt: skip
    return Problem(**{**values, **more})


def test_it_holds_what_the_schema_demands() -> None:
    problems = [
        problem(),
        problem(),
        problem(rule="yaml/template", severity=Severity.NOTE, object="", fix=""),
        problem(position=None, file="hub"),
        problem(file="a folder/ü#1%.yaml"),
        problem(file="/tmp/a.yaml"),
    ]
    log = sarif(problems, RULES, "0.1.0")
    check_sarif(log)
    results = log["runs"][0]["results"]
    assert results[0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a.yaml"},
        "region": {"startLine": 2, "startColumn": 3},
    }
    assert results[0]["message"]["text"] == "Stack web: bad\nmend it"
    assert "physicalLocation" not in results[3]["locations"][0]
    addresses = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results[4:]]
    assert addresses == ["a%20folder/%C3%BC%231%25.yaml", "file:///tmp/a.yaml"]
    marks = [each["partialFingerprints"]["problem/v1"] for each in results]
    assert len(set(marks)) == len(marks)


def test_every_rule_has_its_help() -> None:
    log = sarif([], RULES, "0.1.0")
    check_sarif(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    for rule, written in zip(RULES, rules, strict=True):
        assert rule.effect in written["help"]["text"]
        assert rule.remedy in written["help"]["text"]
        assert rule.right in written["help"]["markdown"] or not rule.wrong
