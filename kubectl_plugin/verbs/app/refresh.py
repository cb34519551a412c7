"""``app refresh``: let Argo CD compare Applications with their sources now."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.app.change_applications import add_application_flags, change_applications


def add_flags(to: argparse.ArgumentParser) -> None:
    add_application_flags(to)
    to.add_argument(
        "--hard", action="store_true", help="make manifests anew and read the cluster anew, whatever is remembered"
    )


def run(options: argparse.Namespace) -> ExitCode:
    return change_applications(options, "app refresh", hard=options.hard)
