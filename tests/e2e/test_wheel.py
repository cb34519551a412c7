"""The wheel, installed into an empty environment far from the source, has everything that it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment in which just our wheel was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True)
    venv.create(folder / "env", with_pip=True)
    wheel = next(folder.glob("*.whl"))
    programs = folder / "env" / "bin"
    subprocess.run([str(programs / "pip"), "install", "--quiet", str(wheel)], check=True)
    return programs


def run(programs: Path, *arguments: str, kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(programs),
        "KUBECONFIG": str(kubeconfig or "/nonexistent"),
    }
    command = [str(programs / "kubectl-pko_argo"), *arguments]
    return subprocess.run(command, env=env, cwd=programs, capture_output=True, text=True, timeout=60, check=False)


def test_it_knows_its_version(installed: Path) -> None:
    done = run(installed, "version")
    assert done.returncode == 0
    assert done.stdout.startswith("kubectl pko-argo ")


def test_the_demo_is_served_and_get_judges_it(installed: Path, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "demo.yaml"
    program = str(installed / "kubectl-pko_argo")
    with subprocess.Popen([program, "demo", "--write-kubeconfig", str(kubeconfig)], cwd=tmp_path) as demo:
        try:
            until = time.monotonic() + 30
            while not kubeconfig.exists():
                assert time.monotonic() < until
                time.sleep(0.05)
            done = run(installed, "get", "stacks", "-A", "--all-contexts", kubeconfig=kubeconfig)
            assert done.returncode == 0, done.stderr
            assert "Degraded" in done.stdout
            assert "broken" not in done.stdout  # the Lua is there
            assert len(done.stdout.splitlines()) > 15
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(10) == 0


def test_a_kubeconfig_that_exists_is_never_overwritten(installed: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("precious")
    done = run(installed, "demo", "--write-kubeconfig", str(mine))
    assert done.returncode == 2
    assert mine.read_text() == "precious"


def test_kubectl_finds_it_and_completes(installed: Path) -> None:
    env = {"PATH": f"{installed}{os.pathsep}{os.environ['PATH']}", "HOME": str(installed)}
    plugin = subprocess.run(
        ["kubectl", "pko-argo", "version"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert plugin.stdout.startswith("kubectl pko-argo ")
    completion = subprocess.run(
        [str(installed / "kubectl_complete-pko_argo"), "get", "w"], env=env, capture_output=True, text=True, check=True
    )
    assert completion.stdout.splitlines() == ["workspaces", ":4"]
