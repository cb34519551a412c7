"""The configuration file says what it says, and a mistake in it is named and does no harm."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.config_file import EXAMPLE, ConfigEntries, Settings, duration, load, location, members, parse

HERE = Path("config.toml")


def test_every_setting_of_a_file_is_read() -> None:
    found = parse(
        'contexts = ["prod-*"]\nnamespaces = ["team-a"]\nread-only = true\ntheme = "nord"\n'
        'read-cluster-secrets = ["hub"]\n[destinations]\n"https://10.0.0.1" = "prod-eu"\n'
        '[thresholds]\nwedged = "10m"\nlong-factor = 2\n',
        HERE,
    )
    assert found.problems == ()
    assert found.contexts == ("prod-*",)
    assert found.read_only
    assert found.destinations == {"https://10.0.0.1": "prod-eu"}
    assert (found.thresholds.wedged, found.thresholds.unseen, found.thresholds.long_factor) == (600, 120, 2)


def test_nothing_may_be_changed_in_a_context_that_read_only_contexts_names() -> None:
    found = parse('read-only-contexts = ["prod-*", "hub"]', HERE)
    assert (found.problems, found.read_only_contexts) == ((), ("prod-*", "hub"))
    assert found.forbids("prod-eu") == "read-only-contexts in config.toml names prod-eu"
    assert found.forbids("hub")
    assert (found.forbids("lab"), found.forbids("eu-prod-1"), found.forbids("HUB")) == ("", "", "")
    assert parse("read-only = true", HERE).forbids("lab") == "read-only is set in config.toml"


def test_a_group_in_read_only_contexts_means_its_members() -> None:
    found = parse('read-only-contexts = ["@prod", "hub"]\n[groups]\nprod = ["prod-*", "live"]', HERE)
    assert found.problems == ()
    assert all(map(found.forbids, ("prod-eu", "live", "hub")))
    assert found.forbids("lab") == ""
    assert found.beside(["prod-eu", "hub", "lab"]) == found


def test_a_read_only_context_that_matches_none_is_told() -> None:
    found = parse('read-only-contexts = ["HUB", "gone-*", "prod-*", "@g"]\n[groups]\ng = ["x"]', HERE)
    beside = found.beside(["hub", "lab", "prod-eu"])
    assert found.problems == ()
    first, second, third = beside.problems
    assert first.startswith(
        'config.toml: read-only-contexts: "HUB" matches no context of the kubeconfig; "hub" is written'
    )
    assert second == 'config.toml: read-only-contexts: "gone-*" matches no context of the kubeconfig'
    assert '"@g" matches no context' in third
    assert beside.forbids("hub") and beside.forbids("prod-eu")
    assert beside.forbids("lab") == ""
    assert parse('read-only-contexts = ["hub"]', HERE).beside(["hub", "HUB"]).forbids("HUB") == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('read-only-contexts = ["@prod"]', "there is no group @prod; config.toml has none"),
        ('read-only-contexts = ["@prod"]\n[groups]\nlab = ["l"]', "there is no group @prod; there are @lab"),
        ('read-only-contexts = ["@prod"]\n[groups]\nprod = "p"', "there is no group @prod"),
        ('read-only-contexts = ["@a"]\n[groups]\na = ["@b"]\nb = ["x"]', "@b stands inside a group"),
        (f"refresh = {'9' * 5000}", "config.toml holds a number of too many digits"),
        (f"contexts = {'[' * 1000}{']' * 1000}", "config.toml is nested too deep"),
        ("read-only = true\nthis isn't TOML", "config.toml isn't valid TOML"),
        ('read-only = "true"', "config.toml: read-only: true or false is expected"),
        ('read-only-contexts = "hub"', "config.toml: read-only-contexts: a list of texts"),
        ("readonly = true", "there is no setting 'readonly'; it is called read-only"),
        ("read_only = true", "there is no setting 'read_only'; it is called read-only"),
        ("raed-only = true", "it is called read-only"),
        ('readonly-context = ["hub"]', "it is called read-only-contexts"),
        ("all-readonly = true", "it is called read-only"),
        ("[thresholds]\nread-only = true", "read-only stands under [thresholds], where it has no effect"),
        ('[groups]\nread-only-contexts = ["hub"]', "read-only-contexts stands under [groups]"),
    ],
)
def test_while_it_cannot_be_told_whether_anything_may_be_changed_nothing_may(text: str, why: str) -> None:
    found = parse(text, HERE)
    assert why in found.forbids("lab")
    assert any(why in problem and "nothing may be changed" in problem for problem in found.problems)


@pytest.mark.parametrize(
    "text", ["", "colour = 'red'", "theme = 3", "[groups]\nhub = 'x'", "[destinations]\nro = 'lab'"]
)
def test_other_mistakes_forbid_nothing(text: str) -> None:
    assert parse(text, HERE).forbids("lab") == ""


def test_a_file_that_cannot_be_read_forbids_everything(tmp_path: Path) -> None:
    folder = tmp_path / "config.toml"
    folder.mkdir()
    assert f"{folder} can't be read" in load(folder).forbids("lab")
    assert load(tmp_path / "none.toml").forbids("lab") == ""


def test_the_example_is_valid_and_changes_nothing() -> None:
    assert parse(EXAMPLE, HERE) == Settings(path=HERE)
    uncommented = "\n".join(
        line.removeprefix("# ").partition("  ")[0] for line in EXAMPLE.splitlines() if " = " in line or line[:1] == "["
    )
    assert parse(uncommented, HERE).problems == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("contexts = 'x'", "contexts: a list"),
        ("read-only = 'yes'", "read-only: true or false"),
        ("read-only-contexts = 'prod'", "read-only-contexts: a list"),
        ("colour = 'red'", "no setting 'colour'"),
        ("[thresholds]\nwedged = 'soon'", "'soon' is no duration"),
        ("[thresholds]\nsleepy = '5m'", "no threshold 'sleepy'"),
        ("[thresholds]\nlong-factor = 0", "at least 1"),
        ("[destinations]\na = 3", "texts are expected"),
        ("groups = 3", "groups: lists are expected"),
        ("[groups]\nlab = 'x'", "groups: a list"),
        ("[columns]\npods = ['x']", "no table 'pods'"),
        ("refresh = '1s'", "asks too often"),
        ("log-memory = '3'", "no amount of memory"),
        ("contexts = [", "isn't valid TOML"),
    ],
)
def test_a_wrong_entry_is_named_and_the_rest_holds(text: str, named: str) -> None:
    found = parse(text, HERE)
    assert len(found.problems) == 1
    assert named in found.problems[0]
    assert parse("theme = 'nord'\n" + text, HERE).theme == ("" if "[\n" in text + "\n" and "TOML" in named else "nord")


def test_a_group_stands_for_its_members() -> None:
    groups = {"lab": ("lab-*", "kind"), "prod": ("prod-eu",)}
    assert members(["hub", "@lab"], groups) == ("hub", "lab-*", "kind")
    with pytest.raises(KeyError, match="there is no group @x; there are @lab, @prod"):
        members(["@x"], groups)


@given(st.text())
def test_no_file_is_a_crash(text: str) -> None:
    parse(text, HERE)


_NUMBERS = ["9" * 400, "-" + "9" * 400, "0x" + "f" * 9000, "1e400", "-inf", "nan", '"' + "9" * 400 + 's"']
_KEYS = [field.encode_name for field in msgspec.structs.fields(ConfigEntries)]
_KEYS += ["thresholds.wedged", "thresholds.long-factor", "groups.g", "keys.k"]
_VALUES = [*_NUMBERS, '"' + "9" * 400 + ' GiB"', "{a = 1}", "[[1]]", "1979-05-27", "'x'", "true", "''", '"@x"']


@given(st.sampled_from(_KEYS), st.sampled_from(_VALUES))
def test_no_value_is_a_crash_and_what_is_said_of_it_can_be_read(key: str, value: str) -> None:
    found = parse(f"{key} = {value}", HERE)
    assert all(len(problem) < 700 for problem in found.problems)
    assert found.forbids("lab") or not key.startswith("read-only")
    assert msgspec.json.encode(found.thresholds).find(b"null") < 0  # no infinity


@pytest.mark.parametrize("key", ["contexts", "refresh", "thresholds.wedged", "log-memory", "read-only"])
def test_a_number_of_400_digits_and_a_table_in_a_thousand_others_are_problems(key: str) -> None:
    for text in (f"{key} = {'9' * 400}", f"{key}{'.a' * 3000} = 1"):
        (problem,) = parse(text, HERE).problems
        assert key.partition(".")[0] in problem and len(problem) < 300


def test_what_is_no_file_is_no_configuration_and_forbids(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is a pipe, and a file is expected" in load(tmp_path / "pipe").forbids("lab")
    assert "it is a device, and a file is expected" in load(Path("/dev/zero")).forbids("lab")
    assert load(Path(os.devnull)).problems == ()


def test_the_file_is_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    assert location({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "pko-argo" / "config.toml"
    assert load(tmp_path / "nothing.toml") == Settings()
    unreadable = tmp_path / "config.toml"
    unreadable.write_bytes(b"\xff\xfe")
    assert "can't be read" in load(unreadable).problems[0]


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), (300, 300), ("5m", 300)])
def test_a_duration_may_be_written_in_several_units(text: object, seconds: float) -> None:
    assert duration(text) == seconds
