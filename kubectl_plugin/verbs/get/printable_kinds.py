"""What ``get`` can print: for each kind how it is fetched, which columns it has, and what its JSON is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from cluster.resources import ResourceKind
from fleet.board.context_state import CONTEXT_STATES, ContextState
from fleet.board.rows import Key, short_commit
from fleet.resource_kinds import UPDATES, WORKSPACES
from fleet.snapshot import Snapshot, snapshot_applications, snapshot_contexts, snapshot_records, snapshot_stacks
from fleet.stack_objects.history import run_of, update_state
from kubectl_plugin.cli.chosen_contexts import ChosenContexts
from kubectl_plugin.cli.exit_codes import UsageError
from stacks.records.workspace import STACK_NAME
from stacks.text import one_line
from stacks.times import instant, kubectl_age, prose_span
from views import json_output
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column, apps_by_urgency, by_urgency, in_order
from views.commit_column import commit_column
from views.filter import (
    APP_WORDS,
    EVERYTHING,
    STACK_WORDS,
    Filter,
    FilterFields,
    asks_for_cause,
    parse,
)
from views.filter_fields import app_filter_fields, commits_of, stack_filter_fields

Json = dict[str, Any]
Snapshots = Coroutine[Any, Any, Snapshot]


@dataclass(frozen=True)
class PrintableKind:
    """One kind that can be listed: how its rows are made, and what is printed of them."""

    plural: str
    resource: str
    """as kubectl's -o name has it"""
    columns: tuple[Column[Any], ...]
    to_json: Callable[[Any, float], Json]
    """the JSON of a row at a time"""
    fetch: Callable[[ChosenContexts, argparse.Namespace], Snapshots]
    """asks the clusters"""
    rows: Callable[[Snapshot, ChosenContexts], Iterable[Any]]
    status_words: Callable[[Any, float], Iterable[str]]
    """of a row at a time, the words that --status is compared with, in lower case"""
    default_order: Callable[[Any], Any]
    """the key that rows are sorted by where no column was named"""
    statuses: tuple[str, ...]
    """what --status may ask for"""
    name: Callable[[Any], str] = attrgetter("key.name")
    """of a row"""
    identity: Callable[[Any], Any] = attrgetter("key")
    """where a row's object is, which tells rows apart"""
    filter_fields: Callable[[Any], FilterFields] | None = None
    """what --filter asks about, where that isn't just the columns' text"""
    filter_words: tuple[str, ...] = ()
    """the fields that --filter may ask for; none: whatever there is a column of"""
    commits: Callable[[Any], tuple[str, ...]] = lambda row: ()
    """the commits that --filter finds a row by, where there are no `filter_fields`"""
    commit_column: Callable[[Callable[[], tuple[str, ...]]], Column[Any]] | None = None
    """made with the commits that --filter asks for, it is printed in place of the column of that id"""

    @property
    def known_filter_words(self) -> tuple[str, ...]:
        own = (column.id for column in self.columns if not column.is_time)
        renamed = ({"context": "ctx", "namespace": "ns"}.get(word, word) for word in own if word != "age")
        return self.filter_words or tuple(dict.fromkeys((*renamed, "status")))

    def fields_of(self, row: Any, now: float) -> FilterFields:
        if self.filter_fields is not None:
            return self.filter_fields(row)
        cells = {column.id: column.text(row, now).lower() for column in self.columns if column.id != "age"}
        context, namespace, name = cells.get("context", cells["name"]), cells.get("namespace", ""), cells["name"]
        return FilterFields(
            " ".join(cells.values()),
            context,
            namespace,
            name,
            statuses=tuple(self.status_words(row, now)),
            commits=self.commits(row),
            others=cells,
        )

    def columns_for(self, chosen: ChosenContexts, *, wide: bool, query: Filter = EVERYTHING) -> list[Column[Any]]:
        """The columns that say something: no CONTEXT for one context, no NAMESPACE for one namespace. Where the query
        asks for a commit, the column of commits says how that stands.
        """
        hidden = set()
        if len(chosen.contexts) == 1 and self.plural != "contexts" and not wide:
            hidden.add("context")
        if not wide and not chosen.all_namespaces and len(chosen.scope.namespaces or ()) < 2:
            hidden.add("namespace")
        columns = [c for c in self.columns if c.id not in hidden and (wide or not c.wide)]
        if not query.commits or self.commit_column is None:
            return columns
        asked = self.commit_column(lambda: query.commits)
        return [asked if column.id == asked.id else column for column in columns]


@dataclass(frozen=True)
class RowSelection:
    """Which rows are printed, and in which order, as the flags of ``get`` say."""

    names: tuple[str, ...]
    statuses: frozenset[str]
    order: Callable[[Any], Any]
    reverse: bool
    kind: PrintableKind
    query: Filter = EVERYTHING
    time_column: Column[Any] | None = None
    """the column that rows are sorted by, if that is one of times"""

    @classmethod
    def of(cls, options: argparse.Namespace, kind: PrintableKind) -> RowSelection:
        """What the command line asks for. Raises UsageError for an unknown word or column."""
        statuses = frozenset(w.strip().lower() for text in options.status for w in text.split(",") if w.strip())
        for word in sorted(statuses.difference(kind.statuses)):
            raise UsageError(f"--status {word}: {kind.plural} have no such word; use one of {', '.join(kind.statuses)}")
        column, _, direction = options.sort.lower().partition(":")
        if direction not in ("", "asc", "desc"):
            raise UsageError(f"--sort {options.sort}: write COLUMN or COLUMN:desc")
        order = kind.default_order
        found = {c.id: c for c in kind.columns} | {c.title.lower(): c for c in kind.columns}
        if column:
            if column not in found:
                raise UsageError(f"--sort {column}: no such column; use one of {', '.join(c.id for c in kind.columns)}")
            order = found[column].order
        query = parse(options.filter, kind.known_filter_words)
        if asks_for_cause(query):
            raise UsageError(f"--filter {options.filter}: get doesn't look for causes; see diagnose --groups")
        if query.problem:
            said = query.problem.startswith(options.filter)
            raise UsageError(f"--filter {query.problem}" if said else f"--filter {options.filter}: {query.problem}")
        time_column = found[column] if column and found[column].is_time else None
        return cls(tuple(options.names), statuses, order, direction == "desc", kind, query, time_column)

    def select(self, rows: Iterable[Any], now: float) -> list[Any]:
        return self.in_order(row for row in rows if self.wants(row, now))

    def in_order(self, rows: Iterable[Any]) -> list[Any]:
        """These rows as they are to stand; what has no time comes last, whichever way round times are sorted."""
        ordered = in_order(rows, self.order, self.kind.identity)
        if self.reverse:
            ordered.reverse()
        time_column = self.time_column
        return sorted(ordered, key=lambda row: not time_column.text(row, 0.0)) if time_column is not None else ordered

    def wants(self, row: Any, now: float) -> bool:
        if self.names and self.kind.name(row) not in self.names:
            return False
        if self.query and not self.query.matches(self.kind.fields_of(row, now)):
            return False
        return not self.statuses or bool(self.statuses.intersection(self.kind.status_words(row, now)))

    def missing(self, rows: Sequence[Any]) -> list[str]:
        have = {self.kind.name(row) for row in rows}
        return [name for name in self.names if name not in have]


@dataclass(frozen=True)
class FoundRecord:
    context: str
    record: Any

    @property
    def key(self) -> Key:
        return Key(self.context, self.record.metadata.namespace, self.record.metadata.name)


def _records(kind: ResourceKind[Any], chosen: ChosenContexts, options: argparse.Namespace) -> Snapshots:
    """The Workspaces or Updates, of one Stack if that was asked for."""
    of_stack = f"{STACK_NAME}={options.stack}" if options.stack else ""
    selector = ",".join(part for part in (options.selector, of_stack) if part)
    return snapshot_records(chosen.opener(), chosen.contexts, kind, selector)


def _found(snapshot: Snapshot, chosen: ChosenContexts) -> Iterable[FoundRecord]:
    return [FoundRecord(context, record) for context in chosen.contexts for record in snapshot.records.get(context, ())]


def _states(snapshot: Snapshot, chosen: ChosenContexts) -> Iterable[ContextState]:
    for context in chosen.contexts:
        if context in snapshot.unseen:
            snapshot.board.set_context_fields(context, problem=snapshot.unseen[context])
        yield snapshot.board.contexts[context]


def _age(row: FoundRecord, now: float) -> str:
    at = instant(row.record.metadata.creation_timestamp)
    return "" if at is None else kubectl_age(now - at)


def _record_json(to_json: Callable[[str, Any, float], Json]) -> Callable[[FoundRecord, float], Json]:
    return lambda row, now: to_json(row.context, row.record, now)


def _field(id_: str, value: Callable[[Json], Any], to_json: Callable[[Any, float], Json]) -> Column[Any]:
    """A column made of one field of the JSON."""

    def text(row: Any, now: float) -> str:
        found = value(to_json(row, now))
        if isinstance(found, bool):
            return "true" if found else "false"
        return one_line(str(found)) if found is not None and found != "" else ""

    return Column(id_, id_.upper(), text, lambda row: text(row, 0.0))


def _newest_first(row: FoundRecord) -> tuple[Any, ...]:
    """The history of one Stack after the other."""
    stack = (row.record.metadata.labels or {}).get(STACK_NAME, "")
    return (row.context, row.key.namespace, stack, -(run_of(row.record).began or 0.0))


def _took(row: FoundRecord) -> str:
    lasted = run_of(row.record).lasted
    return "" if lasted is None else prose_span(lasted)


def _of_replicas(pko: Json) -> str:
    """``1/1``: how many replicas of the operator are available, of how many there should be."""
    return "" if pko["replicas"] is None else f"{pko['availableReplicas']}/{pko['replicas']}"


_WORKSPACE, _UPDATE = _record_json(json_output.workspace), _record_json(json_output.update)
_PLACE_COLUMNS = (
    Column[Any]("context", "CONTEXT", lambda r, now: r.context, lambda r: r.context),
    Column[Any]("namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: r.key.namespace),
    Column[Any]("name", "NAME", lambda r, now: r.key.name, lambda r: r.key.name),
)
_AGE_COLUMN = Column[Any]("age", "AGE", _age, lambda r: str(r.record.metadata.creation_timestamp), is_time=True)

_WORKSPACE_COLUMNS = (
    *_PLACE_COLUMNS,
    _field("ready", lambda item: item["ready"], _WORKSPACE),
    _field("reason", lambda item: item["reason"], _WORKSPACE),
    _field("pulumi", lambda item: item["pulumiVersion"], _WORKSPACE),
    _field("image", lambda item: item["image"], _WORKSPACE),
    _AGE_COLUMN,
    _field("message", lambda item: item["message"], _WORKSPACE),
)
_UPDATE_COLUMNS = (
    *_PLACE_COLUMNS,
    _field("stack", lambda item: item["stack"], _UPDATE),
    _field("type", lambda item: item["type"], _UPDATE),
    _field("state", lambda item: item["state"], _UPDATE),
    _AGE_COLUMN,
    Column[Any]("took", "TOOK", lambda r, now: _took(r), lambda r: run_of(r.record).lasted or 0.0, is_time=True),
    _field("commit", lambda item: item["commit"] and short_commit(item["commit"]), _UPDATE),
    _field("reason", lambda item: item["reason"], _UPDATE),
    _field("error", lambda item: item["error"], _UPDATE),
    _field("permalink", lambda item: item["permalink"], _UPDATE),
)
_CONTEXT_COLUMNS = (
    _field("name", lambda item: item["name"], json_output.context),
    _field("state", lambda item: item["state"], json_output.context),
    _field("server-version", lambda item: item["serverVersion"], json_output.context),
    _field("pko", lambda item: f"v{item['pko']['version']}" if item["pko"]["version"] else None, json_output.context),
    _field("leading", lambda item: item["pko"]["leading"], json_output.context),
    _field("replicas", lambda item: _of_replicas(item["pko"]), json_output.context),
    _field("workers", lambda item: item["pko"]["workers"], json_output.context),
    _field("argocd", lambda item: item["argocd"]["version"], json_output.context),
    _field("server", lambda item: item["server"], json_output.context),
    _field("hidden", lambda item: ", ".join(item["hidden"]), json_output.context),
    _field("reason", lambda item: item["reason"], json_output.context),
)

KINDS = {
    "stacks": PrintableKind(
        plural="stacks",
        resource="stack.pulumi.com",
        columns=STACK_COLUMNS,
        to_json=json_output.stack,
        fetch=lambda chosen, options: snapshot_stacks(
            chosen.opener(), chosen.contexts, look_up=options.output != "name", clock=chosen.clock
        ),
        rows=lambda snapshot, chosen: snapshot.board.stacks.values(),
        status_words=lambda row, now: (row.health.status.lower(), row.phase.name),
        default_order=by_urgency,
        statuses=STACK_WORDS,
        filter_fields=stack_filter_fields,
        filter_words=stack_filter_fields.words,
        commit_column=commit_column,
    ),
    "apps": PrintableKind(
        plural="apps",
        resource="application.argoproj.io",
        columns=APP_COLUMNS,
        to_json=json_output.app,
        fetch=lambda chosen, options: snapshot_applications(chosen.opener(), chosen.contexts, clock=chosen.clock),
        rows=lambda snapshot, chosen: snapshot.board.apps(),
        status_words=lambda row, now: (row.health.lower(), row.sync.lower(), row.operation.lower()),
        default_order=apps_by_urgency,
        statuses=APP_WORDS,
        filter_fields=app_filter_fields,
        filter_words=app_filter_fields.words,
    ),
    "workspaces": PrintableKind(
        plural="workspaces",
        resource="workspace.auto.pulumi.com",
        columns=_WORKSPACE_COLUMNS,
        to_json=_WORKSPACE,
        fetch=partial(_records, WORKSPACES),
        rows=_found,
        status_words=lambda row, now: ("ready" if json_output.workspace("", row.record, 0.0)["ready"] else "notready",),
        default_order=attrgetter("key"),
        statuses=("ready", "notready"),
    ),
    "updates": PrintableKind(
        plural="updates",
        resource="update.auto.pulumi.com",
        columns=_UPDATE_COLUMNS,
        to_json=_UPDATE,
        fetch=partial(_records, UPDATES),
        rows=_found,
        status_words=lambda row, now: (update_state(row.record),),
        commits=lambda row: commits_of(json_output.update("", row.record, 0.0)["commit"] or ""),
        default_order=_newest_first,
        statuses=("pending", "running", "succeeded", "failed"),
    ),
    "contexts": PrintableKind(
        plural="contexts",
        resource="context",
        columns=_CONTEXT_COLUMNS,
        to_json=json_output.context,
        fetch=lambda chosen, options: snapshot_contexts(chosen.opener(), chosen.contexts, clock=chosen.clock),
        rows=_states,
        name=attrgetter("name"),
        identity=attrgetter("name"),
        status_words=lambda row, now: (row.state(now),),
        default_order=attrgetter("name"),
        statuses=CONTEXT_STATES[::-1],
    ),
}
