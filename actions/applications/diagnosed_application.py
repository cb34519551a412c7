"""The target of a fix of an Application: the Application with its diagnosis, and the rights that the fix needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from actions.diagnosed_target import DiagnosedTarget
from actions.fix_rules import not_allowed, not_helpful, right_on
from actions.plan import PlanBlocked
from actions.workflow import ChangeRequest
from cluster.access import AccessAnswer, ask_access
from cluster.apply import read
from cluster.errors import NotFound
from cluster.http.connection import Connection
from diagnosis.explain import Diagnosis
from diagnosis.facts.application_facts import SKIP_RECONCILE, ApplicationFacts
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.finding import Finding
from diagnosis.reading.diagnosed_applications import diagnose_application_again
from diagnosis.reading.diagnosed_contexts import server_time
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.resource_kinds import APPLICATIONS
from stacks.times import rfc3339_with_fraction


@dataclass(frozen=True)
class ApplicationRequest(ChangeRequest):
    """What a person asked for, beside the Application."""

    value: str = ""
    """what no other request has, and is known again by: the instant as RFC 3339, to a microsecond"""
    hard: bool = False
    """refresh without what Argo CD remembers of manifests and of the cluster"""
    prune: bool = False
    """delete what isn't in Git any more, too"""
    only_stack: bool = False
    """sync nothing but the target's Stack"""

    def renewed(self, now: float) -> Self:
        """The same with the value of another request."""
        return replace(self, value=rfc3339_with_fraction(now))


@dataclass(frozen=True)
class DiagnosedApplication(DiagnosedTarget):
    """An Application as it was last looked at."""

    clock: Clock
    stack: Key | None = None
    """the Stack by which it was chosen; None where the Application itself was named"""
    holds_it: bool = True
    """whether it is certain that it holds that Stack: its destination may not be known to be the Stack's cluster"""
    rights: tuple[AccessAnswer, ...] = ()

    @property
    def facts(self) -> ApplicationFacts | None:
        """None where the Application is gone."""
        return self.diagnosis.fleet.application(self.key)

    @property
    def findings(self) -> Sequence[Finding]:
        return self.diagnosis.application_findings(self.key)

    @property
    def path(self) -> str:
        return APPLICATIONS.resource.path(self.namespace, self.name)


def holder_of(diagnosis: Diagnosis, stack: Key, clock: Clock) -> DiagnosedApplication | None:
    """The Application that holds a Stack, as a target; None where none is known."""
    holder = diagnosis.fleet.holder(stack)
    return None if holder is None else DiagnosedApplication(holder.key, diagnosis, clock, stack, holder.certain)


async def read_application_again(connection: Connection, before: DiagnosedApplication) -> DiagnosedApplication:
    """The Application as it is now, with its findings and the rights. Raises ClusterError."""
    now = await diagnose_application_again(connection, before.diagnosis, before.key, before.clock)
    return await with_application_rights(connection, replace(before, diagnosis=now))


async def with_application_rights(connection: Connection, target: DiagnosedApplication) -> DiagnosedApplication:
    """The same look at the Application, with the rights as they are now. Raises no ClusterError."""
    question = right_on("patch", APPLICATIONS.resource, target.namespace, target.name)
    return replace(target, rights=(await ask_access(connection, question),))


async def application_now(connection: Connection, target: DiagnosedApplication) -> ApplicationFacts | None:
    """What the Application says now; None where it is gone. Raises other ClusterErrors."""
    try:
        found = await read(connection, target.path)
    except NotFound:
        return None
    objects = ContextObjects(target.context, server_time(connection, target.clock))
    objects.put(found, APPLICATIONS.resource.kind)
    return ApplicationFacts(objects, (target.namespace, target.name))


def uid_of(facts: ApplicationFacts) -> str:
    found = facts.value("metadata", "uid")
    return found if isinstance(found, str) else ""


def blocked(target: DiagnosedApplication) -> PlanBlocked | None:
    """Why nothing can be planned for this Application, whatever it is; None where something can."""
    if target.facts is None:
        return PlanBlocked(f"{target} isn't there any more")
    if refusal := not_allowed(target, target.rights):
        return refusal
    if target.facts.paused:
        text_ = f"{target}: Argo CD is told to leave this Application alone, so it would do nothing"
        return PlanBlocked(text_, (f"remove the annotation {SKIP_RECONCILE} from it",))
    return None


def unhelpful(target: DiagnosedApplication, verb: str) -> PlanBlocked | None:
    """Why this verb can't help, by the Application's findings; None where nothing says so."""
    return not_helpful(target, target.findings, verb)


def by_stack_notes(target: DiagnosedApplication) -> tuple[str, ...]:
    """What there is to say where the Application was chosen by a Stack."""
    if target.stack is None or target.holds_it:
        return ()
    return (
        f"it isn't certain that this Application holds {target.stack}: which context its destination is can only be "
        "guessed",
    )
