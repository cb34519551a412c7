"""Check files, and print what is found."""

from __future__ import annotations

import argparse
import sys

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output.printers import as_text
from manifests.linting import lint
from manifests.problem import Problem, Severity
from manifests.reading.file_tree import PIPE, read_files
from manifests.repository import Repository


def lint_files(options: argparse.Namespace) -> ExitCode:
    paths = options.paths or ["."]
    read = read_files(paths, sys.stdin.read() if PIPE in paths else "")
    problems = lint(Repository(read.files))
    if options.output == "json":
        sys.stdout.write(as_text([_json(each) for each in problems], "json"))
    else:
        sys.stdout.write("".join(_text(each) for each in problems))
    for name, why in read.unreadable.items():
        print(f"{name}: can't be read: {why}", file=sys.stderr)
    if read.unreadable:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if any(each.severity.at_least(Severity.ERROR) for each in problems) else ExitCode.FINE


def _json(problem: Problem) -> dict[str, object]:
    line, column = problem.position or (None, None)
    return {
        "rule": problem.rule,
        "severity": problem.severity.value,
        "file": problem.file,
        "line": line,
        "column": column,
        "object": problem.object,
        "message": problem.message,
        "fix": problem.fix,
    }


def _text(problem: Problem) -> str:
    line, column = problem.position or (0, 0)
    head = f"{problem.file}:{line}:{column}: {problem.severity.value} {problem.rule}: {problem.message}\n"
    return f"{head}    {problem.fix}\n"
