"""Lint a text or a few files without a file system."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from textwrap import dedent

from manifests.linting import lint
from manifests.problem import Problem
from manifests.product_versions import NEWEST_ARGOCD, NEWEST_PKO, ProductVersion, ProductVersions
from manifests.reading.checkout import Checkout
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from manifests.rule import example_files

ADDRESS = "https://github.com/acme/gitops.git"
"""of the repository that the files lie in, on its branch main"""


def problems_in(*texts: str, pko: ProductVersion = NEWEST_PKO, argocd: ProductVersion = NEWEST_ARGOCD) -> list[Problem]:
    """The problems of texts, each with the files that it has by lines such as ``# file: apps/web.yaml``; of one without
    such lines the name is ``example.yaml``."""
    return lint(repository_of(*texts, pko=pko, argocd=argocd))


def repository_of(*texts: str, pko: ProductVersion = NEWEST_PKO, argocd: ProductVersion = NEWEST_ARGOCD) -> Repository:
    """The files of texts, as if they were checked out from ADDRESS."""
    files = {name: text for each in texts for name, text in example_files(dedent(each)).items()}
    read = [parse_source(name, text, name) for name, text in files.items()]
    folders = {str(each) for name in files for each in PurePosixPath(name).parents} - {"."} | {""}
    checkout = Checkout((ADDRESS,), "main", frozenset(folders), frozenset(files))
    return Repository(read, ProductVersions(pko, argocd), checkout)


def told(problems: list[Problem], *, about: str = "") -> list[str]:
    """Each problem as ``FILE:LINE:COLUMN rule``; only those whose id begins with `about`."""
    return [
        f"{each.file}:{each.position.line}:{each.position.column} {each.rule}"
        for each in problems
        if each.rule.startswith(about) and each.position is not None
    ]


def repository_in(folder: Path) -> Repository:
    """The files below a folder, as if it were checked out from ADDRESS."""
    places = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    folders = {parent.as_posix() for name in places for parent in PurePosixPath(name).parents} - {"."} | {""}
    checkout = Checkout((ADDRESS,), "main", frozenset(folders), frozenset(places))
    manifests = (name for name in places if name.endswith((".yaml", ".yml", ".json")))
    files = [parse_source(name, places[name].read_text(encoding="utf-8"), name) for name in manifests]
    return Repository(files, checkout=checkout)
