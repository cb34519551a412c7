"""Of Stacks that Kustomize makes something of, only what stands there is judged."""

from __future__ import annotations

from manifests.problem import Severity
from support.lint_texts import problems_in, told

BASE = """\
# file: base/kustomization.yaml
resources: [stacks.yaml, rbac.yaml]
secretGenerator:
  - name: pulumi-token
    literals: [token=]
    options: {disableNameSuffixHash: true}
# file: base/stacks.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
spec:
  stack: acme/web/base
  serviceAccountName: pulumi
  envRefs:
    PULUMI_ACCESS_TOKEN: {type: Secret, secret: {name: pulumi-token, key: token}}
  prerequisites:
    - name: data
---
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: data
spec:
  stack: ${DATA_STACK}
  serviceAccountName: pulumi
  projectRepo: https://github.com/acme/data.git
  branch: main
# file: base/rbac.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: pulumi
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:auth-delegator"}
subjects:
  - {kind: ServiceAccount, name: pulumi, namespace: default}
"""
OVERLAY = """\
# file: overlays/{name}/kustomization.yaml
resources: [../../base]
namespace: shop-{name}
{more}
"""
PATCH = """\
patches:
  - target: {kind: Stack, name: web}
    patch: |
      - {op: add, path: /spec/projectRepo, value: "https://github.com/acme/web.git"}
      - {op: add, path: /spec/branch, value: main}
"""


def worth_a_look(*texts: str) -> list[str]:
    return told([each for each in problems_in(*texts) if each.severity.at_least(Severity.WARNING)])


def test_what_an_overlay_may_add_is_not_missing() -> None:
    dev, prod = (OVERLAY.format(name=name, more=PATCH) for name in ("dev", "prod"))
    assert worth_a_look(BASE, dev, prod) == []


def test_what_no_overlay_adds_is() -> None:
    assert worth_a_look(BASE, OVERLAY.format(name="dev", more="")) == ["base/stacks.yaml:5:1 stack/source"]


def test_a_stack_that_no_overlay_gives_a_stack_of_its_own() -> None:
    base = BASE.replace("${DATA_STACK}", "acme/data/base")
    dev, prod = (OVERLAY.format(name=name, more=PATCH) for name in ("dev", "prod"))
    assert worth_a_look(base, dev) == []
    assert worth_a_look(base, dev, prod) == ["base/stacks.yaml:18:3 stack/duplicate-backend-stack"]


def test_a_prefix_may_make_the_name_that_is_asked_for() -> None:
    base = BASE.replace("serviceAccountName: pulumi", "serviceAccountName: dev-pulumi").replace(
        "- name: data", "- name: dev-data"
    )
    assert worth_a_look(base, OVERLAY.format(name="dev", more=f"namePrefix: dev-\n{PATCH}")) == []


def test_overlays_share_no_stack_of_the_backend_that_they_patch() -> None:
    own = "".join(
        f"# file: overlays/{name}/own.yaml\napiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: queue-{name}}}\n"
        "spec:\n  stack: acme/queue/dev\n  projectRepo: https://github.com/acme/queue.git\n  branch: main\n"
        "  serviceAccountName: pulumi\n"
        for name in ("dev", "prod")
    )
    more = PATCH + "  - target: {kind: Stack, name: queue-.*}\n    path: stack.yaml\n"
    patched = [
        OVERLAY.format(name=name, more=more).replace("../../base", "../../base, own.yaml") for name in ("dev", "prod")
    ]
    assert worth_a_look(BASE, own, *patched) == []
    plain = [each.replace("queue-.*", "other") for each in patched]
    assert worth_a_look(BASE, own, *plain) == ["overlays/prod/own.yaml:5:3 stack/duplicate-backend-stack"]
