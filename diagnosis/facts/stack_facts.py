"""A Stack with everything around it, as causes ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import msgspec

from cluster.resources import pointer
from diagnosis.facts.context_objects import ContextObjects, LogTail, ObjectLookup
from diagnosis.facts.object_status import (
    ObservedCondition,
    ObservedContainer,
    SaidText,
    condition_of,
    conditions_of,
    is_complete,
)
from diagnosis.facts.operator_facts import OperatorFacts
from diagnosis.facts.quiet_stacks import is_quiet
from diagnosis.finding import Evidence
from fleet.board.rows import Key
from stacks.conditions import SEVERITY
from stacks.fields import Obj, at, field, mappings, strings, text, texts, whole_number
from stacks.phases.phase import DEFAULT_THRESHOLDS, PhaseThresholds
from stacks.phases.retry import next_attempt
from stacks.phases.rules import first_run, repeats
from stacks.records.base import REQUEST
from stacks.records.stack import Stack, tidy_stack
from stacks.records.workspace import workspace_pod_of, workspace_set_of
from stacks.text import plain
from stacks.update_times import update_created

OPERATOR_FINALIZER = "finalizer.stack.pulumi.com"
INITIALIZED = "auto.pulumi.com/initialized"
AGENT_CONTAINER = "pulumi"
"""the container of a workspace pod in which the agent and Pulumi run"""
_STACK_IS_PROCESSED = "stack is being processed"
_OPERATOR_MANAGERS = ("manager", "pulumi-kubernetes-operator", "stack-controller", "pulumi-controller")


class StackFacts:
    """One Stack, what is around it, and what that means. Everything is as it may be shown, and computed once."""

    def __init__(
        self,
        objects: ContextObjects,
        operator: OperatorFacts,
        key: Key,
        thresholds: PhaseThresholds = DEFAULT_THRESHOLDS,
    ) -> None:
        self.objects = objects
        self.operator = operator
        self.key = key
        self._raw = objects.raw("Stack")[key.namespace, key.name]
        self.thresholds = thresholds
        self.now = objects.now

    # The Stack itself

    @cached_property
    def stack(self) -> Obj:
        """The Stack as it may be shown."""
        return self.objects.get("Stack", *self.key[1:]).object or {}

    @property
    def namespace(self) -> str:
        return plain(self.key.namespace)

    @property
    def name(self) -> str:
        return plain(self.key.name)

    @property
    def spec(self) -> Obj:
        found = field(self.stack, "spec")
        return found if isinstance(found, dict) else {}

    @cached_property
    def record(self) -> Stack:
        """The Stack as the board has it, for phase, health and times."""
        return stack_record(self._raw)

    @property
    def created(self) -> float | None:
        return at(self.stack, "metadata", "creationTimestamp")

    @property
    def deleting(self) -> bool:
        return bool(text(self._raw, "metadata", "deletionTimestamp"))

    @property
    def resyncs(self) -> bool:
        """Whether the operator runs it from time to time though nothing has changed."""
        return field(self._raw, "spec", "continueResyncOnCommitMatch") is True and not self.deleting

    @property
    def deleted_at(self) -> float | None:
        return at(self.stack, "metadata", "deletionTimestamp")

    @property
    def finalizers(self) -> list[str]:
        return strings(self.stack, "metadata", "finalizers")

    @property
    def held_by_operator(self) -> bool:
        """Whether the operator's finalizer is on it."""
        return OPERATOR_FINALIZER in self.finalizers

    @property
    def generation(self) -> int:
        return whole_number(self._raw, "metadata", "generation") or 0

    @property
    def observed_generation(self) -> int:
        return whole_number(self._raw, "status", "observedGeneration") or 0

    @property
    def request(self) -> str | None:
        """The value of the annotation that asks for a run; None where there is none."""
        return texts(self.stack, "metadata", "annotations").get(REQUEST)

    @property
    def observed_request(self) -> str:
        return text(self.stack, "status", "observedReconcileRequest")

    @cached_property
    def conditions(self) -> list[ObservedCondition]:
        return conditions_of(self.stack)

    @cached_property
    def true_conditions(self) -> list[ObservedCondition]:
        """Those of Ready, Reconciling and Stalled that are true; the operator writes at most one of them."""
        return [each for each in self.conditions if each.true and each.type in SEVERITY]

    @cached_property
    def leading(self) -> ObservedCondition | None:
        """The true condition that counts: the newest, the most severe of equally new ones."""
        return max(self.true_conditions, key=lambda each: (each.time or 0.0, SEVERITY[each.type]), default=None)

    def leads(self, kind: str, reason: str = "") -> bool:
        """Whether the condition that counts is of this type, and where one is given of this reason."""
        leading = self.leading
        return leading is not None and leading.type == kind and reason in ("", leading.reason)

    @property
    def message(self) -> str:
        """Of the condition that counts."""
        return self.leading.message if self.leading is not None else ""

    @property
    def ready(self) -> bool:
        return self.leads("Ready")

    # Runs

    @property
    def current(self) -> Obj | None:
        """`status.currentUpdate`, while an update is planned or runs."""
        found = field(self.stack, "status", "currentUpdate")
        return found if isinstance(found, dict) and text(found, "name") else None

    @property
    def last(self) -> Obj | None:
        """`status.lastUpdate`: the result of the last run."""
        found = field(self.stack, "status", "lastUpdate")
        return found if isinstance(found, dict) else None

    @property
    def lost_current_update(self) -> bool:
        """Whether it says that an update is on and names none: the operator writes both at once, so that is lost."""
        leading = self.leading
        says_so = leading is not None and leading.message == _STACK_IS_PROCESSED
        return says_so and self.leads("Reconciling", "StackProcessing") and self.current is None

    @cached_property
    def update_lookup(self) -> ObjectLookup | None:
        """The Update that `currentUpdate` names; None where no update is under way."""
        if self.current is None:
            return None
        return self.objects.look_up("Update", self.namespace, text(self.current, "name"))

    @property
    def update(self) -> Obj | None:
        """The Update that is under way, where it is there."""
        return self.update_lookup.object if self.update_lookup is not None else None

    @property
    def update_created(self) -> float | None:
        """When the update that is under way was made; its name holds that, too."""
        if self.current is None:
            return None
        made = at(self.update, "metadata", "creationTimestamp")
        return made if made is not None else update_created(text(self.current, "name"))

    @cached_property
    def last_update_lookup(self) -> ObjectLookup | None:
        """The Update of the last run; it may have been removed, which says nothing."""
        name = text(self.last, "name")
        return self.objects.get("Update", self.namespace, name) if name else None

    @property
    def last_update(self) -> Obj | None:
        """The Update of the last run, where it is there."""
        return self.last_update_lookup.object if self.last_update_lookup is not None else None

    @cached_property
    def updates(self) -> list[Obj]:
        """The Stack's Updates, the newest first."""
        own = self.objects.owned("Update", self.uid)
        order = ("metadata", "creationTimestamp")
        return sorted(own, key=lambda each: (text(each, *order), text(each, "metadata", "name")), reverse=True)

    @property
    def uid(self) -> str:
        return text(self._raw, "metadata", "uid")

    @property
    def failures(self) -> int:
        return whole_number(self.last, "failures") or 0

    @cached_property
    def repeats_last(self) -> bool:
        """Whether the update that is under way is the last one again: same generation, request and commit."""
        status = self.record.status
        return status is not None and status.current_update is not None and repeats(status.current_update, self.record)

    @cached_property
    def failing(self) -> bool:
        """Whether the last run failed and that still stands in the way; a failure of before is history."""
        if text(self.last, "state") != "failed":
            return False
        if self.leads("Reconciling", "RetryingAfterFailure") or self.leads("Reconciling", "PreviewFailed"):
            return True
        return self.leads("Stalled", "UpdateFailed") or self.repeats_last

    @property
    def gave_up(self) -> bool:
        """Whether the operator won't run it again by itself: Stalled after as many failures as its limit."""
        return self.leads("Stalled", "UpdateFailed")

    @cached_property
    def failure_messages(self) -> list[SaidText]:
        """Where the failed run says why: the object, the path in it, and the text. The Stack's own comes first."""
        found: list[SaidText] = []
        if said := text(self.last, "message"):
            found.append(SaidText(self.stack, ("status", "lastUpdate", "message"), said))
        update = self.last_update
        if update is not None and (said := text(update, "status", "message")):
            found.append(SaidText(update, ("status", "message"), said))
        return found

    @cached_property
    def workspace_messages(self) -> list[SaidText]:
        """Where Stack and Workspace say why the workspace doesn't start, the Stack first."""
        leading = self.leading
        found = [leading] if leading is not None and leading.type == "Stalled" else []
        if self.workspace is not None and self.workspace_is_current:
            for each in conditions_of(self.workspace):
                if (each.type == "Stalled" and each.true) or (each.type == "Ready" and not each.true):
                    found.append(each)
        return [each.said for each in found if each.message]

    @property
    def next_attempt(self) -> float | None:
        """The instant of the next run that the operator has planned; None if there is none, or nobody can know."""
        return next_attempt(self.record, self.operator.version)

    # Workspace and pod

    @property
    def workspace_name(self) -> str:
        return text(self.spec, "workspaceTemplate", "metadata", "name") or self.name

    @cached_property
    def workspace_lookup(self) -> ObjectLookup:
        return self.objects.get("Workspace", self.namespace, self.workspace_name)

    @property
    def workspace(self) -> Obj | None:
        return self.workspace_lookup.object

    @property
    def workspace_is_current(self) -> bool:
        """Whether what the Workspace says is of its present spec; nothing else that it says counts."""
        generation = whole_number(self.workspace, "metadata", "generation")
        return whole_number(self.workspace, "status", "observedGeneration") == generation

    def workspace_condition(self, kind: str) -> ObservedCondition | None:
        """The Workspace's condition of this type, where it speaks of the present spec."""
        if self.workspace is None or not self.workspace_is_current:
            return None
        return condition_of(self.workspace, kind)

    @property
    def workspace_ready(self) -> bool:
        ready = self.workspace_condition("Ready")
        return ready is not None and ready.true

    @cached_property
    def statefulset(self) -> Obj | None:
        return self.objects.get("StatefulSet", self.namespace, workspace_set_of(self.workspace_name)).object

    @cached_property
    def pod(self) -> Obj | None:
        """The workspace pod, where it is this Workspace's own, or nobody can tell."""
        pod = self.objects.get("Pod", self.namespace, self.pod_name).object
        owners = [text(owner, "uid") for _, owner in mappings(pod, "metadata", "ownerReferences")]
        mine = text(self.statefulset, "metadata", "uid")
        return pod if not owners or not mine or mine in owners else None

    @property
    def pod_name(self) -> str:
        return workspace_pod_of(self.workspace_name)

    @cached_property
    def containers(self) -> list[ObservedContainer]:
        """The containers of the workspace pod that have a status, in the order in which they start."""
        found = []
        for kind in ("initContainerStatuses", "containerStatuses"):
            for place, status in mappings(self.pod, "status", kind):
                path = ("status", kind, place)
                found.append(ObservedContainer(self.pod or {}, path, text(status, "name"), kind[0] == "i"))
        return found

    def container(self, name: str) -> ObservedContainer | None:
        return next((each for each in self.containers if each.name == name), None)

    @property
    def agent(self) -> ObservedContainer | None:
        """The container in which Pulumi runs."""
        return self.container(AGENT_CONTAINER)

    @property
    def agent_has_worked(self) -> bool:
        """Whether the agent of this very pod has been initialised once."""
        return texts(self.pod, "metadata", "annotations").get(INITIALIZED) == "true"

    @cached_property
    def events(self) -> list[Obj]:
        """Events about the Stack, its Workspace, StatefulSet, pod and the Updates of now, oldest first."""
        own = [self.stack, self.workspace, self.statefulset, self.pod, self.update]
        last = self.last_update
        found: list[Obj] = []
        for obj in [*own, last]:
            if obj is not None:
                found += self.events_of(obj)
        return found

    def events_of(self, obj: Obj) -> list[Obj]:
        """Events about this object, oldest first."""
        uid = text(obj, "metadata", "uid")
        return self.objects.events_about(self.namespace, text(obj, "metadata", "name"), [uid])

    def logs(self, container: str) -> Iterator[LogTail]:
        """The end of a container's log, then of the one before its last restart; each is wanted once it is taken."""
        yield self.log(container)
        found = self.container(container)
        if found is not None and found.restarts:
            yield self.log(container, previous=True)

    def log(self, container: str, *, previous: bool = False) -> LogTail:
        """The end of a log of the workspace pod; asking for it makes it wanted, so ask where it decides."""
        return self.objects.log(self.namespace, self.pod_name, container, previous=previous)

    # What the operator has seen

    @cached_property
    def first_run(self) -> bool:
        """Whether the operator has judged a Stack of generation 1 once: it saves that with observedGeneration 0."""
        return first_run(self.record)

    @cached_property
    def quiet(self) -> bool:
        """Whether it is done with its spec and every request, and nothing runs, by the Stack alone."""
        return is_quiet(self._raw)

    @cached_property
    def unseen(self) -> Literal["", "never", "spec", "request"]:
        """What of it the operator hasn't seen: it as a whole, its present spec, or a request."""
        if self.quiet or self.first_run:
            return ""
        if not self.conditions and self.last is None:
            return "never"
        if self.observed_generation != self.generation and not self.is_pko_1_result:
            return "spec"
        if self.request is not None and self.request != self.observed_request:
            return "request"
        return ""

    @property
    def is_pko_1_result(self) -> bool:
        """Whether PKO 1 made the last run: its results have no generation."""
        return self.last is not None and field(self.last, "generation") is None

    @cached_property
    def unseen_since(self) -> float | None:
        """Since when it waits to be seen: None if nobody can tell, as where managed fields don't."""
        if self.unseen == "never":
            return self.created
        times = [
            at(entry, "time")
            for _, entry in mappings(self.stack, "metadata", "managedFields")
            if text(entry, "manager") not in _OPERATOR_MANAGERS and text(entry, "subresource") != "status"
        ]
        return max((time for time in times if time is not None), default=None)

    @property
    def unseen_for(self) -> float | None:
        """Seconds; None if nobody can tell."""
        return None if not self.unseen or self.unseen_since is None else self.now - self.unseen_since

    @property
    def unseen_proof(self) -> Evidence | None:
        """What shows that the operator hasn't seen all of it: its birth, its generation, or the request."""
        path: dict[str, tuple[str, ...]] = {
            "never": ("metadata", "creationTimestamp"),
            "spec": ("metadata", "generation"),
            "request": ("metadata", "annotations", REQUEST),
        }
        if not self.unseen or (self.unseen == "spec" and not self.generation):
            return None
        return self.quote(*path[self.unseen], time=self.unseen_since)

    @property
    def judged(self) -> bool:
        """Whether the conditions speak of the present spec. What the operator saves together with its finalizer has the
        generation 0, whichever it was."""
        return bool(self.conditions) and (self.unseen != "spec" or not self.observed_generation)

    @cached_property
    def waits_for_operator(self) -> bool:
        """Whether something about it has to be done by the operator before anything goes on."""
        if not self.quiet:
            if self.unseen or self.current is not None or self.leads("Reconciling"):
                return True
            if self.deleting and self.held_by_operator:
                return True
        elif not self.resyncs:
            return False
        return self.next_attempt is not None and self.now - self.next_attempt > 60.0

    @property
    def waits_for_workspace(self) -> bool:
        """Whether the Stack says that it waits for its workspace, or an Update that isn't over needs it."""
        if self.leads("Reconciling", "StackProcessing") and self.message == "waiting for workspace readiness":
            return True
        return self.update is not None and not is_complete(self.update)

    def quote(self, *path: str | int, part: str | None = None, time: float | None = None) -> Evidence:
        """What stands at this path of the Stack."""
        return self.objects.quote(self.stack, *path, part=part, time=time)

    def quote_condition(self, found: ObservedCondition, part: str | None = None) -> Evidence:
        """The message of a condition, or where it is empty its reason; `part` of it, where that is what matters."""
        leaf = "message" if found.message else "reason"
        words = part if part is not None else found.message or found.reason
        path = pointer("status", "conditions", str(found.place), leaf)
        return Evidence(self.objects.ref(found.owner), path, words, found.time)

    @property
    def prerequisites(self) -> list[tuple[int, str]]:
        """The names of the Stacks that have to succeed first, each with its place in the spec."""
        found = [(place, plain(text(entry, "name"))) for place, entry in mappings(self._raw, "spec", "prerequisites")]
        return [(place, name) for place, name in found if name]


def stack_record(stack: Obj) -> Stack:
    """A Stack's object as the board has it; of one that makes no sense as much as does."""
    try:
        return tidy_stack(msgspec.convert(stack, Stack, strict=False))
    except msgspec.ValidationError:
        bare = {
            "metadata": {"name": text(stack, "metadata", "name"), "namespace": text(stack, "metadata", "namespace")}
        }
        return msgspec.convert(bare, Stack)
