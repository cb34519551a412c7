"""``lint``: what is wrong in manifests with Stacks, before it is merged."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode

FORMATS = ("text", "json")


def add_flags(to: argparse.ArgumentParser) -> None:
    to.add_argument("paths", nargs="*", metavar="PATH", help="files and folders, or - for stdin; default: this folder")
    to.add_argument("-o", "--output", choices=FORMATS, default="text", metavar="FORMAT", help=", ".join(FORMATS))


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.lint.lint_files import lint_files

    return lint_files(options)
