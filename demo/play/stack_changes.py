"""What happens to the Stack of a story: it is created, edited, deleted, a commit is pushed, a run requested."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from demo.manifests import LINK, REQUEST, manifest, stack, stack_spec
from demo.operator.known_stack import KnownStack
from demo.operator.pko import SimulatedOperator
from demo.server.objects import Obj, stamp
from demo.server.patches import merge
from demo.server.served_kinds import PROGRAMS, SECRETS
from demo.server.write_rules import Write
from demo.server.writes import delete


@dataclass(frozen=True)
class StoryStack:
    """The Stack of a story, with what a change of it needs.

    `spec` is merged into an ordinary one, where None removes a field. `make_known_stack` makes what the operator knows
    of it when it is created, the first time or anew.
    """

    operator: SimulatedOperator
    namespace: str
    name: str
    spec: Obj
    annotations: dict[str, str]
    make_known_stack: Callable[[], KnownStack]

    @property
    def known(self) -> KnownStack | None:
        """What the operator knows of it; None while there is no such Stack."""
        return self.operator.known_stacks.get((self.namespace, self.name))


StackChange = Callable[[StoryStack], None]


def created(story_stack: StoryStack) -> None:
    """The Stack is created, as Argo CD or a person applies it."""
    stage, key = story_stack.operator.stage, (story_stack.namespace, story_stack.name)
    known = story_stack.make_known_stack()
    if not known.commit:
        known.commit = stage.commit(f"{key}/0")
    story_stack.operator.known_stacks[key] = known
    spec: Obj = merge(stack_spec(known.program.stack, story_stack.name), story_stack.spec)
    if "programRef" in spec:
        for field in ("branch", "projectRepo", "repoDir"):
            spec.pop(field)
    link = {LINK: f"Pulumi Cloud|https://app.pulumi.com/{known.program.stack}"} if known.cloud else {}
    annotations = story_stack.annotations | link
    stage.store.put(stack(story_stack.namespace, story_stack.name, spec, stage.now(), annotations))


def committed(story_stack: StoryStack) -> None:
    """A commit is pushed to its branch, and the operator's poll has seen it."""
    if story_stack.known:
        story_stack.operator.new_commit(story_stack.known)


def _patched(patch: Obj) -> StackChange:
    def change(story_stack: StoryStack) -> None:
        story_stack.operator.stage.store.patch("Stack", story_stack.namespace, story_stack.name, patch)

    return change


def edited(**spec: object) -> StackChange:
    """These fields of its spec are changed, which makes a new generation."""
    return _patched({"spec": spec})


def requested(value: str) -> StackChange:
    """A run is requested by the annotation, with this value."""
    return _patched({"metadata": {"annotations": {REQUEST: value}}})


def deleted(story_stack: StoryStack) -> None:
    """Somebody deletes it."""
    store = story_stack.operator.stage.store
    delete(store, Write(store.collection("Stack"), story_stack.namespace, story_stack.name), {})


def lost_update(story_stack: StoryStack) -> None:
    """The operator crashed after it wrote that an update runs, and before it created that Update."""
    if story_stack.known:
        reconciler = story_stack.operator.reconciler
        reconciler.statuses.begin(story_stack.known, reconciler.updates.name(story_stack.known))


def unabsorbed_update(story_stack: StoryStack) -> None:
    """An update ended while the operator was down, and somebody deleted that Update before it came back."""
    known = story_stack.known
    if known is None:
        return
    reconciler, store = story_stack.operator.reconciler, story_stack.operator.stage.store
    stack, name = reconciler.statuses.stack(known), reconciler.updates.name(known)
    if stack is None:
        return
    reconciler.statuses.begin(known, name)
    reconciler.updates.create(known, stack, name, "up", f'New commit detected: "{known.commit}"')
    reconciler.updates.finish(known, name, "up", None)
    delete(store, Write(store.collection("Update"), story_stack.namespace, name), {})


def locked(holder: str) -> StackChange:
    """Somebody else's update of its backend stack begins, and never ends; `holder` as the lock names it."""

    def change(story_stack: StoryStack) -> None:
        operator, known = story_stack.operator, story_stack.known
        if known is not None:
            operator.backend.lock(known.program.stack, story_stack.spec["backend"], holder, operator.stage.now())

    return change


def given_token(name: str, token: str) -> StackChange:
    """The Secret with its access token is made."""

    def change(story_stack: StoryStack) -> None:
        data = {"accessToken": base64.b64encode(token.encode()).decode()}
        made = manifest(SECRETS, story_stack.namespace, name, story_stack.operator.stage.now())
        story_stack.operator.stage.store.put(made | {"type": "Opaque", "data": data})

    return change


def expired_token(token: str) -> StackChange:
    """From now on its backend refuses this access token."""

    def change(story_stack: StoryStack) -> None:
        story_stack.operator.backend.refuse(token)

    return change


def programmed(name: str) -> StackChange:
    """A Program of this name is there, with the archive that the operator made of it."""

    def change(story_stack: StoryStack) -> None:
        stage, namespace = story_stack.operator.stage, story_stack.namespace
        place = f"programs/{namespace}/{name}/1"
        artifact = {
            "digest": "sha256:" + hashlib.sha256(place.encode()).hexdigest(),
            "lastUpdateTime": stamp(stage.now()),
            "path": f"{place}.tar.gz",
            "revision": "1",
            "size": 209,
            "url": f"http://pulumi-kubernetes-operator.pulumi-kubernetes-operator/{place}",
        }
        program = manifest(PROGRAMS, namespace, name, generation=1) | {
            "program": {
                "configuration": {"region": {"type": "String", "default": "eu-central-1"}},
                "outputs": {"region": "${region}"},
            },
            "status": {"artifact": artifact, "observedGeneration": 1},
        }
        stage.store.put(program)

    return change
