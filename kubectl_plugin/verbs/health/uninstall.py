"""``health uninstall``: take out what is ours, give back what was somebody else's, and prove it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from health.check_kinds import KINDS
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health.health_flags import add_flags_for_changes

if TYPE_CHECKING:
    from actions.plan import TakenOver


def add_flags(to: argparse.ArgumentParser) -> None:
    add_flags_for_changes(to, kinds="all that are ours", refresh="stacks")
    to.add_argument(
        "--restore",
        type=Path,
        metavar="FILE",
        help="give back what is in this file, which install --take-over has saved",
    )


def run(options: argparse.Namespace) -> ExitCode:
    from actions.workflow import ChangeRequest
    from kubectl_plugin.verbs.health.change_checks import change_checks

    kinds = KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds))
    return change_checks(options, "uninstall", ChangeRequest(kinds, restore=_values_to_restore(options)))


def _values_to_restore(options: argparse.Namespace) -> dict[str, TakenOver]:
    """The values in the file of ``--restore``, by key. Raises UsageError."""
    if options.restore is None:
        return {}
    from actions.record import read_kept

    try:
        return {value.key: value for value in read_kept(options.restore).values}
    except OSError as error:
        raise UsageError(f"{options.restore}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
