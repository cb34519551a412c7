"""Sentences about Argo CDs, their checks and a preview, alike on the command line and on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from fleet.argocd.applications import ERRORS, FAILS, GOES_ON, WAITS, SyncOutcome
from fleet.argocd.health_preview import CheckReplacement, HealthPreview, SyncForecast
from fleet.argocd.instances import ArgoCDInstance
from health.argocd_cm.check_in_force import CheckInForce, check_in_force
from health.check_kinds import config_map_key
from health.checks import difference
from health.judge import ShownHealth
from stacks.messages import without_outputs
from stacks.text import one_line, plain

SEVERITY_MARKS = {"broken": "BROKEN"} | {word: word for word in ("problem", "misleads", "waiting", "note")}
"""what stands before a finding of each severity (`diagnosis.finding`)"""
_LONGEST = 400
_WHOLE = 20_000
_SYNC_STATES = {"running": "runs", "retrying": "waits for its next attempt", "requested": "is requested"}
_WOULD = {GOES_ON: "would go on", WAITS: "would wait", FAILS: "would fail", ERRORS: "would end in an error"}


def safe(text: str) -> str:
    """A text from a cluster as a part of a line: without control characters or line ends, and cut when it is long."""
    line = one_line(plain(text))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def safe_message(message: str, longest: int = _LONGEST) -> str:
    """What a check says of an object, on one line: another's check may repeat an update's whole output."""
    text = without_outputs(plain(message[:_WHOLE]))
    line = safe(text)
    return line if len(line) <= longest else f"{line[:longest]}…"


def short_kind(kind: str) -> str:
    """``Stack`` for ``pulumi.com/Stack``."""
    return kind.rpartition("/")[2]


def kept_by(instance: ArgoCDInstance) -> str:
    """Who writes argocd-cm, how that is known, and what becomes of a key that is added to it."""
    owner = instance.owner
    name = f" {safe(owner.name)}" if owner.name else ""
    return f"kept by {owner.who}{name} ({safe(owner.evidence)}): {safe(owner.consequence)}"


def right_place(instance: ArgoCDInstance) -> str:
    """Where a check has to go that is to stay."""
    source = f" ({safe(str(owner))}: {safe(owner.source)})" if (owner := instance.config_owner) and owner.source else ""
    return f"{safe(instance.owner.place)}{source}"


def check_diff(instance: ArgoCDInstance, wanted: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """What is installed against what is wanted (kind -> its name, its text), as ``diff -u`` shows it."""
    if instance.unread:
        return
    for kind, (name, script) in wanted.items():
        found = check_in_force(instance.settings, kind, instance.release)
        for line in difference(found.script, script, _installed_name(instance, found), name):
            yield " ".join(plain(line).splitlines())


def _installed_name(instance: ArgoCDInstance, found: CheckInForce) -> str:
    """What the installed script is called in the heading: where it is, and whose."""
    if not found.script:
        return f"{instance} {config_map_key(found.kind)} (not installed)"
    return f"{instance} {safe(found.source)} ({found.origin})"


# A preview


def replacement_words(replacement: CheckReplacement) -> str:
    """One line: what judges a kind in an Argo CD now, and what would."""
    instance = replacement.instance
    line = f"{safe(str(instance))}, Argo CD {safe(instance.version)}: {short_kind(replacement.before.kind)}: "
    line += f"{safe(str(replacement.before))} -> {replacement.after}"
    if instance.settings.problems or not instance.labelled:
        line += "; this Argo CD is broken (health status): judged as if it weren't"
    return line


def counted(preview: HealthPreview, kind: str) -> str:
    """How many objects of a kind were judged, and how many would be shown as something else."""
    changes = [change for change in preview.changes if change.kind == kind]
    turns = Counter(f"{shown_as(c.before)} -> {shown_as(c.after)}" for c in changes if c.before.word != c.after.word)
    alone = sum(change.before.word == change.after.word for change in changes)
    parts = [f"{count} {turn}" for turn, count in turns.most_common()]
    parts += [f"{alone} with another message"] if alone else []
    line = f"{short_kind(kind)}s: {preview.judged[kind]} judged, {', '.join(parts) or 'none changes'}"
    if unheld := preview.in_no_application[kind]:
        line += f"; {unheld} in no Application that was seen, so no Argo CD shows them"
    if unseen := preview.not_seen[kind]:
        line += f"; {unseen} that Applications hold weren't seen: choose their contexts too, if they are there yet"
    return line


def shown_as(shown: ShownHealth) -> str:
    """The word for what Argo CD makes of an object."""
    return shown.word or "no status"


def doubt(*, sure: bool) -> str:
    """What has to be added to an Application's future health; empty where it is sure."""
    return "" if sure else "if nothing else that it holds is worse"


def of_sync(sync: SyncForecast) -> str:
    """What a sync that is on does now, and would do then."""
    where = f"{safe(sync.key.context)}/{safe(sync.key.namespace)}/{safe(sync.key.name)}"
    now, then = f"{sync.before.word}{_because(sync.before)}", f"{_WOULD[sync.after.word]}{_because(sync.after)}"
    return f"the sync of {where} {_SYNC_STATES[sync.state]}: now it {now}, then it {then}"


def _because(outcome: SyncOutcome) -> str:
    if outcome.because is None:
        return ""
    kind, namespace, name = outcome.because
    return f" because of {short_kind(kind)} {safe(namespace)}/{safe(name)}"
