"""The Git repository that files lie in: its addresses, its branch, its files; in worktrees and submodules, too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from manifests.reading.git_checkout import GitCheckout, find_checkout

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")
ADDRESS = "https://github.com/acme/gitops.git"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [
            "git", "-C", str(folder), "-c", "user.name=Test", "-c", "user.email=test@acme.example",
            "-c", "protocol.file.allow=always", *arguments,
        ],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "apps" / "web").mkdir(parents=True)
    (folder / "apps" / "web" / "a.yaml").write_text("a: 1\n")
    (folder / "README.md").write_text("")
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    git(folder, "remote", "add", "fork", "git@github.com:acme/fork.git")
    git(folder, "remote", "add", "origin", ADDRESS)
    git(folder, "remote", "set-url", "--add", "origin", "https://gitlab.com/acme/gitops.git")
    return folder


def found(path: Path, address: str = "", **environment: str) -> GitCheckout:
    checkout = find_checkout(path, environment, address)
    assert checkout is not None
    return checkout


def test_it_is_found_from_any_folder_or_file_in_it(repository: Path) -> None:
    for place in (repository, repository / "apps", repository / "apps" / "web" / "a.yaml", repository / "nowhere"):
        checkout = found(place)
        assert checkout.root == repository
        assert checkout.branch == "main"
        assert checkout.addresses == (
            ADDRESS, "https://gitlab.com/acme/gitops.git", "git@github.com:acme/fork.git",
        )  # fmt: skip


def test_its_files_and_folders_are_listed(repository: Path) -> None:
    checkout = found(repository)
    assert checkout.folders == {"", "apps", "apps/web"}
    assert checkout.files == {"README.md", "apps/web/a.yaml"}


def test_what_git_ignores_isnt_part_of_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / ".gitignore").write_text("rendered/\n*.bak\n")
    (repository / "rendered").mkdir()
    for name in ("rendered/b.yaml", "apps/web/c.bak", "apps/new.yaml"):
        (repository / name).write_text("a: 1\n")
    checkout = found(repository)
    assert checkout.ignored == {"rendered", "apps/web/c.bak"}
    assert checkout.folders == {"", "apps", "apps/web"}
    assert checkout.files == {".gitignore", "README.md", "apps/web/a.yaml", "apps/new.yaml"}
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "rendered" in found(repository).folders  # without Git there is nobody to ask


def test_outside_of_one_there_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("not a place\n")
    assert find_checkout(tmp_path, {}) is None


def test_an_address_that_is_said_comes_before_those_of_the_remotes(repository: Path) -> None:
    assert found(repository, "https://mirror.acme.example/gitops").addresses[:2] == (
        "https://mirror.acme.example/gitops", ADDRESS,
    )  # fmt: skip


def test_a_worktree_has_its_own_branch_and_the_remotes_of_the_first(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "feature/x", str(tmp_path / "other"))
    checkout = found(tmp_path / "other" / "apps")
    assert (checkout.root, checkout.branch) == (tmp_path / "other", "feature/x")
    assert checkout.addresses[0] == ADDRESS


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "outer")
    git(tmp_path / "outer", "submodule", "add", "-q", str(repository), "inner")
    checkout = found(tmp_path / "outer" / "inner" / "apps")
    assert checkout.root == tmp_path / "outer" / "inner"
    assert checkout.addresses == (str(repository),)
    assert found(tmp_path / "outer").submodules == {"inner"}


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        ({}, ""),
        ({"GITHUB_BASE_REF": "main", "GITHUB_REF_NAME": "7/merge", "GITHUB_REF_TYPE": "branch"}, "main"),
        ({"GITHUB_BASE_REF": "", "GITHUB_REF_NAME": "release", "GITHUB_REF_TYPE": "branch"}, "release"),
        ({"GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag"}, ""),
        ({"GITHUB_REF_NAME": "release"}, "release"),
        ({"GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "feature"}, "feature"),
        ({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, "main"),
        ({"CI_COMMIT_BRANCH": "main"}, "main"),
    ],
)
def test_of_a_commit_that_a_ci_has_checked_out_it_says_the_branch(
    repository: Path, environment: dict[str, str], branch: str
) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert found(repository, **environment).branch == branch


def test_the_branch_that_is_checked_out_beats_what_a_ci_says(repository: Path) -> None:
    assert found(repository, GITHUB_BASE_REF="other").branch == "main"
