"""A recorded scene on a board, as the feeds of a context would have put it there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from fleet.board.board import Board
from fleet.board.context_state import KindVisibility
from fleet.board.rows import Key
from fleet.feeds.lookups import apply_answer, needed_lookups
from fleet.resource_kinds import STACKS
from stacks.operator import LEASE_NAME, OperatorState
from stacks.times import instant
from stacks.versions import image_version
from support.scenes import CONTEXT, Scene

_DEAD_AFTER = 60.0
_OPERATOR = "pulumi-kubernetes-operator"


def board_of(scene: Scene, *, lookups: bool = True, operator: OperatorState | None = None) -> Board:
    """The board of a context in which everything is as in the scene. Without `lookups` nothing was asked for by its
    name yet; `operator` is what is known of it, where that isn't what the scene tells."""
    board = Board()
    board.open(CONTEXT)
    board.set_operator(CONTEXT, operator if operator is not None else operator_of(scene), scene.now)
    leases = [each for each in scene.objects if each["kind"] == "Lease"]
    board.set_context_fields(
        CONTEXT,
        operator_namespace=leases[0]["metadata"]["namespace"] if leases else "",
        visibility={"stacks": KindVisibility(synced=True, last_event_at=scene.now)},
    )
    for each in scene.objects:
        if each["kind"] == "Stack":
            put_stack(board, each, scene.now)
    if lookups:
        look_up(board, scene)
    return board


def put_stack(board: Board, stack: dict[str, Any], now: float) -> Key:
    """Put a Stack's object on the board, as its watch would."""
    record = STACKS.tidy(msgspec.convert(stack, STACKS.record, strict=False))
    board.put_stack(CONTEXT, record, now)
    return Key(CONTEXT, record.metadata.namespace, record.metadata.name)


def look_up(board: Board, scene: Scene) -> None:
    """Answer what the board asks for by its name, as a feed does."""
    by_place = {
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each for each in scene.objects
    }
    for row in list(board.stacks.values()):
        for lookup in needed_lookups(row):
            kind = lookup.kind
            found = by_place.get((kind.resource.kind, row.key.namespace, lookup.name))
            record = None if found is None else kind.tidy(msgspec.convert(found, kind.record, strict=False))
            apply_answer(board, lookup, record, scene.now)


def operator_of(scene: Scene) -> OperatorState:
    """What a survey of the scene's context finds out about its operator."""
    images = [
        container["image"]
        for each in scene.objects
        if each["kind"] == "Deployment"
        for container in each["spec"]["template"]["spec"]["containers"]
        if _OPERATOR in container["image"]
    ]
    versions = [version for image in images if (version := image_version(image)) is not None]
    found = OperatorState(min(versions, default=None))
    for each in scene.objects:
        if each["kind"] == "Lease" and each["metadata"]["name"] == LEASE_NAME:
            renewed = instant(each["spec"].get("renewTime", ""))
            held = bool(each["spec"].get("holderIdentity"))
            alive = held and renewed is not None and scene.now - renewed <= _DEAD_AFTER
            found = replace(found, has_leader=alive)
    return found
