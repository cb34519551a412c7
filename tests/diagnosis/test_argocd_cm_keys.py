"""Keys of argocd-cm that break the instance, with how to mend them, and those that do nothing."""

from __future__ import annotations

import pytest

from diagnosis.argocd_obstacles import broken_keys, unused_keys
from diagnosis.finding import BROKEN, Evidence, ObjectRef
from health.argocd_cm.settings import read_settings
from health.check_kinds import config_map_key

BLOCK = "resource.customizations"
KEY = f"{BLOCK}.health.pulumi.com_Stack"
LIBS = f"{BLOCK}.useOpenLibs.pulumi.com_Stack"
CONFIG_MAP = ObjectRef("hub", "argocd", "ConfigMap", "argocd-cm")


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
    (found,) = broken_keys(read_settings({key: value, KEY: "sound", "url": "x"}), CONFIG_MAP)
    assert (found.subject, found.severity) == (key, BROKEN)
    assert error in found.title
    assert fix in found.next_step
    assert found.evidence == (Evidence(CONFIG_MAP, f"/data/{key}"),)
    assert broken_keys(read_settings({KEY: "sound"})) == []


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        (f"{BLOCK}.health", "x", "names no kind"),
        (f"{BLOCK}.pulumi", "x", "names no kind"),
        (f"{BLOCK}.health.pulumi.com-Stack", "x", f"never used: no kind is called that; {KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_stack", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_Stacks", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.Stack", "x", f"{KEY} would be"),
        (f"{BLOCK}.health.pulumi.com_Workspace", "x", f"{config_map_key('auto.pulumi.com/Workspace')} would be"),
        (f"{BLOCK}.useOpenLibs.pulumi.com_stack", "true", f"{LIBS} would be"),
        (KEY, "", "as if it weren't there"),
        (f"{BLOCK}.health.all", "x", "none of the core group"),
        (f"{BLOCK}X.health.pulumi.com_Stack", "x", "chance"),
    ],
)
def test_keys_that_do_nothing_or_not_what_they_look_like(key: str, value: str, text: str) -> None:
    (found,) = unused_keys({key: value}, read_settings({key: value}))
    assert found.subject == key
    assert text in found.title


@pytest.mark.parametrize("key", [KEY, LIBS, f"{BLOCK}.health.acme.example_Thing", f"{BLOCK}.health.Pod", "url"])
def test_sound_keys_are_not_remarked_on(key: str) -> None:
    assert list(unused_keys({key: "true"}, read_settings({key: "true"}))) == []
