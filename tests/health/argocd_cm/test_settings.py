"""What the keys of argocd-cm put in force, which break the instance, and which do nothing."""

from __future__ import annotations

import pytest

from health.argocd_cm.key_advice import split_key
from health.argocd_cm.settings import CheckInForce, SettingOverride, SettingSource, read_settings
from health.go.globs import matches
from health.result import ArgoCDVersion

BLOCK = "resource.customizations"
KEY = f"{BLOCK}.health.pulumi.com_Stack"
LIBS = f"{BLOCK}.useOpenLibs.pulumi.com_Stack"
STACK = "pulumi.com/Stack"


def in_force(data: dict[str, str], kind: str = STACK) -> CheckInForce:
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


@pytest.mark.parametrize(
    ("key", "value", "error", "fix"),
    [
        (f"{BLOCK}.health.a_b_c", "x", "group kind should be", "<group>_<Kind>"),
        (f"{BLOCK}.pulumi.com_Stack", "x", "type pulumi not supported", f"rename it to {KEY}"),
        (f"{BLOCK}.health.pulumi.com_Stack_", "x", "group kind should be", f"rename it to {KEY}"),
        (f"{BLOCK}.health.", "x", "group kind should be", "take it out"),
        (f"{BLOCK}.Health.pulumi.com_Stack", "x", "type Health not supported", f"rename it to {KEY}"),
        (f"{BLOCK}.bogus.x", "x", "type bogus not supported", "take it out"),
        (f"{BLOCK}X.a.b", "x", "type a not supported", "take it out"),
        (LIBS, "yes", 'ParseBool: parsing "yes"', '"true" or "false"'),
        (BLOCK, "[: x", "did not find expected", "mend the YAML"),
        (BLOCK, "pulumi.com/Stack:\n", "nil pointer", "give the entry a health.lua"),
        (BLOCK, "pulumi.com/Stack:\n  health.lua: 5\n", "cannot unmarshal number", "in quotes"),
        (BLOCK, "a: x", "a: json: cannot unmarshal string", "type that is expected"),
        ("resource.exclusions", "apiGroups: [x]", "cannot unmarshal object", "type that is expected"),
        ("resource.exclusions", "\t- a", "cannot start any token", "blanks instead of tabs"),
        ("resource.selectors", "- selector: '=('", "error parsing resource selector", "team=infra"),
        ("resource.respectRBAC", "on", "invalid value", '"normal" or "strict"'),
        ("resource.compareoptions", "ignoreAggregatedRoles: x", "of type bool", "type that is expected"),
        ("resource.ignoreResourceUpdatesEnabled", "yes", "ParseBool", '"true" or "false"'),
    ],
)
def test_keys_that_break_the_instance(key: str, value: str, error: str, fix: str) -> None:
    (problem,) = read_settings({key: value, KEY: "sound", "url": "x"}).problems
    assert problem.key == key
    assert error in problem.error
    assert fix in problem.fix
    assert read_settings({KEY: "sound"}).problems == ()


def test_all_of_them_are_named_and_the_rest_is_still_read() -> None:
    reading = read_settings({f"{BLOCK}.bogus.x": "x", LIBS: "yes", KEY: "sound", "resource.exclusions": "x"})
    assert len(reading.problems) == 3
    assert reading.in_force(STACK).override.script == "sound"


def test_before_3_6_nobody_reads_selectors() -> None:
    assert read_settings({"resource.selectors": "- selector: '=('"}, ArgoCDVersion(3, 5)).problems == ()


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        (f"{BLOCK}.health", "x", "names no kind"),
        (f"{BLOCK}.pulumi", "x", "names no kind"),
        (f"{BLOCK}.health.pulumi.com-Stack", "x", f"never used: no kind is called that; {KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_stack", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_Stacks", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.Stack", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_Workspace", "x", f"{split_key('auto.pulumi.com/Workspace')} would be"),
        (f"{BLOCK}.useOpenLibs.pulumi.com_stack", "true", f"{LIBS} would be"),
        (KEY, "", "as if it weren't there"),
        (f"{BLOCK}.health.all", "x", "none of the core group"),
        (f"{BLOCK}X.health.pulumi.com_Stack", "x", "chance"),
    ],
)
def test_keys_that_do_nothing_or_not_what_they_look_like(key: str, value: str, text: str) -> None:
    (note,) = read_settings({key: value}).notes
    assert note.key == key
    assert text in note.text


@pytest.mark.parametrize("key", [KEY, LIBS, f"{BLOCK}.health.acme.example_Thing", f"{BLOCK}.health.Pod", "url"])
def test_sound_keys_are_not_remarked_on(key: str) -> None:
    assert read_settings({key: "true"}).notes == ()


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
