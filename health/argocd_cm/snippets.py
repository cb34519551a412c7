"""The text of ``health print -o …``: YAML written by hand, so that every line of a script stays a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import indent

from health.check_kinds import config_map_key

Scripts = Mapping[str, str]
"""Lua by kind: ``pulumi.com/Stack``."""


def lua(scripts: Scripts) -> str:
    return "\n".join(scripts.values())


def configmap_patch(scripts: Scripts) -> str:
    return (
        "# kubectl -n argocd patch configmap argocd-cm --type merge --field-manager pko-argo --patch-file FILE\n"
        "# (under that name `kubectl pko-argo health uninstall` finds it, and takes it out again)\n"
        f"data:\n{_keys(scripts, 2)}"
    )


def kustomize(scripts: Scripts) -> str:
    """A patch for the kustomization that holds argocd-cm. Kustomize trims its end, so no script stands there."""
    return (
        "# Add to the `patches` of the kustomization.yaml that builds Argo CD.\n"
        "patches:\n"
        "- target:\n"
        "    kind: ConfigMap\n"
        "    name: argocd-cm\n"
        "  patch: |\n"
        f"    data:\n{_keys(scripts, 6)}"
        "    apiVersion: v1\n"
        "    kind: ConfigMap\n"
        "    metadata:\n"
        "      name: argocd-cm\n"
    )


def helm_values(scripts: Scripts) -> str:
    return (
        "# Merge into the values of the chart argo-cd; under `argo-cd:` where it is a dependency of your own chart.\n"
        f"configs:\n  cm:\n{_keys(scripts, 4)}"
    )


def argocd_cr(scripts: Scripts) -> str:
    """A part of the ArgoCD resource that argocd-operator and OpenShift GitOps read."""
    checks = "".join(
        f"  - group: {kind.rpartition('/')[0]}\n    kind: {kind.rpartition('/')[2]}\n    check: |\n{_block(script, 6)}"
        for kind, script in scripts.items()
    )
    return (
        "# Merge into the ArgoCD resource, beside the checks that are there: a list is replaced as a whole.\n"
        f"apiVersion: argoproj.io/v1beta1\nkind: ArgoCD\nspec:\n  resourceHealthChecks:\n{checks}"
    )


FORMATS: Mapping[str, Callable[[Scripts], str]] = {
    "lua": lua,
    "configmap-patch": configmap_patch,
    "kustomize": kustomize,
    "helm-values": helm_values,
    "argocd-cr": argocd_cr,
}


def _keys(scripts: Scripts, blanks: int) -> str:
    prefix = " " * blanks
    return "".join(
        f"{prefix}{config_map_key(kind)}: |\n{_block(script, blanks + 2)}" for kind, script in scripts.items()
    )


def _block(script: str, blanks: int) -> str:
    return indent(script.rstrip("\n") + "\n", " " * blanks)
