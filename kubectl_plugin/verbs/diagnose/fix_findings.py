"""``diagnose NAME --fix``: one plan at a time: the finding, the plan, the question, the proof, and then a new look."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import NamedTuple

from actions.applications.diagnosed_application import ApplicationRequest, DiagnosedApplication, holder_of
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, request_value
from cluster.http.connection import Connection
from diagnosis.finding import NOTE, Finding
from diagnosis.reading.diagnosed_contexts import diagnose_connected
from fleet.board.rows import Key
from kubectl_plugin.cli.change_verb import ChangeVerb, run_in
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, worse
from kubectl_plugin.verbs.diagnose.print_findings import Diagnosed, print_gaps, read, report_of
from stacks.times import rfc3339_with_fraction

_OF_APPLICATIONS = "app "
"""the beginning of the verbs that are done to the Application that holds a Stack"""


class _Fix(NamedTuple):
    """A verb that helps against a finding of a Stack."""

    key: Key
    finding: Finding
    verb: str


def fix_findings(options: argparse.Namespace) -> ExitCode:
    """Walk through what helps until nothing is left. Returns PROBLEMS where a problem stays."""
    chosen = choose_contexts(options)
    tried: set[tuple[Key, str, str]] = set()
    code = ExitCode.FINE
    while True:
        found = asyncio.run(read(chosen, options))
        if not tried and print_gaps(found, chosen, options):
            return ExitCode.CLUSTER_SAID_NO
        fix = _next_fix(found, tried)
        if fix is None:
            return worse(code, _end(found))
        tried.add((fix.key, fix.finding.id, fix.verb))
        report = report_of(found, options)
        sys.stdout.write(report.stack(found.rows[fix.key], [fix.finding]) + "\n")
        sys.stdout.flush()
        outcome = run_in(chosen, options, _change(fix, chosen, options))
        if outcome is not ExitCode.PROBLEMS:  # whether a problem is left shows in the next look
            code = worse(code, outcome)


def _next_fix(found: Diagnosed, tried: set[tuple[Key, str, str]]) -> _Fix | None:
    """The first verb of the most urgent Stack that helps and wasn't tried yet."""
    return next(
        (
            _Fix(key, finding, verb)
            for key in found.in_order
            for finding in found.findings[key]
            if finding.severity != NOTE
            for verb in finding.actions
            if verb in CHANGES and (key, finding.id, verb) not in tried
        ),
        None,
    )


def _change(fix: _Fix, chosen: ChosenContexts, options: argparse.Namespace) -> ChangeVerb:
    async def find(
        options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
    ) -> tuple[list[DiagnosedStack], bool]:
        key = fix.key
        found = await diagnose_connected(connections, chosen.scope, [key.name], chosen.clock)
        targets = [DiagnosedStack(each, found.diagnosis, chosen.scope, chosen.clock) for each in found.asked]
        return [target for target in targets if target.key == key], bool(found.unseen)

    async def find_holder(
        options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
    ) -> tuple[list[DiagnosedApplication], bool]:
        targets, unseen = await find(options, chosen, connections)
        holders = [holder_of(target.diagnosis, target.key, chosen.clock) for target in targets]
        return [holder for holder in holders if holder is not None], unseen

    if fix.verb.startswith(_OF_APPLICATIONS):
        asked = ApplicationRequest(value=rfc3339_with_fraction(chosen.clock()))
        return ChangeVerb(CHANGES[fix.verb], asked, find_holder, effect_timeout=options.timeout)
    request = FixRequest(value=request_value(chosen.clock()))
    return ChangeVerb(CHANGES[fix.verb], request, find, effect_timeout=options.timeout)


def _end(found: Diagnosed) -> ExitCode:
    """Say how it ended: what still stands in the way has no verb that helps, or none that was wanted."""
    left = {key: findings[0] for key, findings in found.findings.items() if findings and findings[0].severity != NOTE}
    if not left:
        print("nothing is left to fix")
    for key, finding in left.items():
        print(f"{key}: {finding.id} {finding.title} stays. {finding.next_step}")
    return ExitCode.PROBLEMS if found.has_problem else ExitCode.FINE
