"""Rules of the comments that let problems pass."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.problem import Problem, Severity
from manifests.reading.ignore_comments import ignore_comments
from manifests.repository import Repository
from manifests.rule import Rule

NO_REASON = Rule(
    id="ignore/no-reason",
    severity=Severity.NOTE,
    title="an ignore comment gives no reason",
    effect="It works all the same, but nobody can tell later whether it is still needed.",
    remedy="Write the reason after the rules: `# pko-argo: ignore stack/limits it is deleted every night`.",
    wrong="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  # pko-argo: ignore yaml/duplicate-key
  labels:
    team: shop
  labels:
    tier: infrastructure
""",
    right="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  # pko-argo: ignore yaml/duplicate-key the generator of the other team writes both
  labels:
    team: shop
  labels:
    tier: infrastructure
""",
    alike="""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  how: |
    # pko-argo: ignore yaml/duplicate-key
""",
)
UNKNOWN_RULE = Rule(
    id="ignore/unknown-rule",
    severity=Severity.NOTE,
    title="an ignore comment names no rule, or one that doesn't exist",
    effect="It has no effect.",
    remedy="Name the rule by its id, as `lint --rules` lists it.",
    wrong="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi  # pko-argo: ignore stack/limit it has none
""",
    right="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi  # pko-argo: ignore yaml/duplicate-key, yaml/broken they are as they should be
""",
    alike="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi  # write pko-argo: ignore behind what is fine
""",
)

RULES = (NO_REASON, UNKNOWN_RULE)


def check(repository: Repository) -> Iterator[Problem]:
    """Comments without a reason. That a rule doesn't exist can only be said where all are known: `ignoring`."""
    for source in repository.files:
        for comment in ignore_comments(source):
            if comment.rules and not comment.reason:
                message = f"this lets {', '.join(comment.rules)} pass and doesn't say why. {NO_REASON.effect}"
                yield Problem(
                    NO_REASON.id, NO_REASON.severity, message, source.name, comment.position, fix=NO_REASON.remedy
                )
