"""What may have been meant by a name that isn't there."""

from __future__ import annotations

from manifests.document import Document
from manifests.field_names import nearest_names
from manifests.repository import Repository

_MOST = 200
"""documents of a kind beyond which nothing is looked for"""


def maybe_meant(repository: Repository, near: Document, group: str, kind: str, name: str) -> str:
    """A sentence about what has nearly that name, to stand behind another one; empty where nothing has."""
    documents = repository.of_kind(group, kind)
    if len(documents) > _MOST:
        return ""
    names = {each.name for each in documents if each is not near and repository.may_share_namespace(each, near)}
    found = nearest_names(name, names - {name, ""})
    return f". There is {' and '.join(found)}: perhaps that was meant" if found else ""
