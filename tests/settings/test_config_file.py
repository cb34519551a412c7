"""The configuration file says what it says, and a mistake in it is named and does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.config_file import EXAMPLE, Settings, duration, load, location, members, parse

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


@pytest.mark.parametrize(
    ("text", "why"),
    [
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


def test_the_file_is_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    assert location({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "pko-argo" / "config.toml"
    assert load(tmp_path / "nothing.toml") == Settings()
    unreadable = tmp_path / "config.toml"
    unreadable.write_bytes(b"\xff\xfe")
    assert "can't be read" in load(unreadable).problems[0]


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), (300, 300), ("5m", 300)])
def test_a_duration_may_be_written_in_several_units(text: object, seconds: float) -> None:
    assert duration(text) == seconds
