"""Say that no Application is checked, where all of them are of another branch than the one that is checked out."""

from __future__ import annotations

from manifests.delivery.git_sources import SourceOrigin, unresolved
from manifests.phrases import listed
from manifests.repository import Repository


def other_revision_hint(repository: Repository) -> str:
    """A sentence; empty where an Application is of what is checked out, or none of this repository."""
    if repository.checkout is None:
        return ""
    revisions: dict[str, None] = {}
    for source in repository.deliveries.sources:
        if source.origin is SourceOrigin.HERE:
            return ""
        revision = source.fields.get("targetRevision")
        if source.origin is SourceOrigin.OTHER_REVISION and isinstance(revision, str) and not unresolved(revision):
            revisions[revision] = None
    if not revisions:
        return ""
    branch = repository.checkout.branch
    here = f"the branch {branch} is checked out" if branch else "a commit of no known branch is checked out"
    return (
        f"{here}, while the Applications deliver {listed(list(revisions))}: nothing is said of their paths, or of what "
        "they deliver"
    )
