"""The rule of what the operator ignores, or takes for the last time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from manifests.document import Document
from manifests.field_names import dotted
from manifests.problem import Edit, FieldPath, Problem, RemoveField, SetValue, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.schema.known_kinds import LONGEST_STACK_NAME
from manifests.stack_example import STACK_EXAMPLE

DEAD_FIELD = Rule(
    id="stack/dead-field",
    severity=Severity.WARNING,
    title="a field that PKO 2 ignores or is about to drop, or the old API version v1alpha1",
    effect="An ignored field promises what doesn't happen; a deprecated one works until the version that drops it.",
    remedy="Take the field out, or write what took its place.",
    wrong=STACK_EXAMPLE + "  retryOnUpdateConflict: true\n",
    right=STACK_EXAMPLE,
    alike=STACK_EXAMPLE
    + """\
  updateTemplate:
    spec:
      expectNoChanges: true
""",
    gives_way_to=("stack/secret-in-git", "stack/git-auth", "stack/unknown-field", "stack/wrong-type"),
)

RULES = (DEAD_FIELD,)


@dataclass(frozen=True, slots=True)
class _Dead:
    path: FieldPath
    what: str
    fix: str
    is_ignored: bool = False


_DEAD = (
    _Dead(
        ("spec", "retryOnUpdateConflict"),
        "is ignored since PKO 2: an update that meets a lock fails, and is retried like any other failure",
        "Take it out.",
        is_ignored=True,
    ),
    _Dead(
        ("spec", "expectNoRefreshChanges"),
        "is ignored since PKO 2: a refresh that finds changes goes through",
        "Take it out. `updateTemplate.spec.expectNoChanges: true` makes a run fail that changes anything (PKO 2.1).",
        is_ignored=True,
    ),
    _Dead(
        ("spec", "accessTokenSecret"),
        "is deprecated: it works, and the version that drops it will refuse it",
        "Write `envRefs: {PULUMI_ACCESS_TOKEN: {type: Secret, secret: {name: NAME, key: accessToken}}}`.",
    ),
    _Dead(
        ("spec", "envs"),
        "is deprecated: it works, and the version that drops it will refuse it",
        "Write `workspaceTemplate: {spec: {envFrom: [{configMapRef: {name: NAME}}]}}`.",
    ),
    _Dead(
        ("spec", "envSecrets"),
        "is deprecated: it works, and the version that drops it will refuse it",
        "Write `envRefs`, or `workspaceTemplate: {spec: {envFrom: [{secretRef: {name: NAME}}]}}` for a whole Secret.",
    ),
    _Dead(
        ("spec", "secrets"),
        "is deprecated: it works, and the version that drops it will refuse it",
        "Write `secretsRef: {KEY: {type: Secret, secret: {name: NAME, key: KEY}}}`.",
    ),
    *(
        _Dead(
            ("spec", template, "status"),
            "is ignored: a template's status is never applied",
            "Take it out.",
            is_ignored=True,
        )
        for template in ("workspaceTemplate", "updateTemplate")
    ),
)


def check(repository: Repository) -> Iterator[Problem]:
    is_v2 = repository.versions.pko >= (2, 0, 0)
    for stack in repository.stacks:
        if stack.api_version == "pulumi.com/v1alpha1":
            yield _old_version(stack)
        spec = stack.mapping("spec")
        for dead in _DEAD if is_v2 else ():
            if dead.path[1] in spec and stack.has(*dead.path):
                message = f"{dotted(dead.path)} {dead.what}"
                edits: tuple[Edit, ...] = (RemoveField(dead.path),) if dead.is_ignored else ()
                yield DEAD_FIELD.at(stack, dead.path, message, fix=dead.fix, edits=edits)


def _old_version(stack: Document) -> Problem:
    message = (
        "pulumi.com/v1alpha1 is the old version of the API: what reads a Stack in it sees no conditions, and can't "
        "tell how it is"
    )
    edits = (SetValue(("apiVersion",), "pulumi.com/v1"),) if len(stack.name) <= LONGEST_STACK_NAME else ()
    return DEAD_FIELD.at(stack, ("apiVersion",), message, fix="Write `apiVersion: pulumi.com/v1`.", edits=edits)
