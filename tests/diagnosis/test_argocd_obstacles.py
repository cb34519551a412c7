"""What gets in the way of a check is named with what to do: first what breaks the Argo CD, then what misleads."""

from __future__ import annotations

import re
from typing import Any

import pytest

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import BROKEN, MISLEADS, NOTE, Finding
from fleet.argocd.argocd_workloads import UNSEEN, ArgoCDWorkloads
from fleet.argocd.instances import ArgoCDInstance, checks_in_force, examine, instance
from health.check_kinds import KINDS
from support.argocds import OURS, STACK, THEIRS, argo_cd, config_map

PREFIX = "resource.customizations"
BUILT_IN = """\
-- Upstream's rule in our words.
local function waiting(text) return {status = "Progressing", message = text} end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return waiting("Waiting for the operator to observe the latest spec change")
end
local words = {Stalled = "Degraded", Reconciling = "Progressing", Ready = "Healthy"}
for _, condition in ipairs(obj.status.conditions or {}) do
  if words[condition.type] ~= nil and condition.status == "True" then
    return {status = words[condition.type], message = condition.message}
  end
end
return waiting("Waiting for the stack to be reconciled")
"""


def with_data(version: str = "v3.6.1", **data: str) -> ArgoCDInstance:
    return argo_cd(config_map(dict(data)), version=version)


def found(one: ArgoCDInstance, servers: tuple[str, ...] = ()) -> dict[str, Finding]:
    return {obstacle.id: obstacle for obstacle in obstacles(examine(one, servers))}


def words(one: ArgoCDInstance) -> dict[str, str]:
    return {check.kind.rpartition("/")[2]: check.origin for check in checks_in_force(one)}


def test_where_nothing_is_installed_36_has_a_check_for_stacks_of_its_own() -> None:
    assert words(with_data()) == {"Stack": "built-in", "Program": "none", "Workspace": "none", "Update": "none"}
    assert words(with_data("v3.5.2"))["Stack"] == "none"
    assert obstacles(examine(with_data())) == []


@pytest.mark.parametrize("script", [OURS, OURS.replace("\n", "\r\n"), f"\n{OURS}\n\n"], ids=["as is", "CRLF", "blanks"])
def test_ours_is_known_by_its_header_and_text_whatever_its_line_ends(script: str) -> None:
    one = with_data(**{STACK: script})
    (check, *_) = checks_in_force(one)
    assert (check.origin, check.version, check.current, check.source) == ("ours", 1, True, STACK)
    assert obstacles(examine(one)) == []


def test_ours_of_another_version_is_ours_and_says_which_this_program_brings() -> None:
    (check, *_) = checks_in_force(with_data(**{STACK: OURS.replace("version 1", "version 99", 1)}))
    assert (check.origin, check.version, check.current) == ("ours", 99, False)
    assert "this program brings 1" in str(check)


def test_ours_that_somebody_has_changed_misleads() -> None:
    one = with_data(**{STACK: OURS.replace("FAILURE_LIMIT = 3", "FAILURE_LIMIT = 9")})
    assert words(one)["Stack"] == "changed"
    assert found(one)["changed"].severity == MISLEADS


def test_an_override_that_says_what_argo_cd_would_say_itself_hides_the_built_in_check() -> None:
    obstacle = found(with_data(**{STACK: BUILT_IN}))["shadows"]
    assert (obstacle.severity, obstacle.subject) == (MISLEADS, STACK)
    assert "says the same" in obstacle.title
    assert "shadows" not in found(with_data("v3.5.2", **{STACK: BUILT_IN}))


def test_an_override_of_another_meaning_is_noted_with_how_much_differs() -> None:
    obstacle = found(with_data(**{STACK: THEIRS}))["shadows"]
    assert obstacle.severity == NOTE
    assert re.search(r"of \d+ situations it differs from that in \d+, from ours in \d+", obstacle.title)


def test_ours_hides_the_built_in_check_on_purpose() -> None:
    assert "shadows" not in found(with_data(**{STACK: OURS}))


def test_a_script_that_raises_misleads_and_says_how_often() -> None:
    obstacle = found(with_data(**{STACK: 'return {status = obj.status.lastUpdate.state == "x"}'}))["raises"]
    assert obstacle.severity == MISLEADS
    assert "attempt to index a non-table object(nil)" in obstacle.title


def test_a_script_that_isnt_lua_raises_everywhere() -> None:
    assert re.search(r"in (\d+) of \1 situations", found(with_data(**{STACK: "return {"}))["raises"].title)


def test_every_key_that_breaks_the_instance_is_named_with_its_fix() -> None:
    broken = {
        f"{PREFIX}.pulumi.com_Stack": "x",
        f"{PREFIX}.health.a_b_c": "x",
        f"{PREFIX}.useOpenLibs.pulumi.com_Stack": "yes",
        "resource.exclusions": "- [",
    }
    seen = [one for one in obstacles(examine(with_data(**broken))) if one.severity == BROKEN]
    assert {one.subject for one in seen} == set(broken)
    assert all(one.next_step for one in seen)


def test_what_breaks_it_comes_first() -> None:
    one = with_data(**{"resource.respectRBAC": "strict", STACK: "x", f"{PREFIX}.health.a_b_c": "x"})
    levels = [obstacle.severity for obstacle in obstacles(examine(one))]
    assert levels == sorted(levels, key=(BROKEN, MISLEADS, NOTE).index)
    assert levels[0] == BROKEN


@pytest.mark.parametrize(
    "key",
    [
        f"{PREFIX}.health.pulumi.com-Stack",
        f"{PREFIX}.health.pulumi.com_stack",
        f"{PREFIX}.health.pulumi.com_Stacks",
        f"{PREFIX}.health",
    ],
)
def test_a_key_that_is_almost_ours_misleads(key: str) -> None:
    obstacle = found(with_data(**{key: OURS}))["unused-key"]
    assert (obstacle.severity, obstacle.subject) == (MISLEADS, key)


def test_without_its_label_argo_cd_doesnt_see_the_config_map() -> None:
    obstacle = found(argo_cd(config_map({}, labels={})))["no-label"]
    assert obstacle.severity == BROKEN
    assert "kubectl -n argocd label configmap argocd-cm app.kubernetes.io/part-of=argocd" in obstacle.next_step


def test_a_missing_config_map_breaks_it_and_one_that_may_not_be_read_doesnt() -> None:
    assert found(argo_cd(None))["no-configmap"].severity == BROKEN
    hidden = instance("lab", "argocd", None, unread="forbidden")
    assert [(one.severity, one.id) for one in obstacles(examine(hidden))] == [(NOTE, "unread")]
    assert checks_in_force(hidden) == ()


def test_a_core_installation_doesnt_notice_changes() -> None:
    core = instance(
        "lab", "argocd", config_map({}), ArgoCDWorkloads("v3.6.1", "image", "StatefulSet/x", has_server=False)
    )
    assert found(core)["core"].severity == MISLEADS
    unknown = instance("lab", "argocd", config_map({}), UNSEEN)
    assert "core" not in found(unknown)
    assert found(unknown)["version"].severity == NOTE


def test_kinds_that_are_excluded_have_no_health_and_for_stacks_that_misleads() -> None:
    data = {"resource.exclusions": "- apiGroups: ['*pulumi.com']\n"}
    seen = {
        one.title.partition(" ")[0]: one.severity
        for one in obstacles(examine(with_data(**data)))
        if one.id == "excluded"
    }
    assert seen == {KINDS[0]: MISLEADS, KINDS[1]: MISLEADS, KINDS[2]: NOTE, KINDS[3]: NOTE}


def test_an_exclusion_in_one_cluster_names_that_cluster() -> None:
    data = {"resource.exclusions": "- kinds: [Stack]\n  clusters: ['https://eu.example*']\n"}
    assert "excluded" not in found(with_data(**data))
    text = found(with_data(**data), ("https://eu.example:6443",))["excluded"].title
    assert "in https://eu.example:6443" in text


def test_the_legacy_block_is_noted_and_that_its_open_libs_hold_for_the_split_key() -> None:
    block = "pulumi.com/Stack:\n  health.lua: return {}\n  health.lua.useOpenLibs: true\n"
    seen = found(with_data(**{PREFIX: block, STACK: OURS}))
    assert seen["legacy-block"].severity == NOTE
    assert "holds for the script of" in seen["legacy-open-libs"].title
    assert seen["open-libs"].severity == NOTE


def test_two_patterns_for_one_kind_are_said_to_mislead() -> None:
    block = "'*.com/*':\n  health.lua: return {}\n'pulumi*/*':\n  health.lua: return {}\n"
    assert "which one wins is chance" in found(with_data(**{PREFIX: block}))["rivals"].title


def test_that_argo_cd_respects_rbac_is_noted() -> None:
    assert found(with_data(**{"resource.respectRBAC": "strict"}))["respect-rbac"].severity == NOTE


@pytest.mark.parametrize("size", [1_000_000])
def test_a_config_map_of_a_megabyte_has_no_obstacles_of_its_own(size: int) -> None:
    data: dict[str, Any] = {STACK: OURS, "dashboard": "x" * size}
    data |= {f"{PREFIX}.health.acme.example_Kind{number}": "return {}" for number in range(500)}
    assert obstacles(examine(with_data(**data))) == []
