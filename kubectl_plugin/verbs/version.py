"""``version``: print which version of the program this is."""

from __future__ import annotations

import argparse

from kubectl_plugin import VERSION
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.parser import PROGRAM


def add_flags(to: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace) -> ExitCode:
    print(f"{PROGRAM} {VERSION}")
    return ExitCode.FINE
