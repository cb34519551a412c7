"""``health status``: every Argo CD of the chosen contexts, which checks are in force, and what gets in the way."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import Any

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import NOTE, Finding
from fleet.argocd.argocd_survey import IGNORE, ArgoCDSurvey, survey
from fleet.argocd.argocd_words import MARKS, kept_by, named, right_place, said
from fleet.argocd.instances import ArgoCDInstance, KnownInstance, examine
from health.argocd_cm.check_in_force import OURS, CheckInForce
from kubectl_plugin.cli.chosen_contexts import choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.health.survey_gaps import check_instances, hidden_as_json, hidden_objects, print_gaps
from stacks.text import plain


def run(options: argparse.Namespace) -> ExitCode:
    chosen = choose_contexts(options, everywhere=True)
    surveyed = asyncio.run(survey(chosen.opener(), chosen.contexts, options.instances or None))
    check_instances(options.instances, surveyed)
    known = [examine(instance, surveyed.servers) for instance in surveyed.instances]
    if options.output == "text":
        sys.stdout.write("".join(f"{line}\n" for line in text(known, surveyed)))
    else:
        sys.stdout.write(printers.as_text(shape(known, surveyed), options.output))
    hint_at_other_contexts(chosen, options)
    print_gaps(surveyed)
    return _exit_code(known, surveyed, options.require)


def _kinds_without_ours(one: KnownInstance, kinds: list[str]) -> list[str]:
    """Those of these kinds whose check in force isn't ours."""
    ours = {found.kind for found in one.checks if found.origin == OURS}
    return [kind for kind in kinds if kind not in ours]


def _exit_code(known: list[KnownInstance], surveyed: ArgoCDSurvey, required: list[str]) -> ExitCode:
    bad = any(obstacle.severity != NOTE for one in known for obstacle in obstacles(one))
    for one in known:
        for kind in _kinds_without_ours(one, required):
            print(f"{one.instance}: the check for {kind} isn't ours", file=sys.stderr)
            bad = True
    if required and not known:
        print("there is no Argo CD, and so no check of ours", file=sys.stderr)
        bad = True
    if surveyed.unseen:
        return ExitCode.CLUSTER_SAID_NO
    return ExitCode.PROBLEMS if bad else ExitCode.FINE


def text(known: list[KnownInstance], surveyed: ArgoCDSurvey) -> Iterator[str]:
    """The status as text, line by line."""
    for number, one in enumerate(known):
        if number:
            yield ""
        yield from _instance_lines(one)
    ignored = [one for context in surveyed.contexts for one in context.ignored]
    if ignored:
        yield ""
        yield f"left out of their Application's health by {IGNORE} (waves wait all the same):"
        for one_ignored in ignored:
            yield f"  {one_ignored.context}: {one_ignored.kind} {one_ignored.namespace}/{one_ignored.name}"


def _instance_lines(one: KnownInstance) -> Iterator[str]:
    instance = one.instance
    yield f"{said(str(instance))}: Argo CD {said(instance.version)} ({said(instance.version_from)})"
    yield from _owner_lines(instance)
    for found in one.checks:
        yield f"  {named(found.kind):<11}{said(str(found))}"
    for obstacle in obstacles(one):
        yield from _obstacle_lines(obstacle)


def _owner_lines(instance: ArgoCDInstance) -> Iterator[str]:
    if instance.config_map is None:
        return
    yield f"  argocd-cm  {kept_by(instance)}"
    form = instance.owner.format
    yield f"             a check belongs into {right_place(instance)}; health print -o {form} has it"


def _obstacle_lines(obstacle: Finding) -> Iterator[str]:
    yield f"  {MARKS[obstacle.severity]:<11}{said(obstacle.subject)}: {said(obstacle.title)}"
    if obstacle.next_step:
        yield f"             -> {said(obstacle.next_step)}"


def shape(known: list[KnownInstance], surveyed: ArgoCDSurvey) -> dict[str, Any]:
    """The status as it stands in the JSON. Fields are added, never renamed or taken away."""
    return {
        "instances": [_instance_shape(one) for one in known],
        "ignored": [
            {"context": one.context, "kind": one.kind, "namespace": one.namespace, "name": one.name}
            for context in surveyed.contexts
            for one in context.ignored
        ],
        "hidden": [hidden_as_json(context, hidden) for context, hidden in hidden_objects(surveyed)],
        "unseen": [{"context": context, "why": why} for context, why in surveyed.unseen.items()],
    }


def _instance_shape(one: KnownInstance) -> dict[str, Any]:
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
        "owner": _owner_shape(instance) if present == "present" else None,
        "checks": [_check_shape(found) for found in one.checks],
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


def _owner_shape(instance: ArgoCDInstance) -> dict[str, Any]:
    owner, config_owner = instance.owner, instance.config_owner
    return {
        "who": owner.who,
        "name": plain(owner.name) or None,
        "evidence": plain(owner.evidence),
        "addedKey": owner.added_key,
        "consequence": plain(owner.consequence),
        "place": plain(owner.place),
        "printFormat": owner.format,
        "keeper": {
            "kind": config_owner.resource.kind,
            "namespace": config_owner.namespace,
            "name": config_owner.name,
            "source": plain(config_owner.source) or None,
        }
        if config_owner
        else None,
    }


def _check_shape(found: CheckInForce) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "inForce": found.origin,
        "version": found.version,
        "current": found.current,
        "from": plain(found.source) or None,
        "useOpenLibs": found.open_libs,
        "shadowsBuiltIn": found.shadows,
    }
