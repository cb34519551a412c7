"""A Stack with what `fleet.stack_objects.watched_kinds` found around it, as a tree: made anew after every change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import msgspec

from fleet.board.board import Board
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key, StackRow
from fleet.stack_objects.history import FINISHED, UpdateRun, run_of, update_state
from fleet.stack_objects.ownership import said_last
from fleet.stack_objects.watched_kinds import StackObjects
from stacks import conditions as cond
from stacks.messages import headline
from stacks.operator import OperatorState
from stacks.records.application import Application
from stacks.records.base import controller_of
from stacks.records.kubernetes import ContainerStatusDetail, Pod, StatefulSet, WorkspacePod
from stacks.records.workspace import Update, Workspace
from stacks.text import one_line
from stacks.times import instant, prose_span
from stacks.versions import is_pko_1

NodeState: TypeAlias = Literal["good", "busy", "bad", ""]

SHOWN_FINISHED_UPDATES = 3
"""finished Updates that are shown where not all are asked for"""


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One object, or a remark in the place of objects that can't be seen.

    `state` is a word or two, `text` what else there is to say, `since` an instant: creation, or for a
    run its beginning. `lasted` is how long it took, in seconds.
    """

    kind: str
    name: str = ""
    namespace: str = ""
    state: str = ""
    mood: NodeState = ""
    """how an object does that has no health"""
    text: str = ""
    since: float | None = None
    lasted: float | None = None
    link: str = ""
    children: tuple[TreeNode, ...] = ()
    context: str = ""
    health: str = ""
    """of a Stack or an Application, Argo CD's word"""


def row_of(parts: StackObjects, servers: dict[str, str], now: float, operator: OperatorState | None = None) -> StackRow:
    """The Stack's row, computed by a board of its own. `servers` are the contexts' API servers, by context."""
    board = Board(destinations=DestinationMap())
    for context, server in servers.items():
        board.open(context)
        board.set_server(context, server, now)
    if operator is not None:
        board.set_operator(parts.key.context, operator, now)
    for key, app in parts.applications.items():
        board.put_app(key.context, app, now)
    board.put_stack(parts.key.context, parts.stack, now)
    observe_objects(board, parts, now)
    return board.stacks[parts.key]


def observe_objects(board: Board, parts: StackObjects, now: float) -> None:
    """Let the board have the Stack's current Update, Workspace and pod: its phase can say more then."""
    unseen = parts.hidden.keys() | parts.pending
    current = parts.stack.status.current_update if parts.stack.status else None
    if current is not None and "updates" not in unseen:
        update = next((each for each in parts.updates if each.metadata.name == current.name), None)
        board.set_related_objects(parts.key, now, update=update, update_gone=update is None)
    if parts.workspaces:
        board.set_related_objects(parts.key, now, workspace=parts.workspaces[0])
    if parts.pods:
        pod = msgspec.convert(msgspec.to_builtins(parts.pods[0]), Pod)
        board.set_related_objects(parts.key, now, pod=pod, pod_known=True)


def build_tree(parts: StackObjects, row: StackRow, now: float, *, all_updates: bool = False) -> TreeNode:
    """The tree, from the Application that holds the Stack, if one does."""
    children = [*_workspaces(parts), *_updates(parts, all_updates)]
    stack = TreeNode(
        "Stack", row.key.name, row.key.namespace, row.health.status, "",
        _joined(row.phase.words(now), row.message), instant(parts.stack.metadata.creation_timestamp),
        link=row.permalink, children=tuple(children), context=row.key.context, health=row.health.status,
    )  # fmt: skip
    holder = row.holder
    app = parts.applications.get(holder.key) if holder is not None else None
    if holder is None or app is None:
        hidden = [node for what in parts.hidden if what.startswith("applications") for node in _unseen(parts, what)]
        return replace(stack, children=(*stack.children, *hidden))
    return _application(holder.key, app, stack, certain=holder.certain)


def _application(key: Key, app: Application, stack: TreeNode, *, certain: bool) -> TreeNode:
    status = app.status
    health = status.health.status if status else ""
    sync = status.sync.status if status else ""
    operation = status.operation_state if status else None
    parts = [operation.phase and f"operation {operation.phase}", operation.message] if operation else []
    text = ": ".join(part for part in parts if part)
    guess = "" if certain else "probably the one that holds it"
    return TreeNode(
        "Application", key.name, key.namespace, " ".join(word for word in (sync, health) if word),
        "", _joined(guess, one_line(text)), instant(app.metadata.creation_timestamp),
        children=(stack,), context=key.context, health=health,
    )  # fmt: skip


def _workspaces(parts: StackObjects) -> Iterable[TreeNode]:
    yield from _unseen(parts, "workspaces")
    if "workspaces" in parts.hidden:
        yield from _sets(parts, parts.statefulsets)
        return
    if not parts.workspaces and "workspaces" not in parts.pending:
        reason = "PKO 1 runs pulumi in its own pod" if is_pko_1(parts.stack) else "there is none at present"
        yield TreeNode("Workspace", state="none", text=reason)
    for space in parts.workspaces:
        own = [each for each in parts.statefulsets if controller_of(each.metadata)[2] == space.metadata.uid]
        yield _workspace(space, tuple(_sets(parts, own)))


def _workspace(space: Workspace, children: tuple[TreeNode, ...]) -> TreeNode:
    conditions = space.status.conditions if space.status else None
    ready, stalled = cond.find(conditions, "Ready"), cond.is_true(conditions, "Stalled")
    good = ready is not None and ready.status == "True"
    state = "Ready" if good else ready.reason if ready is not None else "new"
    mood: NodeState = "bad" if stalled else "good" if good else "busy"
    message = "" if good or ready is None else headline(ready.message)
    version = space.status.pulumi_version if space.status else ""
    text = _joined(f"pulumi {version.removeprefix('v')}" if version else "", one_line(message))
    return TreeNode(
        "Workspace", space.metadata.name, space.metadata.namespace, "deleting" if _deleting(space) else state, mood,
        text, instant(space.metadata.creation_timestamp), children=children,
    )  # fmt: skip


def _sets(parts: StackObjects, sets: Sequence[StatefulSet]) -> Iterable[TreeNode]:
    yield from _unseen(parts, "statefulsets")
    if "statefulsets" in parts.hidden:
        yield from _pods(parts, parts.pods)
        return
    for each in sets:
        own = [pod for pod in parts.pods if controller_of(pod.metadata)[2] == each.metadata.uid]
        ready = each.status.ready_replicas if each.status else 0
        known = own or "pods" in parts.hidden or "pods" in parts.pending
        yield TreeNode(
            "StatefulSet", each.metadata.name, each.metadata.namespace, f"{ready}/{each.spec.replicas}",
            "good" if ready >= each.spec.replicas else "busy", "" if known else _why_no_pod(parts, each),
            instant(each.metadata.creation_timestamp), children=tuple(_pods(parts, own)),
        )  # fmt: skip


def _why_no_pod(parts: StackObjects, owner: StatefulSet) -> str:
    about = [event for event in parts.events if event.involved_object.name == owner.metadata.name]
    warnings = sorted((e for e in about if e.type == "Warning"), key=said_last, reverse=True)
    return one_line(warnings[0].message) if warnings else "no pod yet"


def _pods(parts: StackObjects, pods: Sequence[WorkspacePod]) -> Iterable[TreeNode]:
    yield from _unseen(parts, "pods")
    for pod in pods:
        status = pod.status
        scheduled = cond.find(status.conditions if status else None, "PodScheduled")
        why = scheduled.message if scheduled is not None and scheduled.status == "False" else ""
        phase = status.reason or status.phase if status else ""
        containers = tuple(_container(pod, name) for name in pod.container_names)
        mood: NodeState = "bad" if phase not in ("Running", "Pending", "Succeeded") or why else "good"
        if mood == "good" and any(child.mood in ("bad", "busy") for child in containers):
            mood = "bad" if any(child.mood == "bad" for child in containers) else "busy"
        yield TreeNode(
            "Pod", pod.metadata.name, pod.metadata.namespace, "Terminating" if _deleting(pod) else phase or "new", mood,
            one_line(why or (status.message if status else "")), instant(pod.metadata.creation_timestamp),
            children=containers,
        )  # fmt: skip


def _container(pod: WorkspacePod, name: str) -> TreeNode:
    kind = "init container" if name in pod.init_names else "container"
    life = pod.statuses_by_name.get(name)
    if life is None:
        return TreeNode(kind, name, state="not started", mood="busy")
    state, mood, text, since = _container_status(life, kind)
    if life.restart_count:
        times = "once" if life.restart_count == 1 else f"{life.restart_count} times"
        last = life.last_state.terminated
        ending = f", last by {last.reason or 'exit'} (code {last.exit_code})" if last is not None else ""
        text = _joined(f"started again {times}{ending}", text)
    return TreeNode(kind, name, state=state, mood=mood, text=one_line(text), since=instant(since))


def _container_status(life: ContainerStatusDetail, kind: str) -> tuple[str, NodeState, str, str]:
    now = life.state
    if now.running is not None:
        return "running", "good" if kind == "container" else "busy", "", now.running.started_at
    if now.waiting is not None:
        return now.waiting.reason or "waiting", "busy" if now.waiting.is_usual else "bad", now.waiting.message, ""
    if now.terminated is not None:
        over = now.terminated
        good = over.exit_code == 0
        state = over.reason or ("Completed" if good else "Error")
        return state, "good" if good else "bad", "" if good else f"exit code {over.exit_code}", over.finished_at
    return "waiting", "busy", "", ""


def _updates(parts: StackObjects, all_updates: bool) -> Iterable[TreeNode]:
    """Newest first; of the finished ones only some, and how many more there are."""
    yield from _unseen(parts, "updates")
    shown = finished = 0
    for update in parts.updates:
        finished += update_state(update) in FINISHED
        if all_updates or finished <= SHOWN_FINISHED_UPDATES:
            shown += 1
            yield _update(update, run_of(update, parts.stack))
    if shown < len(parts.updates):
        yield TreeNode("Updates", state=f"{len(parts.updates) - shown} older", text="finished ones are folded")


def _update(update: Update, run: UpdateRun) -> TreeNode:
    moods: dict[str, NodeState] = {"succeeded": "good", "failed": "bad", "running": "busy", "pending": "busy"}
    return TreeNode(
        "Update", run.name, update.metadata.namespace, f"{run.type} {run.state}".strip(), moods.get(run.state, ""),
        _joined(run.error, run.reason), run.began, run.lasted, run.permalink,
    )  # fmt: skip


def _unseen(parts: StackObjects, what: str) -> Iterable[TreeNode]:
    """A remark in the place of objects that can't be seen, or haven't come yet."""
    if what in parts.hidden:
        yield TreeNode(what, state="hidden", text=parts.hidden[what])
    elif what in parts.pending:
        yield TreeNode(what, state="asking", mood="busy")


def _deleting(obj: Workspace | WorkspacePod) -> bool:
    return obj.metadata.deletion_timestamp is not None


def _joined(*parts: str) -> str:
    return "; ".join(dict.fromkeys(part for part in parts if part))


def age_words(node: TreeNode, now: float) -> str:
    """How long ago it began, and how long it took if that is known."""
    if node.since is None:
        return ""
    took = f" in {prose_span(node.lasted)}" if node.lasted is not None else ""
    return f"{prose_span(now - node.since)}{' ago' if took else ''}{took}"
