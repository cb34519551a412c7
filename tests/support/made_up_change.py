"""A change that the program doesn't have: Stacks get an annotation. It is all that a new kind of change costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from actions.plan import MANAGER, NothingToDo, Obj, Plan, Planned, Precondition, Proof, Risk, kubectl
from actions.record import ActionRecord
from actions.registry import CHANGES
from actions.workflow import ChangeKind, ChangeRequest
from cluster.apply import merge_patch, read
from cluster.http.connection import Connection
from fleet.resource_kinds import STACKS
from stacks.fields import field

TEAM = "example.com/team"


@dataclass(frozen=True)
class StackTarget:
    """A Stack as it was last read."""

    context: str
    namespace: str
    name: str
    obj: Obj

    def __str__(self) -> str:
        return f"{self.context}/{self.namespace}/{self.name}"


def path(target: StackTarget) -> str:
    return STACKS.resource.path(target.namespace, target.name)


def team(obj: Obj) -> str:
    return str(field(obj, "metadata", "annotations", TEAM) or "")


async def read_again(connection: Connection, before: StackTarget) -> StackTarget:
    return replace(before, obj=await read(connection, path(before)))


def plan(target: StackTarget, request: ChangeRequest, record: ActionRecord) -> Planned:
    [name] = request.arguments
    if team(target.obj) == name:
        return NothingToDo(f"{target} is {name}'s already, and nothing to do")
    uid, version = (str(field(target.obj, "metadata", key)) for key in ("uid", "resourceVersion"))
    metadata = {"uid": uid, "resourceVersion": version, "annotations": {TEAM: name}}
    return Plan(
        title=f"give {target} to {name}",
        context=target.context,
        target=f"Stack {target.namespace}/{target.name}",
        requests=(merge_patch(path(target), {"metadata": metadata}, MANAGER),),
        preconditions=(Precondition("uid", uid), Precondition("resourceVersion", version, volatile=True)),
        risk=Risk("low", "nobody reads it"),
        kubectl=(kubectl(target.context, target.namespace, "annotate", "stack", target.name, f"{TEAM}={name}"),),
        proof=Proof(
            "read back twice: the annotation is there",
            path(target),
            missing=lambda found: "" if team(found) == name else "the annotation is gone",
        ),
        differences=((TEAM, team(target.obj), name),),
    )


ANNOTATE: ChangeKind[StackTarget, ChangeRequest] = ChangeKind(
    id="annotate",
    subject="Stack",
    title=lambda request: f"give to {request.arguments[0]}",
    read=read_again,
    plan=plan,
    done=lambda request: f"it is {request.arguments[0]}'s",
)


@pytest.fixture
def annotate(monkeypatch: pytest.MonkeyPatch) -> ChangeKind[StackTarget, ChangeRequest]:
    """The change, in the registry."""
    monkeypatch.setitem(CHANGES, ANNOTATE.id, ANNOTATE)
    return ANNOTATE
