"""Applications that a person let wait: for a confirmation, or by an annotation."""

from __future__ import annotations

import re

from cluster.resources import pointer
from diagnosis.cause import ARGOCD, Cause
from diagnosis.facts.application_facts import (
    DELETION_APPROVED,
    REFRESH,
    SKIP_RECONCILE,
    ApplicationFacts,
    resource_name,
)
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import NOTE, PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import at, field

_PRUNING = re.compile(r"waiting for pruning confirmation of (\S+?)(?: and (\d{1,9}) more resources?)?\s*\Z")


def _confirmation_wanted(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    evidence: list[Evidence] = []
    if facts.deleting:
        asking = [(i, each) for i, each in facts.resources if field(each, "requiresDeletionConfirmation") is True]
        names = [resource_name(each) for _, each in asking]
        if asking:
            evidence = [facts.quote("metadata", "deletionTimestamp", time=facts.deleted_at)]
        for i, _ in asking:
            evidence.append(facts.quote("status", "resources", i, "requiresDeletionConfirmation"))
        since, what, of = facts.deleted_at, "delete", names[0] if names else ""
        others = len(names) - 1
    elif facts.phase == "Running" and (found := _PRUNING.search(facts.message)) is not None:
        evidence = [facts.quote_operation("message"), facts.quote_operation("startedAt", time=facts.started)]
        since, what, of, others = facts.started, "prune", found[1], int(found[2] or 0)
    if not evidence or (facts.approved_at is not None and (since is None or facts.approved_at >= since)):
        return None
    if facts.approved_at is not None:
        evidence.append(facts.quote("metadata", "annotations", DELETION_APPROVED))
    more = f" and {others} more" if others else ""
    return Finding(
        "",
        PROBLEM,
        f"{facts.label} waits for a confirmation to {what} {of}{more}",
        subject=f"Application {facts.label}",
        evidence=tuple(evidence),
        next_step=f"Read what would be deleted; to approve it, set the annotation {DELETION_APPROVED} of the "
        f"Application {facts.label} to the present time (RFC 3339).",
        since=since,
        next=NextEvent("never by itself: it waits for a person", heals=False),
    )


def _paused(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.paused:
        return None
    pending: list[tuple[str, tuple[str, ...]]] = []
    if facts.deleting:
        pending.append(("its deletion", ("metadata", "deletionTimestamp")))
    if facts.requested:
        pending.append(("an operation", ("operation",)))
    if facts.refresh_wanted:
        pending.append(("a refresh", ("metadata", "annotations", REFRESH)))
    waiting = " and ".join(words for words, _ in pending)
    title = f"{facts.label} is paused" + (f", and so {waiting} waits" if pending else "")
    where = facts.objects.ref(facts.app)
    compared = at(facts.app, "status", "reconciledAt")
    evidence = [facts.quote("metadata", "annotations", SKIP_RECONCILE)]
    evidence += [
        facts.quote(*path) if isinstance(field(facts.app, *path), str) else Evidence(where, pointer(*path))
        for _, path in pending
    ]
    if compared is not None:
        evidence.append(facts.quote("status", "reconciledAt", time=compared))
    return Finding(
        "",
        PROBLEM if pending else NOTE,
        title,
        subject=f"Application {facts.label}",
        evidence=tuple(evidence),
        next_step=f"Remove the annotation {SKIP_RECONCILE} from the Application {facts.label} when it is to go on.",
        since=compared,
        next=NextEvent("never by itself: Argo CD leaves it alone until the annotation is gone", heals=False),
    )


CAUSES = (
    Cause(
        id="A-7",
        depth=ARGOCD,
        title="The Application waits for a person to confirm what is to be deleted",
        symptom="The Application is being deleted and one of its resources has `requiresDeletionConfirmation: true`; "
        "or its operation is `Running` with `waiting for pruning confirmation of …`.",
        explanation="Resources with the sync option `Delete=confirm` or `Prune=confirm` are only deleted once a person "
        "has agreed, and nothing else of the same deletion happens before that.",
        by_itself="Never ends. An approval from before the deletion or the sync began doesn't count.",
        way_out="Read the list. To agree, set the annotation `argocd.argoproj.io/deletion-approved` of the Application "
        "to the present time in RFC 3339.",
        versions="Argo CD from 2.14",
        find=_confirmation_wanted,
        not_helpful=(
            NotHelpful("app terminate", "the next sync asks again"),
            NotHelpful("app sync", "it asks again"),
        ),
        beats=("A-3",),
    ),
    Cause(
        id="A-10",
        depth=ARGOCD,
        title="The Application is paused",
        symptom="The annotation `argocd.argoproj.io/skip-reconcile` is `true`.",
        explanation="Argo CD looks at nothing of this Application: no comparison, no sync, no refresh, no deletion. "
        "Its status is as old as `status.reconciledAt` says.",
        by_itself="Never ends.",
        way_out="Remove the annotation.",
        versions="Argo CD from 2.7",
        find=_paused,
        not_helpful=(
            NotHelpful("app refresh", "Argo CD doesn't look at it"),
            NotHelpful("app sync", "Argo CD doesn't look at it"),
            NotHelpful("app terminate", "Argo CD doesn't look at it"),
        ),
        beats=("A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7"),
    ),
)
