"""Check what contexts hold, and print what is found."""

from __future__ import annotations

import argparse
import asyncio
import sys

from fleet.live_lint.cluster_objects import KnownVersions
from fleet.live_lint.linted_contexts import LintedContexts, lint_contexts
from kubectl_plugin.cli.chosen_contexts import choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, worse
from kubectl_plugin.verbs.lint.lint_files import verdict, write_baseline
from kubectl_plugin.verbs.lint.lint_run import CountedProblems, without_garbage_collection
from kubectl_plugin.verbs.lint.print_problems import print_problems
from manifests.product_versions import parse_version


def lint_chosen_contexts(options: argparse.Namespace) -> ExitCode:
    counted = CountedProblems(options)
    chosen = choose_contexts(options)
    known = KnownVersions(
        parse_version(options.pko) if options.pko is not None else None,
        parse_version(options.argocd) if options.argocd is not None else None,
    )
    with without_garbage_collection():
        found = asyncio.run(lint_contexts(chosen.opener(), chosen.contexts, chosen.clock, known))
    run = counted.of(found.problems, all_of_them=not found.unseen)
    run.contexts = found.read
    if options.write_baseline:
        code = write_baseline(options.baseline, run)
    else:
        print_problems(run, options)
        code = verdict(run, options.fail_on)
    _print_gaps(found)
    hint_at_other_contexts(chosen, options)
    return worse(code, ExitCode.CLUSTER_SAID_NO) if found.unseen else code


def _print_gaps(found: LintedContexts) -> None:
    """Say on stderr what couldn't be seen, and so wasn't checked."""
    for context, kinds in found.unread.items():
        names = ", ".join(f"{kind}s" for kind in sorted(kinds))
        print(
            f"note: {context}: {names} couldn't be read, and what depends on them isn't checked: {min(kinds.values())}",
            file=sys.stderr,
        )
    for context, why in found.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
