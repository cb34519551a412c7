"""What works for a Stack right now, in words: updates that aren't over, and pulumi's processes in the workspace pod."""

from __future__ import annotations

from collections.abc import Iterator

from actions.plan import Check
from actions.stacks.diagnosed_stack import DiagnosedStack
from diagnosis.facts.run_facts import KnownRun, unfinished_runs
from diagnosis.facts.stack_facts import StackFacts
from stacks.fields import text
from stacks.times import rfc3339


def run_words(run: KnownRun) -> str:
    """A run that isn't over, with its type, its Update and its beginning."""
    name, kind = text(run.update, "metadata", "name"), text(run.update, "spec", "type") or "update"
    return f"the {kind} {name} has run since {rfc3339(run.began)}"


def work_seen(target: DiagnosedStack, facts: StackFacts) -> str:
    """Which update, or else which process of pulumi's, works in the workspace; empty where none is seen."""
    runs = unfinished_runs(facts)
    if runs:
        return " and ".join(map(run_words, runs))
    if target.processes is not None and target.processes.of_pulumi:
        return target.processes.words
    return ""


def work_unknown(target: DiagnosedStack, facts: StackFacts) -> str:
    """Why it can't be told that nothing works there; empty where that is proven, or something is seen to."""
    if work_seen(target, facts):
        return ""
    processes = target.processes
    not_looked = processes is not None and bool(processes.not_looked)
    if processes is None or (processes.names is None and not (processes.pod_gone or not_looked)):
        return processes.words if processes is not None else "what runs in the workspace pod isn't known"
    if processes.none_of_pulumi and not processes.pod_gone:
        return ""
    why = facts.objects.unread("Update", facts.namespace)
    return f"whether an update runs isn't known: {why}" if why else ""


def work_checks(target: DiagnosedStack, facts: StackFacts) -> Iterator[Check]:
    """What was looked at to know what works there."""
    if not facts.objects.unread("Update", facts.namespace):
        runs = unfinished_runs(facts)
        yield Check(" and ".join(map(run_words, runs)) or "no Update of it is at work", target.looked_at)
    if target.processes is not None:
        yield Check(target.processes.words, target.processes.at)
