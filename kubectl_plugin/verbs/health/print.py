"""``health print``: our checks in the form in which each way of owning Argo CD keeps them. No cluster is asked."""

from __future__ import annotations

import argparse
import sys

from health.argocd_cm.snippets import FORMATS
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health.health_flags import add_kinds, chosen_kinds


def add_flags(to: argparse.ArgumentParser) -> None:
    add_kinds(to)
    to.add_argument(
        "-o",
        "--output",
        choices=tuple(FORMATS),
        default="lua",
        metavar="FORMAT",
        help="lua (default); configmap-patch for a ConfigMap that nobody keeps; kustomize, helm-values, argocd-cr "
        "(argocd-operator, OpenShift GitOps) for what keeps it",
    )


def run(options: argparse.Namespace) -> ExitCode:
    from health.checks import source

    kinds = chosen_kinds(options)
    if options.output == "lua" and len(kinds) > 1:
        raise UsageError("-o lua prints one check; name one kind, or choose another format")
    scripts = {kind: source(*kind.split("/")) for kind in kinds}
    sys.stdout.write(FORMATS[options.output](scripts))
    return ExitCode.FINE
