"""The flags of ``health``'s verbs that change an Argo CD."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from kubectl_plugin.cli.parser import choose_clusters, seconds

_EXIT_CODES = (
    "exit codes: 0 done, or nothing to do; 1 a cluster said no or couldn't be reached; 2 wrong usage; "
    "3 not done or not proven: something has to be mended or decided first, or a context is read-only; "
    "4 not all Applications in time"
)


def add_install(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    _common(to, kind, refresh="none")
    to.add_argument(
        "--take-over", action="store_true", help="replace a check that somebody else has put there; it is saved first"
    )
    to.add_argument(
        "--force-configmap",
        action="store_true",
        help="write argocd-cm although whoever keeps it may revert or forget that",
    )


def add_uninstall(to: argparse.ArgumentParser, kind: Callable[[str], str]) -> None:
    _common(to, kind, refresh="stacks")
    to.add_argument(
        "--restore",
        type=Path,
        metavar="FILE",
        help="give back what is in this file, which install --take-over has saved",
    )


def _common(to: argparse.ArgumentParser, kind: Callable[[str], str], *, refresh: str) -> None:
    installing = refresh == "none"
    choose_clusters(to, everywhere=True)
    default = "default: Stack" if installing else "default: all that are ours"
    to.add_argument("kinds", nargs="*", type=kind, metavar="KIND", help=default)
    to.add_argument("--all-kinds", action="store_true", help="Stack, Program, Workspace and Update")
    to.add_argument(
        "--instance", default="", metavar="NAMESPACE", help="the Argo CD in this namespace, where there are several"
    )
    to.add_argument(
        "--dry-run",
        choices=("client", "server"),
        default="",
        help="client: print what would be sent; server: let the server check it, too. Nothing is written",
    )
    to.add_argument("--diff", action="store_true", help="show what would change in argocd-cm, too")
    to.add_argument("-y", "--yes", action="store_true", help="don't ask")
    to.add_argument("--read-only", action="store_true", help="change nothing, whatever else is said")
    to.add_argument(
        "--refresh",
        choices=("none", "stacks"),
        default=refresh,
        help="stacks: let Argo CD look again at the Applications that hold Stacks, and wait until each shows what they "
        f"say; none: they do within some minutes by themselves (default: {refresh})",
    )
    to.add_argument(
        "--timeout",
        type=seconds,
        default=300.0,
        metavar="TIME",
        help="how long to wait for the Applications (5m)",
    )
    to.epilog = _EXIT_CODES
