"""Rules of the text itself: that it is YAML, and says each thing once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath

from manifests.problem import Position, Problem, Severity
from manifests.reading.source_file import SourceFile
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.stack_example import STACK_EXAMPLE

BROKEN = Rule(
    id="yaml/broken",
    severity=Severity.ERROR,
    title="a file isn't valid YAML",
    effect="Argo CD can't generate the manifests of the whole source, so nothing of it is synced any more. A file "
    "that doesn't look like a Kubernetes object is left out without a word.",
    remedy="Mend the line that is named; most often its indentation, a tab, or a quote that isn't closed.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
   namespace: shop
""",
    right=STACK_EXAMPLE,
    alike="""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  text: |
    a: text
     that: isn't YAML
""",
)
DUPLICATE_KEY = Rule(
    id="yaml/duplicate-key",
    severity=Severity.ERROR,
    title="a key appears twice in the same mapping",
    effect="The last one wins without a word, and what is under the first one is never applied.",
    remedy="Keep one of them, with the content of both.",
    wrong="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  labels:
    team: shop
  labels:
    tier: infrastructure
""",
    right="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  labels:
    team: shop
    tier: infrastructure
""",
    alike="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  labels:
    name: pulumi
""",
)
TEMPLATE = Rule(
    id="yaml/template",
    severity=Severity.NOTE,
    title="a template was skipped",
    effect="What it becomes is only known once it is rendered, so nothing is said of it.",
    remedy="Check what is rendered: `helm template DIR | kubectl pko-argo lint -`.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {{ .Release.Name }}
""",
    right=STACK_EXAMPLE,
    alike="""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: templates
data:
  app-degraded: |
    message: Application {{.app.metadata.name}} is degraded
""",
)
SKIPPED = Rule(
    id="yaml/skipped",
    severity=Severity.NOTE,
    title="a file was skipped: it is too large, or encrypted as a whole",
    effect="Nothing is said of what is in it, and what it holds counts as not there.",
    remedy="Cut the file into smaller ones; what git-crypt has encrypted is read after `git-crypt unlock`.",
    wrong="",
    right="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
""",
    alike="""\
apiVersion: v1
kind: Secret
metadata:
  name: pulumi-access-token
data:
  token: ENC[AES256_GCM,data:9f8=,iv:MTI=,tag:c3Q=,type:str]
sops:
  mac: ENC[AES256_GCM,data:9f8=,iv:MTI=,tag:c3Q=,type:str]
""",
)

_OF_WHOLE_SOURCE = "Argo CD can't generate the manifests of the whole source, so nothing of it is synced any more."
_AS_JSON = "Write it as JSON, or give the file a name that ends in .yaml."

RULES = (BROKEN, DUPLICATE_KEY, TEMPLATE, SKIPPED)


def check(repository: Repository) -> Iterator[Problem]:
    for source in repository.files:
        yield from _unread(source)
        yield from _not_json(repository, source)
        for document, path, position in source.duplicates:
            message = f"the key {path[-1]} is here, and again further down. {DUPLICATE_KEY.effect}"
            yield Problem(
                DUPLICATE_KEY.id, DUPLICATE_KEY.severity, message, source.name, position,
                document.title if document.kind else "", DUPLICATE_KEY.remedy, document.index, path,
            )  # fmt: skip


def _unread(source: SourceFile) -> Iterator[Problem]:
    """What keeps a file from being looked at, as a whole or from some line on."""
    if source.template is not None:
        yield _of_file(TEMPLATE, source, source.template, f"it is a template. {TEMPLATE.effect}", _rendering(source))
    elif source.broken is not None:
        position, why = source.broken
        yield _of_file(BROKEN, source, position, f"not YAML: {why}. {_of_broken(source)}", BROKEN.remedy)
    elif source.skipped:
        message = f"the file was skipped: {source.skipped}. {SKIPPED.effect}"
        yield _of_file(SKIPPED, source, Position(1, 1), message, SKIPPED.remedy)


def _not_json(repository: Repository, source: SourceFile) -> Iterator[Problem]:
    """Of a file that is called JSON, and that Argo CD reads as such. Kustomize takes YAML in it, too."""
    objects = [each for each in source.documents if each.kind and each.api_version]
    if not source.name.endswith(".json") or not objects or repository.kustomizations.roots.get(objects[0]):
        return
    try:
        json.loads(source.text)
    except json.JSONDecodeError as error:
        message = f"not JSON, as the file's name says: {error.msg}. {_OF_WHOLE_SOURCE}"
        yield _of_file(BROKEN, source, Position(error.lineno, error.colno), message, _AS_JSON)
    except (ValueError, RecursionError):
        return


def _of_broken(source: SourceFile) -> str:
    """What Argo CD makes of a file that isn't YAML."""
    if source.documents or all(f"{key}:" in source.text for key in ("apiVersion", "kind", "metadata")):
        return _OF_WHOLE_SOURCE
    return (
        "Argo CD leaves such a file out without a word where it lies among manifests, and whatever else reads it fails."
    )


def _of_file(rule: Rule, source: SourceFile, position: Position, message: str, fix: str) -> Problem:
    return Problem(rule.id, rule.severity, message, source.name, position, fix=fix)


def _rendering(source: SourceFile) -> str:
    """How a template becomes something that can be checked."""
    if not source.is_chart_template:
        return "Check what is rendered: pipe what `helm template`, `envsubst` or the like makes of it into `lint -`."
    folders = PurePosixPath(source.name).parts
    chart = "/".join(folders[: folders.index("templates")]) if "templates" in folders else ""
    return f"Check what is rendered: `helm template {chart or '.'} | kubectl pko-argo lint -`."
