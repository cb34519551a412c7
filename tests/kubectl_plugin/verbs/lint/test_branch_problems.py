"""`lint --changed`: what a branch brings, where it stands and where it doesn't."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.lint_program import put_files, run_lint

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")

STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {name}
  namespace: shop
spec:
  stack: acme/{name}/dev
  projectRepo: https://github.com/acme/{name}.git
  branch: main
"""
WAITING = "  prerequisites:\n  - name: db\n"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io/background]
spec:
  project: default
  source:
    repoURL: https://github.com/acme/gitops.git
    targetRevision: HEAD
    path: {path}
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@acme.example")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository on a branch, with one problem that was there before: broken/s.yaml waits for nobody."""
    git(tmp_path, "init", "-q", "-b", "main", ".")
    git(tmp_path, "remote", "add", "origin", "https://github.com/acme/gitops.git")
    old = STACK.format(name="old") + "  prerequisites:\n  - name: nobody\n"
    put_files(tmp_path, {"apps/web.yaml": APPLICATION.format(path="web"), "broken/s.yaml": old})
    put_files(tmp_path, {"web/s.yaml": STACK.format(name="web") + WAITING, "db/s.yaml": STACK.format(name="db")})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "checkout", "-qb", "feature")
    return tmp_path


def errors(folder: Path, *arguments: str) -> list[str]:
    told = run_lint(folder, "--changed", "main", "-o", "json", *arguments).json
    return [f"{each['file']} {each['rule']}" for each in told if each["severity"] == "error"]


def test_a_stack_that_is_deleted_breaks_what_waits_for_it(folder: Path) -> None:
    assert errors(folder) == []
    git(folder, "rm", "-q", "db/s.yaml")
    assert errors(folder) == ["web/s.yaml ref/prerequisite-missing"]
    git(folder, "commit", "-qm", "second")
    assert errors(folder) == ["web/s.yaml ref/prerequisite-missing"]
    assert errors(folder, "web") == []  # it was missing there before


def test_a_stack_that_is_renamed_does_so_too(folder: Path) -> None:
    put_files(folder, {"db/s.yaml": STACK.format(name="data")})
    assert errors(folder) == ["web/s.yaml ref/prerequisite-missing"]


def test_a_folder_that_is_moved_breaks_the_application_that_names_it(folder: Path) -> None:
    git(folder, "mv", "web", "webx")
    assert errors(folder) == ["apps/web.yaml argocd/path"]


def test_what_was_wrong_before_isnt_told(folder: Path) -> None:
    put_files(folder, {"db/s.yaml": STACK.format(name="db") + "  resyncFrequencySeconds: 600\n", "notes.md": ""})
    assert errors(folder) == []


def test_what_git_ignores_is_neither_read_nor_there(folder: Path) -> None:
    put_files(folder, {".gitignore": "web/\nrendered/\n", "rendered/s.yaml": "a: [\n"})
    git(folder, "rm", "-rq", "--cached", "web")
    assert run_lint(folder).code == 3
    found = {(each["file"], each["rule"]) for each in run_lint(folder, "-o", "json").json}
    assert ("apps/web.yaml", "argocd/path") in found
    assert not {"rendered/s.yaml", "web/s.yaml"} & {file for file, _ in found}
    assert run_lint(folder, "rendered", "-o", "json").json[0]["rule"] == "yaml/broken"


@pytest.mark.parametrize("path", [".k8s/stacks", "vendor/stacks"])
def test_a_folder_that_is_left_out_is_read_where_an_application_names_it(folder: Path, path: str) -> None:
    broken = STACK.format(name="hidden") + '  refresh: "x"\n'
    put_files(
        folder, {"apps/web.yaml": APPLICATION.format(path=path), f"{path}/s.yaml": broken, ".other/s.yaml": "a: ["}
    )
    assert f"{path}/s.yaml stack/wrong-type" in errors(folder)
    assert f"{path}/s.yaml stack/wrong-type" not in errors(folder, "apps")


def test_on_a_branch_of_no_application_that_is_said(folder: Path) -> None:
    assert "is checked out, while" not in run_lint(folder).err
    put_files(folder, {"apps/web.yaml": APPLICATION.format(path="web").replace("HEAD", "main")})
    said = "note: the branch feature is checked out, while the Applications deliver main: nothing is said of"
    assert said in run_lint(folder).err
    assert said not in run_lint(folder, "-o", "github").err
    git(folder, "checkout", "-q", "--detach")
    assert "note: a commit of no known branch is checked out" in run_lint(folder).err
    assert "is checked out" not in run_lint(folder, env={"GITHUB_REF_NAME": "main"}).err


def test_what_a_ci_reads_names_files_from_the_root(folder: Path) -> None:
    put_files(folder, {"web/s.yaml": "a: ["})
    inside = folder / "web"
    assert "file=web/s.yaml" in run_lint(inside, "-o", "github").out
    assert run_lint(inside, "-o", "gitlab").json[0]["location"]["path"] == "web/s.yaml"
    assert '"uri": "web/s.yaml"' in run_lint(inside, "-o", "sarif").out
    assert run_lint(inside, "-o", "json").json[0]["file"] == "s.yaml"


def test_applications_of_the_branch_that_it_is_merged_into_count(folder: Path) -> None:
    git(folder, "checkout", "-q", "main")
    put_files(folder, {"apps/web.yaml": APPLICATION.format(path="web").replace("HEAD", "main")})
    git(folder, "commit", "-qam", "second")
    git(folder, "checkout", "-qB", "feature")
    git(folder, "mv", "web", "webx")
    assert errors(folder) == ["apps/web.yaml argocd/path"]
    assert "is checked out, while" not in run_lint(folder, "--changed", "main").err
