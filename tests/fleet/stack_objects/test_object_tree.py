"""The tree of a real operator's objects: everything in its place, and every trouble where it is."""

from __future__ import annotations

import msgspec
import pytest

from fleet.board.rows import Key
from fleet.stack_objects.history import group_events
from fleet.stack_objects.object_tree import TreeNode, build_tree, row_of
from fleet.stack_objects.watched_kinds import StackObjects
from stacks.records.base import OwnerOnly, controller_of
from stacks.records.kubernetes import Event, StatefulSet, WorkspacePod, tidy_event, tidy_workspace_pod
from stacks.records.stack import Stack, tidy_stack
from stacks.records.workspace import Update, Workspace, tidy_update
from support.recorded import Situation, situations


def parts_of(situation: Situation) -> StackObjects:
    """The recorded objects as they would have been gathered; the StatefulSet is known by what it owns."""
    stack = tidy_stack(msgspec.convert(situation.stack, Stack, strict=False))
    key = Key("lab", stack.metadata.namespace, stack.metadata.name)
    parts = StackObjects(key, stack)
    if situation.workspace:
        parts.workspaces = [msgspec.convert(situation.workspace, Workspace, strict=False)]
    if situation.update:
        parts.updates = [tidy_update(msgspec.convert(situation.update, Update, strict=False))]
    if situation.pod:
        parts.pods = [tidy_workspace_pod(msgspec.convert(situation.pod, WorkspacePod, strict=False))]
        _, name, uid = controller_of(parts.pods[0].metadata)
        uid_of_space = parts.workspaces[0].metadata.uid if parts.workspaces else ""
        owner = {"kind": "Workspace", "name": key.name, "uid": uid_of_space, "controller": True}
        metadata = {"name": name, "namespace": key.namespace, "uid": uid, "ownerReferences": [owner]}
        parts.statefulsets = [msgspec.convert({"metadata": metadata, "status": {"readyReplicas": 1}}, StatefulSet)]
    return parts


def tree(situation: Situation) -> TreeNode:
    parts = parts_of(situation)
    row = row_of(parts, {"lab": "https://127.0.0.1"}, situation.now)
    return build_tree(parts, row, situation.now)


def nodes(root: TreeNode) -> list[TreeNode]:
    return [root, *(node for child in root.children for node in nodes(child))]


@pytest.mark.parametrize("situation", situations(), ids=str)
def test_every_real_situation_has_a_tree(situation: Situation) -> None:
    root = tree(situation)
    kinds = [node.kind for node in nodes(root)]
    assert root.kind == "Stack"
    assert "Workspace" in kinds
    assert ("Pod" in kinds) == bool(situation.pod and situation.workspace)
    assert ("Update" in kinds) == bool(situation.update)
    assert all(node.text.isprintable() for node in nodes(root))
    assert "(not shown)" not in root.text


def test_an_image_that_cant_be_pulled_is_seen_at_its_container() -> None:
    (situation,) = (each for each in situations() if each.name == "10a-image-pull")
    bad = [node for node in nodes(tree(situation)) if node.mood == "bad"]
    assert any(node.kind.endswith("container") and "Pull" in node.state for node in bad)
    assert any(node.kind == "Pod" for node in bad)


def event(reason: str, count: int, at: str, message: str = "x", kind: str = "Pod") -> Event:
    return tidy_event(
        msgspec.convert(
            {
                "metadata": {"name": f"{reason}-{at}"},
                "involvedObject": {"kind": kind, "name": "shop"},
                "reason": reason,
                "message": message,
                "count": count,
                "firstTimestamp": "2026-11-23T18:00:00Z",
                "lastTimestamp": at,
            },
            Event,
        )
    )


def test_repeats_are_counted_and_the_rest_is_in_order() -> None:
    told = group_events([
        event("BackOff", 5, "2026-11-23T18:05:00Z"),
        event("Pulled", 1, "2026-11-23T18:01:00Z"),
        event("BackOff", 3, "2026-11-23T18:03:00Z"),
        event("BackOff", 1, "2026-11-23T18:02:00Z", kind="Stack"),
    ])  # fmt: skip
    assert [(each.kind, each.reason, each.count) for each in told] == [
        ("Pod", "Pulled", 1), ("Stack", "BackOff", 1), ("Pod", "BackOff", 8),
    ]  # fmt: skip
    assert told[-1].last == "2026-11-23T18:05:00Z"


def test_an_events_outputs_are_left_out() -> None:
    (told,) = group_events(
        [event("StackUpdateFailure", 1, "2026-11-23T18:05:00Z", "Outputs:\n    token: s3cret\nerror: no")]
    )
    assert told.message == "Outputs: (not shown)\nerror: no"


def test_an_owner_that_doesnt_control_is_no_owner() -> None:
    owners = [
        {"kind": "Stack", "name": "a", "uid": "1"},
        {"kind": "Workspace", "name": "b", "uid": "2", "controller": True},
    ]
    metadata = msgspec.convert({"metadata": {"name": "x", "ownerReferences": owners}}, OwnerOnly).metadata
    assert controller_of(metadata) == ("Workspace", "b", "2")
