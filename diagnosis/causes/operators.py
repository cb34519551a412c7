"""The operator itself: it is down, its CRDs are too old for it, or two of it get into each other's way."""

from __future__ import annotations

from diagnosis.cause import OPERATOR, Cause
from diagnosis.facts.context_objects import QuotableLine
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import is_complete
from diagnosis.facts.operator_facts import PKO_1_LEASE, RELEASED_FOR, lease_state
from diagnosis.facts.quoted_parts import said_by_operator
from diagnosis.facts.run_facts import aborted_update
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import listed
from stacks.fields import Obj, field, mappings, text, whole_number
from stacks.operator import LEASE_NAME, OPERATOR_IMAGE
from stacks.versions import image_version, version_words

UNSEEN_FOR = 60.0
"""seconds after which an operator that works has seen a Stack, a spec or a request long ago"""
_BACK_BY_THEN = 300.0
"""seconds after which an operator that was upgraded, or that kubelet starts again, leads once more"""
_HANDOVER = 15.0
"""seconds in which the next operator normally takes a Lease that was given back"""


def _operator_down(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _lease_not_held(facts) or _no_replica(facts)
    if found is not None and found.certainty == CERTAIN and not facts.waits_for_operator:
        return _with_ends(facts, found, NOTE)
    if not facts.waits_for_operator:
        return None
    found = found or _unseen_without_lease(facts)
    return _with_ends(facts, found, PROBLEM) if found is not None else None


def _lease_not_held(facts: StackFacts) -> Finding | None:
    """That nobody holds the Lease, as far as the Lease can prove it."""
    operator = facts.operator
    lease, silent = operator.lease, operator.silent_for
    if lease is None or silent is None or operator.state not in ("stale", "released"):
        return None
    if operator.state == "released" and silent < _HANDOVER:
        return None
    sure = operator.state == "stale" or silent >= RELEASED_FOR or operator.without_replica
    renewed = facts.objects.quote(lease, "spec", "renewTime", time=facts.now - silent)
    holder = facts.objects.quote(lease, "spec", "holderIdentity")
    lasts = facts.objects.quote(lease, "spec", "leaseDurationSeconds")
    stale = "The operator doesn't work: it has stopped renewing its Lease"
    released = "The operator doesn't work: its Lease was given back, and nobody took it"
    return Finding(
        "",
        PROBLEM,
        stale if operator.state == "stale" else released,
        evidence=(renewed, holder, lasts),
        certainty=CERTAIN if sure else LIKELY,
        makes_certain="" if sure else "a minute in which nobody takes the Lease, or the operator's pods",
        since=facts.now - silent,
    )


def _no_replica(facts: StackFacts) -> Finding | None:
    """That no Deployment of the operator has a replica, where a Lease can't contradict it."""
    if facts.operator.state == "alive" or not facts.operator.without_replica:
        return None
    proof = tuple(Evidence(facts.objects.ref(each)) for each in facts.operator.deployments)
    return Finding(
        "",
        PROBLEM,
        "The operator doesn't work: its Deployment has no replica that is available",
        evidence=proof,
    )


def _unseen_without_lease(facts: StackFacts) -> Finding | None:
    """That nobody answers, where no Lease tells more. A Stack with the finalizer and no status was seen once."""
    if facts.operator.lease is not None or not facts.unseen:
        return None
    proof, unseen = facts.unseen_proof, facts.unseen_for
    if proof is None or unseen is None or unseen <= UNSEEN_FOR:
        return None
    if facts.unseen == "never" and facts.held_by_operator:
        return None
    if facts.leads("Reconciling") and not facts.operator.since((2, 0, 0)):
        return None
    unread = facts.operator.lease_unread
    return Finding(
        "",
        PROBLEM,
        "The operator doesn't seem to work: it sees nothing of what is new",
        evidence=(proof,),
        certainty=LIKELY,
        makes_certain="the operator's Lease, or its pods",
        since=facts.unseen_since,
        unknown=(f"the operator's Lease: {unread}" if unread else "the operator's Lease: there is none",),
    )


def _with_ends(facts: StackFacts, found: Finding, severity: str) -> Finding:
    """The finding with what its pods say of the operator's end, and with what helps."""
    where = facts.objects.operator_namespace
    lasts = facts.operator.scaled_to_zero or (found.since is not None and facts.now - found.since > _BACK_BY_THEN)
    ends = facts.operator.ends
    reasons = [reason for reason, _ in ends]
    title, step = found.title, "Start the operator: look at its Deployment and its pods"
    if "OOMKilled" in reasons:
        title = "The operator doesn't work: it was killed for lack of memory (OOMKilled)"
        step = "Raise the memory limit of the operator's Deployment"
    elif reasons:
        title = f"The operator doesn't work: its container waits with {reasons[0]}"
        step = f"Look at the operator's pod, which waits with {reasons[0]}"
    return Finding(
        "",
        severity,
        title,
        subject=f"operator of {facts.key.context}",
        evidence=(*found.evidence, *(proof for _, proof in ends)),
        next_step=f"{step} in the namespace {where}." if where else f"{step}.",
        certainty=found.certainty,
        makes_certain=found.makes_certain,
        since=found.since,
        next=NextEvent("once an operator leads: then all that waits is taken up", heals=not lasts, brief="on leader"),
        unknown=found.unknown,
    )


_UNDECLARED = "field not declared in schema"
_CRD = "CustomResourceDefinition"
_WRITTEN_SINCE_2_6 = (("workspaces.auto.pulumi.com", "v1alpha1", "pulumiVersion"),)
_WRITTEN_SINCE_2_8 = (
    ("stacks.pulumi.com", "v1", "projectInfo"),
    ("updates.auto.pulumi.com", "v1alpha1", "projectInfo"),
)
"""CRDs, their version, and a field of the status that the operator writes from then on"""


def _old_crds(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.operator.since((2, 6, 0)) or not facts.operator.alive or not _results_get_lost(facts):
        return None
    line, unread = _undeclared_line(facts)
    missing, unread_crd = _missing_in_crds(facts)
    if line is None and not missing:
        return None
    sure = line is not None and bool(missing)
    proof = [facts.objects.quote_operator_log(line, _UNDECLARED)] if line is not None else []
    crds = [name for name, _, _ in missing]
    version = version_words(facts.operator.version)
    what = f": {listed([f'{name} has no {path}' for name, path, _ in missing])}" if missing else ""
    return Finding(
        "",
        PROBLEM,
        f"The CRDs are older than the operator {version}{what}",
        subject=f"CRDs of {facts.key.context}",
        evidence=(*proof, *(evidence for _, _, evidence in missing)),
        next_step=f"Apply the CRDs of {version} (deploy/crds of its release): Helm doesn't do it.",
        certainty=CERTAIN if sure else LIKELY,
        makes_certain=""
        if sure
        else "the operator's log"
        if line is None
        else f"the CRD {(crds or ['stacks.pulumi.com'])[0]}",
        unknown=tuple(each for each in (f"the operator's log: {unread}" if unread else "", unread_crd) if each),
        next=NextEvent("never by itself: each save fails again", heals=False),
    )


def _results_get_lost(facts: StackFacts) -> bool:
    """Whether Updates end without a result, or the Stack isn't saved."""
    last = facts.last_update
    if facts.failing and not text(facts.last, "message") and aborted_update(last) is not None:
        return True
    if facts.update is not None and is_complete(facts.update) and aborted_update(facts.update) is not None:
        return True
    return facts.unseen_for is not None and facts.unseen_for > UNSEEN_FOR


def _undeclared_line(facts: StackFacts) -> tuple[QuotableLine | None, str]:
    found, unread = said_by_operator(facts, _UNDECLARED)
    return next((line for line in found if "typed patch object" in line.text), None), unread


def _missing_in_crds(facts: StackFacts) -> tuple[list[tuple[str, str, Evidence]], str]:
    """The CRDs that lack a field which the operator of this version writes, and why one couldn't be read."""
    version = facts.operator.version
    if version is None:
        return [], "the operator's version"
    fields = _WRITTEN_SINCE_2_8 if version >= (2, 8, 0) else _WRITTEN_SINCE_2_6
    found, unread = [], ""
    for name, served, wanted in fields:
        asked = facts.objects.look_up(_CRD, "", name)
        crd = asked.object
        unread = unread or (f"the CRD {name}: {asked.unread}" if asked.unread else "")
        for _, each in mappings(crd, "spec", "versions"):
            known = field(each, "schema", "openAPIV3Schema", "properties", "status", "properties")
            if crd is not None and text(each, "name") == served and isinstance(known, dict) and wanted not in known:
                found.append((name, f"status.{wanted}", Evidence(facts.objects.ref(crd))))
    return found, unread


def _two_generations(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    operator = facts.operator
    leases = {text(each, "metadata", "name"): each for each in operator.leases}
    alive = [name for name, each in leases.items() if lease_state(each, facts.now) == "alive"]
    if LEASE_NAME not in alive or PKO_1_LEASE not in alive:
        return None
    working = [each for each in operator.deployments if whole_number(each, "status", "availableReplicas")]
    here = [each for each in working if operator.watches(each, facts.namespace)]
    old = [proof for each in here if (proof := _image_quote(facts, each, old=True)) is not None]
    new = [proof for each in here if (proof := _image_quote(facts, each, old=False)) is not None]
    if not old or not new:
        return None
    return Finding(
        "",
        PROBLEM,
        f"Two operators work on the Stacks of {facts.namespace}: {old[0].object.name} of 1.x "
        f"and {new[0].object.name} of 2.x",
        subject=f"operators of {facts.key.context}",
        evidence=(old[0], new[0], *(facts.objects.quote(leases[name], "spec", "renewTime") for name in alive)),
        next_step=f"Remove the operator of 1.x: the Deployment {old[0].object.namespace}/{old[0].object.name}.",
        certainty=LIKELY,
        makes_certain="the log of the operator of 1.x, with this Stack in it",
        next=NextEvent("never by itself: both go on", heals=False),
    )


def _image_quote(facts: StackFacts, deployment: Obj, *, old: bool) -> Evidence | None:
    path = ("spec", "template", "spec", "containers")
    for place, container in mappings(deployment, *path):
        image = text(container, "image")
        version = image_version(image) if OPERATOR_IMAGE in image else None
        if version is not None and (version < (2, 0, 0)) == old:
            return facts.objects.quote(deployment, *path, place, "image")
    return None


CAUSES = (
    Cause(
        id="B-1",
        depth=OPERATOR,
        title="The operator doesn't work",
        symptom="The Lease `operator.pulumi.com` (of 1.x `pulumi-kubernetes-operator-lock`) is older than its "
        "duration, or names nobody. New Stacks get no status, requests aren't answered, and runs that have ended stay "
        "`stack is being processed`.",
        explanation="The operator is down, crashes, or doesn't lead. Its Deployment may say that all is well: only the "
        "Lease tells. By default it has 128Mi of memory, and is killed (OOMKilled) when that is too little.",
        by_itself="Nothing while it is down. Once started, it takes over at once after a clean stop, and after a crash "
        "when the Lease has run out, about a minute later. Then it takes up all that waits.",
        way_out="Start the operator, or give it more memory.",
        versions="all",
        find=_operator_down,
        of_fine_stacks=True,
        not_helpful=(
            NotHelpful("reconcile", "nobody reads it"),
            NotHelpful("restart-workspace", "nobody would use the new pod"),
            NotHelpful("unwedge", "what looks wedged is taken in when the operator is back"),
        ),
        beats=("W-1", "W-2", "W-5", "U-11", "U-15", "D-2", "R-1"),
    ),
    Cause(
        id="U-13",
        depth=OPERATOR,
        title="The CRDs are older than the operator",
        symptom="Updates end `Aborted` without a message, or the Stack's status stays as it is. The operator's log "
        "says `failed to create typed patch object … field not declared in schema`.",
        explanation="The operator writes fields of the status that the installed CRDs don't have, and the API server "
        "refuses the whole of it. Helm installs CRDs, and never upgrades them.",
        by_itself="Never ends.",
        way_out="Apply the CRDs of the operator's release, from its `deploy/crds`.",
        versions="from 2.6",
        since=(2, 6, 0),
        find=_old_crds,
        not_helpful=(NotHelpful("reconcile", "the next result can't be saved either"),),
        beats=("U-5", "U-7", "U-9", "B-2", "U-1"),
    ),
    Cause(
        id="V-4",
        depth=OPERATOR,
        title="Operators of 1.x and 2.x work on the same Stacks",
        symptom="Two Deployments of the operator, one of 1.x and one of 2.x, both with a Lease that is renewed; "
        "conditions that contradict each other.",
        explanation="Both take every Stack for theirs, and write over what the other wrote.",
        by_itself="Never ends.",
        way_out="Remove the operator of 1.x. It should go before 2.x comes.",
        versions="1.x with 2.x",
        find=_two_generations,
        of_fine_stacks=True,
        not_helpful=(NotHelpful("reconcile", "both answer it"),),
        beats=("W-3",),
    ),
)
