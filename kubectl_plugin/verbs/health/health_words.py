"""What the verbs of ``health`` that look at clusters say alike: what is hidden, and where there is nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from fleet.argocd.argocd_survey import ArgoCDSurvey
from fleet.argocd.argocd_words import said
from fleet.argocd.raw_objects import Unreadable
from kubectl_plugin.cli.exit_codes import UsageError
from stacks.text import plain


def each_hidden(seen: ArgoCDSurvey) -> Iterator[tuple[str, Unreadable]]:
    """What may not be read, with its context."""
    for surveyed in seen.contexts:
        for hidden in surveyed.hidden:
            yield surveyed.context, hidden


def shape_of_hidden(context: str, hidden: Unreadable) -> dict[str, Any]:
    return {"context": context, "what": plain(hidden.what), "why": plain(hidden.why)}


def tell_hidden(seen: ArgoCDSurvey) -> None:
    """Say on stderr what makes the answer a partial one, and where there was nothing at all."""
    for context, hidden in each_hidden(seen):
        print(f"partial: {context}: {said(hidden.what)} may not be read: {said(hidden.why)}", file=sys.stderr)
    for context, why in seen.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
    if not seen.instances and not seen.unseen:
        doubt = " that may be seen" if any(True for _ in each_hidden(seen)) else ""
        places = ", ".join(surveyed.context for surveyed in seen.contexts)
        print(f"there is no Argo CD{doubt} in {places}", file=sys.stderr)


def refuse_unknown(namespaces: Sequence[str], seen: ArgoCDSurvey) -> None:
    """Raises UsageError where a namespace that was named has no Argo CD in any context, and all of them could tell."""
    if seen.unseen or any(True for _ in each_hidden(seen)):
        return
    have = {instance.namespace for instance in seen.instances}
    places = ", ".join(surveyed.context for surveyed in seen.contexts)
    for namespace in namespaces:
        if namespace not in have:
            raise UsageError(
                f"there is no Argo CD in namespace {namespace} of {places}; choose its cluster: --context NAME"
            )
