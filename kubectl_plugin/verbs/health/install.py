"""``health install``: put our checks where they are in force and stay, and prove it."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health.health_flags import add_flags_for_changes, chosen_kinds


def add_flags(to: argparse.ArgumentParser) -> None:
    add_flags_for_changes(to, kinds="Stack", refresh="none")
    to.add_argument(
        "--take-over", action="store_true", help="replace a check that somebody else has put there; it is saved first"
    )
    to.add_argument(
        "--force-configmap",
        action="store_true",
        help="write argocd-cm although whoever keeps it may revert or forget that",
    )


def run(options: argparse.Namespace) -> ExitCode:
    from actions.workflow import ChangeRequest
    from kubectl_plugin.verbs.health.change_checks import change_checks

    request = ChangeRequest(chosen_kinds(options), take_over=options.take_over, override_owner=options.force_configmap)
    return change_checks(options, "install", request)
