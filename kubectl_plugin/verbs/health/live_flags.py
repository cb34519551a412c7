"""The flags of ``health``'s verbs that look at clusters and change nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kubectl_plugin.cli.parser import choose_clusters

EXIT_CODES = "exit codes: 0 {fine}; 3 {found}; 1 a cluster couldn't be seen (what could be is printed all the same)"


def add_status(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    _where(to)
    to.add_argument(
        "--require",
        action="append",
        default=[],
        type=kind,
        metavar="KIND",
        help="exit 3 also where the check for this kind isn't ours (repeatable)",
    )
    to.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text", help="default: text")
    to.epilog = EXIT_CODES.format(fine="nothing gets in the way", found="something is broken or misleads")


def add_diff(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    _where(to)
    _kinds(to, kind)
    to.add_argument("--file", metavar="FILE", help="compare with the script in this health.lua instead of with ours")
    to.epilog = EXIT_CODES.format(fine="no difference", found="differences")


def add_preview(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    _where(to, namespaces=True)
    _kinds(to, kind)
    to.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    to.epilog = (
        "Nothing is written. Choose the contexts of Argo CD and those that it delivers to. "
        "exit codes: 0 it could be told; 1 a cluster couldn't be seen"
    )


def _where(to: argparse.ArgumentParser, *, namespaces: bool = False) -> None:
    """Which clusters and Argo CDs; `namespaces` are those of the objects, where objects are looked at."""
    choose_clusters(to, namespaces=namespaces, everywhere=True)
    to.add_argument(
        "--instance",
        dest="instances",
        action="append",
        default=[],
        metavar="NAMESPACE",
        help="only the Argo CD in this namespace (repeatable); default: all of them",
    )


def _kinds(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    to.add_argument("kinds", nargs="*", type=kind, metavar="KIND", help="default: Stack, as health install has it")
    to.add_argument("--all-kinds", action="store_true", help="Stack, Program, Workspace and Update")
