"""The findings of the Stacks that were asked for, read once or again and again, in the format that was asked for."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from actions.offers import commands
from diagnosis.explain import Diagnosis
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import BROKEN, PROBLEM, Finding
from diagnosis.fleet_causes import FleetCause, fleet_causes
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts, diagnose
from diagnosis.reading.object_files import context_of_files, saved_at
from diagnosis.stack_rows import stack_rows
from fleet.board.rows import Key, StackRow
from fleet.clock import wall_clock
from health.suites import InputError, read_objects
from kubectl_plugin.cli.chosen_contexts import (
    ChosenContexts,
    choose_contexts,
    hint_at_other_contexts,
    where_searched,
)
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.diagnose.findings_as_text import TextReport
from stacks.fields import Obj, text
from views import findings as views
from views.columns import by_urgency
from views.findings_markdown import MarkdownReport

_STDIN = "/dev/stdin"
_HEAD = 1000
"""characters of a first line that are read"""
FROM_FILES = "files"
"""the context of objects that come from files"""


@dataclass(frozen=True)
class Diagnosed:
    """What there is to print: a row and findings for each Stack, the causes over all of them, and what is missing."""

    now: float
    rows: dict[Key, StackRow]
    findings: dict[Key, list[Finding]]
    causes: list[FleetCause]
    applications: dict[Key, list[Finding]]
    """findings of Applications that hold none of these Stacks, where all were asked for"""
    unseen: dict[str, str]
    """why contexts couldn't be read"""
    unread: dict[str, dict[str, str]]
    """which kinds couldn't be read in a context, and why"""

    @classmethod
    def of(cls, seen: DiagnosedContexts, now: float, *, with_applications: bool) -> Diagnosed:
        diagnosis, keys = seen.diagnosis, seen.asked
        found = {key: diagnosis.findings(key) for key in keys}
        rows = stack_rows(diagnosis.fleet, keys)
        apps = _of_applications(diagnosis, keys) if with_applications else {}
        return cls(now, rows, found, fleet_causes(diagnosis, keys), apps, seen.unseen, seen.unread)

    @property
    def in_order(self) -> list[Key]:
        """The Stacks as the board has them, the most urgent first."""
        return [row.key for row in sorted(self.rows.values(), key=by_urgency)]

    @property
    def gaps(self) -> dict[str, str]:
        """By context, what to say of what couldn't be seen, or not in full."""
        partly = {
            context: f"note: {context}: {', '.join(f'{kind}s' for kind in sorted(kinds))} couldn't be read, and what "
            f"shows only there isn't found: {min(kinds.values())}"
            for context, kinds in self.unread.items()
        }
        return partly | {context: f"error: {context}: {why}" for context, why in self.unseen.items()}

    @property
    def has_problem(self) -> bool:
        everything = (*self.findings.values(), *self.applications.values())
        return any(finding.severity in (PROBLEM, BROKEN) for some in everything for finding in some)


def _of_applications(diagnosis: Diagnosis, keys: Sequence[Key]) -> dict[Key, list[Finding]]:
    """The findings of the Applications that hold none of these Stacks, of those that aren't fine."""
    shown = {holder.key for key in keys if (holder := diagnosis.fleet.holder(key)) is not None}
    all_of_them = [
        Key(context, *place)
        for context, objects in diagnosis.fleet.contexts.items()
        for place in objects.raw("Application")
    ]
    return {key: found for key in all_of_them if key not in shown and (found := diagnosis.application_findings(key))}


def print_once(options: argparse.Namespace) -> ExitCode:
    """Print what is found now. Returns PROBLEMS where there is a problem, CLUSTER_SAID_NO where something is unseen."""
    if options.filename:
        found, missing = _of_files(options), False
    else:
        chosen = choose_contexts(options)
        found = asyncio.run(read(chosen, options))
        missing = print_gaps(found, chosen, options)
    sys.stdout.write(_format(found, options))
    sys.stdout.flush()
    return _exit_code(found, missing=missing)


def _exit_code(found: Diagnosed, *, missing: bool) -> ExitCode:
    if found.unseen or missing:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if found.has_problem else ExitCode.FINE


async def read(chosen: ChosenContexts, options: argparse.Namespace) -> Diagnosed:
    """The findings of the Stacks that are meant, as they are now."""
    found = await diagnose(chosen.opener(), chosen.contexts, options.names, chosen.clock)
    everything = chosen.all_namespaces and not options.names and not options.selector
    return Diagnosed.of(found, chosen.clock(), with_applications=everything)


def _of_files(options: argparse.Namespace) -> Diagnosed:
    """Raises UsageError for a file that can't be read."""
    files = [Path(_STDIN if name == "-" else name) for name in options.filename]
    try:
        objects = [each for file in files for each in read_objects(file)]
    except InputError as error:
        raise UsageError(str(error)) from None
    now = _time_of(files, objects) if options.at is None else options.at
    context = context_of_files(FROM_FILES, objects, now)
    keys = [Key(FROM_FILES, *place) for place in context.raw("Stack")]
    named = [key for key in keys if not options.names or key.name in options.names]
    inside = [key for key in named if not options.namespaces or key.namespace in options.namespaces]
    if not inside:
        kinds = sorted({text(each, "kind") or "objects without a kind" for each in objects})
        raise UsageError(f"the files hold none of the Stacks that are meant (found: {', '.join(kinds) or 'nothing'})")
    everything = not options.names and not options.namespaces
    found = DiagnosedContexts(Diagnosis(FleetFacts({FROM_FILES: context})), inside)
    return Diagnosed.of(found, now, with_applications=everything)


def _time_of(files: Sequence[Path], objects: Sequence[Obj]) -> float:
    """The instant at which objects of files are judged: they say it, or the files do; now where they came by a pipe."""
    now = wall_clock()
    saved = [file for file in files if file.is_file()]
    written = max(file.stat().st_mtime for file in saved) if saved and len(saved) == len(files) else now
    head = next((head for file in saved if (head := _first_line(file)).startswith("#")), "")
    return saved_at(objects, head, min(now, written))


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as lines:
        return lines.readline(_HEAD)


def print_gaps(found: Diagnosed, chosen: ChosenContexts, options: argparse.Namespace) -> bool:
    """Print on stderr what couldn't be seen or found; whether a Stack that was named wasn't found."""
    for gap in found.gaps.values():
        print(gap, file=sys.stderr)
    seen = [context for context in chosen.contexts if context not in found.unseen]
    missing = [name for name in options.names if name not in {key.name for key in found.rows}]
    for name in missing if seen else ():
        print(f'error: stack "{name}" not found{where_searched(chosen, seen)}', file=sys.stderr)
    if not found.rows and not missing and seen and options.output == "text":
        print(f"no stacks found{where_searched(chosen, seen)}", file=sys.stderr)
    hint_at_other_contexts(chosen, options)
    return bool(missing and seen)


def _format(found: Diagnosed, options: argparse.Namespace) -> str:
    if options.output in ("json", "yaml"):
        if options.groups:
            return printers.as_text([views.fleet_cause(each) for each in found.causes], options.output)
        items = [_as_json(found, key) for key in found.in_order]
        items += [views.diagnosed_application(key, some) for key, some in found.applications.items()]
        return printers.as_text(items, options.output)
    report = report_of(found, options)
    parts = []
    if options.groups or len(found.rows) > 1:
        parts.append(report.causes(found.causes, len(found.rows)))
    if not options.groups:
        told = [key for key in found.in_order if found.findings[key] or len(found.rows) == 1 or options.names]
        parts += [_of_stack(found, key, report) for key in told]
        parts += [report.application(key, some) for key, some in found.applications.items()]
    return "\n".join(part for part in parts if part)


def _as_json(found: Diagnosed, key: Key) -> dict[str, Any]:
    return views.diagnosed_stack(found.rows[key], found.findings[key], found.unread.get(key.context, {}), found.now)


def report_of(found: Diagnosed, options: argparse.Namespace) -> TextReport | MarkdownReport:
    if options.output == "markdown":
        return MarkdownReport(found.now, found.unread)
    colour = options.color == "always" or (options.color == "auto" and printers.may_colour(sys.stdout))
    return TextReport(found.now, found.unread, colour=colour)


def watch(options: argparse.Namespace) -> ExitCode:
    """Print the Stacks whose findings have changed since they were printed, until interrupted."""
    chosen = choose_contexts(options)
    return asyncio.run(_print_changes(chosen, options))


async def _print_changes(chosen: ChosenContexts, options: argparse.Namespace) -> ExitCode:
    printed: dict[Key, list[tuple[str, str, str, str]]] = {}
    told: dict[str, str] = {}
    while True:
        found = await read(chosen, options)
        for context, gap in found.gaps.items():
            if told.get(context) != gap:
                print(gap, file=sys.stderr)
        told = found.gaps
        report = report_of(found, options)
        for key in found.in_order:
            said = [(each.id, each.severity, each.certainty, each.title) for each in found.findings[key]]
            if said != printed.get(key, []):
                sys.stdout.write(_one(found, key, report, options))
                sys.stdout.flush()
            printed[key] = said
        await asyncio.sleep(options.every)


def _one(found: Diagnosed, key: Key, report: TextReport | MarkdownReport, options: argparse.Namespace) -> str:
    if options.output == "json":
        return printers.as_json_line(_as_json(found, key))
    if options.output == "yaml":
        return "---\n" + printers.as_text(_as_json(found, key), "yaml")
    return _of_stack(found, key, report) + "\n"


def _of_stack(found: Diagnosed, key: Key, report: TextReport | MarkdownReport) -> str:
    row = found.rows[key]
    return report.stack(row, found.findings[key], partial(commands, row=row))
