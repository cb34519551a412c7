"""``health install``: put our checks where they are in force and stay, and prove it."""

from __future__ import annotations

import argparse

from actions.installing import Wish, install
from actions.plans import Plan
from health.checks import source
from health.kinds import KINDS
from kubectl_plugin import health_change
from kubectl_plugin.exit_codes import ExitCode


def run(options: argparse.Namespace) -> ExitCode:
    """Install the checks of the chosen kinds."""
    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds)) or KINDS[:1]
    scripts = {kind: source(*kind.split("/")) for kind in kinds}
    wish = Wish(scripts, take_over=options.take_over, force_configmap=options.force_configmap)
    names = ", ".join(kind.rpartition("/")[2] for kind in kinds)
    journal = health_change.journal()

    def settled(plan: Plan) -> None:
        """What was kept of a key that was free again has nothing to do with what is there now."""
        uid = next(one.value for one in plan.preconditions if one.what == "uid")
        journal.settle(uid, {key for key, before, _ in plan.differences if not before})

    change = health_change.Change(
        lambda found: install(found, wish), f"the check of {names} is installed", journal, settled
    )
    return health_change.run(options, change)
