"""All contexts of a diagnosis, and what is found out over more than one Stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from diagnosis.facts.application_facts import ApplicationFacts, instance_of, is_compared, shows_broken_instance
from diagnosis.facts.context_objects import ContextObjects, Place
from diagnosis.facts.operator_facts import OperatorFacts
from diagnosis.facts.quiet_stacks import is_quiet
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.facts.stack_holders import StackHolders
from diagnosis.facts.undecodable import UndecodableField, undecodable_fields
from fleet.board.relations import DestinationMap
from fleet.board.rows import Holder, Key
from stacks.fields import Obj, field, text
from stacks.phases.phase import DEFAULT_THRESHOLDS, PhaseThresholds


@dataclass(frozen=True, slots=True)
class BackendStack:
    """Where Pulumi keeps the state of a Stack: two Stacks with an equal one run into each other."""

    backend: str
    """empty: Pulumi Cloud, or what the workspace image is set to"""
    stack: str
    known: bool
    """whether the backend stands in the spec; it may come from a Secret"""

    @property
    def is_local(self) -> bool:
        """Whether it is a folder, which another cluster doesn't have."""
        return self.backend.startswith("file:")

    @property
    def qualified(self) -> bool:
        """Whether organisation, project and stack are all named."""
        return self.stack.count("/") == 2

    def may_be(self, other: BackendStack) -> bool:
        """Whether both can be the same one: organisation and project needn't be named."""
        return self.backend == other.backend and may_name_the_same(self.stack, other.stack)


def may_name_the_same(one: str, other: str) -> bool:
    """Whether two names can mean one stack: ``stack``, ``organisation/stack`` or ``organisation/project/stack``."""
    if f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}"):
        return True
    return all(
        not ours or not theirs or ours == theirs for ours, theirs in zip(_parts(one), _parts(other), strict=True)
    )


def _parts(name: str) -> tuple[str, str, str]:
    """Organisation, project and stack; empty what isn't named."""
    match name.split("/"):
        case [organisation, stack]:
            return organisation, "", stack
        case [organisation, project, stack]:
            return organisation, project, stack
    return "", "", name


@dataclass(frozen=True, slots=True)
class SharedState:
    """Another Stack whose state is kept where one's is, or may be: `certain` is whether that is known."""

    key: Key
    certain: bool


class FleetFacts:
    """The contexts that were looked at. What is computed of one Stack or context is computed once."""

    def __init__(
        self,
        contexts: Mapping[str, ContextObjects],
        thresholds: PhaseThresholds = DEFAULT_THRESHOLDS,
        destinations: DestinationMap | None = None,
        *,
        close_look: bool = True,
    ) -> None:
        self.contexts = contexts
        self.thresholds = thresholds
        self.close_look = close_look
        """whether one Stack was asked for by its name: then logs of one that works are worth reading, too"""
        self._destinations = destinations or DestinationMap()
        self._holders = StackHolders(contexts, self._destinations)
        self._operators: dict[tuple[str, str], OperatorFacts] = {}
        self._stacks: dict[Key, StackFacts | None] = {}
        self._applications: dict[Key, ApplicationFacts | None] = {}
        self._without_trouble: dict[str, bool] = {}
        self._from_afar: dict[str, ContextObjects] = {}
        self._undecodable: dict[str, list[tuple[Key, UndecodableField]]] = {}

    def with_context(self, objects: ContextObjects) -> FleetFacts:
        """The same fleet after a close look at one Stack, for which its context was read anew."""
        contexts = {**self.contexts, objects.context: objects}
        return FleetFacts(contexts, self.thresholds, self._destinations, close_look=True)

    def operator(self, context: str, namespace: str = "") -> OperatorFacts:
        """The operator of a context, or where several are installed there the one that watches this namespace."""
        if (context, "") not in self._operators:
            self._operators[context, ""] = OperatorFacts(self.contexts[context])
        whole = self._operators[context, ""]
        if len({text(lease, "metadata", "namespace") for lease in whole.leases}) < 2:
            return whole
        if (context, namespace) not in self._operators:
            self._operators[context, namespace] = OperatorFacts(self.contexts[context], namespace)
        return self._operators[context, namespace]

    def stack(self, key: Key) -> StackFacts | None:
        """The facts about a Stack; None where it isn't known."""
        if key not in self._stacks:
            self._stacks[key] = None
            objects, place = self.contexts.get(key.context), (key.namespace, key.name)
            if objects is not None and place in objects.raw("Stack"):
                if objects.looked_at is not None and place not in objects.looked_at:
                    if key.context not in self._from_afar:
                        self._from_afar[key.context] = objects.from_afar()
                    objects = self._from_afar[key.context]
                self._stacks[key] = StackFacts(objects, self.operator(key.context, key.namespace), key, self.thresholds)
        return self._stacks[key]

    def is_fine(self, key: Key) -> bool:
        """Whether a Stack is fine by itself, so that hardly any cause has to be looked for.

        Told from the Stack as it was sent, which for thousands of Stacks is all that there is time for.
        """
        objects = self.contexts.get(key.context)
        stack = objects.raw("Stack").get((key.namespace, key.name)) if objects is not None else None
        return stack is not None and not self.close_look and is_quiet(stack)

    def surroundings_are_fine(self, key: Key) -> bool:
        """Whether nothing around a Stack can concern it that is fine by itself: neither operator nor other Stacks."""
        if key.context not in self._without_trouble:
            operator = self.operator(key.context)
            alone = operator.state == "alive" and len(operator.leases) == 1
            self._without_trouble[key.context] = alone and not self.undecodable(key.context)
        return self._without_trouble[key.context] and not self.sharing(key)

    def application(self, key: Key) -> ApplicationFacts | None:
        """The facts about an Application; None where it isn't known."""
        if key not in self._applications:
            self._applications[key] = None
            objects, place = self.contexts.get(key.context), (key.namespace, key.name)
            if objects is not None and place in objects.raw("Application"):
                self._applications[key] = ApplicationFacts(objects, place, self.thresholds)
        return self._applications[key]

    def holder(self, key: Key) -> Holder | None:
        """The Application that holds a Stack."""
        return self._holders.holder(key)

    def held(self, application: Key) -> list[Key]:
        """The known Stacks that an Application holds."""
        return self._holders.held(application)

    @cached_property
    def broken_instances(self) -> frozenset[tuple[str, str]]:
        """The Argo CDs (context, namespace) all of whose Applications look as if it couldn't read its settings."""
        pictures: dict[tuple[str, str], bool] = {}
        for context, objects in self.contexts.items():
            for app in objects.raw("Application").values():
                if is_compared(app):
                    instance = instance_of(context, app)
                    pictures[instance] = pictures.get(instance, True) and shows_broken_instance(app)
        return frozenset(instance for instance, broken in pictures.items() if broken)

    def undecodable(self, context: str) -> list[tuple[Key, UndecodableField]]:
        """The Stacks of a context that the operator's types refuse, and the fields for which they do."""
        if context not in self._undecodable:
            self._undecodable[context] = [
                (Key(context, *place), found)
                for place, stack in self.contexts[context].raw("Stack").items()
                for found in undecodable_fields(stack)
            ]
        return self._undecodable[context]

    def sharing(self, key: Key) -> list[Key]:
        """The other Stacks with the same backend stack, in all contexts; not those that are being deleted, and not
        those that only preview."""
        own = self._backend_of.get(key)
        if own is None:
            return []
        others = self._by_backend.get((own.backend, own.stack), ())
        return [other for other in others if other != key and (not own.is_local or other.context == key.context)]

    def same_state(self, key: Key) -> list[SharedState]:
        """All other Stacks that keep their state where this one does, or may, also those that are being deleted or
        only preview; none where it isn't known.

        It is certain where equal names say which project they mean, or the same program is run.
        """
        objects = self.contexts.get(key.context)
        stack = objects.raw("Stack").get((key.namespace, key.name)) if objects is not None else None
        own = _state_place(stack, (key.namespace, key.name)) if stack is not None else None
        if stack is None or own is None:
            return []
        program = _program(stack, key)
        found = []
        for context, objects in self.contexts.items():
            if own.is_local and context != key.context:
                continue
            for place, each in objects.raw("Stack").items():
                other, state = Key(context, *place), _state_place(each, place)
                if other == key or state is None or not own.may_be(state):
                    continue
                named = own.qualified or (program is not None and _program(each, other) == program)
                same_backend = own.known or context == key.context
                found.append(SharedState(other, own.stack == state.stack and named and same_backend))
        return found

    def backend_stack(self, key: Key) -> BackendStack | None:
        """Where the state of a Stack is kept; None for one that isn't known, is being deleted, or only previews."""
        return self._backend_of.get(key)

    @cached_property
    def _backend_of(self) -> dict[Key, BackendStack]:
        return {
            Key(context, *place): found
            for context, objects in self.contexts.items()
            for place, stack in objects.raw("Stack").items()
            if (found := _backend_stack(stack, place)) is not None
        }

    @cached_property
    def _by_backend(self) -> dict[tuple[str, str], list[Key]]:
        found: dict[tuple[str, str], list[Key]] = {}
        for key, where in self._backend_of.items():
            found.setdefault((where.backend, where.stack), []).append(key)
        return found


def _backend_stack(stack: Obj, place: Place) -> BackendStack | None:
    spec = stack.get("spec")
    if text(stack, "metadata", "deletionTimestamp") or (isinstance(spec, dict) and spec.get("preview")):
        return None
    return _state_place(stack, place)


def _program(stack: Obj, key: Key) -> tuple[str, ...] | None:
    """Where the program of a Stack comes from, which decides its project; None where it isn't told."""
    spec = field(stack, "spec")
    if repository := text(spec, "projectRepo"):
        return "git", repository, text(spec, "repoDir")
    source = field(spec, "fluxSource")
    if name := text(source, "sourceRef", "name"):
        return "flux", key.context, key.namespace, text(source, "sourceRef", "kind"), name, text(source, "dir")
    if name := text(spec, "programRef", "name"):
        return "program", key.context, key.namespace, name
    return None


def _state_place(stack: Obj, place: Place) -> BackendStack | None:
    name = text(stack, "spec", "stack")
    if not name:
        return None
    backend = text(stack, "spec", "backend")
    if backend:
        return BackendStack(backend, name, known=True)
    variable = "PULUMI_BACKEND_URL"
    literal = text(stack, "spec", "envRefs", variable, "literal", "value")
    secret = text(stack, "spec", "envRefs", variable, "secret", "name")
    if secret:
        where = f"Secret {place[0]}/{secret} {text(stack, 'spec', 'envRefs', variable, 'secret', 'key')}"
        return BackendStack(where, name, known=False)
    return BackendStack(literal, name, known=True)
