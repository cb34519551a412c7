"""``diagnose NAME --fix``: one plan at a time: the finding, the plan, the question, the proof, and then a new look.

The verbs are picked here, and nobody has named them: what can hurt is asked about also with --yes, and is left to a
person where there is no terminal to ask on. No other verb is tried against that finding then.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from actions.offers import default_request, helpful_verbs, needed_flags, target_of
from actions.registry import CHANGES
from actions.workflow import ChangeTask
from cluster.http.connection import Connection
from diagnosis.finding import NOTE, Finding
from diagnosis.reading.diagnosed_contexts import diagnose_connected
from fleet.board.rows import Key
from kubectl_plugin.cli.change_verb import ChangeVerb, run_in
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, worse
from kubectl_plugin.verbs.diagnose.print_findings import Diagnosed, print_gaps, read, report_of


class _Fix(NamedTuple):
    """A verb that helps against a finding of a Stack."""

    key: Key
    finding: Finding
    verb: str


def fix_findings(options: argparse.Namespace) -> ExitCode:
    """Walk through what helps until nothing is left. Returns PROBLEMS where a problem stays."""
    chosen = choose_contexts(options)
    tried: set[tuple[Key, str, str]] = set()
    left: set[tuple[Key, str]] = set()
    code = ExitCode.FINE
    while True:
        found = asyncio.run(read(chosen, options))
        if not tried and print_gaps(found, chosen, options):
            return ExitCode.CLUSTER_SAID_NO
        fix = _next_fix(found, tried, left)
        if fix is None:
            return worse(code, _end(found))
        tried.add((fix.key, fix.finding.id, fix.verb))
        report = report_of(found, options)
        sys.stdout.write(report.stack(found.rows[fix.key], [fix.finding]) + "\n")
        sys.stdout.flush()
        left_to_person: list[ChangeTask[Any, Any]] = []
        outcome = run_in(chosen, options, _change(fix, chosen, options, left_to_person))
        if left_to_person:
            left.add((fix.key, fix.finding.id))
        if outcome is not ExitCode.PROBLEMS:  # whether a problem is left shows in the next look
            code = worse(code, outcome)


def _next_fix(found: Diagnosed, tried: set[tuple[Key, str, str]], left: set[tuple[Key, str]]) -> _Fix | None:
    """The first verb of the most urgent Stack that helps and wasn't tried yet, against what isn't left to a person."""
    return next(
        (
            _Fix(key, finding, verb)
            for key in found.in_order
            for finding in found.findings[key]
            if finding.severity != NOTE and (key, finding.id) not in left
            for verb in helpful_verbs(found.findings[key], finding)
            if (key, finding.id, verb) not in tried
        ),
        None,
    )


def _change(
    fix: _Fix, chosen: ChosenContexts, options: argparse.Namespace, left_to_person: list[ChangeTask[Any, Any]]
) -> ChangeVerb:
    change = CHANGES[fix.verb]

    async def find(
        options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
    ) -> tuple[list[Any], bool]:
        key = fix.key
        found = await diagnose_connected(connections, chosen.scope, [key.name], chosen.clock)
        if key not in found.asked:
            return [], bool(found.unseen)
        target = target_of(change, "Stack", key, found.diagnosis, chosen.scope, chosen.clock)
        return [target] if target is not None else [], bool(found.unseen)

    return ChangeVerb(
        change,
        default_request(change, chosen.clock(), fix.finding),
        find,
        effect_timeout=options.timeout,
        flags=tuple(needed_flags(fix.finding, fix.verb)),
        left_to_person=left_to_person,
    )


def _end(found: Diagnosed) -> ExitCode:
    """Say how it ended: what still stands in the way has no verb that helps, or none that was wanted."""
    left = {key: findings[0] for key, findings in found.findings.items() if findings and findings[0].severity != NOTE}
    if not left:
        print("nothing is left to fix")
    for key, finding in left.items():
        print(f"{key}: still there: {finding.id} {finding.title}. {finding.next_step}")
    return ExitCode.PROBLEMS if found.has_problem else ExitCode.FINE
