"""What a real operator left in a cluster: what controllers add is no problem, and what people got wrong is one."""

from __future__ import annotations

from manifests.live_facts import ObjectKind
from manifests.live_linting import lint_clusters
from support.lint_objects import cluster_of
from support.scenes import scenes

KNOWN = (ObjectKind("pulumi.com", "Stack"), ObjectKind("argoproj.io", "Application"))
"""of other kinds the recordings have just what was looked at"""


def test_the_problems_are_what_the_recordings_are_about() -> None:
    found = {
        (each.object, each.rule)
        for name, scene in scenes().items()
        for each in lint_clusters([cluster_of(scene.objects, name, scene.now, known=KNOWN)])
    }
    assert found == {
        ("Stack refs/token-missing", "stack/dead-field"),
        ("Stack refs/envs-missing", "stack/dead-field"),
        ("Stack init/bad-token", "stack/dead-field"),
        ("Stack refresh/with-refresh", "stack/dead-field"),
        ("Stack spec-bad/both-refs", "stack/source"),
        ("Stack spec-bad/no-ref", "stack/source"),
        ("Stack spec-bad/no-source", "stack/source"),
        ("Stack spec-bad/env-ref", "stack/reference-type"),
        ("Stack spec-bad/fs-ref", "stack/reference-type"),
        ("Stack spec-bad/git-literal", "stack/reference-type"),
        ("Stack spec-bad/unknown-ref", "stack/reference-type"),
        ("Stack spec-bad/git-two", "stack/git-auth"),
        ("Stack poison/duration", "stack/duration"),
        ("Stack poison/duration", "ref/prerequisite-missing"),
        ("Stack prereq/orphan", "ref/prerequisite-missing"),
        ("Stack prereq/selfish", "ref/prerequisite-cycle"),
        ("Stack del/foreign", "stack/argocd-finalizer"),
    }
