"""A Stack finds the Application that holds it, also when that lives in another cluster."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.watch.watch_events import Removed
from fleet.board.board import Board
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key
from stacks.argocd_tracking import TrackingClaim, claim, normalised
from stacks.records.application import Application
from stacks.records.stack import Stack
from support.objects import NOW, app, stack

TRACKED = {"annotations": {"argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:prod/shop"}}
SPOKE = "https://spoke.example:6443"


def board(mapping: dict[str, str] | None = None, **servers: str) -> Board:
    made = Board(destinations=DestinationMap(mapping=mapping or {}))
    for context in ("hub", "spoke"):
        made.open(context)
        made.set_server(context, servers.get(context, f"https://{context}.example:6443"), NOW)
    return made


def holder(made: Board, context: str = "spoke") -> str | None:
    row = made.stacks[Key(context, "prod", "shop")]
    return None if row.holder is None else f"{row.holder.key}{'' if row.holder.certain else '?'}"


def tracked(**more: Any) -> Stack:
    return stack(metadata={**TRACKED, **more})


HELD = [("prod", "shop")]
CASES: list[tuple[str, str, Stack, Application, str | None]] = [
    ("in the same cluster", "hub", tracked(), app(holds=HELD), "hub/argocd/infra"),
    ("not yet compared", "hub", tracked(), app(holds=[]), "hub/argocd/infra"),
    ("no mark, but listed", "hub", stack(), app(holds=HELD), "hub/argocd/infra"),
    ("in-cluster means the hub", "spoke", tracked(), app(holds=HELD), None),
    (
        "by server",
        "spoke",
        tracked(),
        app(holds=HELD, destination={"server": "https://SPOKE.example:6443/"}),
        "hub/argocd/infra",
    ),
    ("by the context's name", "spoke", tracked(), app(holds=HELD, destination={"name": "spoke"}), "hub/argocd/infra"),
    (
        "by an address we don't know: a guess, and said to be one",
        "spoke",
        tracked(),
        app(holds=HELD, destination={"server": "https://private.endpoint"}),
        "hub/argocd/infra?",
    ),
    (
        "a namesake elsewhere isn't a guess",
        "spoke",
        stack(),
        app(holds=HELD, destination={"server": "https://private.endpoint"}),
        None,
    ),
    (
        "a copied mark describes another object",
        "hub",
        stack(metadata={"annotations": {"argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:prod/other"}}),
        app(holds=[]),
        None,
    ),
    (
        "the mark names another Application",
        "hub",
        stack(metadata={"annotations": {"argocd.argoproj.io/tracking-id": "other:pulumi.com/Stack:prod/shop"}}),
        app(holds=HELD),
        None,
    ),
    (
        "an Application in a namespace of its own",
        "hub",
        stack(metadata={"annotations": {"argocd.argoproj.io/tracking-id": "team_infra:pulumi.com/Stack:prod/shop"}}),
        app(namespace="team", holds=HELD),
        "hub/team/infra",
    ),
    (
        "the same name in the wrong namespace",
        "hub",
        stack(metadata={"annotations": {"argocd.argoproj.io/tracking-id": "team_infra:pulumi.com/Stack:prod/shop"}}),
        app(holds=HELD),
        None,
    ),
    (
        "an instance label, and listed",
        "hub",
        stack(metadata={"labels": {"app.kubernetes.io/instance": "infra"}}),
        app(holds=HELD),
        "hub/argocd/infra",
    ),
    (
        "an instance label alone is Helm's too",
        "hub",
        stack(metadata={"labels": {"app.kubernetes.io/instance": "infra"}}),
        app(holds=[]),
        None,
    ),
]


@pytest.mark.parametrize(("case", "context", "record", "application", "expected"), CASES, ids=[c[0] for c in CASES])
def test_an_application_that_lists_or_tracks_a_stack_holds_it(
    case: str, context: str, record: Stack, application: Application, expected: str | None
) -> None:
    stack_first, app_first = board(), board()
    stack_first.put_stack(context, record, NOW)
    stack_first.put_app("hub", application, NOW)
    app_first.put_app("hub", application, NOW)
    app_first.put_stack(context, record, NOW)
    assert holder(stack_first, context) == holder(app_first, context) == expected


def test_the_users_word_beats_everything() -> None:
    made = board({"prod-cluster": "spoke"})
    made.put_stack("spoke", tracked(), NOW)
    made.put_app("hub", app(holds=HELD, destination={"name": "prod-cluster"}), NOW)
    assert holder(made) == "hub/argocd/infra"


def test_two_argo_cds_with_an_application_of_one_name() -> None:
    made = board()
    for context in ("hub", "spoke"):
        made.put_stack(context, tracked(), NOW)
        made.put_app(context, app(holds=HELD), NOW)
    assert holder(made, "hub") == "hub/argocd/infra"
    assert holder(made, "spoke") == "spoke/argocd/infra"


def test_an_application_knows_its_stacks_as_they_come_and_go() -> None:
    made = board()
    key = Key("hub", "argocd", "infra")
    made.put_app("hub", app(holds=HELD), NOW)
    made.put_stack("hub", tracked(), NOW)
    row = made.app(key)
    assert row is not None
    assert [str(k) for k in row.holds] == ["hub/prod/shop"]
    made.put_app("hub", app(holds=HELD, sync="OutOfSync", health="Degraded"), NOW)
    found = made.stacks[Key("hub", "prod", "shop")].holder
    assert found is not None
    assert (found.sync, found.health) == ("OutOfSync", "Degraded")
    made.apply_stack_event("hub", Removed([("prod", "shop")]), NOW)
    row = made.app(key)
    assert row is not None
    assert row.holds == ()
    made.put_stack("hub", tracked(), NOW)
    made.apply_application_event("hub", Removed([("argocd", "infra")]), NOW)
    assert holder(made, "hub") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://API.example:443/", "https://api.example", True),
        ("https://api.example:6443", "https://api.example", False),
        ("http://api.example:80", "http://api.example", True),
        ("https://rancher.example/k8s/clusters/c-1", "https://rancher.example/k8s/clusters/c-2", False),
        ("https://[::1", "https://[::1", True),
        ("https://api:notaport", "https://api:notaport", True),
    ],
)
def test_servers_are_compared_by_what_they_mean(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) is same


@pytest.mark.parametrize(
    "text", ["", ":", "::", "a:b", "infra:pulumi.com/Stack", ":pulumi.com/Stack:prod/shop", "a:b:c:d"]
)
def test_a_tracking_mark_that_makes_no_sense_claims_nothing(text: str) -> None:
    assert claim(stack(metadata={"annotations": {"argocd.argoproj.io/tracking-id": text}})) is None


def test_a_tracking_mark_names_the_application_that_claims_the_stack() -> None:
    assert claim(tracked()) == TrackingClaim(None, "infra", certain=True)
