"""``app terminate``: end the sync of Applications that doesn't end by itself."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.app.change_applications import add_application_flags, change_applications


def add_flags(to: argparse.ArgumentParser) -> None:
    add_application_flags(to)


def run(options: argparse.Namespace) -> ExitCode:
    return change_applications(options, "app terminate")
