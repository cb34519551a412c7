"""Why an Application looks better than its Stacks: both say what is so, of different things."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from diagnosis.object_findings import why_app_differs
from fleet.board.rows import AppRow, Key, StackRow
from health.result import Health
from stacks.phases.phase import DESTROY_STUCK, READY, RETRYING, STALLED, WEDGED, Phase, PhaseKind
from stacks.records.application import Application, ApplicationStatus, HealthStatus
from stacks.records.base import ObjectMetadata
from support.objects import stack


def app(health: str) -> AppRow:
    status = ApplicationStatus(health=HealthStatus(health))
    return AppRow(Key("hub", "argocd", "data"), Application(ObjectMetadata("data", "argocd"), status=status))


def row(kind: PhaseKind, health: str) -> StackRow:
    key = Key("hub", "prod", "shop")
    return StackRow(key, stack(), Health(health, ""), Phase(kind), kind.rank, None, (2, 9, 0))


WEDGE, STALL, FINE = row(WEDGED, "Healthy"), row(STALLED, "Degraded"), row(READY, "Healthy")


def words(health: str, *rows: StackRow) -> str:
    found = why_app_differs(app(health), rows)
    return found.title if found is not None else ""


def test_a_wedged_stack_looks_well_by_its_own_status() -> None:
    assert words("Healthy", WEDGE, FINE) == (
        "Argo CD says Healthy though one of its Stacks is wedged: "
        "it judges a Stack by its own status alone, and that looks well."
    )


@pytest.mark.parametrize("health", ["Healthy", "Progressing"])
def test_a_degraded_stack_is_judged_by_the_check_that_argo_cd_has(health: str) -> None:
    assert words(health, STALL, STALL, FINE) == (
        f"Argo CD says {health} though 2 of its Stacks are Degraded here: "
        "it judges Stacks by the check that it has, or hasn't looked since."
    )


def test_what_was_found_out_of_its_check_stands_in_place_of_the_guess() -> None:
    found = why_app_differs(app("Healthy"), [STALL], "No check is installed in hub/argocd.")
    assert found is not None
    assert found.title == (
        "Argo CD says Healthy though one of its Stacks is Degraded here. No check is installed in hub/argocd."
    )


def test_each_reason_stands_beside_those_that_it_is_for() -> None:
    said = words("Healthy", WEDGE, STALL, replace(WEDGE, phase=Phase(DESTROY_STUCK)))
    assert "one of its Stacks is Degraded here" in said and "and though 2 of its Stacks are broken: " in said


@pytest.mark.parametrize(
    ("health", "rows"),
    [
        ("Healthy", [FINE]),
        ("Healthy", []),
        ("Degraded", [STALL, WEDGE]),
        ("Missing", [STALL]),
        ("Progressing", [row(RETRYING, "Progressing")]),
    ],
)
def test_nothing_is_said_where_they_agree(health: str, rows: list[StackRow]) -> None:
    assert words(health, *rows) == ""
