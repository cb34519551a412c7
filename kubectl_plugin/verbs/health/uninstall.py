"""``health uninstall``: take out what is ours, give back what was somebody else's, and prove it."""

from __future__ import annotations

import argparse

from actions.plan import TakenOver
from actions.record import read_kept
from actions.registry import CHANGES
from actions.workflow import ChangeRequest
from health.check_kinds import KINDS
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health.change_verb import run as run_change
from kubectl_plugin.verbs.health.target_instances import checks_verb


def run(options: argparse.Namespace) -> ExitCode:
    """Uninstall our checks of the chosen kinds, or all of them."""
    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds))
    request = ChangeRequest(kinds, restore=_values_to_restore(options))
    return run_change(options, checks_verb(options, CHANGES["uninstall"], request))


def _values_to_restore(options: argparse.Namespace) -> dict[str, TakenOver]:
    """The values in the file of ``--restore``, by key. Raises UsageError."""
    if options.restore is None:
        return {}
    try:
        return {value.key: value for value in read_kept(options.restore).values}
    except OSError as error:
        raise UsageError(f"{options.restore}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
