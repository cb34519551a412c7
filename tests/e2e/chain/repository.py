"""A Git repository on disk, for Applications to be synced from."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_AUTHOR = ("-c", "user.name=a test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Repository:
    """Files that are committed; the branch is main."""

    path: Path

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    @classmethod
    def create(cls, path: Path) -> Repository:
        path.mkdir()
        made = cls(path)
        made._git("init", "--quiet", "--initial-branch=main")
        return made

    def commit(self, folder: str, objects: list[dict[str, Any]]) -> None:
        """From now on this folder holds these objects and nothing else."""
        file = self.path / folder / "objects.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump_all(objects))
        self._git("add", "--all")
        self._git(*_AUTHOR, "commit", "--quiet", "--message", f"change {folder}")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.path, check=True, capture_output=True, timeout=60)
