"""``health preview``: who would change if our checks were in force, and which syncs would wait or fail."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from fleet.argocd.argocd_words import counted, doubt, message_said, named, of_sync, replacement_words, said, shown_as
from fleet.argocd.health_preview import ApplicationChange, HealthChange, HealthPreview, preview_health
from fleet.argocd.sync_waves import SyncOutcome
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, hint_at_other_contexts
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output import printers
from kubectl_plugin.output.progress import Progress
from kubectl_plugin.verbs.health.health_flags import chosen_kinds
from kubectl_plugin.verbs.health.health_words import each_hidden, refuse_unknown, shape_of_hidden, tell_hidden
from stacks.text import plain


def run(options: argparse.Namespace) -> ExitCode:
    """Print it. Raises KubeconfigError for contexts that there aren't."""
    kinds = chosen_kinds(options)
    chosen = choose_contexts(options, everywhere=True)
    preview = _foreseen(chosen, kinds, options.instances or None)
    refuse_unknown(options.instances, preview.survey)
    if options.output == "json":
        sys.stdout.write(printers.as_json_object(shape(preview)))
    else:
        sys.stdout.write("".join(text(preview, kinds, colour=printers.may_colour(sys.stdout))))
    hint_at_other_contexts(chosen, options)
    tell_hidden(preview.survey)
    for context, hidden in preview.hidden:
        print(f"partial: {context}: {said(hidden.what)} may not be read: {said(hidden.why)}", file=sys.stderr)
    return ExitCode.CLUSTER_SAID_NO if preview.survey.unseen else ExitCode.FINE


def _foreseen(chosen: ChosenContexts, kinds: tuple[str, ...], instances: Sequence[str] | None) -> HealthPreview:
    """Look, and tell a person at a terminal how far it is."""
    progress = Progress(piped=False)
    progress.count("reading which Applications hold what ...")

    def told(judged: int) -> None:
        progress.count(f"{judged:,} objects judged ...")

    try:
        return asyncio.run(preview_health(chosen.opener(), chosen.contexts, kinds, instances, progress=told))
    finally:
        progress.wipe()


def text(preview: HealthPreview, kinds: tuple[str, ...], *, colour: bool = False) -> Iterator[str]:
    """It all, for a reader: what is replacement_words, how many change, and each of them."""
    for replacement in preview.replacements:
        yield f"{replacement_words(replacement)}\n"
    for kind in kinds:
        yield f"{counted(preview, kind)}\n"
    if preview.changes:
        yield "\n" + printers.table(
            ("KIND", "CONTEXT", "NAMESPACE", "NAME", "APPLICATION", "NOW", "THEN", "MESSAGE"),
            [_row(change) for change in preview.changes],
            colour=colour,
        )
    if preview.applications:
        yield "\n" + printers.table(
            ("APPLICATION", "CONTEXT", "NAMESPACE", "NOW", "THEN", ""),
            [_turned(turned) for turned in preview.applications],
            colour=colour,
        )
    if preview.syncs:
        yield "\n" + "".join(f"{of_sync(sync)}\n" for sync in preview.syncs)


def _row(change: HealthChange) -> tuple[str, ...]:
    kind, app = named(change.kind), change.application
    cells = (change.key.context, change.key.namespace, change.key.name, app.name if app else "")
    return (
        kind,
        *map(said, cells),
        shown_as(change.before),
        shown_as(change.after),
        message_said(change.after.message, 120),
    )


def _turned(turned: ApplicationChange) -> tuple[str, ...]:
    key = turned.key
    remark = doubt(sure=turned.sure) or " "
    return (said(key.name), said(key.context), said(key.namespace), turned.before, turned.after, remark)


def shape(preview: HealthPreview) -> dict[str, Any]:
    """It all, for a script."""
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
        "changes": [_change(change) for change in preview.changes],
        "applications": [
            {**_key(one.key), "instance": one.instance, "before": one.before, "after": one.after, "sure": one.sure}
            for one in preview.applications
        ],
        "syncs": [
            {
                **_key(one.key),
                "instance": one.instance,
                "state": one.state,
                "message": message_said(one.message),
                "before": _shape(one.before),
                "after": _shape(one.after),
            }
            for one in preview.syncs
        ],
        "hidden": [
            shape_of_hidden(context, hidden) for context, hidden in (*each_hidden(preview.survey), *preview.hidden)
        ],
        "unseen": [{"context": context, "why": why} for context, why in preview.survey.unseen.items()],
    }


def _key(key: Any) -> dict[str, str]:
    return {"context": key.context, "namespace": plain(key.namespace), "name": plain(key.name)}


def _change(change: HealthChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        **_key(change.key),
        "application": _key(change.application) if change.application else None,
        "instance": change.instance,
        "before": {"status": change.before.word, "message": message_said(change.before.message)},
        "after": {"status": change.after.word, "message": message_said(change.after.message)},
    }


def _shape(outcome: SyncOutcome) -> dict[str, Any]:
    because = outcome.because
    found = {"kind": because[0], "namespace": plain(because[1]), "name": plain(because[2])} if because else None
    return {"outcome": outcome.word, "because": found}
