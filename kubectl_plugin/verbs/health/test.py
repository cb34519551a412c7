"""``health test``: judge objects with a check as Argo CD would, and compare with what is expected of them."""

from __future__ import annotations

import argparse

from health.result import LATEST, ArgoCDVersion, version
from kubectl_plugin.cli.common_flags import add_context_flags
from kubectl_plugin.cli.exit_codes import ExitCode

REPORTS = ("json", "junit")


def add_flags(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        help="a health_test.yaml, a folder of them, objects, or what holds keys of argocd-cm; with --live: kinds",
    )
    to.add_argument(
        "--live", action="store_true", help="judge the objects in the chosen clusters: Stacks, or the kinds named"
    )
    to.add_argument(
        "--script",
        metavar="FILE",
        help="the check: a health.lua, or an argocd-cm, Helm values or an ArgoCD resource that has it",
    )
    to.add_argument(
        "--argocd-version",
        type=_argocd_version,
        default=LATEST,
        metavar="VERSION",
        help=f"judge as this one ({LATEST})",
    )
    to.add_argument(
        "--open-libs",
        action=argparse.BooleanOptionalAction,
        help="with useOpenLibs or without; default: what goes with the script, and for a health.lua with, as upstream",
    )
    to.add_argument(
        "-o", "--output", choices=REPORTS, default="", metavar="FORMAT", help=f"{', '.join(REPORTS)}; default: text"
    )
    add_context_flags(to)


def _argocd_version(text: str) -> ArgoCDVersion:
    try:
        return version(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.health.run_suites import run as run_suites

    return run_suites(options)
