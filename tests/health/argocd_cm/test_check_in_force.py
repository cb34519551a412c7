"""What judges a kind, what Argo CD then shows, and how two checks compare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from health.argocd_cm.check_in_force import CheckInForce, check_in_force
from health.argocd_cm.settings import read_settings
from health.check_kinds import KINDS
from health.checks import difference, source
from health.judge import ShownHealth, built_in, judge_for, ours, similarity
from health.result import ArgoCDVersion

STACK = KINDS[0]
KEY = "resource.customizations.health.pulumi.com_Stack"
OURS = source("pulumi.com", "Stack")
V36, V35 = ArgoCDVersion(3, 6), ArgoCDVersion(3, 5)
READY = {
    "metadata": {"generation": 1},
    "status": {
        "observedGeneration": 1,
        "conditions": [{"type": "Ready", "status": "True", "message": "done", "lastTransitionTime": "2027"}],
    },
}
DELETED = {**READY, "metadata": {"generation": 2, "deletionTimestamp": "2027-01-15T08:00:00Z"}}


def found(release: ArgoCDVersion = V36, **data: str) -> CheckInForce:
    return check_in_force(read_settings(dict(data), release), STACK, release)


@pytest.mark.parametrize(
    ("data", "release", "word", "text"),
    [
        ({}, V36, "built-in", "the one that Argo CD brings"),
        ({}, V35, "none", "none"),
        ({KEY: ""}, V36, "built-in", "the one that Argo CD brings"),
        ({KEY: OURS}, V36, "ours", f"ours, version 1, from {KEY}"),
        ({KEY: OURS + "-- more\n"}, V36, "changed", f"ours, version 1, changed by hand, from {KEY}"),
        ({KEY: "return {}"}, V36, "other", f"somebody else's, from {KEY}"),
        (
            {"resource.customizations": "pulumi.com/Stack:\n  health.lua: return {}\n"},
            V36,
            "other",
            "somebody else's, from resource.customizations (pulumi.com/Stack)",
        ),
    ],
)
def test_it_is_known_which_check_judges_stacks(
    data: dict[str, str], release: ArgoCDVersion, word: str, text: str
) -> None:
    one = found(release, **data)
    assert (one.origin, str(one)) == (word, text)


def test_a_split_key_can_run_with_the_open_libs_of_the_block() -> None:
    block = "pulumi.com/Stack:\n  health.lua.useOpenLibs: true\n"
    one = found(**{"resource.customizations": block, KEY: 'return {status = string.format("Healthy")}'})
    assert judge_for(one, V36)(READY) == ShownHealth("Healthy")
    assert judge_for(replace(one, open_libs=False), V36)(READY).word == "raises"


def test_each_of_them_judges_as_argo_cd_would() -> None:
    assert judge_for(built_in(STACK), V36)(READY) == ShownHealth("Healthy", "done")
    assert judge_for(found(V35), V35)(READY) == ShownHealth("none")
    assert judge_for(ours(STACK), V36)(READY) == ShownHealth("Healthy", "done")
    assert judge_for(found(**{KEY: "return {}"}), V36)(READY) == ShownHealth("")
    assert judge_for(found(**{KEY: "return ("}), V36)(READY).word == "raises"


def test_deletion_is_the_releases_business() -> None:
    assert judge_for(ours(STACK), V35)(DELETED) == ShownHealth("Progressing", "Pending deletion")
    assert judge_for(ours(STACK), V36)(DELETED) != ShownHealth("Progressing", "Pending deletion")


def test_ours_is_like_ours_and_not_like_the_built_in_one() -> None:
    alike = similarity(ours(STACK), ours(STACK), V36)
    assert (alike.differs, alike.raises) == (0, 0)
    assert alike.situations > 40
    assert similarity(ours(STACK), built_in(STACK), V36).differs > 10


def test_line_ends_and_last_blanks_are_no_difference() -> None:
    assert list(difference("a\r\nb  \r\n", "a\nb\n", "old", "new")) == []
    assert list(difference("a\nb", "a\nc", "old", "new")) == ["--- old", "+++ new", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert list(difference("", "a", "old", "new")) == ["--- old", "+++ new", "@@ -0,0 +1 @@", "+a"]
