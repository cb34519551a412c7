"""The Stacks that a Stack waits for: that they are there, near, and don't wait for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from manifests.document import Document
from manifests.phrases import listed, place_of
from manifests.placeholders import has_placeholder
from manifests.problem import Edit, FieldPath, Problem, SetValue, Severity
from manifests.references.near_names import maybe_meant
from manifests.references.unread_files import UnreadFiles
from manifests.repository import PULUMI, Repository
from manifests.rule import Rule

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {name}
  namespace: {namespace}
spec:
  stack: acme/{name}/dev
  projectRepo: https://github.com/acme/{name}.git
  branch: main
"""
_NEEDS = """\
  prerequisites:
    - name: {name}
"""
_DATA = _STACK.format(name="data", namespace="shop")
_DATA_ANYWHERE = _DATA.replace("  namespace: shop\n", "")
_WEB = _STACK.format(name="web", namespace="shop")

MISSING = Rule(
    id="ref/prerequisite-missing",
    severity=Severity.ERROR,
    title="a prerequisite names no Stack of the repository",
    effect="The Stack waits with PrerequisiteNotSatisfied until a Stack of that name is there, and looks at nothing "
    "else meanwhile: it never runs.",
    remedy="Name the Stack by its metadata.name, in the same namespace.",
    wrong=f"{_DATA}---\n{_WEB}{_NEEDS.format(name='acme/data/dev')}",
    right=f"{_DATA}---\n{_WEB}{_NEEDS.format(name='data')}",
    alike=f"{_DATA_ANYWHERE}---\n{_WEB}{_NEEDS.format(name='data')}",
)
CYCLE = Rule(
    id="ref/prerequisite-cycle",
    severity=Severity.ERROR,
    title="Stacks wait for each other in a circle",
    effect="Each waits for the others to succeed first: none of them ever runs, and no status says why.",
    remedy="Take one prerequisite out, and move what both need of each other into one of them.",
    wrong=f"{_DATA}{_NEEDS.format(name='web')}---\n{_WEB}{_NEEDS.format(name='data')}",
    right=f"{_DATA}---\n{_WEB}{_NEEDS.format(name='data')}",
    alike=f"""\
{_DATA}---
{_STACK.format(name="queue", namespace="shop")}{_NEEDS.format(name="data")}---
{_WEB}{_NEEDS.format(name="data")}    - name: queue
""",
)
OTHER_NAMESPACE = Rule(
    id="ref/prerequisite-other-namespace",
    severity=Severity.ERROR,
    title="a prerequisite is in another namespace",
    effect="The operator looks in the Stack's own namespace alone, and there is no field for another one: the Stack "
    "waits with PrerequisiteNotSatisfied for ever.",
    remedy="Keep Stacks that wait for each other in one namespace, or let the program wait for the other's outputs.",
    wrong=f"{_STACK.format(name='data', namespace='data')}---\n{_WEB}{_NEEDS.format(name='data')}",
    right=f"{_DATA}---\n{_WEB}{_NEEDS.format(name='data')}",
    alike=f"""\
{_STACK.format(name="data", namespace="data")}---
{_DATA.replace("acme/data/dev", "acme/data/shop")}---
{_WEB}{_NEEDS.format(name="data")}""",
)

RULES = (MISSING, CYCLE, OTHER_NAMESPACE)


class _Step(NamedTuple):
    """From a Stack to one that it waits for."""

    to: Document
    path: FieldPath


def check(repository: Repository) -> Iterator[Problem]:
    unread = UnreadFiles(repository)
    by_backend_stack: dict[str, list[Document]] = defaultdict(list)
    for stack in repository.stacks:
        by_backend_stack[stack.word("spec", "stack")].append(stack)
    steps: dict[Document, list[_Step]] = {}
    for stack in repository.stacks:
        for path, prerequisite in stack.mappings("spec", "prerequisites"):
            name = prerequisite.get("name")
            if not isinstance(name, str) or not name or has_placeholder(name):
                continue
            found = list(repository.named(PULUMI, "Stack", name, near=stack))
            if found:
                only = _only_one(stack, found)
                if only is not None:
                    steps.setdefault(stack, []).append(_Step(only, (*path, "name")))
            elif repository.knows(PULUMI, "Stack", near=stack) and (
                "/" in name or not unread.may_make(PULUMI, "Stack", name, stack)  # no object has such a name
            ):
                yield _not_found(repository, stack, (*path, "name"), name, by_backend_stack)
    yield from _cycles(steps)


def _only_one(stack: Document, found: list[Document]) -> Document | None:
    """Which of several documents is meant, where their namespaces don't tell: the one of the same folder."""
    if len(found) == 1:
        return found[0]
    near = [each for each in found if PurePosixPath(each.file).parent == PurePosixPath(stack.file).parent]
    return near[0] if len(near) == 1 else None


def _not_found(
    repository: Repository,
    stack: Document,
    path: FieldPath,
    name: str,
    by_backend_stack: Mapping[str, list[Document]],
) -> Problem:
    other = next(repository.named(PULUMI, "Stack", name), None)
    if other is not None:
        return _far(repository, stack, path, f"the Stack {name}", other)
    meant = [
        each
        for each in by_backend_stack.get(name, ())
        if each.name and each is not stack and repository.may_share_namespace(each, stack)
    ]
    if meant:
        return _by_backend_stack(repository, stack, path, name, meant)
    if far := [each for each in by_backend_stack.get(name, ()) if each is not stack]:
        return _far(repository, stack, path, f"{name} is the spec.stack of the Stack {far[0].name}, which", far[0])
    return MISSING.at(
        stack,
        path,
        f"there is no Stack {name}: this one waits for it with PrerequisiteNotSatisfied, and never runs"
        + maybe_meant(repository, stack, PULUMI, "Stack", name),
        fix=f"Name a Stack of the same namespace by its metadata.name, or add the Stack {name}.",
    )


def _far(repository: Repository, stack: Document, path: FieldPath, subject: str, other: Document) -> Problem:
    """Where the Stack that is meant is in another namespace."""
    there = listed(sorted(repository.namespaces(other)))
    here = listed(sorted(repository.namespaces(stack)), "or")
    return OTHER_NAMESPACE.at(
        stack,
        path,
        f"{subject} is in the namespace {there} ({place_of(other)}), and this one in {here}; the operator looks in its "
        "own alone, so that it waits for ever",
        fix=f"Move one of them, so that both are in {there} or {here}, or take the prerequisite out.",
    )


def _by_backend_stack(
    repository: Repository, stack: Document, path: FieldPath, name: str, meant: list[Document]
) -> Problem:
    """Where the name of a backend's stack stands in place of a Stack's name."""
    right = meant[0].name
    certain = len(meant) == 1 and not repository.may_be_patched(meant[0])
    edits: list[Edit] = [SetValue(path, right)] if certain else []
    return MISSING.at(
        stack,
        path,
        f"{name} is the spec.stack of the Stack {right} ({place_of(meant[0])}); a prerequisite is a Stack's "
        "metadata.name, and there is none of that name: this one waits for ever",
        fix=f"Write\n  - name: {right}",
        edits=edits,
    )


def _cycles(steps: Mapping[Document, list[_Step]]) -> Iterator[Problem]:
    """A problem for each cycle that is met, at the first of its Stacks; each place once."""
    done: set[Document] = set()
    told: set[tuple[Document, FieldPath]] = set()
    for start in steps:
        way: list[tuple[Document, Iterator[_Step]]] = []
        on_it: dict[Document, int] = {}
        taken: list[_Step] = []
        if start not in done:
            way, on_it = [(start, iter(steps[start]))], {start: 0}
        while way:
            stack, left = way[-1]
            step = next(left, None)
            if step is None:
                way.pop()
                done.add(stack)
                del on_it[stack]
                if taken:
                    taken.pop()
            elif step.to in on_it:
                first = on_it[step.to]
                stacks = [each for each, _ in way[first:]]
                place = min(range(len(stacks)), key=[(each.file, each.index) for each in stacks].__getitem__)
                around = [*taken[first:], step]
                if (stacks[place], around[place].path) not in told:
                    told.add((stacks[place], around[place].path))
                    yield _cycle([*stacks[place:], *stacks[:place]], around[place].path)
            elif step.to not in done:
                on_it[step.to] = len(way)
                way.append((step.to, iter(steps.get(step.to, ()))))
                taken.append(step)


def _cycle(stacks: list[Document], path: FieldPath) -> Problem:
    """What is said of a cycle at a prerequisite of its first Stack."""
    names = [each.name for each in stacks]
    if len(names) == 1:
        message = f"{names[0]} is a prerequisite of itself: it waits for its own success, and never runs"
    else:
        message = f"{_chain(names)}: each waits for the next one to succeed first, and none of them ever runs"
    return CYCLE.at(stacks[0], path, message, fix=CYCLE.remedy if len(names) > 1 else "Take it out.")


def _chain(names: list[str]) -> str:
    most = 8
    shown = names if len(names) <= most else [*names[: most - 2], "…", names[-1]]
    return " waits for ".join([*shown, names[0]])
