"""The service accounts of workspaces: that they are there, and have the rights that they need and no more."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.phrases import listed, place_of
from manifests.placeholders import has_placeholder
from manifests.problem import FieldPath, Problem, Severity
from manifests.references.near_names import maybe_meant
from manifests.references.service_accounts import (
    AUTH_DELEGATOR,
    DEFAULT,
    EVERYTHING,
    REVIEWS,
    AccountBindings,
    WorkspaceAccount,
    allows,
    reviews_of,
    rules_of,
    workspace_account,
)
from manifests.references.unread_files import UnreadFiles
from manifests.repository import RBAC, Repository
from manifests.rule import Rule

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  serviceAccountName: pulumi
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""
_ACCOUNT = """\
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  namespace: shop
"""
_BINDING = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: shop-pulumi-{role}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {role}
subjects:
  - kind: ServiceAccount
    name: pulumi
    namespace: shop
"""
_DELEGATES = _BINDING.replace("pulumi-{role}", "pulumi-auth-delegator").format(role=AUTH_DELEGATOR)

MISSING = Rule(
    id="rbac/service-account-missing",
    severity=Severity.ERROR,
    title="a Stack's service account is nowhere in the repository",
    effect="The workspace's pod can't be created, and the Stack waits for its workspace for ever. PKO 2 only; a "
    "note where the repository has no service accounts and no RBAC at all.",
    remedy="Add the ServiceAccount to the Stack's namespace, and a ClusterRoleBinding of system:auth-delegator to it.",
    wrong=_STACK + _ACCOUNT.replace("pulumi", "deployer"),
    right=_STACK + _ACCOUNT + _DELEGATES,
    alike=_STACK + _ACCOUNT.replace("  namespace: shop\n", "") + _DELEGATES,
)
NOT_BOUND = Rule(
    id="rbac/auth-delegator-missing",
    severity=Severity.ERROR,
    title="a workspace's service account has no ClusterRoleBinding to system:auth-delegator",
    effect="The workspace's agent can't check who calls it, refuses the operator, and the Stack waits for its "
    "workspace for ever. PKO 2 only; a note where the repository has no RBAC at all.",
    remedy="Bind the service account to the ClusterRole system:auth-delegator by a ClusterRoleBinding; a "
    "RoleBinding isn't enough.",
    wrong=_STACK
    + _ACCOUNT
    + _DELEGATES.replace("ClusterRoleBinding", "RoleBinding").replace("roleRef:", "  namespace: shop\nroleRef:"),
    right=_STACK + _ACCOUNT + _DELEGATES,
    alike=_STACK
    + _ACCOUNT
    + _DELEGATES.partition("subjects:")[0]
    + """\
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: system:serviceaccounts:shop
""",
    gives_way_to=(MISSING.id,),
)
TOO_MUCH = Rule(
    id="rbac/cluster-admin",
    severity=Severity.WARNING,
    title="a workspace's service account may do everything",
    effect="Whoever may change the program, one of its packages or the Stack owns the cluster: the workspace runs that "
    "code with these rights. PKO 2 only.",
    remedy="The operator needs nothing but system:auth-delegator of it (create tokenreviews and subjectaccessreviews). "
    "Add what the program itself manages in this cluster, which is nothing where it manages a cloud.",
    wrong=_STACK + _ACCOUNT + _BINDING.format(role="cluster-admin"),
    right=_STACK + _ACCOUNT + _DELEGATES,
    alike=_STACK
    + _ACCOUNT
    + _DELEGATES
    + """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: platform-admin
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - kind: ServiceAccount
    name: installer
    namespace: platform
""",
)

RULES = (MISSING, NOT_BOUND, TOO_MUCH)

_BINDINGS = ("ClusterRoleBinding", "RoleBinding")
_ROLES = ("ClusterRole", "Role")


def check(repository: Repository) -> Iterator[Problem]:
    if repository.versions.pko < (2, 0, 0):
        return
    bindings, unread = AccountBindings(repository), UnreadFiles(repository)
    has_rbac = any(repository.of_kind(RBAC, kind) for kind in (*_BINDINGS, *_ROLES))
    has_accounts = bool(repository.of_kind("", "ServiceAccount"))
    accounts: list[WorkspaceAccount] = []
    for stack in repository.stacks:
        account = workspace_account(repository, stack)
        if account is None or has_placeholder(account.name):
            continue
        accounts.append(account)
        if account.name != DEFAULT and _is_missing(repository, stack, account, unread):
            yield _missing(repository, stack, account, certain=stack.is_live or has_rbac or has_accounts)
        if _may_work(repository, stack) or unread.may_come_from_elsewhere(stack):
            continue
        if not _is_trusted(repository, account, bindings, unread):
            yield _not_bound(stack, account, bindings, certain=stack.is_live or has_rbac)
    yield from _too_much(repository, accounts, bindings)


def _may_work(repository: Repository, stack: Document) -> bool:
    """Whether bindings may be unknown, or the last run of a Stack in a cluster went well: then something lets its
    workspace check who calls."""
    if not repository.knows(RBAC, "ClusterRoleBinding", near=stack):
        return True
    return stack.is_live and stack.word("status", "lastUpdate", "state") == "succeeded"


# That it is there


def _is_missing(repository: Repository, stack: Document, account: WorkspaceAccount, unread: UnreadFiles) -> bool:
    if not repository.knows("", "ServiceAccount", near=stack):
        return False
    if next(repository.named("", "ServiceAccount", account.name, near=stack), None) is not None:
        return False
    return not unread.may_make("", "ServiceAccount", account.name, stack)


def _missing(repository: Repository, stack: Document, account: WorkspaceAccount, *, certain: bool) -> Problem:
    elsewhere = next(repository.named("", "ServiceAccount", account.name), None)
    if elsewhere is not None:
        there = listed(sorted(repository.namespaces(elsewhere)))
        where = f"is in the namespace {there} alone ({place_of(elsewhere)}), and the Stack in another"
    elif stack.is_live:
        where = "isn't there"
    else:
        where = "is nowhere in the repository" if certain else "is nowhere in the repository, which has no RBAC at all"
    return MISSING.at(
        stack,
        account.path,
        f"the {account.title} {where}: the workspace's pod can't be created, and the Stack waits for it for ever"
        f"{'' if certain else ', unless it comes from elsewhere'}"
        + maybe_meant(repository, stack, "", "ServiceAccount", account.name),
        fix=f"Add the ServiceAccount, and bind it to system:auth-delegator:\n{_manifests(account, with_account=True)}",
        severity=Severity.ERROR if certain else Severity.NOTE,
    )


def _manifests(account: WorkspaceAccount, *, with_account: bool) -> str:
    """What makes an account one that a workspace can run as."""
    namespace = next(iter(account.namespaces)) if len(account.namespaces) == 1 else "NAMESPACE"
    text = _ACCOUNT + _DELEGATES if with_account else _DELEGATES
    text = text.replace("name: pulumi\n", f"name: {account.name}\n").replace(
        "namespace: shop", f"namespace: {namespace}"
    )
    text = text.replace("name: shop-pulumi-", f"name: {namespace}-{account.name}-").removeprefix("---\n").rstrip()
    return "\n".join(f"  {line}" for line in text.splitlines())


# That it may check who calls


def _is_trusted(
    repository: Repository, account: WorkspaceAccount, bindings: AccountBindings, unread: UnreadFiles
) -> bool:
    """Whether the account may check who calls its workspace, or that can't be told."""
    if unread.may_hold("ClusterRoleBinding") or (account.name != DEFAULT and unread.may_be_in_values(account.name)):
        return True
    if unread.is_made_by_a_program("ClusterRoleBinding", account.name):
        return True
    left = set(REVIEWS)
    for binding in bindings.reaching(account):
        if binding.kind == "ClusterRoleBinding":
            granted = reviews_of(repository, binding.word("roleRef", "name"))
            if granted is None:
                return True
            left -= granted
    return not left


def _not_bound(stack: Document, account: WorkspaceAccount, bindings: AccountBindings, *, certain: bool) -> Problem:
    in_a_namespace = next(
        (
            each
            for each in bindings.reaching(account)
            if each.kind == "RoleBinding" and each.word("roleRef", "name") == AUTH_DELEGATOR
        ),
        None,
    )
    why = "no ClusterRoleBinding of system:auth-delegator reaches it"
    if in_a_namespace is not None:
        why = f"system:auth-delegator is bound to it by a RoleBinding ({place_of(in_a_namespace)}), which isn't enough"
    elif not certain:
        why += " in this repository, which has no RBAC at all"
    named = "" if account.path else ", which it runs as since it names none,"
    return NOT_BOUND.at(
        stack,
        account.path or ("spec",),
        f"the {account.title}{named} isn't allowed to check who calls the Stack's workspace: {why}. The agent "
        "refuses the operator, and the Stack waits for its workspace for ever",
        fix=f"Add a ClusterRoleBinding:\n{_manifests(account, with_account=False)}",
        severity=Severity.ERROR if certain else Severity.NOTE,
    )


# That it may do no more


def _too_much(repository: Repository, accounts: list[WorkspaceAccount], bindings: AccountBindings) -> Iterator[Problem]:
    reached: dict[Document, list[WorkspaceAccount]] = {}
    for account in dict.fromkeys(WorkspaceAccount(each.name, each.namespaces, ()) for each in accounts):
        for binding in bindings.reaching(account):
            reached.setdefault(binding, []).append(account)
    for kind in _BINDINGS:
        for binding in repository.of_kind(RBAC, kind):
            how = _how_everything(repository, binding) if binding in reached else ""
            if how:
                yield _may_do_everything(repository, binding, reached[binding], bindings, how)


def _how_everything(repository: Repository, binding: Document) -> str:
    """By what a binding lets do everything; empty where it doesn't."""
    name, kind = binding.word("roleRef", "name"), binding.word("roleRef", "kind")
    if name == EVERYTHING and kind == "ClusterRole":
        return EVERYTHING
    for role in repository.named(RBAC, kind, name, near=binding if kind == "Role" else None):
        for path, rule in rules_of([role]):
            if allows(rule, "*", "*", "*"):
                return f"{name}, a {kind} whose rule is * on * ({place_of(role, path)})"
    return ""


def _may_do_everything(
    repository: Repository, binding: Document, accounts: list[WorkspaceAccount], bindings: AccountBindings, how: str
) -> Problem:
    names = sorted({account.title.removeprefix("service account ") for account in accounts})
    where = f" in the namespace {binding.namespace}" if binding.kind == "RoleBinding" and binding.namespace else ""
    path: FieldPath = ("roleRef", "name")
    bound = all(_is_delegated_elsewhere(repository, account, binding, bindings) for account in accounts)
    needed = (
        "the operator only needs system:auth-delegator of it, which another binding gives it"
        if bound
        else "the operator only needs system:auth-delegator of it (create tokenreviews and subjectaccessreviews)"
    )
    return TOO_MUCH.at(
        binding,
        path,
        f"the workspace's service account {listed(names)} is bound to {how}: whoever may change a program that runs as "
        f"it may do everything{where}; {needed}",
        fix=(
            "Delete this binding, and bind"
            if bound
            else "Bind it to system:auth-delegator by a new ClusterRoleBinding (roleRef can't be changed), delete this "
            "one, and bind"
        )
        + " a Role with what the program manages in this cluster, if it manages anything there.",
    )


def _is_delegated_elsewhere(
    repository: Repository, account: WorkspaceAccount, binding: Document, bindings: AccountBindings
) -> bool:
    return any(
        other is not binding and other.kind == "ClusterRoleBinding" and other.word("roleRef", "name") == AUTH_DELEGATOR
        for other in bindings.reaching(account)
    )
