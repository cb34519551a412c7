"""The notice in an empty table: why there are no rows, and what to try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fleet.board.context_state import ContextState
from tui.tables.table_model import TableModel

_TRY = {
    "lost": "Press x for the contexts, r there to try again now. Check your credentials and the network.",
    "absent": "Is this the right context? Press x to watch another one, or install the operator (PKO, Argo CD) there.",
    "restricted": "Ask for the right to list and watch them, or name namespaces that you may read with -n.",
    "behind": "Nothing has been heard for a while. Press x for the contexts.",
}


def why_empty(
    model: TableModel[Any], contexts: Sequence[ContextState], now: float, *, hints: bool = True, more: int = 0
) -> str:
    """The lines of the notice. `more` is how many contexts of the kubeconfig aren't watched."""
    noun = model.spec.noun
    lines = _reasons(model, noun, contexts, now)
    if hints and not model.window.total:
        if not lines[-1].startswith("Press") and more and not _waiting(contexts, now):
            lines.append(f"{more} more contexts aren't watched: press x and then +, or start with --all-contexts.")
        if not _waiting(contexts, now):
            lines.append("To see what this looks like with Stacks in it: kubectl pko-argo demo")
    return "\n".join(lines)


def _waiting(contexts: Sequence[ContextState], now: float) -> bool:
    return any(context.state(now) == "connecting" for context in contexts)


def _reasons(model: TableModel[Any], noun: str, contexts: Sequence[ContextState], now: float) -> list[str]:
    if total := model.window.total:
        return [f"None of {total:,} {noun} match {_query_words(model)}. Press escape to see them all."]
    if not contexts:
        return ["No context is watched.", "Press x and + to watch one."]
    if _waiting(contexts, now):
        return ["Connecting ...", *_slow(contexts, now)]
    by_state: dict[str, list[ContextState]] = {}
    for context in contexts:
        by_state.setdefault(_state(context, noun, now), []).append(context)
    well = by_state.pop("connected", [])
    if not by_state:
        where = well[0].name if len(well) == 1 else f"any of {len(well)} contexts"
        return [f"There are no {noun} in {where}.", "All namespaces that you may read were looked at."]
    lines = [f"No {noun} can be seen."]
    for state, those in by_state.items():
        lines += [_because(state, those, noun, now), f"  {_TRY[state]}"]
    if well:
        lines.append(f"{_names(well)}: connected, and there are no {noun}.")
    return lines


def _state(context: ContextState, noun: str, now: float) -> str:
    """How well a context shows objects of this kind."""
    sight = context.applications
    if noun == "Applications" and context.state(now) in ("connected", "absent", "restricted"):
        if sight.lost is not None:
            return "absent" if sight.lost.absent else "lost"
        return "restricted" if sight.restricted is not None else "connected"
    return context.state(now)


def _because(state: str, contexts: Sequence[ContextState], noun: str, now: float) -> str:
    names, first = _names(contexts), contexts[0]
    if state == "absent":
        return f"{names}: the CRD of {noun} isn't installed."
    if state == "restricted":
        return f"{names}: you may not list {noun} in all namespaces ({first.reason(now)})."
    return f"{names}: {state}: {first.reason(now)}."


def _names(contexts: Sequence[ContextState]) -> str:
    first = contexts[0].name
    return first if len(contexts) == 1 else f"{first} and {len(contexts) - 1} more"


def _slow(contexts: Sequence[ContextState], now: float) -> list[str]:
    done = [context for context in contexts if context.state(now) != "connecting"]
    if not done:
        return []
    return [f"{len(done)} of {len(contexts)} contexts have answered; press x for the others."]


def _query_words(model: TableModel[Any]) -> str:
    parts = [
        f"the filter {model.query.text}" if model.query else "",
        "being broken" if model.only_broken else "",
        f"namespace {', '.join(sorted(model.namespaces))}" if model.namespaces else "",
        f"context {', '.join(sorted(model.contexts))}" if model.contexts else "",
    ]
    return ", ".join(part for part in parts if part)
