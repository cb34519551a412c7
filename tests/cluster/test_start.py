"""What it costs to know where the clusters are, before any is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import LIMIT

ROOT = Path(__file__).parent.parent.parent


def loaded(*modules: str) -> set[str]:
    script = f"import sys, json, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, timeout=LIMIT
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "module",
    ["cluster.watch.namespaces", "cluster.lists", "cluster.http.connection", "cluster.container_exec.exec_stream"],
)
def test_no_http_client_is_imported_before_the_first_request(module: str) -> None:
    assert not {"aiohttp", "yarl", "kubernetes", "requests", "yaml"} & loaded(module)


def test_reading_a_kubeconfig_needs_no_network_at_all() -> None:
    assert not {"aiohttp", "asyncio", "ssl", "msgspec", "yaml"} & loaded("cluster.kubeconfig")
