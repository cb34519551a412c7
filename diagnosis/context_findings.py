"""What is wrong with a context; its page shows these findings by their severity."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.finding import PROBLEM, SEVERITIES, Evidence, Finding, ObjectRef
from fleet.board.context_state import ContextState
from stacks.operator import LEASE_NAME


def context_findings(state: ContextState) -> list[Finding]:
    """The worst first; nothing of what isn't known. A new one is a function that yields it, and its call here."""
    found = [*_operator_down(state)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _operator_down(state: ContextState) -> Iterator[Finding]:
    operator, where = state.operator, state.operator_namespace
    if operator.has_leader is False:
        lease = ObjectRef(state.name, where, "Lease", LEASE_NAME)
        words = "nobody leads the operator: nothing will be reconciled"
        yield Finding("operator-down", PROBLEM, words, evidence=(Evidence(lease),))
    elif state.workload.available == 0:
        deployments = ObjectRef(state.name, where, "Deployment", "")
        words = "no replica of the operator is available: nothing will be reconciled"
        yield Finding("operator-down", PROBLEM, words, evidence=(Evidence(deployments),))
