"""Values that aren't yet what a cluster will see are told from those that are."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.placeholders import has_placeholder


@pytest.mark.parametrize(
    "value",
    [
        "${NAME}", "acme/${PROJECT}/dev", "$(NAME)", "{{ .Values.name }}", "{% name %}", "<% name %>", "@NAME@",
        "@@NAME@@", "%NAME%", "__NAME__", "<name>", "<organization/project/stack>", "https://<host>/web.git",
    ],
)  # fmt: skip
def test_placeholders(value: str) -> None:
    assert has_placeholder(value)


@pytest.mark.parametrize(
    "value",
    ["", "web", "acme/web/dev", "git@github.com:acme/web.git", "https://github.com/acme/web.git", "1h30m", "a < b", 3,
     None, ["${NAME}"]],
)  # fmt: skip
def test_what_is_as_it_will_be(value: Any) -> None:
    assert not has_placeholder(value)
