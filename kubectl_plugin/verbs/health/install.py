"""``health install``: put our checks where they are in force and stay, and prove it."""

from __future__ import annotations

import argparse
import os

from actions.checks.check_change import installing
from actions.record import ActionRecord
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health import change_verb
from kubectl_plugin.verbs.health.health_flags import chosen_kinds


def run(options: argparse.Namespace) -> ExitCode:
    """Install the checks of the chosen kinds."""
    kinds = chosen_kinds(options)
    errand = installing(
        kinds, ActionRecord.of(os.environ), take_over=options.take_over, force_configmap=options.force_configmap
    )
    return change_verb.run(options, errand)
