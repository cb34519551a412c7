"""``health uninstall``: take out what is ours, give back what was somebody else's, and prove it."""

from __future__ import annotations

import argparse
import os

from actions.carrying import uninstalling
from actions.journal import Journal, read_kept
from actions.plans import TakenOver
from health.kinds import KINDS
from kubectl_plugin import health_change
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.usage import UsageError


def run(options: argparse.Namespace) -> ExitCode:
    """Uninstall our checks of the chosen kinds, or all of them."""
    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds))
    return health_change.run(options, uninstalling(kinds, Journal.of(os.environ), _given(options)))


def _given(options: argparse.Namespace) -> dict[str, TakenOver]:
    if options.restore is None:
        return {}
    try:
        return {value.key: value for value in read_kept(options.restore).values}
    except OSError as error:
        raise UsageError(f"{options.restore}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
