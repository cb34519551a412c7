"""``lint --fix`` and ``lint --diff``: what can be mended without a doubt, in the files or as a diff."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.lint.lint_run import LintRun
from kubectl_plugin.verbs.lint.written_edits import FileChangedError, diff_text, write_edited
from manifests.editing.file_edits import EditedFile, edit_text
from manifests.phrases import counted
from manifests.problem import Problem
from manifests.reading.source_file import SourceFile
from manifests.reports.shown_problems import shown_name
from stacks.text import visible


def print_diff(run: LintRun) -> None:
    """The changes of all files as one diff on stdout."""
    mended = 0
    for source, edited in _edited(run):
        text = diff_text(source.name, source.text, edited.text)
        sys.stdout.write(visible(text) if sys.stdout.isatty() else text)
        mended += len(edited.mended)
        _tell_refused(edited)
    sys.stdout.flush()
    print(
        f"{mended} of {counted(len(run.problems), 'problem')} can be mended by --fix; nothing was written",
        file=sys.stderr,
    )


def write_fixes(run: LintRun) -> ExitCode:
    """Write the files that can be mended. A file that can't be written is named, and the others are."""
    code, mended, files = ExitCode.FINE, 0, 0
    for source, edited in _edited(run):
        _tell_refused(edited)
        if not edited.mended or source.decoded is None:
            continue
        try:
            write_edited(source.name, source.decoded, edited.text)
        except (OSError, FileChangedError) as error:
            why = error.strerror or error if isinstance(error, OSError) else error
            print(f"error: {shown_name(source.name)}: {why}", file=sys.stderr)
            code = ExitCode.CLUSTER_SAID_NO
        else:
            mended += len(edited.mended)
            files += 1
    print(f"mended: {counted(mended, 'problem')} in {counted(files, 'file')}", file=sys.stderr)
    return code


def _edited(run: LintRun) -> Iterator[tuple[SourceFile, EditedFile]]:
    by_file: dict[str, list[Problem]] = {}
    for each in run.problems:
        if each.edits:
            by_file.setdefault(each.file, []).append(each)
    for source in run.files:
        if source.name in by_file:
            yield source, edit_text(source.text, by_file[source.name])


def _tell_refused(edited: EditedFile) -> None:
    for problem, why in edited.refused:
        line = problem.position.line if problem.position is not None else 1
        print(f"{shown_name(problem.file)}:{line}: {problem.rule} has to be mended by hand: {why}", file=sys.stderr)
