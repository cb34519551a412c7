"""``lint --changed``: the problems that a branch brings, be they in the files that it changes or elsewhere."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from kubectl_plugin.cli.exit_codes import UsageError
from manifests.baseline import Baseline, problem_key
from manifests.git_changes import BranchChanges
from manifests.git_program import GitError
from manifests.linting import lint, problem_order
from manifests.problem import Problem
from manifests.product_versions import ProductVersions
from manifests.reading.checkout import Checkout
from manifests.reading.file_tree import PIPE, ReadFiles, add_file, is_left_out, is_manifest, place_in
from manifests.reading.git_checkout import GitCheckout
from manifests.reading.source_file import SourceFile
from manifests.repository import Repository


def brought_problems(
    problems: Sequence[Problem],
    files: Sequence[SourceFile],
    changes: BranchChanges,
    paths: Sequence[str] | None,
    checkout: GitCheckout,
    versions: ProductVersions,
) -> list[Problem]:
    """The problems in changed files, those about an object of one, and those that weren't there before the branch.

    `paths` are what was read; without them nobody looks at how it was before.
    """
    names = {source.name for source in files if source.path in changes.files}
    objects = {document.title for source in files if source.name in names for document in source.documents}
    own = [each for each in problems if each.file in names or each.object in objects]
    others = [each for each in problems if not (each.file in names or each.object in objects)]
    if others and paths is not None and _may_break_others(changes):
        before = lint(_before(files, changes, paths, checkout, versions))
        own += Baseline(Counter(map(problem_key, before))).new(others)
    return sorted(own, key=problem_order)


def _may_break_others(changes: BranchChanges) -> bool:
    """Whether what it changes can matter to a file that it leaves as it is: a file that is gone may have been the last
    one of its folder."""
    return bool(changes.gone()) or any(is_manifest(name.rpartition("/")[2]) for name in changes.files)


def _before(
    files: Sequence[SourceFile],
    changes: BranchChanges,
    paths: Sequence[str],
    checkout: GitCheckout,
    versions: ProductVersions,
) -> Repository:
    """The repository where the branch began: what hasn't changed is as it is now."""
    places = (checkout.files - changes.files) | changes.blobs.keys()
    folders = {str(each) for name in places for each in PurePosixPath(name).parents if str(each) != "."} | {""}
    try:
        read = list(_earlier_files(changes, places, paths, checkout))
    except GitError as error:
        raise UsageError(f"--changed: {error}") from None
    same = [source for source in files if source.path not in changes.files]
    then = Checkout(
        checkout.addresses, checkout.branch, frozenset(folders), frozenset(places), checkout.target, checkout.submodules
    )
    return Repository([*same, *read], versions, then)


def _earlier_files(
    changes: BranchChanges, places: frozenset[str], paths: Sequence[str], checkout: GitCheckout
) -> Iterator[SourceFile]:
    """The changed files as they were, those of them that would have been read."""
    named = {place_in(checkout.root, path) for path in paths if path != PIPE}
    found = ReadFiles()
    for place in sorted(changes.blobs):
        covered = "." in named or any(f"{place}/".startswith(f"{each}/") for each in named if each)
        if covered and is_manifest(place.rpartition("/")[2]) and not is_left_out(place):
            name = os.path.relpath(checkout.root / place)
            chart = any(
                folder.name == "templates" and str(folder.parent / "Chart.yaml") in places
                for folder in PurePosixPath(place).parents
            )
            add_file(found, name, changes.earlier(place), place, chart=chart)
    yield from found.files
