"""The container `fetch` of the workspace pod can't get the source of the program."""

from __future__ import annotations

import re

from diagnosis.cause import POD, Cause
from diagnosis.causes.pods import FETCH, wanted_pod
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedContainer
from diagnosis.facts.quoted_parts import bare_reason, said_in_log
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM, RETRIES, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import at, text

_GIT = "unable to fetch git source:"
_GITHUB_APP = "getting GitHub App installation token:"
_ARTIFACT = "unable to fetch flux artifact:"
_TOO_BIG = "bigger than max archive size"
_MASKED = "destination path already exists and is not empty"
"""what every attempt after the first says, whatever the first one failed for"""
_NO_COMMIT = ("not our ref", "reference not found", "object not found")
_ACCESS = re.compile(
    r"authenticat|authoriz|credential|permission denied|access denied|repository not found|host key|knownhosts|ssh:"
    r"|handshake|x509|tls:|certificate|dial tcp|lookup|no such host|timeout|timed out|deadline exceeded|connection re"
    r"|network is unreachable|no route to host|proxy|\b40[13]\b|\beof\b",
    re.IGNORECASE,
)
"""words of credentials, TLS, DNS and the network"""
_AGAIN = NextEvent("kubelet starts the container again, at most five minutes apart", brief=RETRIES)
_FIRST_ATTEMPT = "the first line of the log of container fetch in a new pod (restart-workspace)"


def _failed_fetch(facts: StackFacts) -> ObservedContainer | None:
    """The container that gets the source, where it fails and the Stack waits for it."""
    found = facts.container(FETCH) if wanted_pod(facts) is not None else None
    return found if found is not None and found.failed else None


def _no_commit(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    fetch, commit = _failed_fetch(facts), text(facts.spec, "commit")
    if fetch is None or not commit:
        return None
    lines, unread = said_in_log(facts, FETCH, _GIT)
    proof = next((line for line in lines if any(words in line.text for words in _NO_COMMIT)), None)
    if (not lines and not unread) or (proof is None and any(_ACCESS.search(line.text) for line in lines)):
        return None
    certainty = CERTAIN if proof is not None else LIKELY if lines else POSSIBLE
    repository = text(facts.spec, "projectRepo")
    return Finding(
        "",
        PROBLEM,
        f"The commit {commit} isn't in {repository}" if proof is not None else f"The commit {commit} can't be fetched",
        subject=f"commit {commit} of {repository}",
        evidence=(proof or (lines[0] if lines else _exit(facts, fetch)), facts.quote("spec", "commit")),
        certainty=certainty,
        unknown=() if lines else (f"the log of container fetch: {unread}",),
        makes_certain="" if proof is not None else _FIRST_ATTEMPT,
        since=_since(fetch),
        next=_AGAIN,
        next_step=f"Correct spec.commit, or push {commit} to {repository}.",
        actions=() if proof is not None else ("restart-workspace",),
    )


def _no_git_source(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    fetch, repository = _failed_fetch(facts), text(facts.spec, "projectRepo")
    if fetch is None or not repository:
        return None
    lines, unread = said_in_log(facts, FETCH, _GITHUB_APP, _GIT)
    telling = next((line for line in lines if _MASKED not in line.text), None)
    line = telling or (lines[0] if lines else None)
    certainty = CERTAIN if telling is not None else LIKELY if line is not None else POSSIBLE
    why = bare_reason(telling.text.rpartition("unable to enlist in git repo: ")[2]) if telling is not None else ""
    return Finding(
        "",
        PROBLEM,
        f"The pod can't fetch {repository}" + (f": {why}" if why else ""),
        subject=repository,
        evidence=(line or _exit(facts, fetch), facts.quote("spec", "projectRepo")),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else _FIRST_ATTEMPT,
        unknown=(f"the log of container fetch: {unread}",) if unread and line is None else (),
        since=_since(fetch),
        next=_AGAIN,
        next_step=_git_step(facts, why),
    )


def _git_step(facts: StackFacts, why: str) -> str:
    if "specify one authentication option" in why:
        return "Leave just one of accessToken, basicAuth, sshAuth and githubApp in spec.gitAuth."
    return (
        f"Correct spec.gitAuth, or let pods of namespace {facts.namespace} reach {text(facts.spec, 'projectRepo')}; "
        "then restart the workspace."
    )


def _no_artifact(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    fetch, source = _failed_fetch(facts), _artifact_source(facts)
    if fetch is None or not source:
        return None
    lines, unread = said_in_log(facts, FETCH, _ARTIFACT, _TOO_BIG)
    line = lines[0] if lines else None
    url = text(facts.workspace, "spec", "flux", "url")
    why = bare_reason(line.text.removeprefix(_ARTIFACT).strip()) if line is not None else ""
    evidence = [line or _exit(facts, fetch)]
    if url and facts.workspace is not None:
        evidence.append(facts.objects.quote(facts.workspace, "spec", "flux", "url"))
    return Finding(
        "",
        PROBLEM,
        f"The pod can't fetch the artifact of {source}" + (f": {why}" if why else ""),
        subject=source,
        evidence=tuple(evidence),
        certainty=CERTAIN if line is not None else POSSIBLE,
        makes_certain="" if line is not None else "the log of container fetch",
        unknown=(f"the log of container fetch: {unread}",) if unread and line is None else (),
        since=_since(fetch),
        next=_AGAIN,
        next_step=_artifact_step(facts, why, url),
    )


def _artifact_source(facts: StackFacts) -> str:
    """The Flux source or the Program of a Stack; empty where it has another one."""
    reference = ("fluxSource", "sourceRef")
    if name := text(facts.spec, *reference, "name"):
        return f"{text(facts.spec, *reference, 'kind') or 'Flux source'} {facts.namespace}/{name}"
    name = text(facts.spec, "programRef", "name")
    return f"Program {facts.namespace}/{name}" if name else ""


def _artifact_step(facts: StackFacts, why: str, url: str) -> str:
    if _TOO_BIG in why:
        return "Make the artifact smaller, or raise FLUX_MAX_UNTAR_SIZE_BYTES (from 2.8)."
    serves = "the operator's Service" if text(facts.spec, "programRef", "name") else "source-controller"
    where = f" ({url})" if url else ""
    return f"Let pods of namespace {facts.namespace} reach {serves}{where}, and see that the artifact is there."


def _exit(facts: StackFacts, fetch: ObservedContainer) -> Evidence:
    return facts.objects.quote(fetch.pod, *fetch.terminated_path, "exitCode", time=fetch.ended_at)


def _since(fetch: ObservedContainer) -> float | None:
    return at(fetch.pod, "metadata", "creationTimestamp")


_NOT_RECONCILE = NotHelpful("reconcile", "the pod stays the same, and tries again by itself")
CAUSES = (
    Cause(
        id="B-6",
        depth=POD,
        title="The commit doesn't exist in the repository",
        symptom="`waiting for workspace readiness`; the container `fetch` of the workspace pod fails with `unable to "
        "fetch git source: … not our ref`.",
        explanation="The operator takes a full commit id in `spec.commit` as it is; only the pod finds that the "
        "repository doesn't have it. From its second attempt on the container says just `destination path already "
        "exists and is not empty`, whatever the first one failed for.",
        by_itself="kubelet starts the container again, at most five minutes apart; the commit stays missing.",
        way_out="Correct `spec.commit`, or push the commit. A new pod says the first line again.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_commit,
        not_helpful=(NotHelpful("reconcile", "the operator doesn't look whether a full commit id exists"),),
        beats=("P-6",),
    ),
    Cause(
        id="P-6",
        depth=POD,
        title="The pod can't fetch the git source",
        symptom="`waiting for workspace readiness`; the container `fetch` of the workspace pod fails with `unable to "
        "fetch git source: …` or `getting GitHub App installation token: …`.",
        explanation="The pod fetches the source with its own network and the credentials of `spec.gitAuth`; that the "
        "operator could list the branch says nothing of that.",
        by_itself="kubelet starts the container again, at most five minutes apart, which heals trouble of the network.",
        way_out="Correct `spec.gitAuth` (just one method), or let pods of the Stack's namespace reach the server; then "
        "restart the workspace.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_git_source,
        after_repair=("restart-workspace",),
        helps=("restart-workspace",),
        not_helpful=(_NOT_RECONCILE,),
    ),
    Cause(
        id="P-7",
        depth=POD,
        title="The pod can't fetch the Flux or Program artifact",
        symptom="`waiting for workspace readiness`; the container `fetch` of the workspace pod fails with `unable to "
        "fetch flux artifact: …` or `bigger than max archive size`.",
        explanation="The pod downloads the artifact from source-controller, or for a Program from the operator's "
        "Service. A NetworkPolicy may keep it from there, or the artifact is gone or too big.",
        by_itself="kubelet starts the container again, at most five minutes apart.",
        way_out="Let pods of the Stack's namespace reach that address; from 2.8 on `FLUX_MAX_UNTAR_SIZE_BYTES` of the "
        "operator raises the limit of 100 MiB.",
        versions="2.x",
        since=(2, 0, 0),
        find=_no_artifact,
        not_helpful=(_NOT_RECONCILE,),
    ),
)
