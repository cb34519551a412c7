"""``health diff``: the checks that are in force against ours, or against a file, as ``diff -u`` shows it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from fleet.argocd.argocd_survey import ArgoCDSurvey, survey
from fleet.argocd.argocd_words import compared, said
from health.argocd_cm.check_in_force import our_version
from health.checks import is_heading, source
from health.lua.script import Script
from health.result import ScriptError
from health.suites import InputError, read_text
from kubectl_plugin.cli.chosen_contexts import choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.health.health_flags import chosen_kinds
from kubectl_plugin.verbs.health.survey_gaps import check_instances, print_gaps
from views.tones import DIFF_LINE


def run(options: argparse.Namespace) -> ExitCode:
    kinds = chosen_kinds(options)
    references = _references(options.file, kinds)
    chosen = choose_contexts(options, everywhere=True)
    surveyed = asyncio.run(survey(chosen.opener(), chosen.contexts, options.instances or None, objects=False))
    check_instances(options.instances, surveyed)
    found = [line for instance in surveyed.instances for line in compared(instance, references)]
    shown = _coloured(found) if printers.may_colour(sys.stdout) else found
    sys.stdout.write("".join(f"{line}\n" for line in shown))
    hint_at_other_contexts(chosen, options)
    print_gaps(surveyed)
    return _exit_code(surveyed, found)


def _exit_code(surveyed: ArgoCDSurvey, found: list[str]) -> ExitCode:
    unread = [instance for instance in surveyed.instances if instance.unread]
    for instance in unread:
        print(f"error: {instance}: argocd-cm may not be read: {said(instance.unread)}", file=sys.stderr)
    if surveyed.unseen or unread:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if found else ExitCode.FINE


def _references(file: str | None, kinds: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """By kind, the name and the text of the script that the installed one is compared with. Raises UsageError."""
    if file is None:
        return {kind: (f"ours, version {our_version(kind)}", source(*kind.split("/"))) for kind in kinds}
    if len(kinds) > 1:
        raise UsageError("--file holds the check of one kind; name that kind")
    try:
        script = read_text(Path(file))
        Script(script, open_libs=True)
    except InputError as error:
        raise UsageError(str(error)) from None
    except ScriptError as error:
        raise UsageError(f"{file} is no Lua script: {error}; --file takes a health.lua") from None
    return {kinds[0]: (file, script)}


def _coloured(lines: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        tone = "strong" if is_heading(lines, place) else DIFF_LINE.get(line[:1], "")
        yield printers.painted(line, printers.TONE_CODES.get(tone))
