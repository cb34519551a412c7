"""Upstream's own tests of health checks: a `health_test.yaml` beside a `health.lua`, and objects in files.

    tests:
    - inputPath: testdata/ready.yaml
      healthStatus:
        status: Healthy
        message: the stack has been processed and is up to date

What is compared is the script's own answer, before the deletion rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from health.go.yaml import YamlError, documents
from health.result import NO_OPINION, NOTHING, STATUSES, Health

TESTS, SCRIPT = "health_test.yaml", "health.lua"
_FIELDS = ("status", "message", "deletionmessage")


class InputError(Exception):
    """A file that isn't what it should be. The text names it, says why, and what to do."""


@dataclass(frozen=True, slots=True)
class HealthCase:
    """An object, and the health that its check should find."""

    path: Path
    expected: Health


@dataclass(frozen=True, slots=True)
class HealthSuite:
    """The cases of one `health_test.yaml`, and the kind that its folders name: ``pulumi.com/Stack``."""

    path: Path
    kind: str
    cases: tuple[HealthCase, ...]

    @property
    def script(self) -> Path:
        return self.path.with_name(SCRIPT)


def suites(place: Path) -> list[HealthSuite]:
    """The suite in this file, or all suites in this folder and below. Raises InputError."""
    if place.is_file():
        return [suite(place)]
    return [suite(path) for path in sorted(place.rglob(TESTS))]


def suite(path: Path) -> HealthSuite:
    """The suite in this file. Raises InputError."""
    whole = read_object(path)
    tests = _lowered(whole).get("tests")
    if not isinstance(tests, list) or not tests:
        raise InputError(f"{path}: no list of tests; it should start with `tests:`")
    folder = path.resolve().parent
    cases = tuple(_case(path, number, test) for number, test in enumerate(tests, 1))
    return HealthSuite(path, f"{folder.parent.name}/{folder.name}", cases)


def _case(path: Path, number: int, test: Any) -> HealthCase:
    where = f"{path}: test {number}"
    fields = _lowered(test) if isinstance(test, dict) else {}
    given = fields.get("inputpath")
    if not isinstance(given, str) or not given:
        raise InputError(f"{where} has no inputPath")
    return HealthCase(path.parent / given, _expected(f"{where} ({given})", fields.get("healthstatus")))


def _expected(where: str, given: Any) -> Health:
    if given is None:
        return NOTHING
    if not isinstance(given, dict):
        raise InputError(f"{where}: healthStatus should have a status and a message")
    fields = _lowered(given)
    unknown = fields.keys() - set(_FIELDS)
    if unknown:
        raise InputError(f"{where}: healthStatus has no field {sorted(unknown)[0]!r}")
    texts = ["" if fields.get(name) is None else fields[name] for name in _FIELDS]
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"{where}: status and message have to be texts; put them in quotes")
    status, message, deletion_message = texts
    if status and status not in STATUSES:
        raise InputError(f"{where}: unknown status {status!r}; Argo CD knows {', '.join(STATUSES)}")
    return Health(status, message, deletion_message) if status else NO_OPINION


def read_object(path: Path) -> dict[str, Any]:
    """The one object in a file, YAML or JSON. Raises InputError."""
    found = list(_documents(path))
    if not found:
        raise InputError(f"{path}: the file is empty")
    if len(found) > 1:
        raise InputError(f"{path}: {len(found)} documents in one file; Argo CD's tests read one, so split it")
    return found[0]


def read_objects(path: Path) -> list[dict[str, Any]]:
    """All objects in a file, those of lists one by one. Raises InputError."""
    return [item for found in _documents(path) for item in _items(path, found)]


def _items(path: Path, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    items = found.get("items")
    if not isinstance(items, list) or not str(found.get("kind", "")).endswith("List"):
        yield found
        return
    for item in items:
        if not isinstance(item, dict):
            raise InputError(f"{path}: an item of the list is no object")
        yield item


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    try:
        for found in documents(read_text(path)):
            if found is None:
                continue
            if not isinstance(found, dict):
                raise InputError(f"{path}: a {_what(found)} where an object should be")
            yield found
    except YamlError as error:
        raise InputError(f"{path}: not YAML: {error}") from None


def read_text(path: Path) -> str:
    """A file's text. Raises InputError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line}: bytes that aren't UTF-8; save the file as UTF-8") from None


def _lowered(given: dict[str, Any]) -> dict[str, Any]:
    """Go finds a field whatever the case of its key."""
    return {key.lower(): value for key, value in given.items()}


def _what(value: Any) -> str:
    return "list" if isinstance(value, list) else "text or number"
