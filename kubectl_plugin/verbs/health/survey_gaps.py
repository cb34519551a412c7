"""What a survey of Argo CDs couldn't see, as the verbs of ``health`` that only look print it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from fleet.argocd.argocd_survey import ArgoCDSurvey
from fleet.argocd.argocd_words import said
from fleet.argocd.raw_objects import Unreadable
from kubectl_plugin.cli.exit_codes import UsageError
from stacks.text import plain


def hidden_objects(survey: ArgoCDSurvey) -> Iterator[tuple[str, Unreadable]]:
    """What may not be read in the surveyed contexts, each with its context."""
    for surveyed in survey.contexts:
        for hidden in surveyed.hidden:
            yield surveyed.context, hidden


def hidden_as_json(context: str, hidden: Unreadable) -> dict[str, Any]:
    """What may not be read, as it stands in the JSON of `health status` and `health preview`."""
    return {"context": context, "what": plain(hidden.what), "why": plain(hidden.why)}


def print_gaps(survey: ArgoCDSurvey) -> None:
    """Print on stderr why the answer is a partial one, and where there is no Argo CD at all."""
    for context, hidden in hidden_objects(survey):
        print(f"partial: {context}: {said(hidden.what)} may not be read: {said(hidden.why)}", file=sys.stderr)
    for context, why in survey.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
    if not survey.instances and not survey.unseen:
        doubt = " that may be survey" if any(True for _ in hidden_objects(survey)) else ""
        places = ", ".join(surveyed.context for surveyed in survey.contexts)
        print(f"there is no Argo CD{doubt} in {places}", file=sys.stderr)


def check_instances(namespaces: Sequence[str], survey: ArgoCDSurvey) -> None:
    """Raises UsageError where a named namespace has no Argo CD in any context, and none of them hides one."""
    if survey.unseen or any(True for _ in hidden_objects(survey)):
        return
    have = {instance.namespace for instance in survey.instances}
    places = ", ".join(surveyed.context for surveyed in survey.contexts)
    for namespace in namespaces:
        if namespace not in have:
            raise UsageError(
                f"there is no Argo CD in namespace {namespace} of {places}; choose its cluster: --context NAME"
            )
