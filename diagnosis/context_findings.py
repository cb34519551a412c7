"""What is wrong with the operator of a context."""

from __future__ import annotations

from diagnosis.finding import PROBLEM, Evidence, Finding, ObjectRef
from fleet.board.context_state import ContextState
from stacks.operator import LEASE_NAME


def operator_down(state: ContextState) -> Finding | None:
    """Nobody holds the operator's Lease in this context; None where somebody does, or it isn't known."""
    if state.operator.has_leader is not False:
        return None
    lease = ObjectRef(state.name, state.operator_namespace, "Lease", LEASE_NAME)
    words = "nobody leads: nothing will be reconciled"
    return Finding("operator-down", PROBLEM, words, evidence=(Evidence(lease),))
