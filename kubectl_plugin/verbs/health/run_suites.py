"""``health test``: judge objects as Argo CD would, and say where the answer isn't the expected one.

Upstream's own tests run here unchanged, and so do single objects, and whatever holds checks for Argo CD.
stdout has the results: lines for people, JSON for programs, JUnit for CI. What is to be said of the scripts goes to
stderr, and into the JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from diagnosis.argocd_obstacles import broken_keys, unused_keys
from health.judge import shown_health
from health.result import ArgoCDVersion, Health, ScriptError
from health.suites import TESTS, HealthSuite, InputError, read_object, read_objects, suite, suites
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output.printers import as_text
from kubectl_plugin.verbs.health.suite_scripts import LoadedScript, LoadedScripts, places_in, readings
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

    def without_outputs(self) -> HealthTestResult:
        """This result without outputs of an update, which somebody's check may repeat: for live objects."""
        found = self.found
        if found is None:
            return self
        message, deletion = without_outputs(found.message), without_outputs(found.deletion_message)
        return replace(self, found=replace(found, message=message, deletion_message=deletion))


def print_results(
    results: Sequence[HealthTestResult], scripts: Sequence[LoadedScript], remarks: Sequence[str], *, form: str
) -> None:
    """Print the results as json, as junit or, where `form` is empty, as text. `remarks` are on files of settings."""
    if form == "json":
        sys.stdout.write(as_text(as_json(results, scripts), "json"))
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
    return {
        "results": [
            {"ok": result.ok, **asdict(result)}
            | {"expected": _health_as_json(result.expected), "found": _health_as_json(result.found)}
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


def run(options: argparse.Namespace) -> ExitCode:
    """Test all paths and report. Nothing is printed before everything could be read."""
    given = Path(options.script) if options.script else None
    scripts = LoadedScripts(given, options.open_libs)
    runner = _SuiteRunner(scripts, options.argocd_version)
    unseen = False
    try:
        if options.live:
            # imported here, as aiohttp takes a third of the start and files need none of it
            from kubectl_plugin.verbs.health.live_objects import live_objects

            objects, unseen = live_objects(options)
            results = [runner.judge_object(context, obj).without_outputs() for context, obj in objects]
        elif options.paths:
            results = [result for path in options.paths for result in runner.judge_path(Path(path))]
        else:
            raise UsageError("name a file or a folder, or judge what is in a cluster: --live")
    except InputError as error:
        raise UsageError(str(error)) from None
    print_results(results, scripts.all(), runner.remarks, form=options.output)
    if unseen:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.FINE if all(result.ok for result in results) else ExitCode.PROBLEMS


@dataclass
class _SuiteRunner:
    """Judges what is in files and in clusters, as an Argo CD of this release does.

    `remarks` grow with what is to be said of the files: keys of argocd-cm that mean nothing.
    """

    scripts: LoadedScripts
    release: ArgoCDVersion
    remarks: list[str] = field(default_factory=list)

    def judge_path(self, path: Path) -> Iterator[HealthTestResult]:
        """The results for a file or a folder of suites. Raises InputError."""
        if not path.exists():
            raise InputError(f"{path}: No such file or directory")
        if path.is_dir():
            found = suites(path)
            if not found:
                raise InputError(f"{path}: no {TESTS} in it or below it; to judge objects, name their files")
            for one in found:
                yield from self._judge_suite(one)
        elif path.suffix == ".lua":
            beside = path.with_name(TESTS)
            if not beside.is_file():
                raise InputError(f"{path}: no {TESTS} beside it; to judge objects with it: FILE --script {path}")
            yield from self._judge_suite(suite(beside))
        else:
            yield from self._judge_file(path)

    def _judge_file(self, path: Path) -> Iterator[HealthTestResult]:
        documents = read_objects(path)
        if not documents:
            raise InputError(f"{path}: the file is empty")
        if path.name == TESTS or "tests" in documents[0]:
            yield from self._judge_suite(suite(path))
        elif any(places_in(path, document) for document in documents):
            yield from self._judge_settings(path)
        else:
            for document in documents:
                if kind_of(document) == "ConfigMap" and name_of(document).rpartition("/")[2] == "argocd-cm":
                    raise InputError(f"{path}: this argocd-cm has no health check: no key of it begins with resource.")
                yield self.judge_object(path, document)

    def _judge_suite(self, tests: HealthSuite) -> Iterator[HealthTestResult]:
        for case in tests.cases:
            obj = read_object(case.path)
            script = self.scripts.of_suite(tests, kind_of(obj))
            result = HealthTestResult(str(case.path), tests.kind, name_of(obj), script.where, case.expected)
            try:
                found = script.judge(obj, self.release)
            except ScriptError as error:
                yield replace(result, error=str(error))
            else:
                script.compare_closed(obj, found, self.release)
                yield replace(result, found=found)

    def _judge_settings(self, path: Path) -> Iterator[HealthTestResult]:
        """A file with checks and no objects: whether Argo CD could use it."""
        for place, reading in readings(path):
            for broken in broken_keys(reading):
                text = f"breaks every Application: {broken.title}; {broken.next_step}"
                yield HealthTestResult(str(path), place.what, broken.subject, str(path), error=text)
            for script in self.scripts.in_place(path, place):
                result = HealthTestResult(str(path), place.what, script.where.rpartition(": ")[2], script.where)
                yield replace(result, error=script.broken)
            self.remarks += [f"{path}: {key.subject}: {key.title}" for key in unused_keys(place.data, reading)]

    def judge_object(self, where: Path | str, obj: Mapping[str, Any]) -> HealthTestResult:
        """The health of an object; `where` is its file or context. Raises InputError where nothing judges its kind."""
        script = self.scripts.of_object(kind_of(obj), where)
        result = HealthTestResult(str(where), kind_of(obj), name_of(obj), script.where)
        try:
            found = shown_health(obj, lambda it: script.judge(it, self.release), self.release)
            return replace(result, found=found)
        except ScriptError as error:
            return replace(result, error=str(error))


def kind_of(obj: Mapping[str, Any]) -> str:
    """Group and kind: ``pulumi.com/Stack``, or just ``Pod`` in the core group."""
    group = str(obj.get("apiVersion") or "").rpartition("/")[0]
    kind = str(obj.get("kind") or "")
    return f"{group}/{kind}" if group and kind else kind


def name_of(obj: Mapping[str, Any]) -> str:
    """``namespace/name``, or the one of the two that there is."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    return "/".join(str(metadata[part]) for part in ("namespace", "name") if metadata.get(part))
