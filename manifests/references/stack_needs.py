"""The objects that a Stack needs before it can run, as its fields name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from manifests.document import Document
from manifests.references.named_sources import named_source
from manifests.references.secret_uses import secret_uses
from manifests.references.service_accounts import DEFAULT, workspace_account
from manifests.repository import Repository


class StackNeed(NamedTuple):
    """An object in the namespace of the Stack."""

    group: str
    kind: str
    name: str


def stack_needs(repository: Repository, stack: Document) -> Iterator[StackNeed]:
    """Its service account, unless it is the one that every namespace has, its Program or source, and its Secrets."""
    account = workspace_account(repository, stack)
    if account is not None and account.name != DEFAULT:
        yield StackNeed("", "ServiceAccount", account.name)
    if source := named_source(stack):
        yield StackNeed(source.group, source.kind, source.name)
    for name in dict.fromkeys(use.name for use in secret_uses(stack)):
        yield StackNeed("", "Secret", name)
