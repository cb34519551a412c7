"""Lint contexts: read what rules look at in each of them, and run the rules over all of it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.clock import Clock
from fleet.live_lint.cluster_objects import KnownVersions, ReadCluster, read_cluster
from fleet.opener import Opener
from manifests.live_linting import LiveCluster, lint_clusters
from manifests.problem import Problem
from manifests.product_versions import ProductVersions
from stacks.redaction import may_hold_credentials
from stacks.text import one_line, plain, visible

ANY_VERSION = KnownVersions()


@dataclass(frozen=True)
class LintedContexts:
    """What is wrong in the contexts that could be read; `unseen` is why others couldn't be."""

    problems: list[Problem] = field(default_factory=list)
    read: tuple[str, ...] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """by context the kinds that couldn't be read there, or not all of them, and why"""


async def lint_contexts(
    opener: Opener, contexts: Sequence[str], clock: Clock, known: KnownVersions = ANY_VERSION
) -> LintedContexts:
    """Read all of these contexts, within the opener's scope, and check what is there."""

    async def look(context: str, connection: Connection) -> ReadCluster:
        return await read_cluster(connection, context, opener.scope, clock, known)

    found, failures = await opener.in_each(contexts, look)
    return lint_read([found[each] for each in contexts if each in found], failures, known)


def lint_read(
    found: Sequence[ReadCluster], failures: Mapping[str, ClusterError], known: KnownVersions = ANY_VERSION
) -> LintedContexts:
    """Run the rules over contexts that have been read. Of ten thousand Stacks that takes a second or two."""
    clusters = [_with_argocd(each, found, known) for each in found]
    return LintedContexts(
        [_harmless(problem) for problem in lint_clusters(clusters)],
        tuple(each.cluster.context for each in found),
        {context: str(error) for context, error in failures.items()},
        {each.cluster.context: each.unread for each in found if each.unread},
    )


def _with_argocd(read: ReadCluster, others: Sequence[ReadCluster], known: KnownVersions) -> LiveCluster:
    """A context without an Argo CD gets its Stacks from another one: the oldest of those counts."""
    if read.argocd is not None or known.argocd is not None:
        return read.cluster
    versions = [each.argocd for each in others if each.argocd is not None]
    if not versions:
        return read.cluster
    return replace(read.cluster, versions=ProductVersions(read.cluster.versions.pko, min(versions)))


def _harmless(problem: Problem) -> Problem:
    """What a cluster says may hold whatever its users like; most is plain as it is."""
    said = f"{problem.message} {problem.object}"
    printable = said.isprintable() and problem.fix.replace("\n", "").isprintable()
    if printable and f"{said}{problem.fix}".isascii() and not may_hold_credentials(said):
        return problem
    message, whose = one_line(plain(problem.message)), one_line(plain(problem.object))
    fix = problem.fix if problem.fix.replace("\n", "").isprintable() else visible(problem.fix)
    if (message, whose, fix) == (problem.message, problem.object, problem.fix):
        return problem
    return replace(problem, message=message, object=whose, fix=fix)
