"""Repositories as people have them, without a fault: nothing is said of them but notes."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

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


FAULTS = {
    "plain-folders": [
        ("argocd/shop.yaml", "path: stacks/shop", "path: stacks/store", ["argocd/shop.yaml:13 argocd/path"]),
        (
            "argocd/shop.yaml", "stacks/shop", "stacks/network",
            [
                "argocd/shop.yaml:13 argocd/covered-twice", "stacks/shop/cache.yaml:2 argocd/orphan",
                "stacks/shop/cache.yaml:18 argocd/orphan", "stacks/shop/web.yaml:2 argocd/orphan",
            ],
        ),
        ("argocd/shop.yaml", "CreateN", "createN", ["argocd/shop.yaml:22 argocd/sync-option"]),
        ("stacks/network/vpc.yaml", "Prune=confirm,", "", ["stacks/network/vpc.yaml:29 argocd/destroy-on-prune"]),
        ("stacks/network/vpc.yaml", '"1"', '"3"', ["stacks/network/dns.yaml:29 argocd/wave-deadlock"]),
        ("stacks/network/vpc.yaml", '"1"', '"-1"', ["stacks/network/vpc.yaml:8 argocd/wave-order"]),
        ("stacks/network/vpc.yaml", '"1"', '"0"', []),
    ],
    "kustomize-overlays": [
        (
            "overlays/dev/kustomization.yaml", "  - auth-delegator.yaml\n", "",
            ["overlays/dev/auth-delegator.yaml:2 argocd/orphan"],
        ),
        ("base/kustomization.yaml", "  - database.yaml\n", "", ["base/database.yaml:2 argocd/orphan"]),
        ("argocd/shop-dev.yaml", "overlays/dev", "overlay/dev", ["argocd/shop-dev.yaml:13 argocd/path"]),
    ],
    "app-of-apps": [
        (
            "apps/data.yaml", "recurse: true", "recurse: false",
            [
                "workloads/data/reports/stack.yaml:2 argocd/orphan",
                "workloads/data/warehouse/stack.yaml:2 argocd/orphan",
            ],
        ),
        ("apps/data.yaml", "/background", "", []),
        ("apps/web.yaml", "name: web", "name: data", ["apps/web.yaml:4 argocd/duplicate-application"]),
        ("workloads/web/stack.yaml", "|https", "https", ["workloads/web/stack.yaml:7 argocd/link"]),
    ],
    "application-set": [
        (
            "applicationsets/teams.yaml", "path: teams/*", "path: team/*",
            ["teams/data/stack.yaml:2 argocd/orphan", "teams/shop/stack.yaml:2 argocd/orphan"],
        ),
        (
            "applicationsets/environments.yaml", "part: platform", "part: plattform",
            ["applicationsets/environments.yaml:27 argocd/path"],
        ),
    ],
    "umbrella-chart": [
        ("argocd/values.yaml", "pulumi.com_Stack", "pulumi.com-Stack", ["argocd/values.yaml:7 argocd/health-key"]),
        (
            "argocd/Chart.yaml", "name: argo-cd", "name: argo-cd\n    alias: cd",
            [
                "argocd/values-prod.yaml:6 argocd/health-key", "argocd/values.yaml:7 argocd/health-key",
                "argocd/values.yaml:20 argocd/health-key",
            ],
        ),
        ("platform/stacks/cluster.yaml", '"1"', "1", ["platform/stacks/cluster.yaml:7 argocd/wave-value"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "file", "old", "new", "said"), [(shape, *fault) for shape, faults in FAULTS.items() for fault in faults]
)
def test_a_fault_in_it_is_found(tmp_path: Path, shape: str, file: str, old: str, new: str, said: list[str]) -> None:
    copytree(Path(__file__).parent / "repositories" / shape, tmp_path, dirs_exist_ok=True)
    changed = tmp_path / file
    text = changed.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = [each for each in lint(repository_in(tmp_path)) if each.severity.at_least(Severity.WARNING)]
    found = [f"{each.file}:{each.position.line if each.position else 0} {each.rule}" for each in problems]
    assert [each for each in found if " argocd/" in each] == said
