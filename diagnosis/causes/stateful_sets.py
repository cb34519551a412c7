"""The operator can't bring the StatefulSet of a workspace to what the Workspace says."""

from __future__ import annotations

from diagnosis.cause import POD, Cause
from diagnosis.facts.context_objects import last_change
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.quoted_parts import last_said_by_operator
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM, RETRIES, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import field, text, whole_number

_LASTS = 60.0
"""seconds after which a change of a Workspace ought to have been applied"""
_SOURCES = ("git", "flux", "local", "projectInfo")
_SINCE, _UNTIL = (2, 8, 0), (2, 9, 0)
"""the operators that make a StatefulSet with two containers `fetch` of a Workspace with several sources"""


def _not_applied(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    workspace = facts.workspace
    if workspace is None or not facts.waits_for_workspace or not facts.operator.alive:
        return None
    if text(workspace, "metadata", "deletionTimestamp"):
        return None
    generation = whole_number(workspace, "metadata", "generation") or 0
    if (whole_number(workspace, "status", "observedGeneration") or 0) >= generation:
        return None
    changed, applied = last_change(workspace), last_change(facts.statefulset)
    if changed is not None and (facts.now - changed <= _LASTS or (applied is not None and applied >= changed)):
        return None
    proof, unread = _refusal(facts)
    if proof is None and changed is None:
        return None
    sources = [name for name in _SOURCES if field(workspace, "spec", name)]
    version = facts.operator.version
    doubled = len(sources) > 1 and version is not None and _SINCE <= version <= _UNTIL
    certainty = CERTAIN if proof is not None else LIKELY if doubled else POSSIBLE
    own = facts.objects.quote(workspace, "metadata", "generation", time=changed)
    quotes = [own, facts.objects.quote(workspace, "status", "observedGeneration")]
    both = f", which has {' and '.join(sources)} as its sources" if len(sources) > 1 else ""
    return Finding(
        "",
        PROBLEM,
        f"The StatefulSet of Workspace {facts.namespace}/{facts.workspace_name} can't be applied{both}",
        subject=f"Workspace {facts.namespace}/{facts.workspace_name}",
        evidence=tuple([proof, *quotes] if proof is not None else quotes),
        certainty=certainty,
        makes_certain="" if proof is not None else "the operator's log",
        unknown=(f"the operator's log: {unread}",) if unread and proof is None else (),
        since=changed,
        next=NextEvent("the operator tries again, ever more rarely, with the same result", brief=RETRIES),
        next_step=_step(facts, sources),
    )


def _refusal(facts: StackFacts) -> tuple[Evidence | None, str]:
    """The operator's word that the API server refuses the StatefulSet; and why that can't be known."""
    line, unread = last_said_by_operator(facts, "is invalid", "Duplicate value")
    if line is None or "workspace-controller" not in line.text:
        return None, unread
    return facts.objects.quote_operator_log(line, line.text[max(line.text.find('"error":'), 0) :]), ""


def _step(facts: StackFacts, sources: list[str]) -> str:
    if len(sources) < 2:
        return "Correct what the operator's log says of the StatefulSet in spec.workspaceTemplate."
    if facts.deleting and "projectInfo" in sources:
        return "Set spec.runProgram to true, or upgrade the operator to 2.9.1 or later."
    return f"Leave just one source of {' and '.join(sources)}, or upgrade the operator to 2.9.1 or later."


CAUSES = (
    Cause(
        id="P-13",
        depth=POD,
        title="The StatefulSet can't be applied",
        symptom="`waiting for workspace readiness`; the Workspace's `observedGeneration` stays behind its generation, "
        "and its StatefulSet stays the old one.",
        explanation="The API server refuses the StatefulSet that the operator makes of the Workspace. The Workspace's "
        "conditions are of before, so Ready=True says nothing. From 2.8.0 to 2.9.0 more than one source does it, as "
        "with a destroy without program of a Stack whose workspaceTemplate has a `local` source.",
        by_itself="The operator tries again, ever more rarely, with the same result.",
        way_out="Remove the second source, or upgrade to 2.9.1 or later; for a deletion set `runProgram: true`.",
        versions="2.x; with several sources 2.8.0 to 2.9.0",
        since=(2, 0, 0),
        find=_not_applied,
        not_helpful=(
            NotHelpful("reconcile", "the StatefulSet stays the old one"),
            NotHelpful("restart-workspace", "the StatefulSet stays the old one"),
        ),
        beats=("U-10", "C-4"),
    ),
)
