"""What people and machines do to a Stack: create it, push a commit, edit, ask, delete, lose an update."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.manifests import REQUEST, stack, stack_spec
from demo.operator.lives import StackLife
from demo.operator.pko import PlayedOperator
from demo.server.object_deletion import delete
from demo.server.timestamps import stamp
from demo.server.write_rules import Write

Obj = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """A Stack of a story, with all it takes to act on it. `bear` makes its (new) life."""

    operator: PlayedOperator
    namespace: str
    name: str
    spec: Obj
    annotations: dict[str, str]
    bear: Callable[[], StackLife]

    @property
    def life(self) -> StackLife | None:
        return self.operator.lives.get((self.namespace, self.name))


Deed = Callable[[Actor], None]


def created(actor: Actor) -> None:
    """Argo CD, or whoever delivers it, applies the Stack for the first time."""
    stage, key = actor.operator.stage, (actor.namespace, actor.name)
    life = actor.bear()
    if not life.commit:
        life.commit = stage.commit(f"{key}/0")
    actor.operator.lives[key] = life
    spec = stack_spec(life.program.stack, actor.name) | actor.spec
    if "programRef" in spec:
        for field in ("branch", "projectRepo", "repoDir"):
            spec.pop(field)
    made = stack(actor.namespace, actor.name, spec, created=stage.now(), annotations=actor.annotations)
    stage.store.put(made)


def committed(actor: Actor) -> None:
    """A new commit stands on the branch, and the operator's poll has seen it."""
    if actor.life:
        actor.operator.new_commit(actor.life)


def edited(**spec: object) -> Deed:
    """The spec gets other values: a new generation."""

    def deed(actor: Actor) -> None:
        actor.operator.stage.store.patch("Stack", actor.namespace, actor.name, {"spec": spec})

    return deed


def requested(value: str) -> Deed:
    """Somebody asks for a run, with the annotation."""

    def deed(actor: Actor) -> None:
        patch = {"metadata": {"annotations": {REQUEST: value}}}
        actor.operator.stage.store.patch("Stack", actor.namespace, actor.name, patch)

    return deed


def deleted(actor: Actor) -> None:
    store = actor.operator.stage.store
    delete(store, Write(store.collection("Stack"), actor.namespace, actor.name), {})


def lost_update(actor: Actor) -> None:
    """The operator dies after noting an update as running, and before creating it."""
    if actor.life:
        reconciler = actor.operator.reconciler
        reconciler.statuses.begin(actor.life, reconciler.updates.name(actor.life))


def programmed(name: str) -> Deed:
    """A Program, with the archive that the operator made of it."""

    def deed(actor: Actor) -> None:
        stage, namespace = actor.operator.stage, actor.namespace
        place = f"programs/{namespace}/{name}/1"
        artifact = {
            "digest": "sha256:" + hashlib.sha256(place.encode()).hexdigest(),
            "lastUpdateTime": stamp(stage.now()),
            "path": f"{place}.tar.gz",
            "revision": "1",
            "size": 209,
            "url": f"http://pulumi-kubernetes-operator.pulumi-kubernetes-operator/{place}",
        }
        program: Obj = {
            "apiVersion": "pulumi.com/v1",
            "kind": "Program",
            "metadata": {"name": name, "namespace": namespace, "generation": 1},
            "program": {
                "configuration": {"region": {"type": "String", "default": "eu-central-1"}},
                "outputs": {"region": "${region}"},
            },
            "status": {"artifact": artifact, "observedGeneration": 1},
        }
        stage.store.put(program)

    return deed
