"""Rules of what the API server refuses: unknown fields, values that don't fit, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from manifests.document import Document
from manifests.field_names import dotted
from manifests.placeholders import has_placeholder
from manifests.problem import AddField, Edit, FieldPath, Problem, RenameKey, SetValue, Severity
from manifests.product_versions import version_text
from manifests.references.stack_names import StacksByBackendStack
from manifests.repository import PULUMI, Repository
from manifests.rule import Rule
from manifests.schema.known_kinds import SHORTEST_RESYNC, shape_of
from manifests.schema.meant_fields import meant_field
from manifests.schema.prerequisite_forms import in_a_line, is_of_the_guide, right_prerequisite, says_the_same
from manifests.schema.schema_faults import FaultKind, SchemaFault, faults_of
from manifests.schema.shape import Shape
from manifests.schema.told_values import FittingValue, fitting_value, told_misfit
from manifests.schema.value_references import BODIES, value_references
from manifests.stack_example import STACK_EXAMPLE

_KEEPS = "so that the sync fails and the cluster keeps what it had"

UNKNOWN_FIELD = Rule(
    id="stack/unknown-field",
    severity=Severity.ERROR,
    title="a field doesn't exist in this version of the operator",
    effect=f"The API server refuses the whole object, as kubectl and Argo CD ask it to, {_KEEPS}; with "
    "Validate=false the field "
    "is dropped without a word.",
    remedy="Take the field out, or write the one that was meant.",
    wrong=STACK_EXAMPLE
    + """\
  prerequisites:
    - type: Stack
      requirement: cluster-dev
      succeededWithinDuration: 30m
""",
    right=STACK_EXAMPLE
    + """\
  prerequisites:
    - name: cluster-dev
      requirement:
        succeededWithinDuration: 30m
""",
    alike=STACK_EXAMPLE
    + """\
  config:
    web:suspend: "true"
  workspaceTemplate:
    spec:
      pulumiLogLevel: 3
""",
)
WRONG_TYPE = Rule(
    id="stack/wrong-type",
    severity=Severity.ERROR,
    title="a value has a type or a form that its field doesn't take",
    effect=f"The API server refuses the whole object, {_KEEPS}.",
    remedy="Write a value of the type that is named.",
    wrong=STACK_EXAMPLE + '  refresh: "true"\n',
    right=STACK_EXAMPLE + "  refresh: true\n",
    alike=STACK_EXAMPLE + "  resyncFrequencySeconds: 300.0\n  refresh: yes\n  shallow: null\n",
    gives_way_to=("argocd/wave-value",),
)
MISSING_FIELD = Rule(
    id="stack/missing-field",
    severity=Severity.ERROR,
    title="a required field is missing, or a reference lacks what its type needs",
    effect="The API server refuses the whole object; a reference without its body it takes, and the operator retries "
    "the Stack for ever without a word in its status.",
    remedy="Add the field.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
    right=STACK_EXAMPLE,
    alike=STACK_EXAMPLE
    + """\
  envRefs:
    REGION:
      type: Literal
      literal:
        value: ""
""",
)

RULES = (UNKNOWN_FIELD, WRONG_TYPE, MISSING_FIELD)


def check(repository: Repository) -> Iterator[Problem]:
    stacks = StacksByBackendStack(repository)
    for kind in ("Stack", "Program"):
        for document in repository.of_kind(PULUMI, kind):
            yield from _Checked(document, repository, stacks).problems()


class _Checked:
    """One document, compared with the shape of its kind.

    An unknown field speaks for the required one that it stands for, and an item of the guide's form for all in it.
    """

    def __init__(self, document: Document, repository: Repository, stacks: StacksByBackendStack) -> None:
        self.document = document
        self.pko = repository.versions.pko
        self.stacks = stacks
        self.may_be_patched = repository.may_be_patched(document)

    def problems(self) -> Iterator[Problem]:
        document = self.document
        shape = shape_of(document.api_version, document.kind, self.pko)
        if shape is None:
            yield self._unserved()
            return
        value = document.value
        if document.is_live:  # what its server and its controllers added is as they want it
            value = {key: each for key, each in value.items() if key != "status"}
        faults = [each for each in faults_of(value, shape) if not self._is_for_others(each)]
        odd_items = set(self._items_of_the_guide(faults))
        for path in sorted(odd_items):
            yield self._prerequisite(path)
        for path in sorted(self._bare):
            yield self._bare_selector(path)
        faults = [each for each in faults if each.path[:3] not in odd_items and each.path[:-1] not in self._bare]
        meant: set[FieldPath] = set()
        for fault in faults:
            if fault.kind is FaultKind.UNKNOWN:
                problem, instead = self._unknown(fault, shape)
                meant.update(instead)
                yield problem
        for fault in faults:
            if fault.kind is FaultKind.WRONG_TYPE or fault.kind is FaultKind.REPEATED:
                if not _is_open(fault.value):
                    yield self._wrong(fault)
            elif fault.kind is FaultKind.MISSING and fault.path not in meant and not self.may_be_patched:
                yield self._missing(fault)
        yield from self._nameless()
        yield from self._negative_log_level()
        if document.kind == "Stack" and not self.may_be_patched:
            yield from self._references_without_body(meant)

    def _is_for_others(self, fault: SchemaFault) -> bool:
        """Whether another rule says more of a place, or there is nothing to say of it: `config` has a rule of its own,
        as have references of a type that there isn't, whose unknown fields come with it; and a field that a cluster has
        is known to it."""
        if fault.kind is FaultKind.UNKNOWN and (self.document.is_live or fault.path[:-1] in self._invented):
            return True
        return fault.path[:2] == ("spec", "config")

    @cached_property
    def _invented(self) -> set[FieldPath]:
        return {each.path for each in value_references(self.document) if each.type and each.type not in BODIES}

    @cached_property
    def _bare(self) -> set[FieldPath]:
        """References that name a Secret and its key as the operator's `secret` does, but without that around it."""
        if self.document.is_live:
            return set()  # a server has dropped both
        return {
            each.path
            for each in value_references(self.document)
            if {"name", "key"} <= each.value.keys() <= {"type", "name", "key", "namespace"}
            and each.value.get("type", "Secret") == "Secret"
        }

    def _bare_selector(self, path: FieldPath) -> Problem:
        value = self.document.mapping(*path)
        selector = {name: each for name, each in value.items() if name != "type"}
        anyway = "it drops both, and the reference is without its body" if "type" in value else "as well"
        message = (
            f"{dotted(path)} names a Secret and its key without `secret` around them. The API server refuses the whole "
            f"object, {_KEEPS}; with Validate=false {anyway}"
        )
        names = {name: each for name, each in selector.items() if isinstance(each, str)}
        written = ", ".join(f"{name}: {each}" for name, each in names.items())
        edits = (SetValue(path, {"type": "Secret", "secret": selector}),) if names == selector else ()
        fix = f"Write `{{type: Secret, secret: {{{written}}}}}`."
        return MISSING_FIELD.at(self.document, path, message, fix=fix, edits=edits)

    def _unserved(self) -> Problem:
        document = self.document
        message = (
            f"the operator has no {document.kind}s in the version {document.api_version}. No API server takes one, "
            f"{_KEEPS}"
        )
        return WRONG_TYPE.at(document, ("apiVersion",), message, fix="Write `apiVersion: pulumi.com/v1`.")

    # Prerequisites as the public guide has them

    def _items_of_the_guide(self, faults: list[SchemaFault]) -> Iterator[FieldPath]:
        for fault in faults:
            if fault.path[:2] == ("spec", "prerequisites") and len(fault.path) > 2:
                item = self.document.at(*fault.path[:3])
                is_text = isinstance(item, str) and not _is_open(item)
                if is_text or (isinstance(item, Mapping) and is_of_the_guide(item)):
                    yield fault.path[:3]

    def _prerequisite(self, path: FieldPath) -> Problem:
        item = self.document.at(*path)
        right = self.stacks.with_name(right_prerequisite(item), self.document)
        end = "The API server refuses the whole Stack, with Validate=false as well: it never reaches the operator"
        fix = f"Write `{in_a_line(right)}`, with the metadata.name of a Stack of the same namespace."
        edits = (SetValue(path, right),) if says_the_same(item, right) else ()
        if isinstance(item, str):
            message = f"{dotted(path)} is a text, and has to be an object with the name of a Stack. {end}"
            return WRONG_TYPE.at(self.document, path, message, fix=fix, edits=edits)
        odd = " and ".join(f"`{key}`" for key in item if key not in ("name", "requirement"))
        has = f"has no fields {odd}" if odd else "takes no name as its `requirement`"
        return UNKNOWN_FIELD.at(
            self.document, path, f"{dotted(path)}: a prerequisite {has}. {end}", fix=fix, edits=edits
        )

    # What a fault says

    def _unknown(self, fault: SchemaFault, shape: Shape) -> tuple[Problem, list[FieldPath]]:
        """What there is to say of an unknown field, and the fields that it stands for."""
        document, path = self.document, fault.path
        around = document.at(*path[:-1])
        meant = meant_field(fault, shape, around, document.api_version, document.kind, self.pko)
        owner = "Kubernetes" if path[0] == "metadata" else f"version {version_text(self.pko)} of the operator"
        message = (
            f"{owner} has no field {dotted(path)} in a {document.kind}. "
            f'The API server refuses the whole object (unknown field "{dotted(path)}"), {_KEEPS}; with Validate=false '
            "it drops the field without a word"
        )
        edits = (RenameKey(path, meant.instead),) if meant.is_certain else ()
        problem = UNKNOWN_FIELD.at(document, path, message, fix=meant.advice, edits=edits)
        return problem, [(*path[:-1], meant.instead), *meant.places]

    def _wrong(self, fault: SchemaFault) -> Problem:
        message = f"{dotted(fault.path)} {told_misfit(fault)}. The API server refuses the whole object, {_KEEPS}"
        fit = fitting_value(fault, self.document)
        if fault.path == ("spec", "resyncFrequencySeconds") and self._is_raised(fit.value):
            fit = FittingValue(f"Write {SHORTEST_RESYNC} or more, without quotes.", SHORTEST_RESYNC)
        edits: tuple[Edit, ...] = () if fit.value is None else (SetValue(fault.path, fit.value),)
        return WRONG_TYPE.at(self.document, fault.path, message, fix=fit.advice, edits=edits)

    def _is_raised(self, seconds: Any) -> bool:
        """Whether the operator takes a longer period between resyncs than this one."""
        resyncs = self.document.at("spec", "continueResyncOnCommitMatch") in (True, "true")
        return resyncs and isinstance(seconds, int) and seconds < SHORTEST_RESYNC

    def _missing(self, fault: SchemaFault) -> Problem:
        field, around = fault.path[-1], dotted(fault.path[:-1])
        message = (
            f"{dotted(fault.path)} is missing, and `{around}` needs it. The API server refuses the whole object "
            f"({dotted(fault.path)}: Required value), {_KEEPS}"
        )
        edits: tuple[Edit, ...] = ()
        fix = _EXAMPLES.get(f"{fault.shape.name}.{field}", f"Add `{field}: …`.")
        if fault.shape.name == "ResourceRef" and (type_ := self._type_of_body(fault.path[:-1])):
            is_there = self.document.has(*fault.path)  # as null
            fix = f"Add `type: {type_}`."
            edits = (SetValue(fault.path, type_) if is_there else AddField(fault.path[:-1], "type", type_),)
        return MISSING_FIELD.at(self.document, fault.path, message, fix=fix, edits=edits)

    def _type_of_body(self, path: FieldPath) -> str:
        """The type that a reference without one must have, by its only body; empty where that isn't clear."""
        reference = next((each for each in value_references(self.document) if each.path == path), None)
        if reference is None or reference.value.get("type") is not None:
            return ""
        bodies = [name for name, body in BODIES.items() if reference.value.get(body) is not None]
        return bodies[0] if len(bodies) == 1 and bodies[0] in reference.types(self.pko) else ""

    # What the tables don't say

    def _nameless(self) -> Iterator[Problem]:
        document = self.document
        name = document.at("metadata", "name")
        if name in (None, "") and not document.word("metadata", "generateName"):
            if document.at("metadata") is None or isinstance(document.at("metadata"), Mapping):
                message = f"metadata.name is missing. The API server refuses the whole object, {_KEEPS}"
                yield MISSING_FIELD.at(document, ("metadata", "name"), message, fix="Add `name: …` under `metadata`.")
        elif isinstance(name, str) and not _is_name(name) and not _is_open(name):
            message = (
                f"metadata.name is {name!r}, and has to be made of lower-case letters, digits, - and ., with a letter "
                f"or a digit at both ends. The API server refuses the whole object, {_KEEPS}"
            )
            lower = name.lower().replace("_", "-").replace(" ", "-")
            fix = f"Write `name: {lower}`." if _is_name(lower) else ""
            yield WRONG_TYPE.at(document, ("metadata", "name"), message, fix=fix)

    def _negative_log_level(self) -> Iterator[Problem]:
        path = ("spec", "workspaceTemplate", "spec", "pulumiLogLevel")
        level = self.document.at(*path) if self.document.kind == "Stack" else None
        if isinstance(level, int) and -(2**31) <= level < 0:
            message = (
                f"{dotted(path)} is negative. The API server takes it and the operator can't read it: its list of all "
                "Stacks breaks off, and no Stack of the cluster is reconciled any more"
            )
            yield WRONG_TYPE.at(self.document, path, message, fix="Write a level from 1 to 11, or take it out.")

    def _references_without_body(self, meant: set[FieldPath]) -> Iterator[Problem]:
        for reference in value_references(self.document):
            type_ = reference.type
            body = BODIES.get(type_, "")
            path = (*reference.path, body)
            if type_ not in reference.types(self.pko) or reference.value.get(body) is not None or path in meant:
                continue
            if reference.path in self._bare:
                continue
            others = [each for each in BODIES.values() if reference.value.get(each) is not None]
            instead = f" (there is `{others[0]}`, which is for another type)" if others else ""
            end = (
                "the Stack stalls with SpecInvalid"
                if reference.is_of_git
                else "the operator retries for ever, and says why only in its own log"
            )
            message = (
                f"{dotted(reference.path)} is of type {type_} and has no `{body}`{instead}: the API server takes it, "
                f"and {end}"
            )
            fix = f"Add `{body}: {_BODY_FORMS[type_]}`."
            yield MISSING_FIELD.at(self.document, reference.path, message, fix=fix)


_BODY_FORMS = {"Secret": "{name: NAME, key: KEY}", "Literal": "{value: …}", "Env": "{name: NAME}", "FS": "{path: PATH}"}
_EXAMPLES = {
    "StackSpec.stack": "Add `stack: ORGANIZATION/PROJECT/STACK`, the name that the Stack has in its backend.",
    "ResourceRef.type": "Add `type: Secret` with `secret: {name: NAME, key: KEY}`, or `type: Literal` with "
    "`literal: {value: …}`.",
    "Prerequisite.name": "Add `name: …`, the metadata.name of a Stack of the same namespace.",
    "PodSpec.containers": "Add `containers: [{name: pulumi}]`: the container named pulumi is the one that runs it.",
}
"""how a missing field is written, by its type and name"""


def _is_open(value: Any) -> bool:
    """Whether something fills a value in before the API server sees it."""
    return isinstance(value, str) and has_placeholder(value.replace("List<", ""))


def _is_name(name: str) -> bool:
    parts = name.split(".")
    return len(name) <= 253 and all(
        part
        and part.strip("-") == part
        and all(each.isascii() and (each.islower() or each.isdigit() or each == "-") for each in part)
        for part in parts
    )
