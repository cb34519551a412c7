"""Which faults other linters name, as `python -m tests.linters` found it with the examples of each rule."""

from __future__ import annotations

from collections.abc import Mapping

ARGOCD_SOURCE_LINT: Mapping[str, str] = {
    "argocd/wave-value": "`malformed-sync-wave`; not one without quotes",
    "argocd/sync-option": "`unknown-sync-option`",
    "argocd/validate-false": "`sync-validation-disabled`; not in an annotation",
    "argocd/hook-on-stack": "`unknown-resource-hook`; only a misspelt one",
    "argocd/path": "`phantom-target`",
    "argocd/covered-twice": "`double-coverage`",
    "argocd/orphan": "`orphan-source`; only in folders that its policy names",
    "argocd/duplicate-application": "`duplicate-application-name`",
}
"""by our rules, what version 1.2.2 calls the same fault"""

KUBECONFORM: Mapping[str, str] = {
    "yaml/broken": "yes",
    "yaml/duplicate-key": "yes",
    "yaml/template": "fails on it",
    "stack/unknown-field": "yes",
    "stack/wrong-type": "yes",
    "stack/missing-field": "yes",
    "stack/reference-type": "only fields that aren't there",
}
"""what version 0.8.0 says with ``-strict`` and the CRDs of PKO 2.9.1"""

PROSE = """
The last two columns say which of these faults [argocd-source-lint](https://pypi.org/project/argocd-source-lint/) 1.2.2
and [kubeconform](https://github.com/yannh/kubeconform) 0.8.0 name, too: the latter with `-strict` and schemas made of
the CRDs, which it doesn't bring along. Each ran over the wrong and the right example of each rule, and over a public
guide's manifests in the folders that it proposes: 12 errors and warnings of ours, one of argocd-source-lint
(`double-coverage`), and one object that kubeconform finds invalid, for two of the 12. What a rule does at run time, and
how it is written right, neither says.

argocd-source-lint has nine rules for what isn't about Stacks, and which aren't ours: revisions that move or that
differ between sources, values files that aren't there, `ignoreDifferences` that are malformed or missing, replicas that
an autoscaler changes, projects that don't allow what an Application does, and generators that can't be resolved.
"""
