"""Check files, and print what is found or mend it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError, worse
from kubectl_plugin.verbs.lint.lint_run import LintRun, lint_paths, read_stdin
from kubectl_plugin.verbs.lint.mend_files import print_diff, write_fixes
from kubectl_plugin.verbs.lint.print_problems import print_problems
from manifests.baseline import baseline_text
from manifests.phrases import counted
from manifests.problem import Severity
from manifests.reports.shown_problems import shown_name, shown_text


def lint_files(options: argparse.Namespace) -> ExitCode:
    piped = read_stdin() if "-" in options.paths else b""
    run = lint_paths(options, piped)
    if options.write_baseline:
        return write_baseline(options.baseline, run)
    code = ExitCode.FINE
    if options.diff:
        print_diff(run)
    else:
        if options.fix:
            code = write_fixes(run)
            run = lint_paths(options, piped)  # as the files are now
        print_problems(run, options)
    for name, why in run.unreadable.items():
        print(f"error: {shown_name(name)}: can't be read: {shown_text(why)}", file=sys.stderr)
        code = ExitCode.CLUSTER_SAID_NO
    return worse(code, verdict(run, options.fail_on))


def verdict(run: LintRun, fail_on: str) -> ExitCode:
    if fail_on == "never":
        return ExitCode.FINE
    bad = any(each.severity.at_least(Severity(fail_on)) for each in run.problems)
    return ExitCode.PROBLEMS if bad else ExitCode.FINE


def write_baseline(file: str, run: LintRun) -> ExitCode:
    try:
        Path(file).write_text(baseline_text(run.problems), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--baseline {file}: it can't be written: {error.strerror}") from None
    print(f"{file}: from now on lint leaves out {counted(len(run.problems), 'known problem')}", file=sys.stderr)
    return ExitCode.CLUSTER_SAID_NO if run.unreadable else ExitCode.FINE
