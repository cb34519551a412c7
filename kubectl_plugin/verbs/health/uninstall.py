"""``health uninstall``: take out what is ours, give back what was somebody else's, and prove it."""

from __future__ import annotations

import argparse
import os

from actions.checks.check_change import uninstalling
from actions.plan import TakenOver
from actions.record import ActionRecord, read_kept
from health.check_kinds import KINDS
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health import change_verb


def run(options: argparse.Namespace) -> ExitCode:
    """Uninstall our checks of the chosen kinds, or all of them."""
    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds))
    return change_verb.run(options, uninstalling(kinds, ActionRecord.of(os.environ), _given(options)))


def _given(options: argparse.Namespace) -> dict[str, TakenOver]:
    if options.restore is None:
        return {}
    try:
        return {value.key: value for value in read_kept(options.restore).values}
    except OSError as error:
        raise UsageError(f"{options.restore}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
