"""The script that is run in a pod, in a shell: the agent's variables as they are, and nothing of them run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from actions.stacks.cancel_command import cancel_command

SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]
SHOW = '#!/bin/sh\nprintf "%s\\n" "$*"\nenv\n'


def run(shell: str, folder: Path, stack: str, env_file: str | None) -> list[str]:
    """What a `pulumi` that shows its arguments and its environment prints."""
    program = folder / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(SHOW)
    program.chmod(0o755)
    path = folder / ".env"
    if env_file is not None:
        path.write_text(env_file)
    _, *arguments = cancel_command(stack)
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PULUMI_ENV": str(path), "OLD": "stays"}
    ended = subprocess.run([shell, *arguments], env=environment, capture_output=True, text=True, timeout=30, check=True)
    return ended.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_variables_are_taken_as_they_are_and_never_run(shell: str, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    lines = run(
        shell,
        tmp_path,
        "acme/shop/dev",
        f'# TOKEN=no\n\nA=two words\nexport B="$(touch {trap}) `touch {trap}`"\nC=\'single "$HOME"\'\nD=x # why\n'
        f'E=a=b\n9F=x\nG-H=x\nno variable\n; touch {trap}\nI=a\\b\nPULUMI_BACKEND_URL="s3://state?region=eu"\nJ=last',
    )
    assert lines[0] == "cancel --yes --stack acme/shop/dev"
    found = dict(line.partition("=")[::2] for line in lines[1:])
    assert {name: found.get(name) for name in ("A", "B", "C", "D", "E", "I", "J", "OLD", "PULUMI_BACKEND_URL")} == {
        "A": "two words",
        "B": f"$(touch {trap}) `touch {trap}`",
        "C": 'single "$HOME"',
        "D": "x",
        "E": "a=b",
        "I": "a\\b",
        "J": "last",
        "OLD": "stays",
        "PULUMI_BACKEND_URL": "s3://state?region=eu",
    }
    assert not {"TOKEN", "9F", "G-H"} & set(found)
    assert not trap.exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_without_the_file_the_containers_variables_are_enough(shell: str, tmp_path: Path) -> None:
    assert run(shell, tmp_path, "acme/shop/dev", None)[0] == "cancel --yes --stack acme/shop/dev"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_name_of_a_stack_is_never_a_part_of_the_script(shell: str, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    stack = f'dev"; touch {trap}; $(touch {trap})'
    assert run(shell, tmp_path, stack, "")[0] == f"cancel --yes --stack {stack}"
    assert not trap.exists()
