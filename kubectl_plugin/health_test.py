"""``health test``: judge objects as Argo CD would, and say where the answer isn't the expected one.

Upstream's own tests run here unchanged, and so do single objects, and whatever holds checks for Argo CD.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from health.answer import ScriptError, Version
from health.cases import TESTS, InputError, Suite, read_object, read_objects, suite, suites
from health.deletion import shown
from kubectl_plugin import health_reports
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.health_results import Result
from kubectl_plugin.health_scripts import Scripts, places_in, readings
from kubectl_plugin.usage import UsageError


def run(options: argparse.Namespace) -> ExitCode:
    """Test all paths and report. Nothing is printed before everything could be read."""
    given = Path(options.script) if options.script else None
    scripts = Scripts(given, options.open_libs, watched=options.coverage)
    examination = _Examination(scripts, options.argocd_version)
    unseen = False
    try:
        if options.live:
            from kubectl_plugin.health_test_live import live_objects

            objects, unseen = live_objects(options)
            results = [examination.judged(context, obj).without_outputs() for context, obj in objects]
        elif options.paths:
            results = [result for path in options.paths for result in examination.of(Path(path))]
        else:
            raise UsageError("name a file or a folder, or judge what is in a cluster: --live")
    except InputError as error:
        raise UsageError(str(error)) from None
    health_reports.report(results, scripts.all(), examination.remarks, form=options.output)
    if unseen:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.FINE if all(result.ok for result in results) else ExitCode.PROBLEMS


@dataclass
class _Examination:
    scripts: Scripts
    release: Version
    remarks: list[str] = field(default_factory=list)

    def of(self, path: Path) -> Iterator[Result]:
        """The results for a file or a folder. Raises InputError."""
        if not path.exists():
            raise InputError(f"{path}: No such file or directory")
        if path.is_dir():
            found = suites(path)
            if not found:
                raise InputError(f"{path}: no {TESTS} in it or below it; to judge objects, name their files")
            for one in found:
                yield from self._of_suite(one)
        elif path.suffix == ".lua":
            yield from self._of_script(path)
        else:
            yield from self._of_file(path)

    def _of_script(self, path: Path) -> Iterator[Result]:
        beside = path.with_name(TESTS)
        if not beside.is_file():
            raise InputError(f"{path}: no {TESTS} beside it; to judge objects with it: FILE --script {path}")
        yield from self._of_suite(suite(beside))

    def _of_file(self, path: Path) -> Iterator[Result]:
        documents = read_objects(path)
        if not documents:
            raise InputError(f"{path}: the file is empty")
        if path.name == TESTS or "tests" in documents[0]:
            yield from self._of_suite(suite(path))
        elif any(places_in(path, document) for document in documents):
            yield from self._of_settings(path)
        else:
            for document in documents:
                if kind_of(document) == "ConfigMap" and name_of(document).rpartition("/")[2] == "argocd-cm":
                    raise InputError(f"{path}: this argocd-cm has no health check: no key of it begins with resource.")
                yield self.judged(path, document)

    def _of_suite(self, tests: Suite) -> Iterator[Result]:
        for case in tests.cases:
            obj = read_object(case.path)
            judge = self.scripts.of_suite(tests, kind_of(obj))
            result = Result(str(case.path), tests.kind, name_of(obj), judge.where, case.expected)
            try:
                found = judge.judge(obj, self.release)
            except ScriptError as error:
                yield result.failed(str(error))
            else:
                judge.compare_closed(obj, found, self.release)
                yield result.found_to_be(found)

    def _of_settings(self, path: Path) -> Iterator[Result]:
        """A file with checks and no objects: whether Argo CD could use it."""
        for place, reading in readings(path):
            for problem in reading.problems:
                text = f"breaks every Application: {problem.error}; {problem.fix}"
                yield Result(str(path), place.what, problem.key, str(path)).failed(text)
            for judge in self.scripts.in_place(path, place):
                result = Result(str(path), place.what, judge.where.rpartition(": ")[2], judge.where)
                yield result.failed(judge.broken) if judge.broken else result
            self.remarks += [f"{path}: {note.key}: {note.text}" for note in reading.notes]

    def judged(self, where: Path | str, obj: Mapping[str, Any]) -> Result:
        """What an object in a file, or in a context, is. Raises InputError where nothing judges its kind."""
        judge = self.scripts.of_object(kind_of(obj), where)
        result = Result(str(where), kind_of(obj), name_of(obj), judge.where)
        try:
            return result.found_to_be(shown(obj, lambda it: judge.judge(it, self.release), self.release))
        except ScriptError as error:
            return result.failed(str(error))


def kind_of(obj: Mapping[str, Any]) -> str:
    """``pulumi.com/Stack``, or just ``Pod`` in the core group."""
    group = str(obj.get("apiVersion") or "").rpartition("/")[0]
    kind = str(obj.get("kind") or "")
    return f"{group}/{kind}" if group and kind else kind


def name_of(obj: Mapping[str, Any]) -> str:
    """``namespace/name``."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    return "/".join(str(metadata[part]) for part in ("namespace", "name") if metadata.get(part))
