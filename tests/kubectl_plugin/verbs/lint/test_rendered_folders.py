"""``--render``: overlays are checked as kubectl renders them, and problems are named where they can be mended."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kubectl_plugin.verbs.lint.rendered_folders import render
from manifests.problem import Position, Problem, Severity
from manifests.reading.file_tree import read_files
from support.lint_program import put_files, run_lint

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl isn't installed")
STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata:\n  name: web\nspec:\n  stack: acme/web/dev\n"
FILES = {
    "base/kustomization.yaml": "resources:\n- web.yaml\n",
    "base/web.yaml": STACK,
    "overlays/prod/kustomization.yaml": "resources:\n- ../../base\npatches:\n- path: patch.yaml\n",
    "overlays/prod/patch.yaml": STACK.replace("stack: acme/web/dev", "branch: main"),
    "overlays/dev/Kustomization": "namePrefix: dev-\nresources: [../../base]\n",
    "other/db.yaml": STACK.replace("web", "db"),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return put_files(tmp_path, FILES)


@needs_kubectl
def test_what_an_overlay_takes_in_is_replaced_by_what_is_made_of_it(tree: Path) -> None:
    rendered = render(read_files(["."]).files)
    assert rendered.failed == {}
    found = {file.name: [document.name for document in file.documents] for file in rendered.files}
    assert found == {
        "other/db.yaml": ["db"],
        "overlays/dev/Kustomization": [""],
        "overlays/dev/Kustomization (rendered)": ["dev-web"],
        "overlays/prod/kustomization.yaml": [""],
        "overlays/prod/kustomization.yaml (rendered)": ["web"],
    }
    prod = next(file for file in rendered.files if file.name == "overlays/prod/kustomization.yaml (rendered)")
    assert prod.path == "overlays/prod/+rendered.yaml"
    assert prod.documents[0].mapping("spec") == {"stack": "acme/web/dev", "branch": "main"}
    assert {file.name for file in rendered.replaced} == {
        "base/kustomization.yaml", "base/web.yaml", "overlays/prod/patch.yaml",
    }  # fmt: skip


@needs_kubectl
def test_problems_are_named_where_they_can_be_mended_and_once(tree: Path) -> None:
    put_files(tree, {"overlays/eu/kustomization.yaml": "namespace: eu\nresources: [../../base]\n"})
    (tree / "overlays/prod/patch.yaml").unlink()
    put_files(tree, {"overlays/prod/kustomization.yaml": "resources: [../../base]\n"})
    rendered = render(read_files(["."]).files)

    def problem(overlay: str, *path: str) -> Problem:
        file = f"overlays/{overlay} (rendered)"
        return Problem("test/rule", Severity.ERROR, "bad", file, Position(9, 9), "Stack web", path=path)

    found = list(
        rendered.in_sources([
            problem("prod/kustomization.yaml", "spec", "stack"),
            problem("eu/kustomization.yaml", "spec", "stack"),
            problem("eu/kustomization.yaml", "metadata", "namespace"),
            problem("dev/Kustomization", "spec", "stack"),
        ])
    )  # fmt: skip
    assert [(each.file, each.position) for each in found] == [
        ("base/web.yaml", (6, 3)),
        ("overlays/eu/kustomization.yaml", (1, 1)),
        ("overlays/dev/Kustomization", (1, 1)),
    ]


@needs_kubectl
def test_a_folder_that_cant_be_rendered_is_an_error_and_its_files_are_checked_as_they_are(tree: Path) -> None:
    put_files(tree, {"overlays/prod/kustomization.yaml": "resources:\n- nowhere.yaml\n"})
    ended = run_lint(tree, "--render")
    assert ended.code == 1
    assert "error: overlays/prod: can't be read: kubectl kustomize: " in ended.err
    assert "kubectl kustomize: accumulating resources" in ended.err  # and not the line of a log
    assert "Traceback" not in ended.err


def test_without_kubectl_it_is_wrong_usage(tree: Path) -> None:
    ended = run_lint(tree, "--render", env={"PATH": "/nonexistent"})
    assert (ended.code, ended.out) == (2, "")
    assert "--render needs kubectl" in ended.err


def test_kustomizations_that_build_on_each_other_end(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_files(
        tree, {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a, '', .]\n"}
    )
    monkeypatch.setattr("kubectl_plugin.verbs.lint.rendered_folders.shutil.which", lambda _: "false")
    rendered = render(read_files(["."]).files)
    assert set(rendered.failed) == {"overlays/dev", "overlays/prod"}  # nobody builds on those
