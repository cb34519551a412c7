"""The folder rules at run time, and what a verb costs to start: only what it needs is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import LIMIT

ROOT = Path(__file__).parent.parent


def loaded(statement: str) -> set[str]:
    """The modules of a fresh process after this statement."""
    script = f"{statement}\nimport sys, json; print('MODULES', json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, timeout=LIMIT
    )
    return set(json.loads(done.stdout.rpartition("MODULES ")[2]))


def folders(modules: set[str]) -> set[str]:
    ours = {"cluster", "stacks", "health", "fleet", "actions", "tui", "kubectl_plugin", "demo"}
    return {name.partition(".")[0] for name in modules} & ours


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import cluster.watch.namespaces, cluster.lists, cluster.kubeconfig", {"cluster", "stacks"}),
        ("import stacks.phases.phase, stacks.argocd_tracking, stacks.phases.retry", {"stacks"}),
        ("import health.lua.script, health.checks", {"health"}),
        ("import fleet.fleet, fleet.feeds.context_feed, fleet.snapshot", {"fleet", "cluster", "stacks", "health"}),
        (
            "import actions.checks.config_map_plans, actions.runner, actions.checks.refresh",
            {"actions", "fleet", "cluster", "stacks", "health"},
        ),
        (
            "import kubectl_plugin.cli.change_verb, kubectl_plugin.verbs.health.change_checks",
            {"kubectl_plugin", "actions", "fleet", "cluster", "stacks", "health"},
        ),
        (
            "import kubectl_plugin.verbs.get.print_rows, kubectl_plugin.verbs.get.print_rows",
            {"kubectl_plugin", "fleet", "cluster", "stacks", "health"},
        ),
        ("import tui.app", {"tui", "fleet", "cluster", "stacks", "health"}),
        ("import pko_argo", set()),
    ],
)
def test_a_folder_imports_only_what_stands_below_it(statement: str, allowed: set[str]) -> None:
    assert folders(loaded(statement)) <= allowed


@pytest.mark.parametrize("verb", ["get -A", "get -A -o json", "health install --yes", "lint docs", "version", "--help"])
def test_the_command_line_imports_neither_textual_nor_the_kubernetes_package(verb: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "config"
    nowhere.write_text(
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
    )
    modules = loaded(
        f"import os, pko_argo\nos.environ['KUBECONFIG'] = {str(nowhere)!r}\n"
        f"try:\n    pko_argo.main({verb.split()!r})\nexcept SystemExit:\n    pass"
    )
    assert not {"textual", "rich", "kubernetes", "demo"} & modules


def test_the_flags_of_all_verbs_cost_neither_a_library_nor_a_cluster() -> None:
    modules = loaded("from kubectl_plugin.cli.parser import commands; list(commands())")
    assert folders(modules) <= {"kubectl_plugin", "stacks", "health"}
    assert not {"aiohttp", "msgspec", "yaml", "lupa", "asyncio"} & modules


def test_the_first_frame_waits_for_nothing_that_talks_to_a_cluster_or_reads_argo_cds_settings() -> None:
    modules = loaded("import tui.app, tui.board_screens")
    assert not {"aiohttp", "kubernetes", "yaml", "lupa"} & modules
    assert not {"cluster.http", "cluster.auth", "cluster.lists", "health.argocd_cm", "health.go"} & modules


def test_what_both_front_ends_show_is_no_matter_of_a_screen() -> None:
    views = "import views.columns, views.field_paths, views.filter, views.json_output, views.tones"
    assert not {"textual", "rich", "aiohttp"} & loaded(views)
