"""What Argo CD shows for a Stack, and why that isn't our verdict: each reason, and none where they agree."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.argocd_health import why_differs, why_not_yet
from diagnosis.finding import Finding
from fleet.argocd.applications import summed
from fleet.argocd.argocd_survey import IGNORE, is_ignored
from fleet.argocd.argocd_verdict import ArgoCDVerdict, argocd_verdict, judged_by, runs_foreign_script, shown_words
from fleet.argocd.instances import examine
from health.checks import check
from health.judge import FAILED, ShownHealth
from health.result import Health
from stacks.records.application import Application, ApplicationStatus, HealthStatus
from stacks.records.base import ObjectMetadata
from stacks.times import instant, rfc3339
from support.argocds import OURS, STACK, THEIRS, argo_cd, config_map
from support.installs import OLDER
from support.objects import condition, stack_object

INVALID = stack_object(
    "shop", conditions=[condition("Stalled", "SpecInvalid", 'missing "branch"')], observedGeneration=0
)
BLOCK = "resource.customizations"
EXCLUSIONS = "- apiGroups: [pulumi.com]\n  kinds: [Stack]\n"
CHANGED = OURS.replace("Degraded", "Suspended")


def block(script: str) -> str:
    return "pulumi.com/Stack:\n  health.lua: |\n" + "".join(f"    {line}\n" for line in script.splitlines())


def words(finding: Finding | None) -> str:
    return finding.title if finding is not None else ""


def asked(data: dict[str, str], version: str = "v3.6.1", stack: Any = INVALID, **metadata: Any) -> ArgoCDVerdict:
    return argocd_verdict(examine(argo_cd(config_map(data, **metadata), version=version)), stack)


def ours(stack: Any = INVALID) -> Health:
    return check("pulumi.com", "Stack").judge(stack)


@pytest.mark.parametrize(
    ("data", "version", "shows", "by", "why"),
    [
        ({}, "v3.6.1", "Progressing", "the check that Argo CD brings", "Our check isn't installed in lab/argocd"),
        (
            {},
            "v3.5.2",
            "no health",
            "no check",
            "No check is installed in lab/argocd, Argo CD v3.5.2 (3.6 is the first",
        ),
        ({STACK: THEIRS}, "v3.6.1", "Healthy", f"somebody else's check ({STACK})", "Somebody else's check judges in"),
        ({STACK: "error('x')"}, "v3.6.1", "an error", f"somebody else's check ({STACK})", "Somebody else's check"),
        ({STACK: "return nil"}, "v3.6.1", "no health", f"somebody else's check ({STACK})", "Somebody else's check"),
        ({STACK: OLDER}, "v3.6.1", "an empty health", "our check, version 0, an older one", "is ours, version 0; this"),
        ({STACK: CHANGED}, "v3.6.1", "Suspended", "our check, changed by hand", "was changed by hand"),
        (
            {STACK: THEIRS, BLOCK: block(OURS)},
            "v3.6.1",
            "Healthy",
            f"somebody else's check ({STACK})",
            f"Our check stands in {BLOCK} of lab/argocd and doesn't count: {STACK} wins over it.",
        ),
        ({STACK: OURS}, "v3.6.1", "Degraded", "our check, version 1", ""),
        ({BLOCK: block(OURS)}, "v3.6.1", "Degraded", "our check, version 1", ""),
    ],
)
def test_whose_check_it_is_and_why_it_says_something_else(
    data: dict[str, str], version: str, shows: str, by: str, why: str
) -> None:
    found = asked(data, version)
    assert found.shown is not None and found.check is not None
    assert (shown_words(found.shown), judged_by(found.check)) == (shows, by)
    told = why_differs(found, ours(), deleting=False)
    assert why in words(told) and bool(why) == bool(told)


def test_a_stack_on_which_both_agree_needs_no_reason() -> None:
    ready = stack_object("shop", conditions=[condition("Ready", "ProcessingCompleted", "done")])
    assert why_differs(asked({}, stack=ready), ours(ready), deleting=False) is None


def test_before_3_6_a_stuck_deletion_is_progressing_whatever_check_there_is() -> None:
    stuck = stack_object(
        "shop",
        metadata={"deletionTimestamp": "2026-11-23T18:20:00Z", "finalizers": ["finalizer.stack.pulumi.com"]},
        conditions=[condition("Stalled", "UpdateFailed", "destroy failed")],
    )
    found = asked({STACK: OURS}, "v3.5.2", stuck)
    assert found.shown is not None and found.shown.word == "Progressing"
    assert "v3.5.2 shows whatever is being deleted as Progressing" in words(
        why_differs(found, ours(stuck), deleting=True)
    )


@pytest.mark.parametrize(
    ("data", "metadata", "why"),
    [
        ({"resource.exclusions": EXCLUSIONS}, {}, "doesn't look at Stacks (resource.exclusions)"),
        ({"resource.customizations.Health.a_b": "x"}, {}, "broken by its key resource.customizations.Health.a_b"),
        ({}, {"labels": {}}, "doesn't see its argocd-cm"),
    ],
)
def test_an_argo_cd_that_shows_nothing_says_why(data: dict[str, str], metadata: dict[str, Any], why: str) -> None:
    found = asked(data, **metadata)
    assert found.shown is None and why in found.why_unknown


def test_an_argocd_cm_that_may_not_be_read_tells_nothing() -> None:
    from dataclasses import replace

    hidden = replace(argo_cd(None), unread="you may not get it")
    found = argocd_verdict(examine(hidden), INVALID)
    assert found.shown is None and "may not be read: you may not get it" in found.why_unknown


def test_only_the_scripts_of_others_need_patience() -> None:
    wanted = {STACK: THEIRS}, {STACK: OURS}, {}
    assert [runs_foreign_script(examine(argo_cd(config_map(data)))) for data in wanted] == [True, False, False]


NOTED = instant(config_map({STACK: OURS})["metadata"]["managedFields"][0]["time"])
assert NOTED is not None


def application(health: str, reconciled: float) -> Application:
    return Application(
        ObjectMetadata("infra"),
        status=ApplicationStatus(health=HealthStatus(health), reconciled_at=rfc3339(reconciled)),
    )


@pytest.mark.parametrize(
    ("health", "reconciled", "why"),
    [
        ("Progressing", NOTED - 60, "it was last looked at 3m ago, before argocd-cm was changed 2m ago"),
        ("Progressing", NOTED + 60, "this Stack has changed since"),
        ("Degraded", NOTED - 60, ""),
        ("Unknown", NOTED - 60, ""),
        ("", NOTED - 60, ""),
    ],
)
def test_an_application_that_was_not_looked_at_since_is_told(health: str, reconciled: float, why: str) -> None:
    told = why_not_yet(asked({STACK: OURS}), application(health, reconciled), NOTED + 120)
    assert why in words(told) and bool(why) == bool(told)


def test_a_stack_that_is_left_out_of_its_application_is_told() -> None:
    left_out = {**INVALID, "metadata": {**INVALID["metadata"], "annotations": {
        "argocd.argoproj.io/ignore-healthcheck": "true"}}}  # fmt: skip
    told = why_not_yet(asked({STACK: OURS}, stack=left_out), application("Healthy", NOTED), NOTED)
    assert "leaves this Stack out of the Application's health" in words(told)


def test_what_counts_in_an_applications_health_is_said_in_one_place() -> None:
    counting = {"Degraded": "Degraded", FAILED: "Unknown", "none": "", "": "", "Odd": ""}
    assert {word: ShownHealth(word).counts_as for word in counting} == counting
    assert summed([ShownHealth("none"), ShownHealth(""), ShownHealth("Suspended")]) == "Suspended"
    assert summed([ShownHealth("Degraded"), ShownHealth(FAILED)]) == "Unknown"
    assert summed([ShownHealth("none")]) == "Healthy"
    ignored = {"metadata": {"annotations": {IGNORE: "true"}}}
    assert is_ignored(ignored)
    for other in ("True", "1", "t", "TRUE", ""):
        assert not is_ignored({"metadata": {"annotations": {IGNORE: other}}})


def test_a_check_that_crashes_says_so_in_the_place_of_its_verdict() -> None:
    wide = "resource.customizations.useOpenLibs.pulumi.com_Stack"
    shown = asked({STACK: "string.find(('a'):rep(400000), ('a?'):rep(400000))", wide: "true"}).shown
    assert shown is not None
    assert (shown_words(shown), shown.counts_as) == ("crashed", "Unknown")
