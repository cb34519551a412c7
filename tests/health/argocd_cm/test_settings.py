"""What the keys of argocd-cm put in force, which break the instance, and which do nothing."""

from __future__ import annotations

import pytest

from health.argocd_cm.settings import EffectiveOverride, SettingOverride, SettingSource, read_settings
from health.go.globs import matches
from health.result import ArgoCDVersion

BLOCK = "resource.customizations"
KEY = f"{BLOCK}.health.pulumi.com_Stack"
LIBS = f"{BLOCK}.useOpenLibs.pulumi.com_Stack"
STACK = "pulumi.com/Stack"


def in_force(data: dict[str, str], kind: str = STACK) -> EffectiveOverride:
    reading = read_settings(data)
    assert reading.problems == ()
    return reading.in_force(kind)


def test_a_key_of_its_own_puts_a_script_in_force() -> None:
    assert in_force({KEY: "lua"}).override == SettingOverride("lua", SettingSource(KEY))
    assert in_force({f"{BLOCK}.health.Pod": "lua"}, "Pod").override.script == "lua"
    assert in_force({f"{BLOCK}.health.auto.pulumi.com_Update": "x"}, "auto.pulumi.com/Update").override.script == "x"


def test_a_split_key_replaces_its_own_field_of_the_block_only() -> None:
    block = "pulumi.com/Stack:\n  health.lua: block\n  health.lua.useOpenLibs: true\n"
    found = in_force({BLOCK: block, KEY: "split"}).override
    assert (found.script, str(found.script_from)) == ("split", KEY)
    assert (found.open_libs, str(found.open_libs_from)) == (True, f"{BLOCK} (pulumi.com/Stack)")
    assert in_force({BLOCK: block, LIBS: "false"}).override == SettingOverride(
        "block", SettingSource(BLOCK, STACK), False, SettingSource(LIBS)
    )


def test_an_empty_script_is_none() -> None:
    assert in_force({KEY: ""}).override.script == ""
    assert in_force({KEY: "", BLOCK: "pulumi.com/Stack:\n  health.lua: block\n"}).override.script == ""


def test_patterns_come_after_exact_keys() -> None:
    everything = {f"{BLOCK}.health.all": "wild", f"{BLOCK}.useOpenLibs.all": "true"}
    assert in_force(everything).override == SettingOverride(
        "wild", SettingSource(f"{BLOCK}.health.all"), True, SettingSource(f"{BLOCK}.useOpenLibs.all")
    )
    assert in_force(everything).pattern == "*/*"
    assert in_force(everything, "Pod").override.script == ""
    assert in_force({**everything, LIBS: "false"}).override.open_libs is True
    assert in_force({**everything, KEY: "own"}).override.script == "own"


def test_two_patterns_are_a_matter_of_chance() -> None:
    found = in_force({BLOCK: "'*/*':\n  health.lua: a\npulumi.com/*:\n  health.lua: b\n"})
    assert (found.pattern, found.rivals) == ("*/*", ("pulumi.com/*",))


def test_all_of_them_are_named_and_the_rest_is_still_read() -> None:
    reading = read_settings({f"{BLOCK}.bogus.x": "x", LIBS: "yes", KEY: "sound", "resource.exclusions": "x"})
    assert len(reading.problems) == 3
    assert reading.in_force(STACK).override.script == "sound"


def test_before_3_6_nobody_reads_selectors() -> None:
    assert read_settings({"resource.selectors": "- selector: '=('"}, ArgoCDVersion(3, 5)).problems == ()


@pytest.mark.parametrize(
    ("rules", "kind", "excluded"),
    [
        ({"resource.exclusions": "- apiGroups: [pulumi.com]"}, STACK, True),
        ({"resource.exclusions": "- apiGroups: ['*.com']"}, "auto.pulumi.com/Update", True),
        ({"resource.exclusions": "- kinds: ['S*']"}, STACK, False),
        ({"resource.exclusions": "- clusters: [https://other]"}, STACK, False),
        ({"resource.inclusions": "- apiGroups: [apps]"}, STACK, True),
        ({"resource.inclusions": "- apiGroups: [pulumi.com]"}, STACK, False),
        ({"resource.inclusions": "- apiGroups: [apps]\n  clusters: [https://other]"}, STACK, False),
        (
            {"resource.inclusions": "- kinds: [Stack]", "resource.exclusions": "- kinds: [Stack]"},
            STACK,
            True,
        ),
        ({}, "Event", True),
        ({}, STACK, False),
    ],
)
def test_kinds_that_argo_cd_does_not_look_at(rules: dict[str, str], kind: str, excluded: bool) -> None:
    assert read_settings(rules).resources.excludes(kind) is excluded


def test_selectors_narrow_what_it_looks_at() -> None:
    rules = {"resource.selectors": "- selector: a=b\n- kinds: [Pod]\n  selector: x\n- selector: ' '"}
    assert read_settings(rules).resources.selectors(STACK) == ("a=b",)


@pytest.mark.parametrize(
    ("pattern", "text", "matching"),
    [
        ("*", "a/b", True),
        ("*/*", "Pod", False),
        ("*.pulumi.com/*", "pulumi.com/Stack", False),
        ("S?ack", "Stack", True),
        ("S[st]ack", "Stack", True),
        ("S[!t]ack", "Stack", False),
        ("S[a-z]ack", "Stack", True),
        ("{a,b}/c", "b/c", True),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("[", "[", False),
        ("{a", "a", False),
        ("a.b", "axb", False),
        ("a,b", "a,b", True),
    ],
)
def test_globs_match_as_argo_cds_do(pattern: str, text: str, matching: bool) -> None:
    assert matches(pattern, text) is matching
