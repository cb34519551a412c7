"""Stacks of which nothing has to be explained, told from the Stack alone: nearly all of a fleet."""

from __future__ import annotations

from stacks.conditions import SEVERITY
from stacks.fields import Obj, field, mappings, text, texts, whole_number
from stacks.records.base import REQUEST


def is_quiet(stack: Obj) -> bool:
    """Whether a Stack as the API server sent it is done with its present spec and every request, and nothing runs.

    A preview isn't quiet: nothing was applied. Neither is one that counts on another run at a time of its own.
    """
    if text(stack, "metadata", "deletionTimestamp"):
        return False
    status = field(stack, "status")
    if not isinstance(status, dict) or status.get("currentUpdate"):
        return False
    if whole_number(status, "observedGeneration") != whole_number(stack, "metadata", "generation"):
        return False
    true = [text(each, "type") for _, each in mappings(status, "conditions") if text(each, "status") == "True"]
    if [kind for kind in true if kind in SEVERITY] != ["Ready"]:
        return False
    request = texts(stack, "metadata", "annotations").get(REQUEST)
    if request is not None and request != text(status, "observedReconcileRequest"):
        return False
    return text(status, "lastUpdate", "type") != "preview" and text(status, "lastUpdate", "state") == "succeeded"
