"""``health``: Argo CD's health checks for Pulumi's kinds. One file a verb, imported when it is asked for."""

from __future__ import annotations

import argparse
import sys

from kubectl_plugin.cli.exit_codes import ExitCode


def run(options: argparse.Namespace) -> ExitCode:
    """The verb behind ``health``; without one, what there is."""
    match options.health:
        case "print":
            from kubectl_plugin.verbs.health.print import run as print_checks

            return print_checks(options)
        case "test":
            from kubectl_plugin.verbs.health.run_suites import run as test_checks

            return test_checks(options)
        case "status":
            from kubectl_plugin.verbs.health.print_status import run as show_status

            return show_status(options)
        case "diff":
            from kubectl_plugin.verbs.health.diff_checks import run as compare

            return compare(options)
        case "preview":
            from kubectl_plugin.verbs.health.print_preview import run as foresee

            return foresee(options)
        case "install":
            from kubectl_plugin.verbs.health.install import run as install

            return install(options)
        case "uninstall":
            from kubectl_plugin.verbs.health.uninstall import run as uninstall

            return uninstall(options)
        case _:
            options.usage.print_help(sys.stderr)
            return ExitCode.USAGE
