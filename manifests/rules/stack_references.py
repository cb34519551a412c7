"""The rule of references' types: from what a Stack may take a value."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.field_names import dotted, letters
from manifests.placeholders import has_placeholder
from manifests.problem import Problem, SetValue, Severity
from manifests.product_versions import ProductVersion
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.schema.value_references import BODIES, ValueReference, value_references
from manifests.stack_example import STACK_EXAMPLE

REFERENCE_TYPE = Rule(
    id="stack/reference-type",
    severity=Severity.ERROR,
    title="a reference has a type that the operator can't read",
    effect="`Env` and `FS` stall the Stack with SpecInvalid since PKO 2, as does anything but `Secret` in gitAuth; a "
    "type that there isn't fails in silence: no condition, no event, and the operator retries for ever.",
    remedy="Write `type: Secret` with `secret: {name: NAME, key: KEY}`, or `type: Literal` with `literal: {value: …}`.",
    wrong=STACK_EXAMPLE
    + """\
  envRefs:
    KUBECONFIG:
      type: StackOutput
      stack: cluster-dev
      output: kubeconfig
""",
    right=STACK_EXAMPLE
    + """\
  secretsRef:
    kubernetes:kubeconfig:
      type: Secret
      secret:
        name: cluster-dev
        key: kubeconfig
""",
    alike=STACK_EXAMPLE
    + """\
  envRefs:
    OUTPUT:
      type: Literal
      literal:
        value: StackOutput
""",
)

RULES = (REFERENCE_TYPE,)

_SECRET = "`type: Secret` with `secret: {name: NAME, key: KEY}`"  # noqa: S105 - how a reference is written
_OPTIONS = {
    "stackoutput": "No version of the operator can hand on outputs. Read them in the program with a StackReference; or "
    "import them in an ESC environment and name it in `spec.environment`; or let the other program write a Kubernetes "
    f"Secret, and write {_SECRET} (of a kubeconfig under `secretsRef`, as `kubernetes:kubeconfig`: the variable "
    "KUBECONFIG wants a path).",
    "configmap": "Of a ConfigMap, configuration comes through `configRef: {KEY: {name: NAME, key: KEY}}`, and "
    "variables through `workspaceTemplate.spec.env` or `envFrom`, as in any pod.",
    "env": f"The operator's own variables can't be read any more: write {_SECRET}, or `type: Literal`.",
    "fs": f"The operator's own files can't be read any more: write {_SECRET}, or mount a volume with "
    "`workspaceTemplate.spec.podTemplate`.",
}
_ALIASES = {
    "outputs": "stackoutput",
    "output": "stackoutput",
    "stackreference": "stackoutput",
    "configmapkeyref": "configmap",
}
_ALIASES |= {"configmapref": "configmap", "filesystem": "fs", "file": "fs", "stack": "stackoutput"}


def check(repository: Repository) -> Iterator[Problem]:
    pko = repository.versions.pko
    for stack in repository.stacks:
        for reference in value_references(stack):
            type_ = reference.type
            is_text = isinstance(reference.value.get("type"), str)
            if is_text and type_ not in reference.types(pko) and not has_placeholder(type_):
                yield _problem(stack, reference, pko)


def _problem(stack: Document, reference: ValueReference, pko: ProductVersion) -> Problem:
    type_, types = reference.type, reference.types(pko)
    near = next((each for each in types if letters(each) == letters(type_)), "")
    word = letters(type_)
    options = _OPTIONS.get(_ALIASES.get(word, word), "")
    if near:
        fix = f"Write `type: {near}`."
    elif reference.is_of_git and pko >= (2, 0, 0):
        fix = f"Write {_SECRET}, of a Secret in the Stack's namespace."
    elif options and pko >= (2, 0, 0):
        fix = options
    else:
        fix = f"The types are {', '.join(types)}, in exactly these letters."
    path = (*reference.path, "type")
    said = f"`{type_[:_LONGEST]}`" if type_ else "empty"
    message = f"{dotted(path)} is {said}{_odd_fields(reference)}. {_end(reference, pko)}"
    edits = (SetValue(path, near),) if near and BODIES[near] in reference.value else ()
    return REFERENCE_TYPE.at(stack, path, message, fix=fix, edits=edits)


_LONGEST = 40


def _odd_fields(reference: ValueReference) -> str:
    """The fields that a type brings along which isn't one."""
    odd = [f"`{key[:_LONGEST]}`" for key in reference.value if key != "type" and key not in BODIES.values()]
    return f", with {' and '.join(odd[:3])}: there is no such reference" if odd else ""


def _end(reference: ValueReference, pko: ProductVersion) -> str:
    odd = any(key != "type" and key not in BODIES.values() for key in reference.value)
    begin = (
        "The API server refuses the whole Stack for that; with Validate=false it drops the fields, and then "
        if odd
        else ""
    )
    if reference.is_of_git and pko >= (2, 0, 0):
        end = "for Git the operator reads Secrets only: the Stack stalls with SpecInvalid"
    elif reference.type in BODIES:
        end = "version 2 of the operator reads its own variables and files no more: the Stack stalls with SpecInvalid"
    else:
        end = (
            "the operator finds an unsupported type and retries the Stack for ever, without a condition, an event or a "
            "word in its status"
        )
    return begin + end if begin else end[0].upper() + end[1:]
