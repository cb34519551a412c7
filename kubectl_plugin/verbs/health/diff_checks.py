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
from kubectl_plugin.verbs.health.health_words import refuse_unknown, tell_hidden

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def run(options: argparse.Namespace) -> ExitCode:
    """Print it. Raises KubeconfigError or UsageError for contexts that there aren't."""
    kinds = chosen_kinds(options)
    wanted = _wanted(options.file, kinds)
    chosen = choose_contexts(options, everywhere=True)
    seen = asyncio.run(survey(chosen.opener(), chosen.contexts, options.instances or None, objects=False))
    refuse_unknown(options.instances, seen)
    found = [line for instance in seen.instances for line in compared(instance, wanted)]
    shown = _painted(found) if printers.may_colour(sys.stdout) else found
    sys.stdout.write("".join(f"{line}\n" for line in shown))
    hint_at_other_contexts(chosen, options)
    tell_hidden(seen)
    return _ended(seen, found)


def _ended(seen: ArgoCDSurvey, found: list[str]) -> ExitCode:
    unread = [instance for instance in seen.instances if instance.unread]
    for instance in unread:
        print(f"error: {instance}: argocd-cm may not be read: {said(instance.unread)}", file=sys.stderr)
    if seen.unseen or unread:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if found else ExitCode.FINE


def _wanted(file: str | None, kinds: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """By kind, what the installed script is compared with: its name and its text."""
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


def _painted(lines: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        code = "1" if is_heading(lines, place) else _COLOURS.get(line[:1])
        yield f"\x1b[{code}m{line}\x1b[0m" if code else line
