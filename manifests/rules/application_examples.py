"""Examples of Applications and the folders that they deliver."""

from __future__ import annotations

from typing import TypedDict


class _ThreeExamples(TypedDict):
    wrong: str
    right: str
    alike: str


def application(name: str, path: str, *, namespace: str = "shop", revision: str = "main", more: str = "") -> str:
    """An Application of this repository, in a file of its own."""
    return f"""\
# file: apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
  finalizers:
    - resources-finalizer.argocd.argoproj.io/background
spec:
  project: default
  source:
    repoURL: https://github.com/acme/gitops.git
    targetRevision: {revision}
    path: {path}
{more}  destination:
    server: https://kubernetes.default.svc
    namespace: {namespace}
"""


def stack(place: str, *, namespace: bool = True) -> str:
    """A Stack, in a file of its own."""
    return f"""\
# file: {place}
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web{chr(10) + "  namespace: shop" if namespace else ""}
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""


def _overlay(name: str) -> str:
    return f"# file: overlays/{name}/kustomization.yaml\nnamespace: shop-{name}\nresources:\n  - ../../base\n"


_RECURSING = "    directory:\n      recurse: true\n"
_SECOND = "---\n" + application("web", "web").split("\n", 1)[1]

PATH_EXAMPLES: _ThreeExamples = {
    "wrong": application("web", "web/prod") + stack("web/dev/stack.yaml"),
    "right": application("web", "web/dev") + stack("web/dev/stack.yaml"),
    "alike": application("web", "web/prod", revision="prod") + stack("web/dev/stack.yaml"),
}
TWICE_EXAMPLES: _ThreeExamples = {
    "wrong": application("web", "web") + application("all", ".", more=_RECURSING) + stack("web/stack.yaml"),
    "right": application("web", "web")
    + application("all", ".", more=_RECURSING + '      exclude: "web/*"\n')
    + stack("web/stack.yaml"),
    "alike": application("web-dev", "overlays/dev")
    + application("web-prod", "overlays/prod")
    + _overlay("dev")
    + _overlay("prod")
    + "# file: base/kustomization.yaml\nresources:\n  - stack.yaml\n"
    + stack("base/stack.yaml", namespace=False),
}
DUPLICATE_EXAMPLES: _ThreeExamples = {
    "wrong": application("web", "web") + _SECOND + stack("web/stack.yaml"),
    "right": application("web", "web") + application("data", "data") + stack("web/stack.yaml"),
    "alike": application("web", "web")
    + _SECOND.replace("namespace: argocd", "namespace: argocd-data").replace("path: web", "path: data")
    + stack("web/stack.yaml"),
}
ORPHAN_EXAMPLES: _ThreeExamples = {
    "wrong": application("web", "web") + stack("web/dev/stack.yaml"),
    "right": application("web", "web", more=_RECURSING) + stack("web/dev/stack.yaml"),
    "alike": application("web", "web", revision="prod") + stack("web/dev/stack.yaml"),
}
