"""What lint says that an API server refuses, a real one refuses: generated Stacks and Programs, sent as dry runs."""

from __future__ import annotations

import json
import re
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from e2e.control_plane import ControlPlane
from manifests.field_names import dotted
from manifests.linting import lint
from manifests.product_versions import NEWEST_PKO
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from manifests.schema.known_kinds import shape_of
from manifests.schema.schema_faults import FaultKind, faults_of
from support.generated_stacks import generated_programs, generated_stacks

Obj = dict[str, Any]
SEED = 20261130


class Refusal(Exception):
    """What the API server says of a Stack that it doesn't take."""

    def __init__(self, code: int, answer: Obj) -> None:
        super().__init__(f"{code} {answer['message']}")
        self.fields = {str(cause.get("field")) for cause in answer.get("details", {}).get("causes", ())}


def create(plane: ControlPlane, stack: Obj, validation: str) -> None:
    """Create a Stack or a Program without keeping it. Raises Refusal."""
    kinds = f"{stack['kind'].lower()}s"
    query = f"dryRun=All&fieldValidation={validation}"
    try:
        plane.request("POST", f"/apis/{stack['apiVersion']}/namespaces/default/{kinds}?{query}", stack)
    except urllib.error.HTTPError as error:
        raise Refusal(error.code, json.loads(error.read())) from None


def refusals_by_lint(stack: Obj) -> list[str]:
    """The findings that say that the API server refuses it; others are about what the operator makes of it."""
    problems = lint(Repository([parse_source("stack.json", json.dumps(stack))]))
    return [f"{each.rule} {each.message}" for each in problems if "API server refuses" in each.message]


@pytest.mark.parametrize(
    "generated",
    [
        pytest.param(generated_stacks(SEED, 800), id="Stacks"),
        pytest.param(generated_stacks(SEED, 200, "pulumi.com/v1alpha1"), id="Stacks of v1alpha1"),
        pytest.param(generated_programs(SEED, 300), id="Programs"),
    ],
)
def test_lint_and_the_api_server_agree_on_generated_objects(plane: ControlPlane, generated: Iterator[Obj]) -> None:
    differences, number, refused = [], 0, 0
    for stack in generated:
        number += 1
        ours = refusals_by_lint(stack)
        theirs = ""
        try:
            create(plane, stack, "Strict")
        except Refusal as refusal:
            theirs = str(refusal)
            refused += 1
        if bool(theirs) != bool(ours):
            differences.append(f"{theirs or 'taken'}\n  {ours}\n  {json.dumps(stack)}")
    assert not differences, f"{len(differences)} of {number}:\n" + "\n".join(differences[:12])
    assert number * 0.3 < refused < number * 0.7


def test_the_places_are_those_that_the_api_server_names(plane: ControlPlane) -> None:
    shape = shape_of("pulumi.com/v1", "Stack", NEWEST_PKO)
    assert shape is not None
    differences = []
    for stack in generated_stacks(SEED + 1, 600):
        # Metadata is refused before the rest is looked at, and named otherwise.
        stack = {**stack, "metadata": {"name": "web"}}
        ours = {_steps(dotted(each.path)) for each in faults_of(stack, shape) if each.kind is not FaultKind.UNKNOWN}
        theirs = set()
        try:
            create(plane, stack, "Ignore")
        except Refusal as refusal:
            theirs = {_steps(each) for each in refusal.fields if each != "<nil>"}
            if not theirs:  # such as a number that is too large, which it names in its text alone
                theirs = {each for each in ours if each in _steps(str(refusal))}
        if theirs != ours:
            differences.append(f"{sorted(theirs)}\n  {sorted(ours)}")
    assert not differences, "\n".join(differences[:12])


def _steps(field: str) -> str:
    """A field without what is written in different ways: brackets and quotes around keys of maps."""
    return ".".join(filter(None, re.split(r'[.\[\]"]+', field)))
