"""``health print`` gives each owner of Argo CD what belongs into their repository, and asks no cluster."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from health.argocd_cm.documents import settings_documents
from health.check_kinds import KINDS
from health.checks import source
from support.program import ROOT, run
from support.waiting import LIMIT

NOWHERE = "/nonexistent"
FORMATS = ("configmap-patch", "kustomize", "helm-values", "argocd-cr")


async def test_the_check_for_stacks_is_printed_as_it_is() -> None:
    ended = await run(NOWHERE, "health", "print")
    assert (ended.code, ended.out, ended.err) == (0, source("pulumi.com", "Stack"), "")


@pytest.mark.parametrize("form", FORMATS)
async def test_all_kinds_in_each_format(form: str) -> None:
    ended = await run(NOWHERE, "health", "print", "--all-kinds", "-o", form)
    assert (ended.code, ended.err) == (0, "")
    (place,) = settings_documents(yaml.safe_load(ended.out))
    assert list(place.data.values()) == [source(*kind.split("/")) for kind in KINDS]


async def test_kinds_may_be_named_as_people_name_them() -> None:
    for words in (("workspaces", "Program"), ("-o", "configmap-patch", "auto.pulumi.com/Workspace", "Program")):
        ended = await run(NOWHERE, "health", "print", *words, *(() if "-o" in words else ("-o", "configmap-patch")))
        assert list(yaml.safe_load(ended.out)["data"]) == [
            "resource.customizations.health.auto.pulumi.com_Workspace",
            "resource.customizations.health.pulumi.com_Program",
        ]


def test_printing_imports_nothing_that_is_slow_to_load() -> None:
    """Never by milliseconds, which depend on the machine, but by what is imported."""
    script = (
        "import sys, pko_argo\n"
        "try:\n    pko_argo.main(['health', 'print', '--all-kinds', '-o', 'kustomize'])\n"
        "except SystemExit:\n    print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, timeout=LIMIT
    )
    modules = set(re.findall(r"'(\w+)'", done.stderr))
    assert "health" in modules
    assert not modules & {"lupa", "yaml", "msgspec", "aiohttp", "textual", "kubernetes", "asyncio"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("print", "Pod"), "there is no check for 'Pod'; kinds are Stack, Program, Workspace, Update"),
        (("print", "-o", "yaml"), "invalid choice"),
        (("print", "Stack", "Update"), "-o lua prints one check"),
        (("frobnicate",), "there is no verb 'frobnicate'; verbs are print, test"),
        ((), "verbs:"),
    ],
)
async def test_wrong_usage_is_explained(arguments: tuple[str, ...], said: str) -> None:
    ended = await run(NOWHERE, "health", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""


def _kubectl() -> str | None:
    return shutil.which("kubectl")


@pytest.mark.skipif(_kubectl() is None, reason="kubectl is not installed")
async def test_kustomize_builds_what_is_printed_for_it(tmp_path: Path) -> None:
    ended = await run(NOWHERE, "health", "print", "--all-kinds", "-o", "kustomize")
    (tmp_path / "argocd-cm.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\n  labels:\n"
        "    app.kubernetes.io/part-of: argocd\ndata:\n  url: https://argocd.example.com\n"
    )
    (tmp_path / "kustomization.yaml").write_text(f"resources:\n- argocd-cm.yaml\n{ended.out}")
    built = subprocess.run(
        [str(_kubectl()), "kustomize", str(tmp_path)], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    configmap = yaml.safe_load(built.stdout)
    data = {f"resource.customizations.health.{kind.replace('/', '_')}": source(*kind.split("/")) for kind in KINDS}
    assert configmap["data"] == {"url": "https://argocd.example.com", **data}
    assert configmap["metadata"]["labels"] == {"app.kubernetes.io/part-of": "argocd"}


@pytest.mark.skipif(_kubectl() is None, reason="kubectl is not installed")
async def test_kubectl_takes_the_merge_patch(tmp_path: Path) -> None:
    """Against a file, without a cluster."""
    ended = await run(NOWHERE, "health", "print", "-o", "configmap-patch")
    patch, configmap = tmp_path / "patch.yaml", tmp_path / "argocd-cm.yaml"
    patch.write_text(ended.out)
    configmap.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {url: x}\n")
    patched = subprocess.run(
        [
            str(_kubectl()),
            "patch",
            "--local",
            "-f",
            str(configmap),
            "--type",
            "merge",
            "--patch-file",
            str(patch),
            "-ojson",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    assert json.loads(patched.stdout)["data"] == {
        "url": "x",
        "resource.customizations.health.pulumi.com_Stack": source("pulumi.com", "Stack"),
    }
