"""What of all that was answered belongs to a Stack: its owner references say it."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from fleet.board.rows import Key
from fleet.resource_kinds import EVENTS, STATEFULSETS, UPDATES, WORKSPACE_PODS, WORKSPACES
from fleet.stack_objects.watched_kinds import Selection, SelectionResult, StackObjects, own_objects, selections
from support.objects import stack
from support.program import ROOT

SHOP = stack()
KEY = Key("lab", "prod", "shop")
UID = SHOP.metadata.uid


def made(kind: Any, name: str, uid: str = "", owner: tuple[str, str, str] | None = None, **more: Any) -> Any:
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": "prod",
        "uid": uid,
        "creationTimestamp": "2027-01-15T07:00:00Z",
    }
    if owner is not None:
        metadata["ownerReferences"] = [dict(zip(("kind", "name", "uid"), owner, strict=True), controller=True)]
    return msgspec.convert({"metadata": metadata, **more}, kind.record)


def parts_of(**found: list[Any] | SelectionResult) -> StackObjects:
    kinds = {kind.resource.plural: kind for kind in (WORKSPACES, UPDATES, STATEFULSETS, WORKSPACE_PODS, EVENTS)}
    answers = {
        Selection(kinds[plural]): each if isinstance(each, SelectionResult) else SelectionResult(each)
        for plural, each in found.items()
    }
    return own_objects(KEY, SHOP, answers)


SPACE = made(WORKSPACES, "shop", "w", ("Stack", "shop", UID))
SET = made(STATEFULSETS, "shop-workspace", "s", ("Workspace", "shop", "w"))
POD = made(WORKSPACE_PODS, "shop-workspace-0", "p", ("StatefulSet", "shop-workspace", "s"))
STRANGER = made(WORKSPACE_PODS, "stranger", "q", ("Job", "other", "j"))


def test_a_chain_of_owners_is_followed_down_to_the_pod() -> None:
    parts = parts_of(workspaces=[SPACE], statefulsets=[SET], pods=[POD, STRANGER])
    assert [pod.metadata.name for pod in parts.pods] == ["shop-workspace-0"]


def test_what_a_namesake_owned_that_is_gone_isnt_its_own() -> None:
    old = made(WORKSPACES, "shop", "w", ("Stack", "shop", "another"))
    run = made(UPDATES, "shop-1", "u", ("Stack", "shop", "another"))
    parts = parts_of(workspaces=[old], statefulsets=[SET], pods=[POD], updates=[run])
    assert not (parts.workspaces or parts.statefulsets or parts.pods or parts.updates)


def test_where_owners_may_not_be_seen_names_have_to_do() -> None:
    parts = parts_of(
        workspaces=SelectionResult(why="forbidden"), statefulsets=SelectionResult(why="forbidden"), pods=[POD, STRANGER]
    )
    assert [pod.metadata.name for pod in parts.pods] == ["shop-workspace-0"]
    assert parts.hidden == {"workspaces": "forbidden", "statefulsets": "forbidden"}


def test_an_update_made_by_hand_is_known_by_its_label() -> None:
    assert [u.metadata.name for u in parts_of(updates=[made(UPDATES, "adhoc")]).updates] == ["adhoc"]


def told(kind: str, uid: str, at: str) -> Any:
    about = {"kind": kind, "name": "shop", "uid": uid}
    return made(EVENTS, f"{kind}{uid}{at}", involvedObject=about, lastTimestamp=at, reason=f"{kind} {uid}")


def test_events_of_the_one_before_are_left_out_and_those_of_its_own_that_are_gone_stay() -> None:
    before, since = "2027-01-13T00:00:00Z", "2027-01-15T07:30:00Z"
    events = [
        told("Stack", UID, since), told("Stack", "another", since), told("ConfigMap", "", since),
        told("Pod", "p", before), told("Pod", "gone", since), told("Pod", "older", before),
    ]  # fmt: skip
    parts = parts_of(workspaces=[SPACE], statefulsets=[SET], pods=[POD], events=events)
    assert [event.reason for event in parts.events] == [f"Stack {UID}", "Pod p", "Pod gone"]


def test_what_nobody_has_answered_yet_is_being_asked() -> None:
    parts = parts_of(workspaces=SelectionResult(known=False), updates=[])
    assert parts.pending == {"workspaces"}


def test_every_question_has_a_selector_and_finished_updates_are_asked_about_once() -> None:
    over = {"conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": "2027-01-15T07:00:09Z"}]}
    parts = parts_of(updates=[made(UPDATES, "shop-b"), made(UPDATES, "shop-a", status=over)])
    asked = list(selections(parts))
    assert all(selection.parameters for selection in asked)
    about = {s.field_selector: s.once for s in asked if s.kind is EVENTS}
    assert (about["involvedObject.name=shop-b"], about["involvedObject.name=shop-a"]) == (False, True)


def test_the_documented_role_may_watch_what_a_page_watches() -> None:
    viewer = next(yaml.safe_load_all((ROOT / "docs/rbac.yaml").read_text("utf-8")))
    for selection in selections(StackObjects(KEY, SHOP)):
        resource = selection.kind.resource
        verbs = {
            verb
            for rule in viewer["rules"]
            if resource.group in rule["apiGroups"] and resource.plural in rule["resources"]
            for verb in rule["verbs"]
        }
        assert {"list", "watch"} <= verbs, resource.plural
