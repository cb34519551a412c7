"""The objects that a Stack needs before it can run, as its fields name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from manifests.document import Document
from manifests.named_sources import named_source
from manifests.problem import FieldPath
from manifests.secret_uses import secret_uses
from manifests.service_accounts import DEFAULT, account_field


class StackNeed(NamedTuple):
    """An object in the namespace of the Stack, and the field that names it."""

    path: FieldPath
    group: str
    kind: str
    name: str


def service_account(stack: Document) -> str:
    """The service account of its workspace."""
    return stack.word(*account_field(stack)) or DEFAULT


def stack_needs(stack: Document) -> Iterator[StackNeed]:
    """Each of them once for each field; the service account that every namespace has isn't one."""
    account = account_field(stack)
    if name := stack.word(*account):
        yield StackNeed(account, "", "ServiceAccount", name)
    if source := named_source(stack):
        yield StackNeed(source.path, source.group, source.kind, source.name)
    for use in secret_uses(stack):
        yield StackNeed(use.path, "", "Secret", use.name)
