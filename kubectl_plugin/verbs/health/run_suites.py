"""``health test``: judge objects as Argo CD would, and say where the answer isn't the expected one.

Upstream's own tests run here unchanged, and so do single objects, and whatever holds checks for Argo CD.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnosis.argocd_obstacles import broken_keys, unused_keys
from health.judge import shown_health
from health.result import ArgoCDVersion, ScriptError
from health.suites import TESTS, HealthSuite, InputError, read_object, read_objects, suite, suites
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health.suite_results import HealthTestResult, print_results
from kubectl_plugin.verbs.health.suite_scripts import LoadedScripts, places_in, readings


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
            yield from self._judge_script(path)
        else:
            yield from self._judge_file(path)

    def _judge_script(self, path: Path) -> Iterator[HealthTestResult]:
        beside = path.with_name(TESTS)
        if not beside.is_file():
            raise InputError(f"{path}: no {TESTS} beside it; to judge objects with it: FILE --script {path}")
        yield from self._judge_suite(suite(beside))

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
                yield result.failed(str(error))
            else:
                script.compare_closed(obj, found, self.release)
                yield result.found_to_be(found)

    def _judge_settings(self, path: Path) -> Iterator[HealthTestResult]:
        """A file with checks and no objects: whether Argo CD could use it."""
        for place, reading in readings(path):
            for broken in broken_keys(reading):
                text = f"breaks every Application: {broken.title}; {broken.next_step}"
                yield HealthTestResult(str(path), place.what, broken.subject, str(path)).failed(text)
            for script in self.scripts.in_place(path, place):
                result = HealthTestResult(str(path), place.what, script.where.rpartition(": ")[2], script.where)
                yield result.failed(script.broken) if script.broken else result
            self.remarks += [f"{path}: {key.subject}: {key.title}" for key in unused_keys(place.data, reading)]

    def judge_object(self, where: Path | str, obj: Mapping[str, Any]) -> HealthTestResult:
        """The health of an object; `where` is its file or context. Raises InputError where nothing judges its kind."""
        script = self.scripts.of_object(kind_of(obj), where)
        result = HealthTestResult(str(where), kind_of(obj), name_of(obj), script.where)
        try:
            return result.found_to_be(shown_health(obj, lambda it: script.judge(it, self.release), self.release))
        except ScriptError as error:
            return result.failed(str(error))


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
