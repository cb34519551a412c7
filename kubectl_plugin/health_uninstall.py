"""``health uninstall``: take out what is ours, give back what was somebody else's, and prove it."""

from __future__ import annotations

import argparse

from actions.journal import read_kept
from actions.plans import Plan, Planned, TakenOver
from actions.uninstalling import uninstall
from fleet.argocd.instances import Instance
from fleet.argocd.raw import field
from health.kinds import KINDS
from kubectl_plugin import health_change
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.usage import UsageError


def run(options: argparse.Namespace) -> ExitCode:
    """Uninstall our checks of the chosen kinds, or all of them."""
    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds))
    journal = health_change.journal()
    given = _given(options)

    def plan(found: Instance) -> Planned:
        uids = [found.uid, *([str(field(found.keeper.obj, "metadata", "uid"))] if found.keeper else [])]
        kept = {key: value for uid in uids for key, value in journal.kept_for(uid).items()}
        return uninstall(found, kinds, kept | given)

    def settled(plan: Plan) -> None:
        uid = next(one.value for one in plan.preconditions if one.what == "uid")
        journal.settle(uid, {key for key, _, _ in plan.differences})

    return health_change.run(options, health_change.Change(plan, "our checks are taken out", journal, settled))


def _given(options: argparse.Namespace) -> dict[str, TakenOver]:
    if options.restore is None:
        return {}
    try:
        return {value.key: value for value in read_kept(options.restore).values}
    except OSError as error:
        raise UsageError(f"{options.restore}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
