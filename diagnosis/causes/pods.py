"""The workspace pod isn't there, has no node, or has no image."""

from __future__ import annotations

import re

from diagnosis.cause import POD, Cause
from diagnosis.facts.context_objects import event_time, last_change
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedContainer, condition_of, is_complete
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, RETRIES, WAITING, Finding, NextEvent, NotHelpful
from stacks.fields import Obj, at, mappings, text

FETCH = "fetch"
"""the init container of a workspace pod that gets the source"""
OWN_INIT_CONTAINERS = ("bootstrap", FETCH)
"""those that the operator puts into each workspace pod"""
_TRIES_AGAIN = 1200.0
"""seconds within which a StatefulSet's controller has tried again, and would have said so"""
_ROOM_IS_MADE = 600.0
"""seconds for which an autoscaler's word that it makes room counts"""
_SCALING = ("TriggeredScaleUp", "Nominated")
_NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_QUOTA = re.compile(r"exceeded quota: ([^,]+), requested: (.+), used: (.+), limited: (.+)")
_QUOTA_NEEDS = re.compile(r"failed quota: ([^:]+): must specify (.+)")
_ACCOUNT = re.compile(r'serviceaccount "([^"]+)" not found')
_SECURITY = re.compile(r'violates PodSecurity "([^"]+)"')
_WEBHOOK = re.compile(r'admission webhook "([^"]+)" denied the request')


def wanted_pod(facts: StackFacts) -> Obj | None:
    """The workspace pod where the Stack waits for it; not one that is on its way out, which a new one replaces."""
    pod = facts.pod if facts.waits_for_workspace else None
    return None if pod is None or text(pod, "metadata", "deletionTimestamp") else pod


def wanted_containers(facts: StackFacts) -> list[ObservedContainer]:
    """The containers of the pod that the Stack waits for."""
    return facts.containers if wanted_pod(facts) is not None else []


def starting_containers(facts: StackFacts) -> list[ObservedContainer]:
    """Those whose waiting says why the pod doesn't start; not the agent's once it has worked and an Update needs it
    again, since then its end counts."""
    needed_again = facts.agent_has_worked and facts.update is not None and not is_complete(facts.update)
    return [each for each in wanted_containers(facts) if not (needed_again and each.name == AGENT_CONTAINER)]


def _no_pod(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    workload = facts.statefulset
    if workload is None or not facts.waits_for_workspace:
        return None
    events = [
        each for each in facts.events_of(workload) if text(each, "reason") in ("FailedCreate", "SuccessfulCreate")
    ]
    newest = events[-1] if events else None
    said = event_time(newest) if newest is not None else None
    if newest is None or said is None or text(newest, "reason") != "FailedCreate":
        return None
    if said < max(last_change(workload) or 0.0, facts.now - _TRIES_AGAIN):
        return None
    message = text(newest, "message").partition("\n")[0]
    pod = facts.objects.look_up("Pod", facts.namespace, facts.pod_name) if message else None
    if pod is None or pod.object is not None:
        return None
    subject, title, step = _why_no_pod(facts, message)
    return Finding(
        "",
        PROBLEM,
        title,
        subject=subject,
        evidence=(facts.objects.quote(newest, "message", part=message, time=said),),
        certainty=LIKELY if pod.unread else CERTAIN,
        makes_certain="leave to read pods" if pod.unread else "",
        unknown=(f"whether the pod is there: {pod.unread}",) if pod.unread else (),
        since=at(newest, "firstTimestamp") or said,
        next=NextEvent("the StatefulSet's controller tries again, at most about 16 minutes apart", brief=RETRIES),
        next_step=step,
    )


def _why_no_pod(facts: StackFacts, message: str) -> tuple[str, str, str]:
    """What refuses the pod, that in a sentence, and what to do."""
    here = facts.namespace
    if found := _ACCOUNT.search(message):
        account = f"ServiceAccount {here}/{found[1]}"
        return account, f"The {account} doesn't exist", f"Create the {account}, or name another one in the spec."
    if found := _QUOTA.search(message):
        quota = f"ResourceQuota {here}/{found[1].strip()}"
        numbers = f"requested {found[2]}, used {found[3]}, limit {found[4]}"
        title = f"The {quota} leaves no room for the pod: {numbers}"
        return quota, title, f"Raise the {quota}, or ask for less in spec.workspaceTemplate.spec.resources."
    if found := _QUOTA_NEEDS.search(message):
        quota = f"ResourceQuota {here}/{found[1].strip()}"
        title = f"The {quota} refuses the pod: it has to specify {found[2]}"
        return quota, title, f"Set what the {quota} asks for in spec.workspaceTemplate.spec.podTemplate."
    if found := _SECURITY.search(message):
        level = f"pod security of namespace {here}"
        step = (
            f"Set spec.workspaceTemplate.spec.securityProfile to what the namespace {here} lets through, or change it."
        )
        return level, f"The pod security {found[1]} of namespace {here} refuses the pod", step
    if found := _WEBHOOK.search(message):
        webhook = f"admission webhook {found[1]}"
        return webhook, f"The {webhook} refuses the pod", f"Look at what the {webhook} asks for."
    if "63 characters" in message:
        step = f"Give the Stack a shorter name than {facts.name}."
        return facts.pod_name, f"The name {facts.workspace_name} is too long for the labels of a pod", step
    step = "Remove what the event names; the pod is then made by itself."
    return f"Workspace {here}/{facts.workspace_name}", f"No pod can be made for workspace {facts.workspace_name}", step


def _no_node(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    pod = wanted_pod(facts)
    scheduled = condition_of(pod, "PodScheduled")
    if pod is None or scheduled is None or scheduled.status != "False" or scheduled.reason != "Unschedulable":
        return None
    reasons = scheduled.message.partition(" preemption:")[0].partition("\n")[0].strip().rstrip(".")
    why = reasons.partition("nodes are available: ")[2] or reasons
    room = _room_is_made(facts, pod)
    evidence = [facts.objects.quote(pod, "status", "conditions", scheduled.place, "reason", time=scheduled.time)]
    if reasons:
        evidence.append(facts.quote_condition(scheduled, part=reasons))
    if room is not None:
        evidence.append(facts.objects.quote(room, "message", time=event_time(room)))
    makes = NextEvent("an autoscaler has said that it adds a node", brief="on node")
    waits = NextEvent("it is scheduled as soon as a node has room for it", brief="on node")
    return Finding(
        "",
        PROBLEM if room is None else WAITING,
        f"The pod {facts.namespace}/{facts.pod_name} can't be scheduled" + (f": {why}" if why else ""),
        subject=re.sub(r"(?<![\w.-])\d+(?![\w.-]) ?", "", why) or f"Pod {facts.namespace}/{facts.pod_name}",
        evidence=tuple(evidence),
        since=scheduled.time,
        next=waits if room is None else makes,
        next_step="Wait for the node." if room is not None else _room_step(why),
    )


def _room_is_made(facts: StackFacts, pod: Obj) -> Obj | None:
    """The event with which an autoscaler said, not long ago, that it makes room for the pod."""
    for event in reversed(facts.events_of(pod)):
        said = event_time(event)
        if text(event, "reason") in _SCALING and said is not None and facts.now - said < _ROOM_IS_MADE:
            return event
    return None


def _room_step(why: str) -> str:
    if "persistentvolumeclaim" in why.lower():
        return "Create or bind the PersistentVolumeClaim that the pod template names."
    if "taint" in why:
        return "Add a toleration to spec.workspaceTemplate.spec.podTemplate, or nodes without that taint."
    return "Add nodes with room, or lower the requests in spec.workspaceTemplate.spec.resources."


def _no_image(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = next((each for each in starting_containers(facts) if each.waiting in _NO_IMAGE), None)
    if found is None:
        return None
    spec, path = container_spec(found)
    image = text(spec, "image") or text(found.status, "image")
    evidence = [facts.objects.quote(found.pod, *found.path, "state", "waiting", "reason")]
    if found.waiting_message:
        part = found.waiting_message.partition("\n")[0]
        evidence.append(facts.objects.quote(found.pod, *found.path, "state", "waiting", "message", part=part))
    event = _pull_event(facts, image)
    if event is not None and text(event, "message").partition(": ")[2] not in found.waiting_message:
        evidence.append(facts.objects.quote(event, "message", time=event_time(event)))
    if text(spec, "image"):
        evidence.append(facts.objects.quote(found.pod, *path, "image"))
    again = "kubelet tries again, at most five minutes apart"
    for_good = found.waiting in _NO_IMAGE[2:]
    waits = NextEvent(
        f"never by itself: {found.waiting} stays" if for_good else again,
        heals=not for_good,
        brief="" if for_good else RETRIES,
    )
    return Finding(
        "",
        PROBLEM,
        f"The image {image} of container {found.name} can't be pulled" if image else _of_unknown_image(found),
        subject=f"image {image}" if image else f"image of container {found.name}",
        evidence=tuple(evidence),
        since=found.ended_at or at(found.pod, "metadata", "creationTimestamp"),
        next=waits,
        next_step=_image_step(facts, found, image),
    )


def _of_unknown_image(found: ObservedContainer) -> str:
    return f"The image of container {found.name} can't be pulled"


def container_spec(found: ObservedContainer) -> tuple[Obj, tuple[str | int, ...]]:
    """What the pod's spec says of a container, with its path there."""
    kind = "initContainers" if found.is_init else "containers"
    for place, entry in mappings(found.pod, "spec", kind):
        if text(entry, "name") == found.name:
            return entry, ("spec", kind, place)
    return {}, ()


def _pull_event(facts: StackFacts, image: str) -> Obj | None:
    """The event that says why an image can't be pulled."""
    pod = facts.pod
    events = reversed(facts.events_of(pod)) if pod is not None and image else ()
    return next(
        (
            each
            for each in events
            if text(each, "reason") == "Failed" and f'pull image "{image}"' in text(each, "message")
        ),
        None,
    )


def _image_step(facts: StackFacts, found: ObservedContainer, image: str) -> str:
    secrets = "spec.workspaceTemplate.spec.podTemplate.spec.imagePullSecrets"
    if found.name in OWN_INIT_CONTAINERS:
        return (
            f"Make the operator's image {image} available to namespace {facts.namespace}: it is named by AGENT_IMAGE "
            f"of the operator, and pull secrets come from {secrets}."
        )
    where = "spec.workspaceTemplate.spec.podTemplate"
    if found.name == AGENT_CONTAINER:
        where = "spec.workspaceTemplate.spec.image"
    return f"Correct {where}, push {image}, or name a pull secret in {secrets}."


CAUSES = (
    Cause(
        id="P-1",
        depth=POD,
        title="No pod can be made",
        symptom="`waiting for workspace readiness`, no workspace pod, and an event `FailedCreate` on its StatefulSet.",
        explanation="The API server refuses the workspace pod: its service account doesn't exist, a quota is used up, "
        "or an admission rule is against it. Neither Stack nor Workspace says anything of that.",
        by_itself="The StatefulSet's controller tries again, at most about 16 minutes apart.",
        way_out="Do what the event says: create the service account, raise the quota, choose another "
        "`securityProfile` or a shorter name.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_pod,
        not_helpful=(
            NotHelpful("reconcile", "the StatefulSet stays as it is"),
            NotHelpful("restart-workspace", "there is no pod to delete"),
        ),
    ),
    Cause(
        id="P-2",
        depth=POD,
        title="The pod can't be scheduled",
        symptom="`waiting for workspace readiness`; the workspace pod is Pending, with PodScheduled False for "
        "`Unschedulable`.",
        explanation="No node has what the workspace pod asks for: memory, CPU, a toleration, a volume.",
        by_itself="It is scheduled once a node has room; an autoscaler may make some.",
        way_out="Add nodes, or lower the requests; tolerations and volumes are in "
        "`workspaceTemplate.spec.podTemplate`.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_node,
        not_helpful=(
            NotHelpful("reconcile", "the pod stays the same"),
            NotHelpful("restart-workspace", "the same pod is made again"),
        ),
    ),
    Cause(
        id="P-3",
        depth=POD,
        title="An image can't be pulled",
        symptom="`waiting for workspace readiness`; a container of the workspace pod waits with `ImagePullBackOff`, "
        "`ErrImagePull`, `InvalidImageName` or `ErrImageNeverPull`.",
        explanation="The image doesn't exist, or the node may not pull it. The containers `bootstrap` and `fetch` run "
        "the operator's own image, `pulumi` runs `workspaceTemplate.spec.image`.",
        by_itself="kubelet tries again, at most five minutes apart, so a registry that comes back heals it.",
        way_out="Correct the image, or give the pod a pull secret; a changed spec makes a new pod.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_image,
        not_helpful=(
            NotHelpful("reconcile", "the spec is unchanged, and so is the pod"),
            NotHelpful("restart-workspace", "the new pod asks for the same image"),
        ),
    ),
)
