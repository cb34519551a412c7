"""What lint refuses of a Stack is what a real API server refuses of it, no more and no less."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest

from e2e.control_plane import ControlPlane
from manifests.product_versions import NEWEST_PKO
from manifests.schema.known_kinds import shape_of
from manifests.schema.schema_faults import faults_of
from support.generated_stacks import generated_stacks

Obj = dict[str, Any]


def refused(plane: ControlPlane, stack: Obj) -> str:
    """Why the API server refuses a Stack, with strict validation; empty where it takes it."""
    version = stack["apiVersion"]
    try:
        plane.request("POST", f"/apis/{version}/namespaces/default/stacks?dryRun=All&fieldValidation=Strict", stack)
    except urllib.error.HTTPError as error:
        return f"{error.code} {json.loads(error.read())['message']}"
    return ""


def ours(stack: Obj) -> list[str]:
    shape = shape_of(stack["apiVersion"], "Stack", NEWEST_PKO)
    assert shape is not None
    return [f"{fault.kind.name} {fault.path}" for fault in faults_of(stack, shape)]


@pytest.mark.parametrize(("version", "number"), [("pulumi.com/v1", 800), ("pulumi.com/v1alpha1", 200)])
def test_the_verdict_on_generated_stacks_is_that_of_the_api_server(
    plane: ControlPlane, version: str, number: int
) -> None:
    differences = []
    for stack in generated_stacks(20261130, number, version):
        theirs, mine = refused(plane, stack), ours(stack)
        if bool(theirs) != bool(mine):
            differences.append(f"{theirs or 'taken'}\n  {mine}\n  {json.dumps(stack)}")
    assert not differences, f"{len(differences)} of {number}:\n" + "\n".join(differences[:12])
