"""Kustomize folders: what they take in, what is a part of them, and what they may change."""

from __future__ import annotations

import pytest

from manifests.repository import Repository
from support.lint_texts import problems_in, repository_of

STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, namespace: own}
"""
BASE = f"""\
# file: base/kustomization.yaml
resources: [stack.yaml]
# file: base/stack.yaml
{STACK}"""


def overlay(fields: str, more: str = "") -> Repository:
    return repository_of(f"{BASE}# file: overlay/kustomization.yaml\nresources: [../base]\n{fields}\n{more}")


def stack_of(repository: Repository) -> str:
    [stack] = repository.stacks
    changes = repository.kustomizations.changes(stack)
    return f"{sorted(repository.namespaces(stack))} {changes.name or 'NOTHING'}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("namespace: shop", "['shop'] NOTHING"),
        ("namePrefix: dev-", "['own'] NAME"),
        ("nameSuffix: -dev", "['own'] NAME"),
        ("commonAnnotations: {a: b}", "['own'] ANNOTATIONS"),
        ("commonLabels: {a: b}", "['own'] NOTHING"),
        ("images: [{name: a, newTag: b}]", "['own'] NOTHING"),
        ("transformers: [x.yaml]", "['own'] FIELDS|NAME"),
        ("patches: [{path: gone.yaml}]", "['own'] FIELDS"),
        ("patches: [{path: gone.yaml, target: {kind: Deployment}}]", "['own'] NOTHING"),
        ("patches: [{path: gone.yaml, target: {kind: Stack, name: we.}}]", "['own'] FIELDS"),
        ("patches: [{path: gone.yaml, target: {kind: Stack, name: we}}]", "['own'] NOTHING"),
        ("patches: [{path: gone.yaml, target: {group: apps}}]", "['own'] NOTHING"),
        ("patches: [{path: gone.yaml, target: {name: '('}}]", "['own'] FIELDS"),
        ("patches: [{patch: 'kind: Stack'}]", "['own'] FIELDS"),
        ('patches: [{patch: "{kind: Stack, metadata: {name: data}}"}]', "['own'] NOTHING"),
        ('patches: [{patch: "{"}]', "['own'] FIELDS"),
        ('patchesStrategicMerge: ["{kind: Stack, metadata: {name: web}}"]', "['own'] FIELDS"),
        ("patchesJson6902: [{target: {kind: Stack, name: web}, path: p.yaml}]", "['own'] FIELDS"),
        ("replacements: [{targets: [{select: {kind: Stack}}]}]", "['own'] FIELDS"),
        ("replacements: [{targets: [{select: {kind: Job}}]}]", "['own'] NOTHING"),
        ("replacements: [{path: gone.yaml}]", "['own'] FIELDS"),
        ("patches: [1, null, {}, {patch: 3}]\nresources: [../base, 3, null]", "['own'] FIELDS"),
        ("patches: 1\nbases: x\nnamespace: 3", "['own'] NOTHING"),
    ],
)
def test_what_it_may_change_is_told_from_its_fields(fields: str, said: str) -> None:
    assert stack_of(overlay(fields)) == said


def test_a_patch_file_says_itself_what_it_is_for() -> None:
    fields = "patches: [{path: a.yaml}]"
    assert stack_of(overlay(fields, f"# file: overlay/a.yaml\n{STACK}")) == "['own'] FIELDS"
    other = STACK.replace("web", "data")
    repository = overlay(fields, f"# file: overlay/a.yaml\n{other}")
    assert stack_of(repository) == "['own'] NOTHING"


def test_what_was_renamed_may_be_meant_under_another_name() -> None:
    repository = repository_of(
        BASE,
        "# file: middle/kustomization.yaml\nresources: [../base]\nnamePrefix: dev-\n",
        "# file: top/kustomization.yaml\nresources: [../middle]\npatches: [{target: {name: dev-web}, patch: ''}]\n",
    )
    assert stack_of(repository) == "['own'] FIELDS|NAME"


def test_parts_are_no_manifests_and_resources_are() -> None:
    repository = overlay(
        "patches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: a, files: [key=data.yaml]}]\n"
        "configurations: [c.yaml]\nresources: [../base, patch2.yaml]\npatchesStrategicMerge: [patch2.yaml]",
        "".join(f"# file: overlay/{name}\n{STACK}" for name in ("patch.yaml", "data.yaml", "c.yaml", "patch2.yaml")),
    )
    assert [each.file for each in repository.stacks] == ["base/stack.yaml", "overlay/patch2.yaml"]


def test_the_yaml_of_a_patch_is_still_looked_at() -> None:
    found = problems_in(
        BASE, "# file: overlay/kustomization.yaml\nresources: [../base]\npatches: [{path: a.yaml}]\n",
        "# file: overlay/a.yaml\nkind: Stack\nkind: Stack\n"
        "metadata: {name: web, annotations: {argocd.argoproj.io/hook: Sync}}\n",
    )  # fmt: skip
    assert [each.rule for each in found if each.file == "overlay/a.yaml"] == ["yaml/duplicate-key"]


def test_components_change_what_is_taken_in_beside_them() -> None:
    component = "# file: part/kustomization.yaml\nkind: Component\npatches: [{path: x.yaml, target: {kind: Stack}}]\n"
    repository = overlay("components: [../part]", component)
    assert stack_of(repository) == "['own'] FIELDS"


def test_each_overlay_gives_its_namespace() -> None:
    repository = repository_of(
        BASE,
        "# file: overlays/dev/kustomization.yaml\nresources: [../../base]\nnamespace: dev\n",
        "# file: overlays/prod/kustomization.yaml\nbases: [../../base/]\nnamespace: prod\n",
    )
    assert stack_of(repository) == "['dev', 'prod'] NOTHING"


def test_an_overlay_without_a_namespace_leaves_it_open() -> None:
    repository = repository_of(
        BASE.replace(", namespace: own", ""),
        "# file: overlays/dev/kustomization.yaml\nresources: [../../base]\nnamespace: dev\n",
        "# file: overlays/prod/kustomization.yaml\nresources: [../../base]\n",
    )
    assert stack_of(repository) == "[] NOTHING"


def test_folders_that_take_in_each_other_end() -> None:
    repository = repository_of(
        "# file: a/kustomization.yaml\nresources: [../b, stack.yaml]\nnamespace: x\n",
        f"# file: b/kustomization.yaml\nresources: [../a]\n# file: a/stack.yaml\n{STACK}",
    )
    assert len(repository.kustomizations.taken_in("a")) == 1


def test_what_cannot_be_seen_is_known_to_be_there() -> None:
    for fields in ("resources: [github.com/acme/base]", "helmCharts: [{name: a}]", "secretGenerator: [{name: a}]"):
        repository = repository_of(
            f"# file: a/kustomization.yaml\n{fields}\n# file: b/kustomization.yaml\nresources: [../a]\n"
        )
        assert repository.kustomizations.unseen("b")
    assert not overlay("").kustomizations.unseen("overlay")
