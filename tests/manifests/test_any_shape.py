"""Fields of any type, in files and in clusters: no rule raises."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.catalogue import RULES
from manifests.document import Document
from manifests.linting import lint
from manifests.product_versions import ProductVersions
from manifests.reading.checkout import Checkout
from manifests.reading.source_file import SourceFile, parse_source
from manifests.repository import Repository
from manifests.rule import example_files
from support.lint_texts import ADDRESS

MORE = """\
# file: overlay/kustomization.yaml
resources: [../base]
components: [../part]
patches:
  - {path: patch.yaml}
  - {target: {kind: Stack, name: w.*}, patch: "data: {resource.customizations.x: y}"}
patchesStrategicMerge: [patch.yaml]
patchesJson6902: [{target: {kind: Stack}, path: p.yaml}]
replacements: [{targets: [{select: {kind: Stack}}]}]
configMapGenerator:
  - {name: argocd-cm, files: [resource.customizations.a=b], literals: [resource.customizations.health=c]}
helmCharts: [{name: argo-cd, valuesInline: {configs: {cm: {resource.customizations.health.pulumi.com-Stack: x}}}}]
# file: part/kustomization.yaml
kind: Component
patches: [{path: p.yaml}]
# file: base/kustomization.yaml
namespace: shop
resources: [a.yaml]
# file: base/a.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, annotations: {argocd.argoproj.io/sync-wave: "1", link.argocd.argoproj.io/a: "b|c"}}
spec:
  envRefs: {A: {type: Secret, secret: {name: a, key: b}}}
  gitAuth: {basicAuth: {password: {type: Secret, secret: {name: a, key: b}}}}
  workspaceTemplate: {spec: {envFrom: [{secretRef: {name: a}}], env: [{valueFrom: {secretKeyRef: {name: a}}}]}}
  prerequisites: [{name: a}]
  fluxSource: {sourceRef: {apiVersion: a/v1, kind: GitRepository, name: a}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web, annotations: {argocd.argoproj.io/sync-wave: "2"}}
roleRef: {name: system:auth-delegator}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}, {kind: Group, name: system:serviceaccounts}]
# file: sets/all.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - git:
        repoURL: https://github.com/acme/gitops
        directories: [{path: "*"}, {path: base, exclude: true}]
        values: {a: b}
    - matrix:
        generators:
          - list: {elements: [{a: b}], elementsYaml: "[{a: b}]"}
          - git: {repoURL: https://github.com/acme/gitops, files: [{path: "**/*.yaml"}]}
      selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}
    - clusters: {values: {a: b}}
  template:
    metadata: {name: "{{.path.basename}}", finalizers: [resources-finalizer.argocd.argoproj.io]}
    spec:
      source:
        {repoURL: https://github.com/acme/gitops, path: "{{.path.path}}", directory: {recurse: true, include: "*"}}
      destination: {namespace: "{{.a}}"}
      syncPolicy: {automated: {prune: true}, syncOptions: [Validate=false, {a: b}]}
# file: argocd/a.yaml
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: a}
spec:
  resourceHealthChecks: [{group: pulumi.com, kind: stack, check: x}]
  extraConfig: {resource.customizations.a.b: c}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  source:
    {chart: argo-cd, helm: {values: "configs: {}", valuesObject: {configs: {cm: {}}}, parameters: [{name: a}]}}
  destination: {server: https://kubernetes.default.svc}
status: {resources: [{group: pulumi.com, kind: Stack, namespace: shop, name: web}]}
# file: argocd/Chart.yaml
name: argocd
dependencies: [{name: argo-cd, alias: cd}]
# file: argocd/values.yaml
cd:
  configs: {cm: {create: false, resource: {customizations: {}}}}
  extraObjects: [{data: {resource.customizations: a}}]
"""
EXAMPLES = [MORE] * 8 + [text for rule in RULES for text in (rule.wrong, rule.right, rule.alike)]
STRANGE = (
    None, True, 3, -1.5, "", "x", "{{x}}", "/", "..", "[", "(", "*", "a|b|c", [], {}, [None], [[]], [{}], {"a": None},
    ["a"], {"name": 3}, [{"name": [], "path": {}, "kind": 1}], {"": {}},
)  # fmt: skip


def read(example: str) -> list[SourceFile]:
    return [parse_source(name, text, name) for name, text in example_files(example).items()]


def paths(value: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Of each field at any depth."""
    found = [above] if above else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        found += paths(each, (*above, key))
    return found


def changed(value: Any, path: tuple[str | int, ...], strange: Any) -> Any:
    whole = deepcopy(value)
    above = whole
    for step in path[:-1]:
        above = above[step]
    above[path[-1]] = strange
    return whole


@given(st.data())
@settings(max_examples=300)
def test_no_value_is_too_strange(data: st.DataObject) -> None:
    files = read(data.draw(st.sampled_from(EXAMPLES)))
    documents = [each for file in files for each in file.documents]
    for _ in range(data.draw(st.integers(1, 3)) if documents else 0):
        document = data.draw(st.sampled_from(documents))
        if found := paths(document.value):
            path = data.draw(st.sampled_from(found))
            document.value = changed(document.value, path, data.draw(st.sampled_from(STRANGE)))
    places = frozenset(file.path for file in files)
    folders = frozenset(place.rpartition("/")[0] for place in places) | {"web"}
    versions = ProductVersions(argocd=data.draw(st.sampled_from([(3, 6, 1), (3, 5, 0), (2, 8, 0)])))
    check(Repository(files, versions, Checkout((ADDRESS,), "main", folders, places)))
    live = [Document("prod", 0, each.value) for each in documents]
    check(Repository([], versions, objects=live))


def check(repository: Repository) -> None:
    assert all(each.message for each in lint(repository))
    for document in repository.documents:
        repository.namespaces(document)
        repository.deliveries.may_cover(document)
