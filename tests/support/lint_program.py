"""`lint` as a user runs it: in a folder, with something on stdin or not."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.program import PROGRAM, Ended, environment
from support.waiting import LIMIT


def run_lint(folder: Path, *arguments: str, piped: bytes | None = None, env: dict[str, str] | None = None) -> Ended:
    done = subprocess.run(
        [*PROGRAM, "lint", *arguments],
        cwd=folder,
        env=environment("/nonexistent", **(env or {})),
        input=piped or b"",
        capture_output=True,
        timeout=LIMIT,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def put_files(folder: Path, files: dict[str, str]) -> Path:
    """Write files by their places in a folder, and give the folder back."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
