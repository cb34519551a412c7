"""One run of lint: read what is named, check it, and keep what was asked for."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from kubectl_plugin.cli.exit_codes import UsageError
from kubectl_plugin.verbs.lint.branch_problems import brought_problems
from kubectl_plugin.verbs.lint.other_revisions import other_revision_hint
from kubectl_plugin.verbs.lint.rendered_folders import render
from manifests.baseline import Baseline, BaselineError, parse_baseline
from manifests.catalogue import RULES_BY_ID
from manifests.git_changes import BranchChanges, branch_changes
from manifests.git_program import GitError
from manifests.ignoring import without_ignored
from manifests.linting import lint, problem_order
from manifests.problem import Problem
from manifests.product_versions import ProductVersions
from manifests.reading.file_tree import PIPE, ReadFiles, read_files
from manifests.reading.git_checkout import GitCheckout, find_checkout
from manifests.reading.named_folders import read_named_folders
from manifests.reading.source_file import SourceFile
from manifests.repository import Repository

_LONGEST_STDIN = 64 << 20
_LONGEST_BASELINE = 64 << 20


@dataclass
class LintRun:
    """What was read, and the problems that count."""

    files: list[SourceFile]
    problems: list[Problem]
    unreadable: dict[str, str]
    """name of a file -> why"""
    known: int = 0
    """how many problems the baseline knows"""
    mended: int = 0
    """how many that it knows are no more"""
    hint: str = ""
    """what else the user should know; empty if nothing"""
    contexts: tuple[str, ...] | None = None
    """those that were looked at in the place of files"""

    @property
    def looked_at(self) -> list[str]:
        """The names under which problems may stand."""
        return [source.name for source in self.files] if self.contexts is None else list(self.contexts)


def read_stdin() -> bytes:
    """What is piped in. Raises UsageError where it is too long."""
    content = sys.stdin.buffer.read(_LONGEST_STDIN + 1)
    if len(content) > _LONGEST_STDIN:
        raise UsageError(f"stdin has more than {_LONGEST_STDIN >> 20} MiB")
    return content


class CountedProblems:
    """Which problems count: not those of rules that are switched off, nor those that the baseline knows."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Raises UsageError for a rule or a baseline that there isn't."""
        self._disabled = _disabled(options.disable)
        self._baseline = _baseline(options)

    def of(self, problems: Sequence[Problem], *, all_of_them: bool) -> LintRun:
        """A run with those that count; whether these are `all_of_them`, so that what the baseline knows beside them is
        mended."""
        found = [each for each in problems if each.rule not in self._disabled]
        new = list(self._baseline.new(found))
        mended = self._baseline.gone(found) if all_of_them else 0
        return LintRun([], new, {}, len(found) - len(new), mended)


def lint_paths(options: argparse.Namespace, piped: bytes) -> LintRun:
    """The problems of what the command line names. Raises UsageError."""
    counted = CountedProblems(options)
    paths = options.paths or ["."]
    checkout = _checkout(paths, options.repo_url)
    changed = _changed(checkout, options.changed)
    if changed is not None and checkout is not None:
        checkout = checkout.merged_into(options.changed)
    with without_garbage_collection():
        read, hint = _read(paths, piped, checkout), ""
        if options.render:
            found = _lint_rendered(read, options.versions, checkout)
        else:
            repository = Repository(read.files, options.versions, checkout)
            found = lint(repository)
            hint = other_revision_hint(repository)
        if changed is not None and checkout is not None:
            earlier = None if options.render else paths
            found = brought_problems(found, read.files, changed, earlier, checkout, options.versions)
    run = counted.of(found, all_of_them=changed is None)
    run.files, run.unreadable, run.hint = read.files, read.unreadable, hint
    return run


def _lint_rendered(read: ReadFiles, versions: ProductVersions, checkout: GitCheckout | None) -> list[Problem]:
    rendered = render(read.files)
    read.unreadable |= rendered.failed
    found = rendered.in_sources(lint(Repository(rendered.files, versions, checkout)))
    return sorted(without_ignored(found, rendered.replaced, RULES_BY_ID), key=problem_order)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Hardly anything that is made while files are read is garbage, and looking for it takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was read stays to the end, and needs no looking through before that
        gc.enable()


def _disabled(patterns: Sequence[str]) -> set[str]:
    disabled: set[str] = set()
    for pattern in (part.strip() for each in patterns for part in each.split(",")):
        matching = {rule for rule in RULES_BY_ID if fnmatchcase(rule, pattern)}
        if not matching:
            raise UsageError(f"--disable {pattern}: there is no such rule; lint --rules lists them")
        disabled |= matching
    return disabled


def _baseline(options: argparse.Namespace) -> Baseline:
    if not options.baseline or options.write_baseline:
        return Baseline()
    file = options.baseline
    try:
        with Path(file).open(encoding="utf-8") as opened:
            return parse_baseline(opened.read(_LONGEST_BASELINE))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        hint = "" if isinstance(error, BaselineError) else "; --write-baseline writes one"
        raise UsageError(f"--baseline {file}: {why}{hint}") from None


def _checkout(paths: Sequence[str], address: str) -> GitCheckout | None:
    near = next((path for path in paths if path != PIPE), ".")
    found = find_checkout(Path(near), os.environ, address)
    if found is None and address:  # an exported tree, and somebody says of which repository
        found = GitCheckout(Path.cwd(), (address,), "")
    return found


def _read(paths: Sequence[str], piped: bytes, checkout: GitCheckout | None) -> ReadFiles:
    if checkout is None:
        return read_files(paths, piped)
    read = read_files(paths, piped, checkout.root, checkout.ignored if any(map(os.path.isdir, paths)) else ())
    read_named_folders(read, paths, checkout)
    return read


def _changed(checkout: GitCheckout | None, reference: str | None) -> BranchChanges | None:
    if reference is None:
        return None
    if checkout is None:
        raise UsageError("--changed: this is no Git repository")
    try:
        return branch_changes(checkout.root, reference)
    except GitError as error:
        raise UsageError(f"--changed: {error}") from None
