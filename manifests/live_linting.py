"""Run every rule over the objects of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from manifests.document import Document
from manifests.linting import lint
from manifests.live_facts import LiveFacts, ObjectKind
from manifests.problem import Problem
from manifests.product_versions import NEWEST, ProductVersions
from manifests.repository import OtherClusters, Repository

_SETTINGS = ObjectKind("", "ConfigMap")


@dataclass(frozen=True)
class LiveCluster:
    """The objects of a context, whose name they have in the place of a file's, and what else is known of it."""

    context: str
    objects: Sequence[Document]
    facts: LiveFacts
    versions: ProductVersions = NEWEST


def lint_clusters(clusters: Sequence[LiveCluster]) -> list[Problem]:
    """The problems of clusters by context and object.

    What a Stack refers to is in its own cluster. Argo CD may deliver it from another one, and two clusters may have one
    stack of a backend.
    """
    together = Repository([], objects=[document for each in clusters for document in each.objects])
    settings = [each for each in together.of_kind(*_SETTINGS) if each.name == "argocd-cm"]
    settings_known = all(each.facts.knows(*_SETTINGS) for each in clusters)
    found: dict[Problem, None] = {}
    for place, each in enumerate(clusters):
        before = {one.context for one in clusters[:place]}  # of two Stacks that clash, the later one is told so
        others = OtherClusters([stack for stack in together.stacks if stack.file in before], together.deliveries)
        own = any(one.file == each.context for one in settings)
        objects = [*each.objects, *(() if own else settings)]  # an Argo CD is set up by its own argocd-cm alone
        facts = each.facts
        if not settings_known:
            facts = replace(facts, complete={**facts.complete, _SETTINGS: frozenset()})
        found |= dict.fromkeys(lint(Repository([], each.versions, None, objects, facts, others)))
    return sorted(found, key=_order)


def _order(problem: Problem) -> tuple[str, str, str]:
    return problem.file, problem.object, problem.rule
