"""``health print``: our checks in the form in which each way of owning Argo CD keeps them. No cluster is asked."""

from __future__ import annotations

import argparse
import sys

from health.argocd_cm.snippets import FORMATS
from health.checks import source
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.health.health_flags import chosen_kinds


def run(options: argparse.Namespace) -> ExitCode:
    """Print the snippet."""
    kinds = chosen_kinds(options)
    if options.output == "lua" and len(kinds) > 1:
        raise UsageError("-o lua prints one check; name one kind, or choose another format")
    scripts = {kind: source(*kind.split("/")) for kind in kinds}
    sys.stdout.write(FORMATS[options.output](scripts))
    return ExitCode.FINE
