"""``health install``: put our checks where they are in force and stay, and prove it."""

from __future__ import annotations

import argparse
import os

from actions.carrying import installing
from actions.journal import Journal
from kubectl_plugin import health_change
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.health_options import chosen_kinds


def run(options: argparse.Namespace) -> ExitCode:
    """Install the checks of the chosen kinds."""
    kinds = chosen_kinds(options)
    errand = installing(
        kinds, Journal.of(os.environ), take_over=options.take_over, force_configmap=options.force_configmap
    )
    return health_change.run(options, errand)
