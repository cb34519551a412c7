"""Waves that can't do what they say: a Stack before what it needs, and waits that never end or don't take place."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from manifests.argocd.stack_check import stack_check_in_force
from manifests.argocd.sync_order import WAVE, WAVE_PATH, in_sync_phase, wave
from manifests.document import Document
from manifests.problem import Problem, Severity
from manifests.product_versions import ProductVersions, version_text
from manifests.references.secret_makers import SecretMakers
from manifests.references.service_accounts import REVIEWS, AccountBindings, reviews_of, workspace_account
from manifests.references.stack_needs import stack_needs
from manifests.repository import PULUMI, Repository, is_stack
from manifests.rule import Rule
from manifests.rules.wave_examples import DEADLOCK_EXAMPLES, ORDER_EXAMPLES, WITHOUT_CHECK_EXAMPLES

_SECRET_MAKERS = ("SealedSecret", "ExternalSecret")
"""kinds whose objects are applied before there is a Secret"""

WAVE_ORDER = Rule(
    id="argocd/wave-order",
    severity=Severity.ERROR,
    title="a Stack is in an earlier sync wave than what it needs",
    effect="With a health check for Stacks (Argo CD 3.6 brings one) the sync waits for a Stack that waits for what the "
    "sync hasn't applied yet, and never ends. Without one the Stack fails until the later wave has come.",
    remedy="Put the Stack into the wave of what it needs or a later one; within a wave Argo CD applies service "
    "accounts, Secrets and bindings first.",
    gives_way_to=("argocd/wave-value",),
    **ORDER_EXAMPLES,
)
WAVE_DEADLOCK = Rule(
    id="argocd/wave-deadlock",
    severity=Severity.ERROR,
    title="a prerequisite is in a later sync wave than the Stack that waits for it",
    effect="With a health check for Stacks (Argo CD 3.6 brings one) the sync never ends: the earlier wave isn't "
    "healthy before the later one has run. Without one nobody keeps the order that the waves ask for.",
    remedy="Put the prerequisite into an earlier wave than its dependent, or both into the same one: the operator "
    "keeps their order by itself.",
    **DEADLOCK_EXAMPLES,
)
WAVE_WITHOUT_CHECK = Rule(
    id="argocd/wave-without-check",
    severity=Severity.WARNING,
    title="later sync waves rely on a Stack, and Argo CD has no health check for Stacks",
    effect="Without a check a Stack counts as done once it is applied: the next wave starts at once, while `pulumi up` "
    "still runs. Argo CD has one built in since 3.6.",
    remedy="Add the check to argocd-cm: `kubectl pko-argo health print -o configmap-patch` (or helm-values, kustomize, "
    "argocd-cr).",
    examples_for=ProductVersions(argocd=(3, 5, 0)),
    gives_way_to=("argocd/wave-value", "argocd/wave-order"),
    **WITHOUT_CHECK_EXAMPLES,
)

RULES = (WAVE_ORDER, WAVE_DEADLOCK, WAVE_WITHOUT_CHECK)


def check(repository: Repository) -> Iterator[Problem]:
    stacks = [each for each in repository.stacks if _has_known_wave(repository, each)]
    if not stacks:
        return
    checked = stack_check_in_force(repository)
    bindings, makers = AccountBindings(repository), SecretMakers(repository)
    for stack in stacks:
        yield from _order(repository, stack, bindings, makers, checked)
        yield from _deadlock(repository, stack, checked)
    if not checked:
        yield from _without_check(repository, stacks)


def _has_known_wave(repository: Repository, document: Document) -> bool:
    return in_sync_phase(document) and not repository.may_have_annotations(document)


# A Stack before what it needs


def _order(
    repository: Repository, stack: Document, bindings: AccountBindings, makers: SecretMakers, checked: bool
) -> Iterator[Problem]:
    own = wave(stack)
    later: dict[Document, None] = {}
    for need in stack_needs(repository, stack):
        found = [each for each in repository.named(need.group, need.kind, need.name, stack) if each is not stack]
        if not found and need.kind == "Secret":
            found = [each.document for each in makers.near(need.name, stack) if each.document.kind in _SECRET_MAKERS]
        if found and all(_comes_later(repository, stack, each) for each in found):
            later[found[0]] = None
    needed, perhaps = _later_bindings(repository, bindings, stack)
    later |= dict.fromkeys(needed)
    if later:
        consequence = (
            f"the sync waits in wave {own} for a healthy Stack, the Stack for what comes later, and neither ever ends"
            if checked
            else "the Stack fails until that is there, and starts with errors that say nothing of it"
        )
        yield _too_early(stack, list(later), f"wave {own} is applied before what this Stack needs", consequence)
    elif perhaps:
        yield _too_early(
            stack,
            perhaps,
            f"wave {own} is applied before rights of this Stack's service account",
            "if its program needs them, the first runs fail, and no wave comes before they succeed"
            if checked
            else "if its program needs them, it fails until they are there",
            Severity.WARNING,
        )


def _too_early(
    stack: Document,
    later: Sequence[Document],
    said: str,
    consequence: str,
    severity: Severity = Severity.ERROR,
) -> Problem:
    own, last = wave(stack), max(wave(each) for each in later)
    named = ", ".join(f"{each.title} (wave {wave(each)})" for each in later)
    return WAVE_ORDER.at(
        stack,
        WAVE_PATH,
        f"{said}: {named}; {consequence}",
        fix=f'Write `{WAVE}: "{last}"` on the Stack, or wave {own} or less on what it needs.',
        severity=severity,
    )


def _comes_later(repository: Repository, stack: Document, other: Document) -> bool:
    return (
        wave(other) > wave(stack)
        and _has_known_wave(repository, other)
        and repository.deliveries.together(stack, other)
    )


def _later_bindings(
    repository: Repository, bindings: AccountBindings, stack: Document
) -> tuple[Sequence[Document], Sequence[Document]]:
    """The later bindings without which no workspace of a Stack starts, and those that give its service account other
    rights, of which only its program knows whether it needs them."""
    account = workspace_account(repository, stack)
    if account is None:
        return (), ()
    missing = set(REVIEWS)
    delegating: list[tuple[Document, frozenset[tuple[str, str]]]] = []
    others: list[Document] = []
    for binding in bindings.reaching(account):
        is_later = _comes_later(repository, stack, binding)
        of_cluster = binding.kind == "ClusterRoleBinding"
        granted = reviews_of(repository, binding.word("roleRef", "name")) if of_cluster else frozenset()
        if not is_later:
            missing -= REVIEWS if granted is None else granted  # who can't be told may be enough
        elif granted:
            delegating.append((binding, granted))
        elif any(subject.get("name") == account.name for _, subject in binding.mappings("subjects")):
            others.append(binding)
    return [binding for binding, granted in delegating if granted & missing], others


# Waits


def _deadlock(repository: Repository, stack: Document, checked: bool) -> Iterator[Problem]:
    own = wave(stack)
    for path, entry in stack.mappings("spec", "prerequisites"):
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        for other in repository.named(PULUMI, "Stack", name, stack):
            if other is stack or not _comes_later(repository, stack, other):
                continue
            consequence = (
                f"the sync never gets to wave {wave(other)}, since wave {own} isn't healthy before that has run"
                if checked
                else "without a health check for Stacks Argo CD doesn't wait, and nobody keeps the order of the waves"
            )
            yield WAVE_DEADLOCK.at(
                stack,
                (*path, "name"),
                f"this Stack is in wave {own} and waits for {other.title}, which comes in wave {wave(other)}: "
                f"{consequence}",
                fix=f'Write `{WAVE}: "{own}"` or less on {other.title}, or {wave(other)} or more on this Stack.',
            )


def _without_check(repository: Repository, stacks: Sequence[Document]) -> Iterator[Problem]:
    groups: dict[object, list[Document]] = defaultdict(list)
    for document in repository.documents:
        if document.kind and document.name and _has_known_wave(repository, document):
            for group in repository.deliveries.groups(document):
                groups[group].append(document)
    for documents in groups.values():
        documents.sort(key=wave)
    waves = {group: [wave(each) for each in documents] for group, documents in groups.items()}
    for stack in stacks:
        own = wave(stack)
        for group in repository.deliveries.groups(stack):
            behind = groups[group][bisect_right(waves.get(group, ()), own) :]
            later = next((each for each in behind if not (_waits_for(each, stack) or _waits_for(stack, each))), None)
            if later is not None:
                nobody = "nobody has installed one" if stack.is_live else "the repository adds none"
                yield WAVE_WITHOUT_CHECK.at(
                    stack,
                    WAVE_PATH,
                    f"{later.title} comes in wave {wave(later)}, behind this Stack in wave {own}, but Argo CD "
                    f"{version_text(repository.versions.argocd)} has no health check for Stacks and {nobody}: "
                    "the next wave starts at once, while the Stack still runs",
                )
                break


def _waits_for(document: Document, stack: Document) -> bool:
    """Whether it is a Stack that the operator lets wait for another one, whatever Argo CD does."""
    return (
        is_stack(document)
        and is_stack(stack)
        and any(entry.get("name") == stack.name for _, entry in document.mappings("spec", "prerequisites"))
    )
