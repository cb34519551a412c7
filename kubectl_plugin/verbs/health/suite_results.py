"""The results of ``health test``: lines for people, JSON for programs, JUnit for CI.

stdout has the results; what is to be said of the scripts goes to stderr, and into the JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from health.result import Health
from kubectl_plugin.output.printers import as_json_object
from kubectl_plugin.verbs.health.suite_scripts import LoadedScript
from stacks.messages import without_outputs
from stacks.text import one_line, plain


@dataclass(frozen=True, slots=True)
class HealthTestResult:
    """An object's health by the script that was asked, and the health that a test expects if it expects one.

    Where a file was only looked at for scripts, there is neither.
    """

    file: str
    kind: str
    name: str
    script: str
    expected: Health | None = None
    found: Health | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be. A script that raises never is."""
        return not self.error and (self.expected is None or self.expected == self.found)

    def found_to_be(self, found: Health | None) -> HealthTestResult:
        """This result with what the script says."""
        return replace(self, found=found)

    def without_outputs(self) -> HealthTestResult:
        """This result without outputs of an update, which somebody's check may repeat: for live objects."""
        found = self.found
        if found is None:
            return self
        message, deletion = without_outputs(found.message), without_outputs(found.deletion_message)
        return replace(self, found=replace(found, message=message, deletion_message=deletion))

    def failed(self, error: str) -> HealthTestResult:
        """This result with why there is none."""
        return replace(self, error=error)


def print_results(
    results: Sequence[HealthTestResult], scripts: Sequence[LoadedScript], remarks: Sequence[str], *, form: str
) -> None:
    """Print the results as json, as junit or, where `form` is empty, as text. `remarks` are on files of settings."""
    if form == "json":
        sys.stdout.write(as_json_object(as_json(results, scripts)))
        return
    sys.stdout.writelines(_junit(results) if form == "junit" else _lines(results))
    for line in (*remarks, *_remarks(scripts)):
        print(line, file=sys.stderr)
    print(_summary(results), file=sys.stderr)


def _summary(results: Sequence[HealthTestResult]) -> str:
    """How many are as expected, in one line; what nothing was expected of is counted apart."""
    free = [result for result in results if result.expected is None and not result.error]
    tested = [result for result in results if result.expected is not None or result.error]
    failed = sum(not result.ok for result in tested)
    counts = [f"{len(tested) - failed} as expected, {failed} not"] if tested or not free else []
    judged = sum(result.found is not None for result in free)
    counts += [f"{judged} judged, with nothing to compare with"] if judged else []
    counts += [f"{len(free) - judged} compiled"] if len(free) > judged else []
    return "; ".join(counts)


def _lines(results: Sequence[HealthTestResult]) -> Iterator[str]:
    for result in results:
        where = f"{result.kind}  {result.file if result.expected else result.name or result.file}"
        if result.error:
            yield f"FAIL  {where}  {_one_line(result.error)}\n"
        elif result.ok:
            yield f"ok    {where}  {_health_text(result.found) if result.found else 'it compiles'}\n"
        else:
            expected, found = _health_text(result.expected), _health_text(result.found)
            yield f"FAIL  {where}\n      expected  {expected}\n      found     {found}\n"


def _health_text(health: Health | None) -> str:
    if health is None or not health.given:
        return "nothing at all, as if there were no check"
    if not health.status:
        return "no opinion"
    text = f"{health.status}  {_one_line(health.message)}".rstrip()
    if health.deletion_message and health.deletion_message != health.message:
        text += f"  (while being deleted: {_one_line(health.deletion_message)})"
    return text


def _one_line(text: str) -> str:
    return one_line(plain(text))


def _remarks(scripts: Sequence[LoadedScript]) -> Iterator[str]:
    for script in scripts:
        if script.needs_open_libs:
            yield f"{script.where}: needs resource.customizations.useOpenLibs for its kind in argocd-cm"
        for finding in script.findings():
            yield f"{script.where}: line {finding.line}: {finding.what}: {finding.why}"


def as_json(results: Sequence[HealthTestResult], scripts: Sequence[LoadedScript]) -> dict[str, Any]:
    """The results and what is to be said of the scripts."""
    return {
        "results": [
            {
                "ok": result.ok,
                "file": result.file,
                "kind": result.kind,
                "name": result.name,
                "script": result.script,
                "expected": _health_as_json(result.expected),
                "found": _health_as_json(result.found),
                "error": result.error,
            }
            for result in results
        ],
        "scripts": [
            {
                "script": script.where,
                "openLibs": script.open_libs,
                "needsOpenLibs": script.needs_open_libs,
                "remarks": [finding._asdict() for finding in script.findings()],
            }
            for script in scripts
        ],
    }


def _health_as_json(health: Health | None) -> dict[str, str] | None:
    if health is None or not health.given:
        return None
    return {"status": health.status, "message": health.message, "deletionMessage": health.deletion_message}


def _junit(results: Sequence[HealthTestResult]) -> Iterator[str]:
    failed = sum(not result.ok for result in results)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuite name="health" tests="{len(results)}" failures="{failed}">\n'
    for result in results:
        case = f"  <testcase classname={quoteattr(result.kind)} name={quoteattr(plain(result.name or result.file))}"
        case += f" file={quoteattr(result.file)}"
        if result.ok:
            yield f"{case}/>\n"
            continue
        text = plain(result.error) or f"expected {_health_text(result.expected)}, found {_health_text(result.found)}"
        yield f"{case}>\n    <failure message={quoteattr(text)}>{escape(text)}</failure>\n  </testcase>\n"
    yield "</testsuite>\n"
