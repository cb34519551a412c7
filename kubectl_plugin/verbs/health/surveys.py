"""What ``health status`` and ``health diff`` print of the Argo CDs of the chosen contexts, and what can't be seen."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import NOTE
from fleet.argocd.argocd_survey import IGNORE, ArgoCDSurvey, survey
from fleet.argocd.argocd_words import SEVERITY_MARKS, check_diff, kept_by, right_place, safe, short_kind
from fleet.argocd.instances import ArgoCDInstance, InstanceChecks, examine
from fleet.argocd.raw_objects import Unreadable
from health.argocd_cm.check_in_force import CheckInForce, our_version
from health.check_kinds import OURS
from health.checks import source
from health.lua.script import Script
from health.result import ScriptError
from health.suites import InputError, read_text
from kubectl_plugin.cli.chosen_contexts import choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.health.health_flags import chosen_kinds
from stacks.text import plain
from views.tones import diff_tone


def print_status(options: argparse.Namespace) -> ExitCode:
    chosen = choose_contexts(options, everywhere=True)
    surveyed = asyncio.run(survey(chosen.opener(), chosen.contexts, options.instances or None))
    check_instances(options.instances, surveyed)
    known = [examine(instance, surveyed.servers) for instance in surveyed.instances]
    if options.output == "text":
        sys.stdout.write("".join(f"{line}\n" for line in text(known, surveyed)))
    else:
        sys.stdout.write(printers.as_text(survey_as_json(known, surveyed), options.output))
    hint_at_other_contexts(chosen, options)
    print_gaps(surveyed)
    return _status_exit_code(known, surveyed, options.require)


def _status_exit_code(known: list[InstanceChecks], surveyed: ArgoCDSurvey, required: list[str]) -> ExitCode:
    bad = any(obstacle.severity != NOTE for one in known for obstacle in obstacles(one))
    for one in known:
        ours = {found.kind for found in one.checks if found.origin == OURS}
        for kind in (kind for kind in required if kind not in ours):
            print(f"{one.instance}: the check for {kind} isn't ours", file=sys.stderr)
            bad = True
    if required and not known:
        print("there is no Argo CD, and so no check of ours", file=sys.stderr)
        bad = True
    if surveyed.unseen:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if bad else ExitCode.FINE


def text(known: list[InstanceChecks], surveyed: ArgoCDSurvey) -> Iterator[str]:
    for number, one in enumerate(known):
        if number:
            yield ""
        yield from _instance_lines(one)
    ignored = [one for context in surveyed.contexts for one in context.ignored]
    if ignored:
        yield ""
        yield f"left out of their Application's health by {IGNORE} (waves wait all the same):"
        yield from (f"  {one.context}: {one.kind} {one.namespace}/{one.name}" for one in ignored)


def _instance_lines(one: InstanceChecks) -> Iterator[str]:
    instance = one.instance
    yield f"{safe(str(instance))}: Argo CD {safe(instance.version)} ({safe(instance.version_from)})"
    if instance.config_map is not None:
        yield f"  argocd-cm  {kept_by(instance)}"
        form = instance.owner.format
        yield f"             a check belongs into {right_place(instance)}; health print -o {form} has it"
    for found in one.checks:
        yield f"  {short_kind(found.kind):<11}{safe(str(found))}"
    for obstacle in obstacles(one):
        yield f"  {SEVERITY_MARKS[obstacle.severity]:<11}{safe(obstacle.subject)}: {safe(obstacle.title)}"
        if obstacle.next_step:
            yield f"             -> {safe(obstacle.next_step)}"


def survey_as_json(known: list[InstanceChecks], surveyed: ArgoCDSurvey) -> dict[str, Any]:
    """The status as it stands in the JSON. Fields are added, never renamed or taken away."""
    return {
        "instances": [_instance_as_json(one) for one in known],
        "ignored": [
            {"context": one.context, "kind": one.kind, "namespace": one.namespace, "name": one.name}
            for context in surveyed.contexts
            for one in context.ignored
        ],
        "hidden": [hidden_as_json(context, hidden) for context, hidden in hidden_objects(surveyed)],
        "unseen": [{"context": context, "why": why} for context, why in surveyed.unseen.items()],
    }


def _instance_as_json(one: InstanceChecks) -> dict[str, Any]:
    instance = one.instance
    present = "unread" if instance.unread else "missing" if instance.config_map is None else "present"
    return {
        "context": instance.context,
        "namespace": instance.namespace,
        "version": instance.workloads.version or None,
        "versionFrom": plain(instance.version_from),
        "core": instance.core,
        "configMap": present,
        "labelled": instance.labelled if present == "present" else None,
        "owner": _owner_as_json(instance) if present == "present" else None,
        "checks": [_check_as_json(found) for found in one.checks],
        "obstacles": [
            {
                "level": found.severity,
                "id": found.id,
                "about": plain(found.subject),
                "text": plain(found.title),
                "fix": plain(found.next_step) or None,
            }
            for found in obstacles(one)
        ],
    }


def _owner_as_json(instance: ArgoCDInstance) -> dict[str, Any]:
    owner, config_owner = instance.owner, instance.config_owner
    keeper = config_owner and {
        "kind": config_owner.resource.kind,
        "namespace": config_owner.namespace,
        "name": config_owner.name,
        "source": plain(config_owner.source) or None,
    }
    return {
        "who": owner.who,
        "name": plain(owner.name) or None,
        "evidence": plain(owner.evidence),
        "addedKey": owner.added_key,
        "consequence": plain(owner.consequence),
        "place": plain(owner.place),
        "printFormat": owner.format,
        "keeper": keeper,
    }


def _check_as_json(found: CheckInForce) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "inForce": found.origin,
        "version": found.version,
        "current": found.current,
        "from": plain(found.source) or None,
        "useOpenLibs": found.open_libs,
        "shadowsBuiltIn": found.shadows,
    }


def print_diff(options: argparse.Namespace) -> ExitCode:
    kinds = chosen_kinds(options)
    references = _references(options.file, kinds)
    chosen = choose_contexts(options, everywhere=True)
    surveyed = asyncio.run(survey(chosen.opener(), chosen.contexts, options.instances or None, objects=False))
    check_instances(options.instances, surveyed)
    found = [line for instance in surveyed.instances for line in check_diff(instance, references)]
    shown = _coloured(found) if printers.may_colour(sys.stdout) else found
    sys.stdout.write("".join(f"{line}\n" for line in shown))
    hint_at_other_contexts(chosen, options)
    print_gaps(surveyed)
    unread = [instance for instance in surveyed.instances if instance.unread]
    for instance in unread:
        print(f"error: {instance}: argocd-cm may not be read: {safe(instance.unread)}", file=sys.stderr)
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
        yield printers.painted(line, printers.TONE_CODES.get(diff_tone(lines, place)))


def hidden_objects(survey: ArgoCDSurvey) -> list[tuple[str, Unreadable]]:
    return [(surveyed.context, hidden) for surveyed in survey.contexts for hidden in surveyed.hidden]


def hidden_as_json(context: str, hidden: Unreadable) -> dict[str, Any]:
    return {"context": context, "what": plain(hidden.what), "why": plain(hidden.why)}


def print_hidden(objects: Sequence[tuple[str, Unreadable]]) -> None:
    for context, hidden in objects:
        print(f"partial: {context}: {safe(hidden.what)} can't be read: {safe(hidden.why)}", file=sys.stderr)


def print_gaps(survey: ArgoCDSurvey) -> None:
    """Print on stderr why the answer is a partial one, and where there is no Argo CD at all."""
    print_hidden(hidden_objects(survey))
    for context, why in survey.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
    if not survey.instances and not survey.unseen:
        doubt = " that may be seen" if hidden_objects(survey) else ""
        places = ", ".join(surveyed.context for surveyed in survey.contexts)
        print(f"there is no Argo CD{doubt} in {places}", file=sys.stderr)


def check_instances(namespaces: Sequence[str], survey: ArgoCDSurvey) -> None:
    """Raises UsageError where a named namespace has no Argo CD in any context, and none of them hides one."""
    if survey.unseen or hidden_objects(survey):
        return
    have = {instance.namespace for instance in survey.instances}
    choose = "choose its cluster: --context NAME"
    places = ", ".join(surveyed.context for surveyed in survey.contexts)
    for namespace in namespaces:
        if namespace not in have:
            raise UsageError(f"there is no Argo CD in namespace {namespace} of {places}; {choose}")
