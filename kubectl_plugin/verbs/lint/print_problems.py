"""Print problems in the form that was asked for: data on stdout, how many they are on stderr."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from typing import Any

from kubectl_plugin import VERSION
from kubectl_plugin.output.printers import as_text, may_colour
from kubectl_plugin.verbs.lint.lint_run import LintRun
from manifests.catalogue import RULES
from manifests.problem import Severity
from manifests.reports.github_report import workflow_commands
from manifests.reports.gitlab_report import code_quality
from manifests.reports.json_report import problem_objects
from manifests.reports.junit_report import junit_xml
from manifests.reports.sarif_report import sarif
from manifests.reports.shown_problems import shown_text
from manifests.reports.text_report import counts, grouped_report, lines_report

_WIDEST = 120


def print_problems(run: LintRun, options: argparse.Namespace) -> None:
    sys.stdout.write(_report(run, options))
    sys.stdout.flush()  # before what stderr has to say
    mendable = sum(bool(each.edits) for each in run.problems) if not (options.fix or options.render) else 0
    further = {
        "can be mended by --fix": mendable if run.contexts is None else 0,
        "known to the baseline": run.known,
        "of the baseline mended: write it anew": run.mended,
    }
    what = "file" if run.contexts is None else "context"
    if run.hint and options.output == "text":
        print(f"note: {shown_text(run.hint)}", file=sys.stderr)
    print(counts(run.problems, len(run.looked_at), further, what), file=sys.stderr)


def _report(run: LintRun, options: argparse.Namespace) -> str:
    problems = run.problems
    if options.output in ("sarif", "gitlab", "github"):  # which name files from the root of the repository
        places = {source.name: source.path for source in run.files if source.path}
        problems = [replace(each, file=places.get(each.file, each.file)) for each in problems]
    match options.output:
        case "json":
            return _json(problem_objects(problems))
        case "sarif":
            return _json(sarif(problems, RULES, VERSION))
        case "gitlab":
            return _json(code_quality(problems))
        case "github":
            return workflow_commands(problems)
        case "junit":
            fail_on = None if options.fail_on == "never" else Severity(options.fail_on)
            return junit_xml(problems, run.looked_at, fail_on)
    if sys.stdout.isatty():
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        return grouped_report(problems, width, colour=may_colour(sys.stdout))
    return lines_report(problems)


def _json(item: Any) -> str:
    return as_text(item, "json")
