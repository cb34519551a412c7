"""A container of the workspace pod doesn't come up, though its image is there: the agent's, or one of the user's."""

from __future__ import annotations

from diagnosis.cause import POD, Cause
from diagnosis.causes.pods import FETCH, OWN_INIT_CONTAINERS, wanted_containers, wanted_pod
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedContainer, is_complete
from diagnosis.facts.quoted_parts import bare_reason, said_in_log
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.finding import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    PROBLEM,
    RETRIES,
    WAITING,
    Evidence,
    Finding,
    NextEvent,
    NotHelpful,
)
from stacks.fields import at, field, text, whole_number

_WORKSPACE = "/share/workspace"
_NOT_STARTED = ("RunContainerError", "CreateContainerError")
_NEVER_RAN = ("StartError", "ContainerCannotRun")
"""reasons with which a container ends that the runtime couldn't start"""
_CANT_START = "/share/workspace: file exists"
_TOKEN = ("spec", "automountServiceAccountToken")
_ENDLESS = NextEvent("never by itself: kubelet starts the container again, and it fails again", heals=False)
_FIRST_RESTART = 60.0
"""seconds after its first end in which a container is likely to come back by itself"""
_KILLED = 128
"""exit codes from here on are those of a signal"""


def _no_folder(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    agent = facts.agent if wanted_pod(facts) is not None and not facts.agent_has_worked else None
    if agent is None or agent.running:
        return None
    proof = _refused_workspace(facts, agent) or _unresolved_workspace(facts, agent)
    if proof is None:
        return None
    fetch = facts.container(FETCH)
    fetched = fetch is not None and fetch.terminated is not None and whole_number(fetch.terminated, "exitCode") == 0
    path, folder, source = _source(facts)
    place = f"folder {folder}" if folder else "folder in which the program should be"
    return Finding(
        "",
        PROBLEM,
        f"The {place} doesn't exist in {source}",
        subject=f"{folder} in {source}" if folder else source,
        evidence=(proof, *([facts.quote("spec", *path)] if folder else [])),
        certainty=CERTAIN if fetched else LIKELY,
        makes_certain="" if fetched else "how the container fetch ended",
        since=at(agent.pod, "metadata", "creationTimestamp"),
        next=NextEvent("never by itself: the container can't start in a folder that isn't there", heals=False),
        next_step=f"Correct spec.{'.'.join(path)}, or add that folder to {source}.",
    )


def _refused_workspace(facts: StackFacts, agent: ObservedContainer) -> Evidence | None:
    """What the container runtime says of the agent's folder, where it never got the agent started."""
    ended = agent.terminated
    if ended is not None and text(ended, "reason") not in _NEVER_RAN:
        return None
    places: list[tuple[str | int, ...]] = []
    if agent.waiting in _NOT_STARTED:
        places.append((*agent.path, "state", "waiting", "message"))
    if ended is not None:
        places.append((*agent.terminated_path, "message"))
    for place in places:
        for line in text(agent.pod, *place).splitlines():
            if _WORKSPACE in line:
                return facts.objects.quote(agent.pod, *place, part=line.strip())
    return None


def _unresolved_workspace(facts: StackFacts, agent: ObservedContainer) -> Evidence | None:
    if not _gave_up(agent):
        return None
    lines, _ = said_in_log(facts, AGENT_CONTAINER, "unable to resolve the workspace directory")
    return lines[0] if lines else None


def _gave_up(agent: ObservedContainer) -> bool:
    """Whether the agent ended by itself, which it does soon after its start, with a word in its log."""
    return agent.failed and agent.exit_code < _KILLED and text(agent.terminated, "reason") not in _NEVER_RAN


def _source(facts: StackFacts) -> tuple[tuple[str, ...], str, str]:
    """The field that names the folder of the program, the folder, and where it is looked for."""
    reference = ("fluxSource", "sourceRef")
    if text(facts.spec, *reference, "name"):
        path: tuple[str, ...] = ("fluxSource", "dir")
        source = f"{text(facts.spec, *reference, 'kind')} {facts.namespace}/{text(facts.spec, *reference, 'name')}"
    elif name := text(facts.spec, "programRef", "name"):
        path, source = ("programRef", "name"), f"Program {facts.namespace}/{name}"
    else:
        path, source = ("repoDir",), text(facts.spec, "projectRepo") or "the workspace"
    return path, text(facts.spec, *path) if path[0] != "programRef" else "", source


def _has_source(facts: StackFacts) -> bool:
    """Whether the Stack or its Workspace names where the program comes from."""
    named = (("projectRepo",), ("fluxSource", "sourceRef", "name"), ("programRef", "name"))
    kinds = ("git", "flux", "local", "projectInfo")
    return any(text(facts.spec, *path) for path in named) or any(field(facts.workspace, "spec", kind) for kind in kinds)


def _no_project(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    agent = facts.agent if wanted_pod(facts) is not None else None
    if agent is None or not _gave_up(agent):
        return None
    lines, unread = said_in_log(
        facts, AGENT_CONTAINER, "unable to get the project settings: unable to find project settings"
    )
    without_source = not _has_source(facts)
    perhaps = without_source or not (facts.agent_has_worked or _has_no_token(agent))
    if not lines and not (unread and perhaps):
        return None
    path, folder, source = _source(facts)
    place = f"{folder} of {source}" if folder else source
    there = f"There is no Pulumi.yaml in {place}"
    if not lines:
        code = f"exit code {agent.exit_code}"
        there = f"The agent of {facts.namespace}/{facts.pod_name} ends with {code}: perhaps {place} has no Pulumi.yaml"
    proof = lines[0] if lines else facts.objects.quote(agent.pod, *agent.terminated_path, "exitCode")
    step = f"Correct spec.{'.'.join(path)}, or add a Pulumi.yaml to {place}."
    return Finding(
        "",
        PROBLEM,
        "The Stack names no source, so there is no Pulumi.yaml" if without_source else there,
        subject="no source" if without_source else place,
        evidence=(proof, *([facts.quote("spec", *path)] if folder else [])),
        certainty=CERTAIN if lines else LIKELY if without_source else POSSIBLE,
        makes_certain="" if lines else "the log of container pulumi",
        unknown=() if lines else (f"the log of container pulumi: {unread}",),
        since=at(agent.pod, "metadata", "creationTimestamp"),
        next=_ENDLESS,
        next_step="Set spec.projectRepo, spec.fluxSource or spec.programRef." if without_source else step,
    )


def _has_no_token(agent: ObservedContainer) -> bool:
    return field(agent.pod, *_TOKEN) is False


def _no_kubeconfig(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    agent = facts.agent if wanted_pod(facts) is not None else None
    if agent is None or not _gave_up(agent):
        return None
    lines, unread = said_in_log(facts, AGENT_CONTAINER, "unable to load the kubeconfig")
    off = _has_no_token(agent)
    if not lines and not (unread and off):
        return None
    account = f"ServiceAccount {facts.namespace}/{text(agent.pod, 'spec', 'serviceAccountName') or 'default'}"
    where = "spec.workspaceTemplate.spec.podTemplate" if off else f"the {account}"
    quotes = [*lines[:1], *([facts.objects.quote(agent.pod, *_TOKEN)] if off else [])]
    return Finding(
        "",
        PROBLEM,
        f"The agent has no token of the {account}, and so no kubeconfig",
        subject=f"Pod {facts.namespace}/{facts.pod_name}" if off else account,
        evidence=tuple(quotes),
        certainty=CERTAIN if lines else LIKELY,
        makes_certain="" if lines else "the log of container pulumi",
        unknown=() if lines else (f"the log of container pulumi: {unread}",),
        since=at(agent.pod, "metadata", "creationTimestamp"),
        next=_ENDLESS,
        next_step=f"Set automountServiceAccountToken to true in {where}.",
    )


def _user_init(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    for each in wanted_containers(facts):
        proof = _init_failure(facts, each) if each.is_init and each.name not in OWN_INIT_CONTAINERS else None
        if proof is None:
            continue
        tail = facts.log(each.name)
        last = next((line for line in reversed(tail.lines) if line.text.strip()), None)
        quotes = [proof]
        if last is not None:
            quotes.append(facts.objects.quote_log(facts.namespace, facts.pod_name, each.name, last))
        return Finding(
            "",
            PROBLEM,
            f"The init container {each.name} fails" + (f" with exit code {each.exit_code}" if each.failed else ""),
            subject=f"init container {each.name}",
            evidence=tuple(quotes),
            unknown=(f"the log of container {each.name}: {tail.unread}",) if tail.unread else (),
            since=at(each.pod, "metadata", "creationTimestamp"),
            next=NextEvent("kubelet starts it again, at most five minutes apart", brief=RETRIES),
            next_step=f"Repair the init container {each.name} of spec.workspaceTemplate.spec.podTemplate.",
        )
    return None


def _init_failure(facts: StackFacts, found: ObservedContainer) -> Evidence | None:
    if found.waiting in _NOT_STARTED:
        return facts.objects.quote(found.pod, *found.path, "state", "waiting", "reason")
    if found.failed:
        return facts.objects.quote(found.pod, *found.terminated_path, "exitCode", time=found.ended_at)
    return None


def _agent_died(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    agent = facts.agent if wanted_pod(facts) is not None and facts.agent_has_worked else None
    update = facts.update
    if agent is None or agent.running or update is None or is_complete(update):
        return None
    ended, created = agent.ended_at, facts.update_created
    if ended is None or created is None or created <= ended:
        return None
    coming_back = agent.restarts == 1 and facts.now - ended < _FIRST_RESTART and agent.waiting == "CrashLoopBackOff"
    never = _CANT_START in agent.waiting_message or _CANT_START in text(agent.terminated, "message")
    again = "kubelet starts it again, at most five minutes apart"
    why = "" if agent.waiting == "CrashLoopBackOff" else agent.waiting_message.partition("\n")[0]
    return Finding(
        "",
        WAITING if coming_back else PROBLEM,
        f"The agent of {facts.namespace}/{facts.pod_name} {_how_it_ended(agent)} and isn't back"
        + (f": {bare_reason(why)}" if why else ""),
        subject=f"Pod {facts.namespace}/{facts.pod_name}",
        evidence=(
            facts.objects.quote(agent.pod, *agent.terminated_path, "finishedAt", time=ended),
            *_ends(facts, agent),
            facts.quote("status", "currentUpdate", "name", time=created),
        ),
        since=ended,
        next=NextEvent(
            "never by itself: the folder of the source is gone from the pod" if never else again,
            heals=not never,
            brief="" if never else RETRIES,
        ),
        problem_at=ended + _FIRST_RESTART if coming_back else None,
        next_step="Wait for its restart." if coming_back else _restart_step(facts, agent, never),
    )


def _out_of_memory(agent: ObservedContainer) -> bool:
    return text(agent.terminated, "reason") == "OOMKilled" or agent.exit_code == 137


def _how_it_ended(agent: ObservedContainer) -> str:
    if text(agent.terminated, "reason") == "OOMKilled":
        return "ran out of memory"
    return f"ended with exit code {agent.exit_code}"


def _restart_step(facts: StackFacts, agent: ObservedContainer, never: bool) -> str:
    if agent.waiting not in ("", "CrashLoopBackOff") and not never:
        return f"Remove what keeps container pulumi of {facts.namespace}/{facts.pod_name} from starting."
    step = f"Restart the workspace {facts.namespace}/{facts.workspace_name}"
    memory = "give container pulumi more memory in spec.workspaceTemplate.spec.resources"
    return f"{step}, and {memory}." if _out_of_memory(agent) else f"{step}."


def _ends(facts: StackFacts, agent: ObservedContainer) -> list[Evidence]:
    """How the agent's container ended, and what kubelet says of its return."""
    waiting = (*agent.path, "state", "waiting")
    places = [(*agent.terminated_path, "reason"), (*agent.terminated_path, "exitCode"), (*waiting, "reason")]
    quotes = [facts.objects.quote(agent.pod, *place) for place in places if field(agent.pod, *place) is not None]
    if agent.waiting_message:
        part = agent.waiting_message.partition("\n")[0]
        quotes.append(facts.objects.quote(agent.pod, *waiting, "message", part=part))
    return quotes


_SAME_SOURCE = "the new pod gets the same source"
CAUSES = (
    Cause(
        id="P-8",
        depth=POD,
        title="The folder of the program doesn't exist in the source",
        symptom="`waiting for workspace readiness`; the container `pulumi` never ran and waits with "
        "`RunContainerError` or `CreateContainerError` that names `/share/workspace`, or its log says `unable to "
        "resolve the workspace directory`.",
        explanation="`/share/workspace` of the pod is a link to the folder that `spec.repoDir` or "
        "`spec.fluxSource.dir` names. Where the source has no such folder, the container can't start in it.",
        by_itself="Never ends.",
        way_out="Correct `repoDir` or `dir`, or add the folder to the source.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_folder,
        not_helpful=(NotHelpful("reconcile", _SAME_SOURCE), NotHelpful("restart-workspace", _SAME_SOURCE)),
        beats=("P-12",),
    ),
    Cause(
        id="P-9",
        depth=POD,
        title="No Pulumi.yaml where the workspace starts",
        symptom="`waiting for workspace readiness`; the container `pulumi` ends again and again with `unable to get "
        "the project settings: unable to find project settings in workspace`.",
        explanation="The folder of the program has no Pulumi.yaml, or the Stack names no source at all.",
        by_itself="Never ends.",
        way_out="Correct the folder, add a Pulumi.yaml, or give the Stack a source.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_project,
        not_helpful=(NotHelpful("reconcile", _SAME_SOURCE),),
        beats=("P-12",),
    ),
    Cause(
        id="P-10",
        depth=POD,
        title="The agent has no kubeconfig",
        symptom="`waiting for workspace readiness`; the container `pulumi` ends again and again with `unable to load "
        "the kubeconfig`.",
        explanation="The agent asks the API server who calls it, with the token of its service account. With "
        "`automountServiceAccountToken: false` the pod has none.",
        by_itself="Never ends.",
        way_out="Let the token be mounted: in the pod template, or in the service account.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_kubeconfig,
        not_helpful=(
            NotHelpful("reconcile", "the pod stays the same"),
            NotHelpful("restart-workspace", "the new pod has no token either"),
        ),
        beats=("P-12",),
    ),
    Cause(
        id="P-11",
        depth=POD,
        title="An init container of the user fails",
        symptom="`waiting for workspace readiness`; an init container from `workspaceTemplate.spec.podTemplate` waits "
        "with an error, or ends with an exit code other than 0.",
        explanation="The agent starts once all init containers have ended well.",
        by_itself="kubelet starts it again, at most five minutes apart.",
        way_out="Look into its log, and repair it in the pod template.",
        versions="2.x",
        since=(2, 0, 0),
        find=_user_init,
        not_helpful=(NotHelpful("reconcile", "the pod stays the same, and tries again by itself"),),
    ),
    Cause(
        id="P-12",
        depth=POD,
        title="The agent's container died after it had worked",
        symptom="`stack is being processed`, and the container `pulumi` of the workspace pod isn't running. The "
        "Workspace may still say Ready, and the Update stays `WorkspaceNotReady` or changes between `TransientFailure` "
        "and `Progressing`.",
        explanation="The container ended between two runs, such as for want of memory. Nothing tells the "
        "operator, and the next Update waits for an agent that isn't there.",
        by_itself="kubelet starts it again, at most five minutes apart; that fails for ever where the pod has lost the "
        "folder of the source.",
        way_out="Restart the workspace; where memory ran out, raise it.",
        versions="2.x",
        since=(2, 0, 0),
        find=_agent_died,
        helps=("restart-workspace",),
        waits_alone=True,
        not_helpful=(
            NotHelpful("reconcile", "it waits behind the same Update"),
            NotHelpful("cancel", "no run of Pulumi is there to be cancelled"),
        ),
        beats=("P-8", "U-10", "C-4"),
    ),
)
