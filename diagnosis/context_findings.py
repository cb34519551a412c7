"""What is wrong with a context; its page shows these findings by their severity."""

from __future__ import annotations

from diagnosis.finding import PROBLEM, Evidence, Finding, ObjectRef
from fleet.board.context_state import ContextState
from stacks.operator import LEASE_NAME


def context_findings(state: ContextState) -> list[Finding]:
    """The worst first; nothing of what isn't known."""
    if state.operator.has_leader is not False:
        return []
    lease = ObjectRef(state.name, state.operator_namespace, "Lease", LEASE_NAME)
    words = "nobody leads: nothing will be reconciled"
    return [Finding("operator-down", PROBLEM, words, evidence=(Evidence(lease),))]
