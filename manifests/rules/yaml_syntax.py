"""Rules of the text itself: that it is YAML, and says each thing once."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.problem import Problem, Severity
from manifests.repository import Repository
from manifests.rule import Rule

BROKEN = Rule(
    id="yaml/broken",
    severity=Severity.ERROR,
    title="the file isn't YAML",
    effect="Argo CD fails to generate manifests of the whole source, so that nothing of it is synced any more.",
    remedy="Mend the line that is named; most often its indentation, a tab, or a quote that isn't closed.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
   namespace: shop
""",
    right="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
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
    title="a key stands twice in the same mapping",
    effect="The last one wins in silence, and what stands under the first one is never applied.",
    remedy="Keep one of them, or put what stands under both under one.",
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
    right="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
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

RULES = (BROKEN, DUPLICATE_KEY, TEMPLATE)


def check(repository: Repository) -> Iterator[Problem]:
    for each in repository.files:
        if each.template is not None:
            yield Problem(
                TEMPLATE.id, TEMPLATE.severity, "it is a template; nothing is said of it", each.name, each.template,
                fix=TEMPLATE.remedy,
            )  # fmt: skip
        elif each.broken is not None:
            position, why = each.broken
            message = f"not YAML: {why}. {BROKEN.effect}"
            yield Problem(BROKEN.id, BROKEN.severity, message, each.name, position, fix=BROKEN.remedy)
        for document, path, position in each.duplicates:
            message = f"{path[-1]} stands here and further down again. {DUPLICATE_KEY.effect}"
            yield Problem(
                DUPLICATE_KEY.id, DUPLICATE_KEY.severity, message, each.name, position, document.title,
                DUPLICATE_KEY.remedy, document.index, path,
            )  # fmt: skip
