"""A Secret or a ConfigMap that the workspace pod needs isn't there, or lacks a key."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from diagnosis.cause import POD, Cause
from diagnosis.causes.pods import starting_containers, wanted_containers
from diagnosis.facts.context_objects import event_time
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.spec_references import CONFIG_MAP, SECRET, SpecReference, asking_for
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import near_names
from stacks.fields import Obj, at, mappings, text
from stacks.redaction import SECRET_WORD

_GONE = re.compile(rf'(?<![\w-])(secret|configmap|{re.escape(SECRET_WORD)}) "([^"]+)" not found')
"""what kubelet says; behind a volume called like a secret its first word itself is taken for one, and hidden"""
_NO_KEY = re.compile(r"couldn't find key (\S+) in (Secret|ConfigMap) (?:[^/\s]+/)?(\S+)")
_NO_MOUNTED_KEY = re.compile(r"non-existent (secret|config) key: (\S+)")
_VOLUME = re.compile(r'failed for volume "([^"]+)"')
_KINDS = {"secret": SECRET, SECRET_WORD: SECRET, "configmap": CONFIG_MAP}
_TRIES_AGAIN = 600.0
"""seconds within which kubelet has tried again to mount a volume, and would have said so"""
_MOUNTED = ("Pulling", "Pulled", "Created", "Started")
"""reasons of events that come once everything is mounted"""


@dataclass(frozen=True, slots=True)
class MissingObject:
    """A Secret or ConfigMap that isn't there, or where `key` is given that key of it."""

    kind: str
    namespace: str
    name: str
    key: str = ""

    @property
    def subject(self) -> str:
        whole = f"{self.kind} {self.namespace}/{self.name}"
        return f"{whole} key {self.key}" if self.key else whole

    @property
    def title(self) -> str:
        whole = f"The {self.kind} {self.namespace}/{self.name}"
        return f"{whole} has no key {self.key}" if self.key else f"{whole} doesn't exist"

    def reference(self, facts: StackFacts) -> SpecReference | None:
        """Where the spec asks for it."""
        return asking_for(facts.stack, self.kind, self.name, self.key)

    def quotes(self, facts: StackFacts) -> list[Evidence]:
        """What the spec says there."""
        found = self.reference(facts)
        if found is None:
            return []
        return [facts.quote(*path) for path in (found.path, found.key_path if self.key else ()) if path]

    def next_step(self, facts: StackFacts) -> str:
        """What a person does, and what may have been meant."""
        found = self.reference(facts)
        whole = f"{self.kind} {self.namespace}/{self.name}"
        if self.key:
            step = f"Add the key {self.key} to the {whole}"
        elif found is not None and found.key:
            step = f"Create the {whole} with the key {found.key}"
        else:
            step = f"Create the {whole}"
        step += f", or correct {found.field}" if found is not None else ""
        near = [] if self.key else near_names(self.name, facts.objects.names(self.kind, self.namespace))
        return f"{step} (there is {', '.join(near)})." if near else f"{step}."


def _missing_for_environment(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    for each in starting_containers(facts):
        missing = _named_in(each.waiting_message, facts.namespace)
        if each.waiting != "CreateContainerConfigError" or missing is None:
            continue
        part = each.waiting_message.partition("\n")[0]
        proof = facts.objects.quote(each.pod, *each.path, "state", "waiting", "message", part=part)
        since = each.ended_at or at(each.pod, "metadata", "creationTimestamp")
        again = NextEvent(f"once it is there, container {each.name} starts within a minute", brief=f"on {missing.kind}")
        return _finding(facts, missing, proof, since, again)
    return None


def _missing_for_mount(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    containers = wanted_containers(facts)
    waiting = ("ContainerCreating", "PodInitializing")
    if not containers or any(each.waiting not in waiting or each.terminated is not None for each in containers):
        return None
    pod = containers[0].pod
    for event in reversed(facts.events_of(pod)):
        said = event_time(event)
        if text(event, "reason") in _MOUNTED or said is None or facts.now - said > _TRIES_AGAIN:
            return None
        if text(event, "reason") != "FailedMount":
            continue
        message = text(event, "message").partition("\n")[0]
        missing = _of_volume(pod, message, facts.namespace)
        if missing is None:
            continue
        proof = facts.objects.quote(event, "message", part=message, time=said)
        since = at(event, "firstTimestamp") or at(pod, "metadata", "creationTimestamp")
        return _finding(
            facts,
            missing,
            proof,
            since,
            NextEvent("once it is there, kubelet mounts it within two minutes", brief=f"on {missing.kind}"),
        )
    return None


def _finding(
    facts: StackFacts, missing: MissingObject, proof: Evidence, since: float | None, again: NextEvent
) -> Finding:
    return Finding(
        "",
        PROBLEM,
        missing.title,
        subject=missing.subject,
        evidence=(proof, *missing.quotes(facts)),
        since=since,
        next=again,
        next_step=missing.next_step(facts),
    )


def _named_in(message: str, namespace: str) -> MissingObject | None:
    """What kubelet says is missing."""
    if found := _NO_KEY.search(message):
        return MissingObject(found[2], namespace, found[3], found[1])
    if found := _GONE.search(message):
        return MissingObject(_KINDS[found[1]], namespace, found[2].rpartition("/")[2])
    return None


def _of_volume(pod: Obj, message: str, namespace: str) -> MissingObject | None:
    """What kubelet says is missing of a volume: the volume knows of which kind it is."""
    named, key, volume = _named_in(message, namespace), _NO_MOUNTED_KEY.search(message), _VOLUME.search(message)
    if volume is None or (named is None and key is None):
        return named
    for _, entry in mappings(pod, "spec", "volumes"):
        if text(entry, "name") == volume[1]:
            kind = CONFIG_MAP if text(entry, "configMap", "name") else SECRET
            name = text(entry, "secret", "secretName") or text(entry, "configMap", "name")
            if named is not None:
                return replace(named, kind=kind)
            return MissingObject(kind, namespace, name, key[2]) if name and key is not None else None
    return named


_NO_HELP = (
    NotHelpful("reconcile", "the pod stays the same, and kubelet looks again by itself"),
    NotHelpful("restart-workspace", "the new pod waits for the same"),
)
CAUSES = (
    Cause(
        id="P-4",
        depth=POD,
        title="A Secret or ConfigMap for the environment is missing, or its key",
        symptom="`waiting for workspace readiness`; a container of the workspace pod waits with "
        '`CreateContainerConfigError`, such as `secret "x" not found` or `couldn\'t find key K in Secret ns/x`.',
        explanation="An environment variable of the pod comes from a Secret or ConfigMap that isn't in the Stack's "
        "namespace, or lacks the key. `accessTokenSecret` (with the key `accessToken`), `envRefs`, `envs` and "
        "`envSecrets` make such variables. Only the pod says so.",
        by_itself="The container starts within a minute once it is there.",
        way_out="Create the Secret or ConfigMap, or add the key.",
        versions="2.x",
        since=(2, 0, 0),
        find=_missing_for_environment,
        not_helpful=_NO_HELP,
    ),
    Cause(
        id="P-5",
        depth=POD,
        title="A Secret or ConfigMap to be mounted is missing",
        symptom="`waiting for workspace readiness`; the workspace pod stays at `ContainerCreating` or "
        "`PodInitializing`, with an event `FailedMount`.",
        explanation="`secretsRef` and `configRef` are mounted into the pod as files. None of its containers starts "
        "before each Secret and ConfigMap is there.",
        by_itself="kubelet mounts it within two minutes once it is there.",
        way_out="Create the Secret or ConfigMap, or add the key.",
        versions="2.x",
        since=(2, 0, 0),
        find=_missing_for_mount,
        not_helpful=_NO_HELP,
    ),
)
