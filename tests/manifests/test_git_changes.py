"""What a branch changes, and why that can't be told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from manifests.git_changes import branch_changes
from manifests.git_program import GitError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@acme.example")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    folder = tmp_path / "repo"
    for name in ("same.yaml", "gone.yaml", "new name.yaml", "staged.yaml", "unstaged.yaml"):
        (folder / name).write_text("a: 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    git(folder, "checkout", "-qb", "feature")
    return folder


def test_what_is_committed_staged_changed_and_added_on_the_branch(repository: Path) -> None:
    (repository / "new name.yaml").write_text("a: 2\n")
    (repository / "gone.yaml").unlink()
    (repository / "ü.yaml").write_text("a: 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    (repository / "staged.yaml").write_text("a: 2\n")
    git(repository, "add", ".")
    (repository / "unstaged.yaml").write_text("a: 2\n")
    (repository / "sub").mkdir()
    (repository / "sub" / "untracked.yaml").write_text("a: 2\n")
    assert branch_changes(repository, "main").files == {
        "gone.yaml", "new name.yaml", "ü.yaml", "staged.yaml", "unstaged.yaml", "sub/untracked.yaml",
    }  # fmt: skip


def test_what_the_other_branch_has_changed_since_is_not_ours(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "same.yaml").write_text("a: 3\n")
    git(repository, "commit", "-qam", "theirs")
    git(repository, "checkout", "-q", "feature")
    assert branch_changes(repository, "main").files == frozenset()


def test_a_reference_that_isnt_there_is_named_with_what_helps(repository: Path) -> None:
    with pytest.raises(GitError, match=r"no branch, tag or commit 'origin/main'.*fetch"):
        branch_changes(repository, "origin/main")


@pytest.mark.parametrize("reference", ["--output=/tmp/x", ""])
def test_a_flag_is_no_reference(repository: Path, reference: str) -> None:
    with pytest.raises(GitError, match="is no branch"):
        branch_changes(repository, reference)


def test_histories_that_dont_meet_are_named(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "lonely")
    git(repository, "commit", "-qm", "alone")
    with pytest.raises(GitError, match="no commit in common"):
        branch_changes(repository, "main")


def test_without_git_that_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitError, match="git isn't installed"):
        branch_changes(repository, "main")


def test_where_nothing_is_committed_that_is_said(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", ".")
    with pytest.raises(GitError, match="nothing is committed"):
        branch_changes(tmp_path, "main")


def test_what_a_changed_file_was_and_which_are_gone(repository: Path) -> None:
    (repository / "gone.yaml").unlink()
    (repository / "staged.yaml").write_text("a: 2\n")
    (repository / "link.yaml").symlink_to("same.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    changes = branch_changes(repository, "main")
    assert changes.gone() == {"gone.yaml"}
    assert set(changes.blobs) == {"gone.yaml", "staged.yaml"}
    assert changes.earlier("staged.yaml") == b"a: 1\n"
