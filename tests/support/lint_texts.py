"""Lint a text or a few files without a file system."""

from __future__ import annotations

from pathlib import PurePosixPath
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
    files = {name: text for each in texts for name, text in example_files(dedent(each)).items()}
    read = [parse_source(name, text, name) for name, text in files.items()]
    folders = {str(each) for name in files for each in PurePosixPath(name).parents} - {"."} | {""}
    checkout = Checkout((ADDRESS,), "main", frozenset(folders), frozenset(files))
    return lint(Repository(read, ProductVersions(pko, argocd), checkout))


def told(problems: list[Problem], *, about: str = "") -> list[str]:
    """Each problem as ``FILE:LINE:COLUMN rule``; only those whose id begins with `about`."""
    return [
        f"{each.file}:{each.position.line}:{each.position.column} {each.rule}"
        for each in problems
        if each.rule.startswith(about) and each.position is not None
    ]
