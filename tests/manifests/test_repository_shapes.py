"""Repositories as people have them, without a fault: nothing is said of them but notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.linting import lint
from manifests.problem import Severity
from manifests.product_versions import ProductVersions
from manifests.repository import Repository
from support.lint_texts import repository_in

SHAPES = sorted((Path(__file__).parent / "repositories").iterdir())


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("argocd", [(3, 6, 1), (2, 14, 0)], ids=["3.6", "2.14"])
def test_a_right_repository_has_no_warning(folder: Path, argocd: tuple[int, int, int]) -> None:
    read = repository_in(folder)
    repository = Repository(read.files, ProductVersions(argocd=argocd), read.checkout)
    problems = [each for each in lint(repository) if each.severity.at_least(Severity.WARNING)]
    assert [f"{each.file}:{each.position} {each.rule}: {each.message}" for each in problems] == []


@pytest.mark.parametrize("folder", SHAPES, ids=lambda folder: folder.name)
def test_every_stack_of_it_is_delivered(folder: Path) -> None:
    repository = repository_in(folder)
    assert repository.stacks
    deliveries = repository.deliveries
    assert [each for each in repository.stacks if not deliveries.of(each) and not deliveries.may_cover(each)] == []
