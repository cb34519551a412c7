"""Stacks as a real operator left them in a cluster: what servers add is no finding, what people got wrong is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from manifests.document import Document
from manifests.linting import lint
from manifests.repository import Repository

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recordings beside this project")

RULES = {
    "stack/config-shape",
    "stack/duration",
    "stack/missing-field",
    "stack/name-too-long",
    "stack/reference-type",
    "stack/unknown-field",
    "stack/wrong-type",
}


def recorded() -> Iterator[Document]:
    for path in sorted(RECORDED.glob("*/objects.yaml")):
        for place, value in enumerate(yaml.load(path.read_text(), yaml.CSafeLoader)["items"]):
            if value["kind"] in ("Stack", "Program"):
                yield Document(path.parent.name, place, value)


def test_the_findings_are_what_the_recordings_are_about() -> None:
    found = {(each.object, each.rule) for each in lint(Repository([], objects=recorded())) if each.rule in RULES}
    assert found == {
        ("Stack spec-bad/env-ref", "stack/reference-type"),
        ("Stack spec-bad/fs-ref", "stack/reference-type"),
        ("Stack spec-bad/git-literal", "stack/reference-type"),
        ("Stack spec-bad/unknown-ref", "stack/reference-type"),
        ("Stack poison/duration", "stack/duration"),
    }
