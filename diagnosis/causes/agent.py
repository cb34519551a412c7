"""The workspace pod runs, and the operator doesn't come to terms with the agent in it."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.cause import AGENT, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.ingress_rules import policies_in_the_way
from diagnosis.facts.object_status import ObservedCondition, condition_of
from diagnosis.facts.quoted_parts import said_in_log
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, RETRIES, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import at, text

_REACHED_WITHIN = 30.0
"""seconds of a container's life within which the operator reaches its agent where nothing is in the way"""
_SHORT_LOG = 100
"""lines; the log of an agent that nobody has reached has fewer"""
_MORE_RARELY = NextEvent("the operator tries again, ever more rarely", brief=RETRIES)


def _refused(facts: StackFacts, *reasons: str) -> ObservedCondition | None:
    """The Workspace's word that the agent was reached and the call refused, where the Stack waits for it and nothing
    says that the agent isn't there."""
    ready = facts.workspace_condition("Ready") if facts.waits_for_workspace else None
    if ready is None or ready.status != "False" or ready.reason not in reasons:
        return None
    gone = not facts.objects.unread("Pod", facts.namespace) and facts.pod is None
    return None if gone or (facts.agent is not None and not facts.agent.running) else ready


def _finding(
    facts: StackFacts, found: ObservedCondition, title: str, subject: str, step: str, *more: Evidence
) -> Finding:
    unread = facts.objects.unread("Pod", facts.namespace) if facts.agent is None else ""
    return Finding(
        "",
        PROBLEM,
        title,
        subject=subject,
        evidence=(facts.quote_condition(found), *more),
        certainty=LIKELY if unread else CERTAIN,
        makes_certain="leave to read pods" if unread else "",
        unknown=(f"whether the agent runs: {unread}",) if unread else (),
        since=_since(facts, found),
        next=_MORE_RARELY,
        next_step=step,
    )


def _since(facts: StackFacts, found: ObservedCondition) -> float | None:
    """A condition keeps its time as long as it is False, also when a new agent starts."""
    times = (found.time, facts.agent.started_at if facts.agent is not None else None)
    return max((time for time in times if time is not None), default=None)


def _service_account(facts: StackFacts) -> str:
    names = (text(facts.pod, "spec", "serviceAccountName"), text(facts.workspace, "spec", "serviceAccountName"))
    return f"ServiceAccount {facts.namespace}/{next((name for name in names if name), 'default')}"


def _may_not_review(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _refused(facts, "Unauthenticated")
    words = ("TokenReview API is unavailable", "SubjectAccessReview API is unavailable")
    if found is None or not any(each in found.message for each in words):
        return None
    account = _service_account(facts)
    return _finding(
        facts,
        found,
        f"The {account} isn't bound to the ClusterRole system:auth-delegator",
        account,
        f"Bind the {account} to system:auth-delegator by a ClusterRoleBinding, then restart the workspace to hurry.",
    )


def _may_not_use(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _refused(facts, "PermissionDenied")
    if found is None or "forbidden" not in found.message.lower():
        return None
    where = f"Workspace {facts.namespace}/{facts.workspace_name}"
    return _finding(
        facts,
        found,
        f"The operator may not use the agent of {where}",
        f"operator in namespace {facts.objects.operator_namespace}",
        "Give the operator's ClusterRole the verb use on workspaces/rpc of auto.pulumi.com.",
    )


def _may_not_ask_for_tokens(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _refused(facts, "Unauthenticated", "Internal")
    if found is None or 'cannot create resource "serviceaccounts/token"' not in found.message:
        return None
    return _finding(
        facts,
        found,
        "The operator may not ask for a token of its service account",
        f"operator in namespace {facts.objects.operator_namespace}",
        "Give the operator its Role for serviceaccounts/token, and set POD_NAMESPACE and POD_SA_NAME in its pod.",
    )


def _unreachable(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    agent = facts.agent
    if agent is None or not agent.running or not facts.waits_for_workspace or facts.pod is None:
        return None
    found, started = _failed_connection(facts), agent.started_at
    if found is None or found.time is None or started is None:
        return None
    since = max(found.time, started)
    if facts.now - since <= _REACHED_WITHIN or text(facts.pod, "metadata", "deletionTimestamp"):
        return None
    quotes = [facts.objects.quote(found.owner, "status", "conditions", found.place, "reason", time=found.time)]
    if found.message:
        quotes.append(facts.quote_condition(found))
    finding = Finding(
        "",
        PROBLEM,
        f"The operator can't reach the agent of {facts.namespace}/{facts.pod_name}",
        subject=f"Pod {facts.namespace}/{facts.pod_name}",
        evidence=tuple(quotes),
        since=since,
        next=NextEvent("the operator tries again every 5s", brief="every 5s"),
        next_step=f"Look for a NetworkPolicy, a mesh or DNS between the operator and namespace {facts.namespace}.",
    )
    return _with_obstacle(facts, finding)


def _with_obstacle(facts: StackFacts, finding: Finding) -> Finding:
    """The finding with what is seen to be in the way: a NetworkPolicy, or that the agent doesn't listen."""
    policies, unread = policies_in_the_way(facts)
    unknown = (f"whether a NetworkPolicy is in the way: {unread}",) if unread else ()
    if policies:
        name = f"NetworkPolicy {facts.namespace}/{text(policies[0], 'metadata', 'name')}"
        return replace(
            finding,
            title=f"{finding.title}; the {name} lets no pod of the operator in",
            subject=name,
            evidence=(*finding.evidence, *(facts.objects.quote(each, "metadata", "name") for each in policies)),
            unknown=unknown,
            next_step=f"Let the operator's pods in on port 50051 by the {name}.",
        )
    listens, unread = said_in_log(facts, AGENT_CONTAINER, "server listening")
    if listens or unread or not _log_is_whole(facts):
        unknown = (*unknown, f"whether the agent listens: {unread}") if unread else unknown
        return replace(finding, evidence=(*finding.evidence, *listens[:1]), unknown=unknown)
    return replace(
        finding,
        title=f"{finding.title}, and its log doesn't say that it listens",
        unknown=unknown,
        next_step=f"Restart the workspace; if it stays so, look into the log of {facts.namespace}/{facts.pod_name}.",
        actions=("restart-workspace",),
    )


def _log_is_whole(facts: StackFacts) -> bool:
    """Whether what was read of the agent's log is likely to have its beginning, where it says that it listens."""
    return not facts.agent_has_worked and len(facts.log(AGENT_CONTAINER).lines) < _SHORT_LOG


def _failed_connection(facts: StackFacts) -> ObservedCondition | None:
    """Where the operator says that it can't get through: in the Workspace, or in the Update that needs it. The time is
    that from which it can have been so."""
    ready = facts.workspace_condition("Ready")
    if ready is not None and ready.status == "False" and ready.reason == "ConnectionFailed":
        return ready
    progressing = condition_of(facts.update, "Progressing")
    if progressing is None or progressing.status != "False" or progressing.reason != "TransientFailure":
        return None
    created = at(facts.update, "metadata", "creationTimestamp")
    return replace(progressing, time=created)


_TRIED_ANYWAY = NotHelpful("reconcile", "the connection is tried again anyway, and nothing about it changes")
CAUSES = (
    Cause(
        id="C-1",
        depth=AGENT,
        title="The Stack's service account lacks system:auth-delegator",
        symptom="`waiting for workspace readiness`; the Workspace is not Ready for `Unauthenticated`: `TokenReview API "
        "is unavailable` or `SubjectAccessReview API is unavailable`.",
        explanation="The agent asks the API server who calls it, as the service account of its pod. That takes the "
        "ClusterRole system:auth-delegator, which a namespace's service accounts don't have by themselves.",
        by_itself="Once the ClusterRoleBinding is there: within seconds early on, after hours of waiting within about "
        "a quarter of an hour. The agent remembers a refusal for a minute.",
        way_out="Bind the service account to system:auth-delegator; then restart the workspace to hurry.",
        versions="2.x",
        since=(2, 0, 0),
        find=_may_not_review,
        after_repair=("restart-workspace",),
        helps=("restart-workspace",),
        not_helpful=(_TRIED_ANYWAY,),
        beats=("C-4",),
    ),
    Cause(
        id="C-2",
        depth=AGENT,
        title="The operator may not use the agent",
        symptom="`waiting for workspace readiness`; the Workspace is not Ready for `PermissionDenied`: `forbidden`.",
        explanation="The agent lets in who may `use` the subresource `workspaces/rpc`. The operator's ClusterRole "
        "lacks that.",
        by_itself="The operator tries again, ever more rarely, and gets through once it may.",
        way_out="Give the operator's ClusterRole the verb `use` on `workspaces/rpc` of `auto.pulumi.com`.",
        versions="2.x",
        since=(2, 0, 0),
        find=_may_not_use,
        not_helpful=(_TRIED_ANYWAY,),
        beats=("C-4",),
    ),
    Cause(
        id="C-3",
        depth=AGENT,
        title="The operator may not request tokens",
        symptom="`waiting for workspace readiness`; the Workspace is not Ready, and its message says `cannot create "
        'resource "serviceaccounts/token"`.',
        explanation="The operator makes itself a token for each workspace, and isn't allowed to.",
        by_itself="The operator tries again, ever more rarely, and gets through once it may.",
        way_out="Give the operator its Role for tokens, and POD_NAMESPACE and POD_SA_NAME in the environment of its "
        "pod.",
        versions="2.x",
        since=(2, 0, 0),
        find=_may_not_ask_for_tokens,
        not_helpful=(_TRIED_ANYWAY,),
        beats=("C-1", "C-4"),
    ),
    Cause(
        id="C-4",
        depth=AGENT,
        title="The operator can't reach the agent",
        symptom="For more than half a minute of the agent's life the Workspace is not Ready for `ConnectionFailed`, or "
        "the Update's Progressing is False for `TransientFailure`, while the container `pulumi` runs.",
        explanation="Packets to port 50051 of the pod are dropped or refused, or its name doesn't resolve: a "
        "NetworkPolicy, a mesh, DNS, or an agent that doesn't listen. The text doesn't tell which. The policy "
        "`allow-workspace-rpc` of the quickstart lets in pods with a label that the quickstart's own operator lacks.",
        by_itself="The operator tries again every 5 seconds.",
        way_out="Let the operator's pods in. If the agent's log has no `server listening`, restart the workspace.",
        versions="2.x",
        since=(2, 0, 0),
        find=_unreachable,
        not_helpful=(_TRIED_ANYWAY,),
        beats=("U-10",),
    ),
)
