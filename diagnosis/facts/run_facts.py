"""One run of a Stack: its Update, when it began and ended, and what conditions, logs and events say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from diagnosis.facts.context_objects import QuotableLine
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition, condition_of, is_complete
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.finding import (
    CERTAIN,
    LIKELY,
    ON_CHANGE,
    PROBLEM,
    RETRIES,
    RUNS,
    WAITING,
    Evidence,
    NextEvent,
)
from stacks.fields import Obj, at, field, mappings, text, texts
from stacks.update_times import update_created

LOCKED = "the stack is currently locked by"
IN_PROGRESS = ("Another update is currently in progress", "[409] Conflict")
"""what a backend says to a run that another one keeps out"""
WAITS_FOR_WORKSPACE = ("WorkspaceNotReady", "WorkspaceNotFound")
"""reasons for which an Update hasn't begun"""
_SLACK = 5.0
"""seconds by which clocks, and a log's last lines, may lie outside of a run"""
_PROGRAM_LINE = re.compile(r"\S+\s+(?:DEBUG|INFO|WARN|ERROR)\s+pulumi(?:\s|\Z)")
_STACK_LABEL = "pulumi.com/stack-name"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run by the name of its Update. `update` is None where that is gone or unread."""

    facts: StackFacts
    name: str
    update: Obj | None
    began: float | None
    ended: float | None

    def pod_line(self, *words: str, unless: str = "") -> tuple[Evidence | None, str]:
        """The newest line of this run in the workspace pod's log in which all these words stand, and `unless` doesn't;
        and why that can't be known, where it can't."""
        facts = self.facts
        made = at(facts.pod, "metadata", "creationTimestamp")
        if facts.pod is None or (self.began is not None and made is not None and made > self.began + 1.0):
            return None, f"the pod in which {self.name} ran is gone, and its log with it"
        unread = ""
        for tail in facts.logs(AGENT_CONTAINER):
            unread = unread or tail.unread
            for line in reversed(tail.lines):
                wanted = all(word in line.text for word in words) and not (unless and unless in line.text)
                if wanted and self._within(line):
                    return facts.objects.quote_log(facts.namespace, facts.pod_name, AGENT_CONTAINER, line), ""
        return None, unread

    def operator_line(self, *words: str) -> tuple[Evidence | None, str]:
        """The newest line of the operator's log about this run's Update in which one of these words stands; and why
        that can't be known, where it can't."""
        objects = self.facts.objects
        tail = objects.operator_log()
        for line in reversed(tail.lines):
            if self.name in line.text and any(word in line.text for word in words):
                return objects.quote_operator_log(line), ""
        first = next((time for line in tail.lines if (time := at(line.time)) is not None), None)
        if not tail.unread and first is not None and self.ended is not None and first > self.ended + _SLACK:
            return None, f"what was read of the operator's log begins after {self.name}"
        return None, tail.unread

    def event(self, reason: str) -> Obj | None:
        """The newest Event of this reason about the Update; nobody else ever has its name."""
        if not self.name:
            return None
        found = [
            event
            for event in self.facts.objects.of_kind("Event", self.facts.namespace)
            if text(event, "reason") == reason
            and text(event, "involvedObject", "name") == self.name
            and text(event, "involvedObject", "kind") == "Update"
        ]
        return found[-1] if found else None

    def _within(self, line: QuotableLine) -> bool:
        time = written_at(line)
        if time is None or self.began is None:
            return False
        return self.began - 1.0 <= time and (self.ended is None or time <= self.ended + _SLACK)


def last_run_of(facts: StackFacts) -> RunFacts:
    """The last run that is over, as `status.lastUpdate` has it."""
    name = text(facts.last, "name")
    update = facts.last_update
    return RunFacts(facts, name, update, _began(name, update), at(facts.last, "lastResyncTime"))


def _began(name: str, update: Obj | None) -> float | None:
    made = at(update, "metadata", "creationTimestamp")
    return made if made is not None else update_created(name)


def aborted(facts: StackFacts) -> ObservedCondition | None:
    """The condition by which the failed run reads Aborted, where nothing says a word of why; None otherwise.

    A run whose message the Stack kept wasn't aborted, whatever its Update says: that is written twice now and then.
    """
    update = last_run_of(facts).update
    if not facts.failing or text(facts.last, "message") or text(update, "status", "message"):
        return None
    return aborted_update(update)


def aborted_update(update: Obj | None) -> ObservedCondition | None:
    """The condition by which an Update reads Aborted; None where it doesn't."""
    failed = condition_of(update, "Failed")
    return failed if failed is not None and failed.true and failed.reason == "Aborted" else None


def by_retry(facts: StackFacts) -> str:
    """How severe a failure is that the next run heals: there is none once the operator has given up."""
    return PROBLEM if facts.gave_up else WAITING


def next_run(facts: StackFacts, outcome: str = "", *, heals: bool = True) -> NextEvent:
    """When the failed run is done again by itself; `outcome` goes on with the sentence. `heals`: whether it may succeed
    although nobody does anything before."""
    if facts.current is not None:
        return NextEvent(f"it is run again right now{outcome}", heals=heals, brief=RUNS)
    if facts.gave_up:
        return NextEvent("only on change of the spec, the source or the request", heals=False, brief=ON_CHANGE)
    return NextEvent(f"it is run again{outcome}", facts.next_attempt, heals=heals, brief=RETRIES)


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run on a backend stack, by whichever Stack; `ended` is None while it works."""

    update: Obj
    began: float
    ended: float | None


def runs_on_backend_stack(facts: StackFacts, fleet: FleetFacts) -> list[KnownRun]:
    """The runs that are known of a Stack, and of all others that share its backend stack."""
    sharing = [fleet.stack(key) for key in fleet.sharing(facts.key)]
    found = []
    for each in [facts, *(other for other in sharing if other is not None)]:
        for update in each.updates:
            began = at(update, "metadata", "creationTimestamp")
            complete = condition_of(update, "Complete")
            over = complete is not None and complete.true
            if began is None or (not over and not _can_work(each, began)):
                continue
            found.append(KnownRun(update, began, complete.time if over and complete is not None else None))
    return found


def unfinished_runs(facts: StackFacts) -> list[KnownRun]:
    """The runs in the Stack's workspace that aren't over and can be at work, or begin any moment; the oldest first.

    Also those that a person made there. Not those that wait for the workspace, and none where there is no pod.
    """
    if facts.pod is None and not facts.objects.unread("Pod", facts.namespace):
        return []
    owners = (facts.uid, text(facts.workspace, "metadata", "uid"))
    updates = [update for owner in owners for update in facts.objects.owned("Update", owner)]
    found: dict[str, KnownRun] = {}
    for update in updates:
        name = text(update, "metadata", "name")
        began = _began(name, update)
        began = began if began is not None else facts.now
        waits = condition_of(update, "Progressing")
        waiting = waits is not None and not waits.true and waits.reason in WAITS_FOR_WORKSPACE
        if not is_complete(update) and not waiting and _can_work(facts, began):
            found[name] = KnownRun(update, began, None)
    return sorted(found.values(), key=lambda run: run.began)


def _can_work(facts: StackFacts, began: float) -> bool:
    """Whether a run that isn't over can still be at work: its container hasn't ended since."""
    agent = facts.agent
    return agent is None or (agent.running and (agent.ended_at is None or agent.ended_at < began))


def progressing(update: Obj | None) -> ObservedCondition | None:
    """The condition by which an Update runs now; None where it doesn't."""
    found = condition_of(update, "Progressing")
    return found if update is not None and found is not None and found.true and not is_complete(update) else None


def written_at(line: QuotableLine) -> float | None:
    """When a line of a workspace pod's log was written: as it says itself, else as the kubelet does."""
    own = at(line.text.partition(" ")[0])
    return own if own is not None else at(line.time)


def program_lines(lines: Iterable[QuotableLine]) -> list[QuotableLine]:
    """The lines that the program itself wrote, out of those of a workspace pod."""
    return [line for line in lines if _PROGRAM_LINE.match(line.text)]


def stack_of(update: Obj, facts: StackFacts, fleet: FleetFacts) -> StackFacts | None:
    """The Stack that an Update of the same context belongs to; None for one that a person made."""
    owners = {text(owner, "uid") for _, owner in mappings(update, "metadata", "ownerReferences")}
    name = texts(update, "metadata", "labels").get(_STACK_LABEL, "")
    key = facts.key._replace(namespace=text(update, "metadata", "namespace"), name=name)
    found = fleet.stack(key) if name else None
    return found if found is not None and found.uid in owners else None


def labelled_updates(facts: StackFacts) -> list[Obj]:
    """The Updates that are this Stack's, and those of another of the same name that is gone."""
    return [
        update
        for update in facts.objects.of_kind("Update", facts.namespace)
        if texts(update, "metadata", "labels").get(_STACK_LABEL) == facts.name
    ]


def backend_name(facts: StackFacts) -> str:
    """Where the Stack's state is kept, in words."""
    if backend := text(facts.spec, "backend"):
        return backend
    return "the backend of PULUMI_BACKEND_URL" if field(facts.spec, "envRefs", "PULUMI_BACKEND_URL") else "Pulumi Cloud"


def text_certainty(evidence: Evidence) -> str:
    """How certain a text makes a finding: the Stack keeps what failed, and an Update may be written once more."""
    return CERTAIN if evidence.object.kind == "Stack" else LIKELY
