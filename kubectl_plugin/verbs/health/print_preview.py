"""``health preview``: who would change if our checks were in force, and which syncs would wait or fail."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from fleet.argocd.applications import SyncOutcome
from fleet.argocd.argocd_words import (
    counted,
    doubt,
    of_sync,
    replacement_words,
    safe,
    safe_message,
    short_kind,
    shown_as,
)
from fleet.argocd.health_preview import ApplicationChange, HealthChange, HealthPreview, preview_health
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output import printers
from kubectl_plugin.output.printers import Progress
from kubectl_plugin.verbs.health.health_flags import chosen_kinds
from kubectl_plugin.verbs.health.surveys import (
    check_instances,
    hidden_as_json,
    hidden_objects,
    print_gaps,
    print_hidden,
)
from stacks.text import plain


def run(options: argparse.Namespace) -> ExitCode:
    kinds = chosen_kinds(options)
    chosen = choose_contexts(options, everywhere=True)
    preview = _preview(chosen, kinds, options.instances or None)
    check_instances(options.instances, preview.survey)
    if options.output == "json":
        sys.stdout.write(printers.as_text(preview_as_json(preview), "json"))
    else:
        sys.stdout.write("".join(text(preview, kinds, colour=printers.may_colour(sys.stdout))))
    hint_at_other_contexts(chosen, options)
    print_gaps(preview.survey)
    print_hidden(preview.hidden)
    return ExitCode.CLUSTER_SAID_NO if preview.survey.unseen else ExitCode.FINE


def _preview(chosen: ChosenContexts, kinds: tuple[str, ...], instances: Sequence[str] | None) -> HealthPreview:
    """Ask the clusters and judge, with a line of progress for a person at a terminal."""
    progress = Progress(piped=False)
    progress.count("reading which Applications hold what ...")

    def report(judged: int) -> None:
        progress.count(f"{judged:,} objects judged ...")

    try:
        return asyncio.run(preview_health(chosen.opener(), chosen.contexts, kinds, instances, progress=report))
    finally:
        progress.wipe()


def text(preview: HealthPreview, kinds: tuple[str, ...], *, colour: bool = False) -> Iterator[str]:
    for replacement in preview.replacements:
        yield f"{replacement_words(replacement)}\n"
    for kind in kinds:
        yield f"{counted(preview, kind)}\n"
    if preview.changes:
        yield "\n" + printers.table(
            ("KIND", "CONTEXT", "NAMESPACE", "NAME", "APPLICATION", "NOW", "THEN", "MESSAGE"),
            [_change_cells(change) for change in preview.changes],
            colour=colour,
        )
    if preview.applications:
        yield "\n" + printers.table(
            ("APPLICATION", "CONTEXT", "NAMESPACE", "NOW", "THEN", ""),
            [_application_cells(change) for change in preview.applications],
            colour=colour,
        )
    if preview.syncs:
        yield "\n" + "".join(f"{of_sync(sync)}\n" for sync in preview.syncs)


def _change_cells(change: HealthChange) -> tuple[str, ...]:
    kind, app = short_kind(change.kind), change.application
    cells = map(safe, (change.key.context, change.key.namespace, change.key.name, app.name if app else ""))
    before, after = shown_as(change.before), shown_as(change.after)
    return (kind, *cells, before, after, safe_message(change.after.message, 120))


def _application_cells(change: ApplicationChange) -> tuple[str, ...]:
    key = change.key
    remark = doubt(sure=change.sure) or " "
    return (safe(key.name), safe(key.context), safe(key.namespace), change.before, change.after, remark)


def preview_as_json(preview: HealthPreview) -> dict[str, Any]:
    """The preview as it stands in the JSON. Fields are added, never renamed or taken away."""
    return {
        "checks": [
            {
                "context": one.instance.context,
                "namespace": one.instance.namespace,
                "version": one.instance.workloads.version or None,
                "kind": one.before.kind,
                "before": {"inForce": one.before.origin, "version": one.before.version},
                "after": {"inForce": one.after.origin, "version": one.after.version},
            }
            for one in preview.replacements
        ],
        "judged": dict(preview.judged),
        "inNoApplication": dict(preview.in_no_application),
        "notSeen": dict(preview.not_seen),
        "changes": [_change_as_json(change) for change in preview.changes],
        "applications": [
            _key_as_json(one.key)
            | {"instance": one.instance, "before": one.before, "after": one.after, "sure": one.sure}
            for one in preview.applications
        ],
        "syncs": [
            {
                **_key_as_json(one.key),
                "instance": one.instance,
                "state": one.state,
                "message": safe_message(one.message),
                "before": _outcome_as_json(one.before),
                "after": _outcome_as_json(one.after),
            }
            for one in preview.syncs
        ],
        "hidden": [
            hidden_as_json(context, hidden) for context, hidden in (*hidden_objects(preview.survey), *preview.hidden)
        ],
        "unseen": [{"context": context, "why": why} for context, why in preview.survey.unseen.items()],
    }


def _key_as_json(key: Any) -> dict[str, str]:
    return {"context": key.context, "namespace": plain(key.namespace), "name": plain(key.name)}


def _change_as_json(change: HealthChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        **_key_as_json(change.key),
        "application": _key_as_json(change.application) if change.application else None,
        "instance": change.instance,
        "before": {"status": change.before.word, "message": safe_message(change.before.message)},
        "after": {"status": change.after.word, "message": safe_message(change.after.message)},
    }


def _outcome_as_json(outcome: SyncOutcome) -> dict[str, Any]:
    because = outcome.because
    found = {"kind": because[0], "namespace": plain(because[1]), "name": plain(because[2])} if because else None
    return {"outcome": outcome.word, "because": found}
