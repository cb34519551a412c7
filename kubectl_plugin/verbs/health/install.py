"""``health install``: put our checks where they are in force and stay, and prove it."""

from __future__ import annotations

import argparse

from actions.registry import CHANGES
from actions.workflow import ChangeRequest
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health.change_verb import run as run_change
from kubectl_plugin.verbs.health.health_flags import chosen_kinds
from kubectl_plugin.verbs.health.target_instances import checks_verb


def run(options: argparse.Namespace) -> ExitCode:
    """Install the checks of the chosen kinds."""
    request = ChangeRequest(chosen_kinds(options), take_over=options.take_over, override_owner=options.force_configmap)
    return run_change(options, checks_verb(options, CHANGES["install"], request))
