"""``get stacks --compare``: two contexts side by side, as one more kind that can be listed."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from cluster.errors import KubeconfigError
from fleet.snapshot import Snapshot
from kubectl_plugin.cli.chosen_contexts import ChosenContexts
from kubectl_plugin.cli.exit_codes import UsageError
from kubectl_plugin.verbs.get.printable_kinds import KINDS, PrintableKind
from views.comparison import (
    PAIR_FILTER_WORDS,
    Contexts,
    PairKey,
    StackComparison,
    StackPair,
    by_difference,
    comparison_columns,
    comparison_json,
    pair_filter_fields,
)
from views.filter import parse


def compared(options: argparse.Namespace, chosen: ChosenContexts) -> tuple[ChosenContexts, PrintableKind]:
    """What to ask the clusters, and the kind whose rows are pairs. Raises UsageError unless it is two contexts.

    Labels are looked at afterwards: a server that chose by them would hide the Stack that lacks one in its context, and
    the other would seem to be alone. Without -n or -A it is the own namespaces of both contexts, in both of them.
    """
    if len(chosen.contexts) != 2:
        named = ", ".join(chosen.contexts)
        raise UsageError(f"--compare takes two different contexts; {' '.join(options.compare)} means {named}")
    left, right = chosen.contexts
    scope = replace(chosen.scope, label_selector="")
    if not chosen.all_namespaces and not scope.namespaces:
        scope = replace(scope, namespaces=_own_namespaces(chosen))
    if options.selector:
        labels = f"-l {shlex.quote(options.selector)}"
        if problem := parse(labels).problem:
            raise UsageError(f"{problem} where contexts are compared")
        options.filter = f"{options.filter} {labels}".strip()
    return replace(chosen, scope=scope), _kind((left, right))


def _own_namespaces(chosen: ChosenContexts) -> tuple[str, ...]:
    """The namespaces that the contexts have in the kubeconfig; of one that can't be used, none."""
    own = set()
    for context in chosen.contexts:
        with suppress(KubeconfigError):
            own.add(chosen.kubeconfig.target(context).namespace)
    return tuple(sorted(own))


def _kind(contexts: Contexts) -> PrintableKind:
    comparison = StackComparison(contexts)

    def pairs(snapshot: Snapshot, chosen: ChosenContexts) -> Iterable[StackPair]:
        def sees(context: str, key: PairKey) -> bool:
            return context not in snapshot.unseen and key not in snapshot.unreadable.get(context, ())

        return comparison.pairs(snapshot.board.stacks, sees)

    return replace(
        KINDS["stacks"],
        columns=comparison_columns(contexts),
        to_json=comparison_json,
        rows=pairs,
        status_words=lambda pair, now: pair_filter_fields(pair).statuses,
        default_order=by_difference,
        filter_fields=pair_filter_fields,
        filter_words=PAIR_FILTER_WORDS,
        commit_column=None,
    )
