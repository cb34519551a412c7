"""What lint, argocd-source-lint and kubeconform name on the same trees, as the table of docs/lint.md has it.

usage: python -m tests.linters CRDS
with argocd-source-lint and kubeconform on the PATH, and the CRDs of PKO and Argo CD in the folder CRDS. For each rule
its wrong example and its right one are checked out in turn: a program names a fault if it says something of the wrong
one that it doesn't say of the right one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from manifests.catalogue import RULES  # noqa: E402
from manifests.linting import lint  # noqa: E402
from manifests.problem import Severity  # noqa: E402
from manifests.repository import Repository  # noqa: E402
from manifests.rule import Rule, example_files  # noqa: E402
from support.lint_texts import ADDRESS, repository_in  # noqa: E402

_ALL = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: all
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io/background]
spec:
  project: default
  source:
    repoURL: {ADDRESS}
    targetRevision: main
    path: manifests
    directory: {{recurse: true}}
  destination: {{server: https://kubernetes.default.svc, namespace: shop}}
"""


def main(crds: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        schemas = Path(folder) / "schemas"
        write_schemas(crds, schemas)
        lines = [
            f"| `{rule.id}` | {' | '.join(row(rule, schemas, Path(folder) / 'trees'))} |"
            for rule in RULES
            if rule.wrong
        ]
        guide = Path(folder) / "guide"
        shutil.copytree(ROOT / "tests" / "manifests" / "guide", guide)
        commit(guide)
        told = [each for each in lint(repository_in(guide)) if each.severity.at_least(Severity.WARNING)]
        lines.append(f"guide: {len(told)} errors and warnings, {len(argo_cd(guide))}, {len(schema(guide, schemas))}")
        lines += [f"{name}: {why}" for name, why in sorted(argo_cd(guide) | schema(guide, schemas))]
        sys.stdout.write("\n".join(lines) + "\n")


def row(rule: Rule, schemas: Path, trees: Path) -> Iterator[str]:
    """What each of the three says of the wrong example and not of the right one."""
    place = rule.id.replace("/", "-")
    wrong, right = trees / f"{place}-wrong", trees / f"{place}-right"
    write(rule.wrong, wrong)
    write(rule.right, right)
    yield "yes" if rule.id in {each.rule for each in lint(examined(wrong, rule))} else "-"
    for found in (argo_cd(wrong) - argo_cd(right), schema(wrong, schemas) - schema(right, schemas)):
        yield "; ".join(sorted({f"`{name}`" for name, _ in found})) or "-"


def examined(tree: Path, rule: Rule) -> Repository:
    read = repository_in(tree)
    return Repository(read.files, rule.examples_for, read.checkout)


def write(example: str, folder: Path) -> None:
    """An example as a Git repository, and with an Application where it has none: argocd-source-lint looks
    at nothing but what Applications deliver."""
    files = example_files(example)
    if "kind: Application" not in example:
        files = {f"manifests/{name}": text for name, text in files.items()} | {"argocd/all.yaml": _ALL}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    commit(folder)


def commit(folder: Path) -> None:
    user = ["-c", "user.name=linters", "-c", "user.email=linters@example.com"]
    for command in (["init", "-q", "-b", "main"], ["remote", "add", "origin", ADDRESS], ["add", "."]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    subprocess.run(["git", "-C", str(folder), *user, "commit", "-q", "-m", "manifests"], check=True)


def argo_cd(tree: Path) -> set[tuple[str, str]]:
    """What argocd-source-lint finds: rule and message."""
    ended = subprocess.run(["argocd-source-lint", str(tree), "-f", "json"], capture_output=True, text=True)
    if not ended.stdout.strip().startswith("{"):
        return {("fails", ended.stderr)}
    found = json.loads(ended.stdout)["findings"]
    return {(each["rule_id"], f"{each['file']}: {each['message']}") for each in found}


def schema(tree: Path, schemas: Path) -> set[tuple[str, str]]:
    """What kubeconform finds: its verdict and why."""
    names = [str(each) for each in tree.rglob("*") if each.suffix in (".yaml", ".yml", ".json")]
    command = ["kubeconform", "-strict", "-ignore-missing-schemas", "-output", "json"]
    command += ["-schema-location", f"{schemas}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json"]
    ended = subprocess.run([*command, *names], capture_output=True, text=True)
    resources = json.loads(ended.stdout)["resources"] or []
    return {
        (each["status"].removeprefix("status").lower(), f"{Path(each['filename']).name}: {each['msg']}")
        for each in resources
        if each["status"] in ("statusInvalid", "statusError")
    }


def write_schemas(crds: Path, folder: Path) -> None:
    """JSON Schemas of CRDs, as kubeconform reads them in -strict."""
    folder.mkdir()
    for path in crds.glob("*.yaml"):
        for crd in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            for version in crd["spec"]["versions"]:
                written = strict(version["schema"]["openAPIV3Schema"], at_root=True)
                name = f"{crd['spec']['names']['kind'].lower()}_{version['name']}.json"
                (folder / name).write_text(json.dumps(written), encoding="utf-8")


def strict(value: Any, *, at_root: bool = False) -> Any:
    """A schema that takes no other fields than those that it names."""
    if isinstance(value, list):
        return [strict(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    changed = {key: strict(each) for key, each in value.items()}
    keeps = value.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(value.get("properties"), Mapping) and not keeps:
        changed["properties"] = {key: strict(each) for key, each in value["properties"].items()}
        changed.setdefault("additionalProperties", False)
        if at_root:
            changed["properties"]["metadata"] = {"type": "object"}
    if value.get("x-kubernetes-int-or-string"):
        changed.pop("type", None)
    return changed


if __name__ == "__main__":
    main(Path(sys.argv[1]))
