"""What keeps Argo CD from comparing an Application with its source: its own settings, the cluster, or what it reads."""

from __future__ import annotations

import re

from diagnosis.argocd_obstacles import broken_keys
from diagnosis.cause import ARGOCD, Cause
from diagnosis.facts.application_facts import ApplicationFacts
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, Evidence, Finding, NextEvent, NotHelpful, ObjectRef
from diagnosis.wording import brief, first_line
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE
from health.argocd_cm.settings import read_settings
from stacks.fields import at, texts
from stacks.text import one_line, plain

GAVE_UP = "Failed last sync attempt to "
"""how the SyncError begins that says that auto-sync won't try this revision again"""
_CONFIG_MAP = "argocd-cm"
_ERRORS = ("ComparisonError", "InvalidSpecError", "UnknownError", "DeletionError", "SyncError")
_NO_CLUSTER = re.compile(
    r"there are no clusters with this name|unable to find destination server|cluster \"[^\"\n]{0,300}\" not found"
    r"|there are \d+ clusters with the same name"
)
_OVERRIDES = "Failed to load resource overrides: "
_HEALTH_SCRIPT = "error setting app health: "


def _settings_unreadable(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.broken_picture or facts.instance not in fleet.broken_instances:
        return None
    namespace = facts.instance[1]
    where = ObjectRef(facts.key.context, plain(namespace), "ConfigMap", _CONFIG_MAP)
    picture = [facts.quote("status", "sync", "status"), facts.quote("status", "health", "status")]
    if _OVERRIDES in facts.message:
        picture.append(facts.quote_operation("message"))
    lookup = facts.objects.look_up("ConfigMap", namespace, _CONFIG_MAP)
    raw = facts.objects.raw("ConfigMap").get((namespace, _CONFIG_MAP))
    broken = broken_keys(read_settings(texts(raw, "data")), where) if raw is not None else []
    subject, title, step = f"ConfigMap {where.namespace}/{_CONFIG_MAP}", "", ""
    if broken:
        key = one_line(plain(broken[0].subject))
        title = f"The key {key} in {_CONFIG_MAP} breaks Argo CD in {where.namespace} for every Application"
        step = f"Mend {key} in {subject}: {broken[0].next_step}. Then refresh the Applications."
        subject = f"{subject} {key}"
        picture = [each for finding in broken for each in finding.evidence] + picture
    elif lookup.gone:
        title = f"Argo CD in {where.namespace} has no {_CONFIG_MAP}, which stops it for every Application"
        step = f"Create {subject} as Argo CD's installation does, with its label; then refresh the Applications."
    elif raw is not None and texts(raw, "metadata", "labels").get(LABEL) != LABEL_VALUE:
        title = f"{_CONFIG_MAP} in {where.namespace} lacks its label, so Argo CD doesn't find it"
        step = f"Put the label {LABEL}: {LABEL_VALUE} on {subject}; then refresh the Applications."
        picture.append(Evidence(where, "/metadata/labels"))
    sure = bool(title)
    return Finding(
        "",
        PROBLEM,
        title or f"Argo CD in {where.namespace} can compare none of its Applications",
        subject=subject,
        evidence=tuple(picture),
        next_step=step or f"Look for a key in {subject} that Argo CD can't read; its controller's log names it.",
        certainty=CERTAIN if sure else LIKELY,
        makes_certain="" if sure else f"a key in {_CONFIG_MAP} that Argo CD can't read, or its controller's log",
        since=at(facts.app, "status", "health", "lastTransitionTime"),
        next=NextEvent(
            "nothing while the settings are like this; afterwards it recovers within three minutes", heals=False
        ),
        unknown=(f"{subject}: {lookup.unread}",) if lookup.unread else (),
    )


def _destination_unknown(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    found = [
        each
        for each in facts.conditions
        if each.type in ("InvalidSpecError", "ComparisonError") and _NO_CLUSTER.search(each.message)
    ]
    if not found:
        return None
    name = facts.destination or "which it doesn't name"
    many = "with the same name" in found[0].message
    title = (
        f"The destination {name} of {facts.label} is more than one cluster to Argo CD"
        if many
        else f"Argo CD doesn't know the cluster {name} to which {facts.label} delivers"
    )
    named = [facts.quote("spec", "destination", leaf) for leaf in ("name", "server")]
    return Finding(
        "",
        PROBLEM,
        title,
        subject=f"destination {name}",
        evidence=(facts.quote_condition(found[0]), *(each for each in named if each.text)),
        next_step=f"Register the cluster {name} in Argo CD, or correct spec.destination of {facts.label}.",
        since=found[0].time,
        next=NextEvent("it is compared again as soon as such a cluster is registered"),
    )


def _not_comparable(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    found = [
        each
        for each in facts.conditions
        if each.type in _ERRORS
        and each.message.strip()
        and not (each.type == "SyncError" and each.message.startswith(GAVE_UP))
    ]
    if not found:
        return None
    first = min(found, key=lambda each: _ERRORS.index(each.type))
    script = next((each for each in found if _HEALTH_SCRIPT in each.message), None)
    if script is not None:
        title = f"A health script of Argo CD raises an error for {facts.label}, so it can't be compared"
        step = "Mend the script in argocd-cm that the message names a kind of; then refresh the Application."
        first, found = script, [script, *(each for each in found if each is not script)]
    else:
        title = f"{_what_fails(first)} {facts.label}{_because(first)}"
        step = f"Mend what the message names; then refresh {facts.label}, hard where a cached manifest is behind it."
        found = [first, *(each for each in found if each is not first)]
    return Finding(
        "",
        PROBLEM,
        title,
        subject=f"Application {facts.label}",
        evidence=tuple(facts.quote_condition(each) for each in found),
        next_step=step,
        since=first.time,
        next=NextEvent("Argo CD compares it again within minutes, and says the same until the cause is gone"),
    )


def _what_fails(found: ObservedCondition) -> str:
    return {
        "ComparisonError": "Argo CD can't compare",
        "InvalidSpecError": "Argo CD doesn't accept the spec of",
        "DeletionError": "Argo CD can't delete",
        "SyncError": "Argo CD can't sync",
    }.get(found.type, "Argo CD reports an error about")


def _because(found: ObservedCondition) -> str:
    return f": {brief(first_line(found.message))}"


CAUSES = (
    Cause(
        id="A-9",
        depth=ARGOCD,
        title="Argo CD can't read its own settings, and so compares no Application",
        symptom="Every Application of one Argo CD is `Unknown` in sync and in health, lists no resources and has *no* "
        "condition. A sync ends in `Error` with `Failed to load resource overrides: …`.",
        explanation="One key of `argocd-cm` that Argo CD can't parse is enough, such as a kind with two underscores, a "
        "type of customization that doesn't exist, or broken YAML. So is a missing label "
        "`app.kubernetes.io/part-of: argocd`: then the ConfigMap isn't found.",
        by_itself="Never ends. Once the settings can be read, each Application recovers at its next comparison, within "
        "three minutes.",
        way_out="Mend or remove the key (`kubectl pko-argo health status` names it), then refresh the Applications.",
        versions="all of Argo CD",
        find=_settings_unreadable,
        after_repair=("app refresh",),
        helps=("app refresh",),
        not_helpful=(NotHelpful("app sync", "it ends in Error: the settings are read for it, too"),),
        beats=("A-2", "A-4"),
    ),
    Cause(
        id="A-8",
        depth=ARGOCD,
        title="Argo CD doesn't know the cluster to which the Application delivers",
        symptom="The condition `InvalidSpecError` or `ComparisonError` says `there are no clusters with this name`, "
        '`unable to find destination server`, `cluster "…" not found` or `there are 2 clusters with the same name`.',
        explanation="`spec.destination` names a cluster, or its server, for which this Argo CD has no Secret, or more "
        "than one. Nothing of the Application is compared or applied.",
        by_itself="Argo CD watches its cluster Secrets, and goes on once there is exactly one that fits.",
        way_out="Register the cluster, or correct `spec.destination`.",
        versions="all of Argo CD",
        find=_destination_unknown,
        not_helpful=(
            NotHelpful("app refresh", "the same destination is looked for again"),
            NotHelpful("app sync", "it is refused while the spec is invalid"),
        ),
        beats=("A-4",),
    ),
    Cause(
        id="A-4",
        depth=ARGOCD,
        title="Argo CD can't compare or validate the Application",
        symptom="A condition of the type `ComparisonError`, `InvalidSpecError`, `UnknownError`, `DeletionError` or "
        "`SyncError` on the Application.",
        explanation="Argo CD couldn't make the manifests, read the cluster, or judge what it found there. "
        "`error setting app health: …` means that a health script in `argocd-cm` raises an error; then every sync "
        "ends in `Error`, and nothing is applied.",
        by_itself="Argo CD tries again at its next comparison, within minutes.",
        way_out="Mend what the message names, then refresh: a hard refresh where a cached manifest is behind it.",
        versions="all of Argo CD",
        find=_not_comparable,
        after_repair=("app refresh",),
        helps=("app refresh",),
        not_helpful=(NotHelpful("app sync", "it is refused while the Application can't be compared"),),
        beats=("A-2",),
    ),
)
