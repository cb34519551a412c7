"""Manifests that no Application delivers, where others are delivered."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.delivery.application_deliveries import ApplicationDelivery, Deliveries, SourceForm
from manifests.delivery.kustomize import folder_of
from manifests.document import Document
from manifests.problem import Problem, Severity
from manifests.repository import PULUMI, RBAC, Repository
from manifests.rule import Rule
from manifests.rules.application_examples import ORPHAN_EXAMPLES

ORPHAN = Rule(
    id="argocd/orphan",
    severity=Severity.WARNING,
    title="no Application delivers a manifest",
    effect="It is in Git, and no cluster ever gets it. An Application of a plain directory takes only the files "
    "right in it unless `directory.recurse` is true, and one of a kustomization what that lists.",
    remedy="Move it below the path of an Application, list it in the kustomization, or set `directory.recurse: true`.",
    **ORPHAN_EXAMPLES,
)

RULES = (ORPHAN,)

_OURS = frozenset({"Stack", "Program"})
_BESIDE = frozenset({
    ("", "ServiceAccount"), ("", "Secret"), (RBAC, "ClusterRoleBinding"), (RBAC, "RoleBinding"), (RBAC, "Role"),
    (RBAC, "ClusterRole"), ("external-secrets.io", "ExternalSecret"), ("bitnami.com", "SealedSecret"),
    ("source.toolkit.fluxcd.io", "GitRepository"), ("source.toolkit.fluxcd.io", "OCIRepository"),
    ("source.toolkit.fluxcd.io", "Bucket"),
})  # fmt: skip
"""Kinds that are often applied by hand: only below a folder that an Application delivers one may be forgotten."""


def check(repository: Repository) -> Iterator[Problem]:
    deliveries = repository.deliveries
    if not deliveries.found:
        return
    for document in repository.documents:
        kind = (document.group, document.kind)
        ours = document.group == PULUMI and document.kind in _OURS
        if document.is_live or not (ours or kind in _BESIDE):
            continue
        if deliveries.of(document) or deliveries.may_cover(document) or not document.name:
            continue
        place = deliveries.place(document)
        above = _above(deliveries, place)
        if above is None and not ours:
            continue
        yield ORPHAN.at(
            document,
            ("kind",),
            f"no Application delivers this {document.kind}, so nobody applies it: "
            + _why(repository, document, place, above),
            fix=_fix(repository, place, above),
        )


def _above(deliveries: Deliveries, place: str) -> ApplicationDelivery | None:
    """The delivery with the nearest folder above a file."""
    folders = {each.source.folder: each for each in deliveries.found}
    folder = folder_of(place)
    while True:
        if folder in folders:
            return folders[folder]
        if not folder:
            return None
        folder = folder_of(folder)


def _why(repository: Repository, document: Document, place: str, above: ApplicationDelivery | None) -> str:
    if above is None:
        if repository.kustomizations.roots.get(document):
            return "no Application builds the kustomization that lists it"
        return f"none of their paths is {_source_folder(repository, place) or '.'} or a folder above it"
    who, folder = above.application.title, above.source.folder or "."
    if above.kind is SourceForm.KUSTOMIZE:
        return f"{who} delivers {folder}, and its kustomization doesn't list {place}"
    if above.kind is SourceForm.DIRECTORY and folder_of(place) != above.source.folder:
        return f"{who} delivers {folder}, and a plain directory takes only what lies right in it"
    return f"{who} delivers {folder} without this file"


def _source_folder(repository: Repository, place: str) -> str:
    """The folder that an Application would name to deliver a file: of a template that of its chart."""
    folder = above = folder_of(place)
    while above not in repository.charts:
        if not above:
            return folder
        above = folder_of(above)
    return above


def _fix(repository: Repository, place: str, above: ApplicationDelivery | None) -> str:
    if above is None:
        return f"Add an Application with `path: {_source_folder(repository, place) or '.'}`."
    if above.kind is SourceForm.KUSTOMIZE:
        return f"List {place} in the `resources` of the kustomization."
    if above.kind is SourceForm.DIRECTORY and folder_of(place) != above.source.folder:
        return "Write `directory: {recurse: true}` in the source of that Application."
    return "See `directory.include` and `directory.exclude` of that Application, which say what files it takes."
