"""The larger ones of `repositories/`: faults in them are found through overlays, sets and several sources."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from manifests.linting import lint
from manifests.problem import Severity
from support.lint_texts import repository_in

FAULTS = {
    "cluster-folders": [
        (
            "clusters/dev/apps/shop.yaml",
            "overlays/dev",
            "overlays/test",
            ["clusters/dev/apps/shop.yaml:13 argocd/path"],
        ),
        (
            "stacks/shop/base/stack.yaml",
            "repoDir:",
            "repoDirr:",
            ["stacks/shop/base/stack.yaml:11 stack/unknown-field"],
        ),
        (
            "clusters/dev/apps/shop.yaml",
            "name: shop",
            "name: pulumi-kubernetes-operator",
            ["clusters/dev/apps/shop.yaml:4 argocd/duplicate-application"],
        ),
        ("stacks/shop/base/kustomization.yaml", "stack.yaml, ", "", ["stacks/shop/base/stack.yaml:2 argocd/orphan"]),
    ],
    "chart-of-apps": [
        (
            "stacks/shop/stack.yaml",
            "prerequisites: []",
            "prerequisites: [{name: netwrk}]",
            ["stacks/shop/stack.yaml:30 ref/prerequisite-missing"],
        ),
        (
            "stacks/shop/rbac.yaml",
            "name: system:auth-delegator",
            "name: cluster-admin",
            ["stacks/shop/rbac.yaml:13 rbac/cluster-admin"],
        ),
    ],
    "autopilot": [
        ("apps/shop/overlays/dev/config.json", "overlays/dev", "overlays/test", ["projects/dev.yaml:35 argocd/path"]),
        (
            "apps/shop/base/stack.yaml",
            "type: Secret",
            "type: Env",
            ["apps/shop/base/stack.yaml:21 stack/reference-type"],
        ),
    ],
    "clusters-and-directories": [
        (
            "stacks/shop/dev/extra.yaml",
            "- name: shop-dev",
            "- name: acme/shop/dev",
            ["stacks/shop/dev/extra.yaml:13 ref/prerequisite-missing"],
        ),
        ("stacks/shop/dev/extra.yaml", "'3'", "'1'", ["stacks/shop/dev/extra.yaml:13 argocd/wave-deadlock"]),
        ("stacks/shop/dev/stack.yaml", "Prune=confirm,", "", ["stacks/shop/dev/stack.yaml:19 argocd/destroy-on-prune"]),
        ("argocd/stacks.yaml", "/background", "", ["argocd/stacks.yaml:18 argocd/finalizer"]),
        ("argocd/stacks.yaml", "path: stacks/*/*", "path: stack/*/*", []),
        (
            "addons/argo-cd/values.yaml",
            "health.pulumi.com_Stack",
            "health.pulumi.com/Stack",
            ["addons/argo-cd/values.yaml:5 argocd/health-key"],
        ),
        (
            "argocd/shared.yaml",
            "stacks/_shared",
            "stacks",
            [
                "argocd/shared.yaml:7 argocd/finalizer",
                *(
                    f"stacks/{folder}/{file} stack/duplicate-backend-stack"
                    for folder in ("data/dev", "data/prod", "shop/dev", "shop/prod")
                    for file in ("extra.yaml:9", "stack.yaml:11")
                ),
            ],
        ),
    ],
    "plugins-and-flux": [
        (
            "platform/rbac.yaml",
            '"-5"',
            '"5"',
            ["platform/vpc/stack.yaml:6 argocd/wave-order", "platform/vpc/stack.yaml:44 argocd/wave-order"],
        ),
        (
            "platform/flux.yaml",
            "name: infrastructure",
            "name: infra",
            ["platform/vpc/stack.yaml:12 ref/source-missing"],
        ),
        ("platform/vpc/stack.yaml", "72h", "3d", ["platform/vpc/stack.yaml:39 stack/duration"]),
        (
            "platform/vpc/stack.yaml",
            "git@github.com:acme",
            "github.com/acme",
            ["platform/vpc/stack.yaml:48 stack/source"],
        ),
        (
            "argocd/all.yaml",
            "recurse: true",
            "recurse: false",
            ["platform/vpc/stack.yaml:2 argocd/orphan", "platform/vpc/stack.yaml:43 argocd/orphan"],
        ),
    ],
}


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
    assert [f"{each.file}:{each.position.line if each.position else 0} {each.rule}" for each in problems] == said
