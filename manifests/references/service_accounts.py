"""The service accounts that workspaces run as, and the bindings that reach them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from manifests.document import Document
from manifests.field_names import WORKSPACE_TEMPLATE
from manifests.problem import FieldPath
from manifests.repository import RBAC, Repository

DEFAULT = "default"
"""what every namespace has"""
AUTH_DELEGATOR = "system:auth-delegator"
"""the ClusterRole that the account of every workspace needs, by a ClusterRoleBinding"""
_FIELDS: tuple[FieldPath, ...] = (
    (*WORKSPACE_TEMPLATE, "podTemplate", "spec", "serviceAccountName"),
    (*WORKSPACE_TEMPLATE, "serviceAccountName"),
    ("spec", "serviceAccountName"),
)
"""where a Stack names one, the field that wins first"""
_USER = "system:serviceaccount:"
_EVERY = "system:serviceaccounts"
_ANYONE = frozenset({_EVERY, "system:authenticated"})

EVERYTHING = "cluster-admin"
REVIEWS = frozenset(
    {("authentication.k8s.io", "tokenreviews"), ("authorization.k8s.io", "subjectaccessreviews")},
)
"""what a workspace's agent creates to know who calls it"""
_BUILT_IN = ("view", "edit", "admin")


@dataclass(frozen=True, slots=True)
class WorkspaceAccount:
    """The service account that a Stack's workspace runs as."""

    name: str
    namespaces: frozenset[str]
    """in which it may be; empty where nothing tells"""
    path: FieldPath
    """the field that names it; empty where none does"""

    @property
    def title(self) -> str:
        here = next(iter(self.namespaces)) if len(self.namespaces) == 1 else ""
        return f"service account {here}/{self.name}" if here else f"service account {self.name}"


def account_field(stack: Document) -> FieldPath:
    """The field of a Stack that says its account; the last that may where none does."""
    if stack.at("spec", "workspaceTemplate") is None:
        return _FIELDS[-1]
    return next((path for path in _FIELDS if stack.at(*path) not in (None, "")), _FIELDS[-1])


def workspace_account(repository: Repository, stack: Document) -> WorkspaceAccount | None:
    """None where it can't be told: where a patch may name one, or something that is no name stands there."""
    path = account_field(stack)
    name = stack.at(*path)
    if name is None or name == "":
        if not stack.mapping("spec") or repository.may_be_patched(stack):
            return None
        return WorkspaceAccount(DEFAULT, repository.namespaces(stack), ())
    return WorkspaceAccount(name, repository.namespaces(stack), path) if isinstance(name, str) else None


class AccountBindings:
    """The bindings of a repository by whom they reach."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._reaching: dict[tuple[str, frozenset[str]], list[Document]] = {}

    def reaching(self, account: WorkspaceAccount) -> list[Document]:
        """The ClusterRoleBindings and RoleBindings that may reach an account."""
        key = (account.name, account.namespaces)
        if key not in self._reaching:
            self._reaching[key] = list(dict.fromkeys(self._reach(account)))
        return self._reaching[key]

    def _reach(self, account: WorkspaceAccount) -> Iterator[Document]:
        by_name, by_group = self._by_subject
        named = by_name.get(account.name, {})
        for namespace in ("", *sorted(self._written_namespaces(account))) if account.namespaces else named:
            for binding in named.get(namespace, ()):
                yield from self._in_scope(binding, account)
        for name, binding in self._changeable:
            if name in account.name:
                yield from self._in_scope(binding, account)
        for group in (*_ANYONE, *(each for each in by_group if each not in _ANYONE)):
            namespace = group.removeprefix(f"{_EVERY}:")
            if group in _ANYONE or not account.namespaces or namespace in account.namespaces:
                for binding in by_group.get(group, ()):
                    yield from self._in_scope(binding, account)

    @cached_property
    def _changeable(self) -> list[tuple[str, Document]]:
        """The accounts of bindings that Kustomize may change: the namespace, and what stands around the name."""
        by_name, _ = self._by_subject
        found = ((name, binding) for name, spaces in by_name.items() for each in spaces.values() for binding in each)
        return [(name, binding) for name, binding in found if name and self._repository.may_be_patched(binding)]

    def _written_namespaces(self, account: WorkspaceAccount) -> set[str]:
        """The namespaces that subjects may name for an account: its own, and those that stand in ServiceAccounts which
        Kustomize puts there, since it changes subjects with them."""
        places = self._repository.by_namespace("", "ServiceAccount", account.name)
        return {
            *account.namespaces,
            *(
                each.namespace or DEFAULT  # for Kustomize, what names none is in the namespace default
                for namespace in account.namespaces
                for each in places.get(namespace, ())
            ),
        }

    def _in_scope(self, binding: Document, account: WorkspaceAccount) -> Iterator[Document]:
        where = self._repository.namespaces(binding)
        if binding.kind == "ClusterRoleBinding" or not where or not account.namespaces or where & account.namespaces:
            yield binding

    @cached_property
    def _by_subject(self) -> tuple[dict[str, dict[str, list[Document]]], dict[str, list[Document]]]:
        """Bindings by the name of an account and the namespace that is said, and by the name of a group."""
        accounts: dict[str, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
        groups: dict[str, list[Document]] = defaultdict(list)
        for kind in ("ClusterRoleBinding", "RoleBinding"):
            for binding in self._repository.of_kind(RBAC, kind):
                for _, subject in binding.mappings("subjects"):
                    name = subject.get("name")
                    if not isinstance(name, str):
                        continue
                    if subject.get("kind") == "ServiceAccount":
                        namespace = subject.get("namespace")
                        accounts[name][namespace if isinstance(namespace, str) else ""].append(binding)
                    elif subject.get("kind") == "User" and name.startswith(_USER):
                        namespace, _, account = name.removeprefix(_USER).partition(":")
                        accounts[account][namespace].append(binding)
                    elif subject.get("kind") == "Group" and (name in _ANYONE or name.startswith(f"{_EVERY}:")):
                        groups[name].append(binding)
        return accounts, groups


def rules_of(roles: Iterable[Document]) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """The rules of roles."""
    for role in roles:
        yield from role.mappings("rules")


def reviews_of(repository: Repository, role: str) -> frozenset[tuple[str, str]] | None:
    """Which of the reviews a ClusterRole lets create; None where the repository can't tell."""
    if role in (AUTH_DELEGATOR, EVERYTHING):
        return REVIEWS
    if role in _BUILT_IN or role.startswith("system:"):
        return frozenset()
    roles = list(repository.named(RBAC, "ClusterRole", role))
    if not roles or any(each.at("aggregationRule") is not None or repository.may_be_patched(each) for each in roles):
        return None
    rules = [rule for _, rule in rules_of(roles)]
    return frozenset(review for review in REVIEWS if any(allows(rule, *review, "create") for rule in rules))


def allows(rule: Mapping[str, Any], group: str, resource: str, verb: str) -> bool:
    """Whether a rule of a role lets do this; `*` asks for everything."""
    return all(
        isinstance(allowed := rule.get(field), list) and (wanted in allowed or "*" in allowed)
        for field, wanted in (("apiGroups", group), ("resources", resource), ("verbs", verb))
    ) and not rule.get("resourceNames")
