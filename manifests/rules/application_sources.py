"""What Applications have in common that they shouldn't, and folders that they name and that aren't there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from manifests.delivery.application_deliveries import ApplicationDelivery, RepositorySource, SourceForm
from manifests.delivery.git_sources import SourceOrigin, unresolved
from manifests.delivery.kustomize import KustomizeChange, folder_of
from manifests.document import Document
from manifests.phrases import place_of
from manifests.problem import FieldPath, Problem, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.rules.application_examples import DUPLICATE_EXAMPLES, PATH_EXAMPLES, TWICE_EXAMPLES

PATH = Rule(
    id="argocd/path",
    severity=Severity.ERROR,
    title="an Application's source path isn't in the repository",
    effect="Argo CD reports `app path does not exist` (ComparisonError) and syncs nothing of the Application.",
    remedy="Name a folder of the repository, from its root and without a slash in front.",
    **PATH_EXAMPLES,
)
COVERED_TWICE = Rule(
    id="argocd/covered-twice",
    severity=Severity.ERROR,
    title="two Applications deliver the same Stack",
    effect="In one cluster each Application takes the Stack over at its syncs (SharedResourceWarning), and pruning by "
    "one deletes what the other delivers; in two, both operators run the same backend stack and lock each other out.",
    remedy="Let one Application deliver the file: narrow the path, or take the file out with `directory.exclude`.",
    **TWICE_EXAMPLES,
)
DUPLICATE_APPLICATION = Rule(
    id="argocd/duplicate-application",
    severity=Severity.ERROR,
    title="two Applications have the same name",
    effect="The one that is applied last replaces the other one, and with pruning its resources are deleted.",
    remedy="Give each Application of an Argo CD a name of its own.",
    **DUPLICATE_EXAMPLES,
)

RULES = (PATH, COVERED_TWICE, DUPLICATE_APPLICATION)
_IN_CLUSTER = "https://kubernetes.default.svc"
_Place = tuple[str, int, FieldPath]
_MOST = 200
"""folders beyond which none is looked for that may have been meant"""


def check(repository: Repository) -> Iterator[Problem]:
    yield from _paths(repository)
    yield from _covered_twice(repository)
    yield from _duplicates(repository)


def _place(application: Document, path: FieldPath) -> _Place:
    """Where a field stands; the same for all Applications of one template."""
    return application.file, application.index, (*application.base, *path)


# Paths


def _paths(repository: Repository) -> Iterator[Problem]:
    checkout = repository.checkout
    if checkout is None:
        return
    wrong: dict[_Place, list[RepositorySource]] = defaultdict(list)
    for source in repository.deliveries.sources:
        path = source.fields.get("path")
        if source.origin is not SourceOrigin.HERE or source.patched or source.fields.get("chart"):
            continue
        if not isinstance(path, str) or not path or unresolved(path):
            continue
        missing = source.folder not in checkout.folders and not checkout.in_submodule(source.folder)
        if path.startswith("/") or (source.folder and missing):
            wrong[_place(source.application, (*source.path, "path"))].append(source)
    for sources in wrong.values():
        yield _no_path(repository, sources)


def _no_path(repository: Repository, sources: Sequence[RepositorySource]) -> Problem:
    checkout = repository.checkout
    assert checkout is not None
    source = sources[0]
    path = str(source.fields["path"])
    if path.startswith("/"):
        said = f"the path {path} begins with a slash, and Argo CD refuses it (app path is absolute)"
    elif source.folder in checkout.files:
        said = f"{path} is a file, and Argo CD reads folders (app path is not a directory)"
    else:
        said = f"this repository has no folder {path} at this revision (app path does not exist)"
    others = f", nor the paths of {len(sources) - 1} more Applications of this template" if len(sources) > 1 else ""
    stripped = path.strip("/")
    if path.startswith("/") and stripped in checkout.folders:
        near = stripped
    elif source.folder in checkout.files:
        near = source.folder.rpartition("/")[0] or "."
    else:
        near = _near_folder(source.folder, checkout.folders)
    return PATH.at(
        source.application,
        (*source.path, "path"),
        f"{said}{others}: Argo CD syncs nothing of this Application",
        fix=f"Write `path: {near}`." if near else "",
    )


def _near_folder(wanted: str, folders: frozenset[str]) -> str:
    """The folder that may have been meant by one that isn't there: one beside it, or one of its last name."""
    beside = wanted
    while beside and beside not in folders:
        beside, _, _ = beside.rpartition("/")
    below, named = _folders_by_place(folders)
    candidates = {*below.get(beside, ()), *named.get(wanted.rpartition("/")[2], ())}
    return next(iter(get_close_matches(wanted, sorted(candidates), 1, 0.6)), "") if len(candidates) <= _MOST else ""


@lru_cache(maxsize=1)
def _folders_by_place(folders: frozenset[str]) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Folders by the one that they lie in, and by their last name."""
    below: dict[str, list[str]] = defaultdict(list)
    named: dict[str, list[str]] = defaultdict(list)
    for each in folders - {""}:
        above, _, last = each.rpartition("/")
        below[above].append(each)
        named[last].append(each)
    return below, named


# Stacks that two Applications deliver


def _covered_twice(repository: Repository) -> Iterator[Problem]:
    found: dict[_Place, tuple[ApplicationDelivery, list[Document], dict[Document, None]]] = {}
    for stack in repository.stacks:
        first: dict[object, ApplicationDelivery] = {}
        for delivery in repository.deliveries.of(stack):
            if delivery.kind is SourceForm.HELM or repository.may_be_patched(delivery.application):
                continue
            what = _delivered_as(repository, delivery, stack), delivery.documents[stack]
            before = first.setdefault(what, delivery)
            if before.application is delivery.application:
                continue
            if before.application.name == delivery.application.name and _clash(
                repository, before.application, delivery.application
            ):
                continue  # only one of them is there, which is said of their names
            place = _place(delivery.application, (*delivery.source.path, "path"))
            _, stacks, others = found.setdefault(place, (delivery, [], {}))
            if stack not in stacks[-1:]:
                stacks.append(stack)
            others[before.application] = None
    for delivery, stacks, others in found.values():
        yield _twice(repository, delivery, stacks, list(others))


def _delivered_as(repository: Repository, delivery: ApplicationDelivery, stack: Document) -> object:
    """What a delivery makes of a Stack: the same for two that deliver the same object."""
    if delivery.kind is SourceForm.DIRECTORY:
        return "as it stands"
    folder = delivery.source.folder
    own = delivery.source.fields.get("kustomize")
    given = repository.kustomizations.taken_in(folder).get(stack)
    if not own and not given and repository.kustomizations.changes(stack) is KustomizeChange.NOTHING:
        others = [each.source.folder for each in repository.deliveries.of(stack) if each.kind is SourceForm.KUSTOMIZE]
        if set(others) == {folder}:
            return "as it stands"
    return folder, repr(own)


def _twice(
    repository: Repository, delivery: ApplicationDelivery, stacks: Sequence[Document], before: Sequence[Document]
) -> Problem:
    stack = stacks[0]
    more = f" and {len(stacks) - 1} more" if len(stacks) > 1 else ""
    rest = f" and {len(before) - 1} more" if len(before) > 1 else ""
    where = repository.deliveries.place(stack)
    return COVERED_TWICE.at(
        delivery.application,
        (*delivery.source.path, "path"),
        f"this Application delivers {stack.title} of {where}{more}, which {before[0].title}{rest} delivers too: "
        + _consequence(delivery.application, before[0]),
    )


def _consequence(one: Document, other: Document) -> str:
    """What two Applications do to each other that deliver the same object, to one cluster or to two."""
    destinations = [each.mapping("spec", "destination") for each in (one, other)]
    for word in ("server", "name"):
        here, there = (each.get(word) for each in destinations)
        if here and there and here != there:
            return "both operators run the same backend stack, and lock each other out"
    return "they take it from each other at every sync, and pruning by one deletes what the other delivers"


# Names


def _duplicates(repository: Repository) -> Iterator[Problem]:
    named: dict[str, list[Document]] = defaultdict(list)
    for application in repository.applications:
        if application.name and not unresolved(application.name) and not repository.may_be_patched(application):
            named[application.name].append(application)
    said: set[_Place] = set()
    for name, applications in named.items():
        for at, application in enumerate(applications[1:], 1):
            other = next((each for each in applications[:at] if _clash(repository, each, application)), None)
            place = _place(application, ("metadata", "name"))
            if other is None or place in said:
                continue
            said.add(place)
            made = repository.made(application)
            maker = f" that {made.maker.title} makes" if made else ""
            where = place_of(other, ("metadata", "name"))
            yield DUPLICATE_APPLICATION.at(
                application,
                ("metadata", "name"),
                f"an Application{maker} is called {name}, as another one is ({where}): the one that is applied last "
                "replaces the other, and what only the other one delivers is pruned or left behind",
            )


def _clash(repository: Repository, one: Document, other: Document) -> bool:
    """Whether two Applications of the same name would be one object of the same Argo CD."""
    if one.is_live or other.is_live:
        return False  # a cluster holds each name once
    if not repository.may_share_namespace(one, other):
        return False
    roots = [set(repository.kustomizations.roots.get(each, ())) for each in (one, other)]
    if roots[0] and roots[1] and not roots[0] & roots[1]:
        return False
    if _parents(repository, one).isdisjoint(_parents(repository, other)):
        return False
    return not _may_be_of_several_argo_cds(repository, one, other) and not _is_copy_for_another_cluster(
        repository, one, other
    )


def _parents(repository: Repository, application: Document) -> set[str]:
    """The clusters that it is delivered to, as the Applications that deliver it name them; any where none does."""
    found = set()
    for delivery in repository.deliveries.of(application):
        destination = delivery.application.mapping("spec", "destination")
        found.add(str(destination.get("server") or destination.get("name") or ""))
    return found or {_IN_CLUSTER}


def _may_be_of_several_argo_cds(repository: Repository, one: Document, other: Document) -> bool:
    """Whether different Applications deliver them that lie in different folders, and that nobody delivers but they
    themselves: each may be the root of another Argo CD."""
    roots = [{delivery.application for delivery in repository.deliveries.of(each)} for each in (one, other)]
    folders = [{folder_of(repository.deliveries.place(root)) for root in each} for each in roots]
    if not all(roots) or folders[0] & folders[1]:
        return False
    return all(
        delivery.application is root for each in roots for root in each for delivery in repository.deliveries.of(root)
    )


def _is_copy_for_another_cluster(repository: Repository, one: Document, other: Document) -> bool:
    """Whether they stand in files of the same name, in folders that differ in one name, and both are for the cluster of
    their own Argo CD: then each cluster has one."""
    first, second = (repository.deliveries.place(each).split("/") for each in (one, other))
    if len(first) != len(second) or first[-1] != second[-1]:
        return False
    if sum(here != there for here, there in zip(first, second, strict=True)) != 1:
        return False
    destinations = [each.mapping("spec", "destination") for each in (one, other)]
    return all(each.get("server") == _IN_CLUSTER or each.get("name") == "in-cluster" for each in destinations)
