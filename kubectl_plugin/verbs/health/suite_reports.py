"""The results of ``health test``: lines for people, JSON for programs, JUnit for CI.

stdout has the results; what is to be said of the scripts goes to stderr, and into the JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from health.result import Health
from kubectl_plugin.output.printers import as_json_object
from kubectl_plugin.verbs.health.suite_results import HealthTestResult
from kubectl_plugin.verbs.health.suite_scripts import LoadedScript
from stacks.text import one_line, plain


def report(
    results: Sequence[HealthTestResult], judges: Sequence[LoadedScript], remarks: Sequence[str], *, form: str
) -> None:
    """Print all of it."""
    if form == "json":
        sys.stdout.write(as_json_object(as_json(results, judges)))
        return
    sys.stdout.writelines(_junit(results) if form == "junit" else _lines(results))
    for line in (*remarks, *_remarks(judges)):
        print(line, file=sys.stderr)
    print(_counted(results), file=sys.stderr)


def _counted(results: Sequence[HealthTestResult]) -> str:
    """How it ended in a line. Of what nothing was expected, nothing can be as expected."""
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
            yield f"FAIL  {where}  {_line(result.error)}\n"
        elif result.ok:
            yield f"ok    {where}  {_said(result.found) if result.found else 'it compiles'}\n"
        else:
            yield f"FAIL  {where}\n      expected  {_said(result.expected)}\n      found     {_said(result.found)}\n"


def _said(health: Health | None) -> str:
    if health is None or not health.given:
        return "nothing at all, as if there were no check"
    if not health.status:
        return "no opinion"
    text = f"{health.status}  {_line(health.message)}".rstrip()
    if health.deletion_message and health.deletion_message != health.message:
        text += f"  (while being deleted: {_line(health.deletion_message)})"
    return text


def _line(text: str) -> str:
    return one_line(plain(text))


def _remarks(judges: Sequence[LoadedScript]) -> Iterator[str]:
    for judge in judges:
        if judge.needs_open_libs:
            yield f"{judge.where}: needs resource.customizations.useOpenLibs for its kind in argocd-cm"
        for finding in judge.findings():
            yield f"{judge.where}: line {finding.line}: {finding.what}: {finding.why}"


def as_json(results: Sequence[HealthTestResult], judges: Sequence[LoadedScript]) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "results": [
            {
                "ok": result.ok,
                "file": result.file,
                "kind": result.kind,
                "name": result.name,
                "script": result.script,
                "expected": _fields(result.expected),
                "found": _fields(result.found),
                "error": result.error,
            }
            for result in results
        ],
        "scripts": [
            {
                "script": judge.where,
                "openLibs": judge.open_libs,
                "needsOpenLibs": judge.needs_open_libs,
                "remarks": [finding._asdict() for finding in judge.findings()],
            }
            for judge in judges
        ],
    }


def _fields(health: Health | None) -> dict[str, str] | None:
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
        text = plain(result.error) or f"expected {_said(result.expected)}, found {_said(result.found)}"
        yield f"{case}>\n    <failure message={quoteattr(text)}>{escape(text)}</failure>\n  </testcase>\n"
    yield "</testsuite>\n"
