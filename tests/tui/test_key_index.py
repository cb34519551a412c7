"""Keys: what the program binds, what the help says and what docs/keys.md says is the same; users may change them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from settings.config_file import parse
from support.waiting import eventually
from tui.app import PkoArgo
from tui.commands import COMMANDS
from tui.config_check import checked_keys
from tui.key_index import bindings, bound_classes, key_name
from tui.shell.help_screen import help_groups
from tui.shell.preferences import Preferences, preferred

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<keys>`.*?`) \| `(?P<name>[a-z]+\.[a-z_.-]+)` \| (?P<does>.*?) \| .*\|$", re.MULTILINE)


def bound() -> dict[str, tuple[set[str], str]]:
    """Name -> the keys that it has anywhere, and what it does."""
    found: dict[str, tuple[set[str], str]] = {}
    for owners in bound_classes().values():
        for owner in owners:
            for binding in bindings(owner):
                keys, _ = found.setdefault(str(binding.id), (set(), binding.tooltip))
                keys.add(key_name(binding.key))
    return found


def test_the_page_lists_every_key_and_no_other() -> None:
    written = {
        row["name"]: (set(re.findall(r"`(.+?)`(?: |$)", row["keys"])), row["does"]) for row in ROW.finditer(PAGE)
    }
    assert written == bound()


README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PLACES = {
    "everywhere": ("Stacks", "Stack"),
    "board": ("Stacks",),
    "sorting": ("Stacks",),
    "a Stack": ("Stack", "Parts of a Stack"),
    "logs": ("Logs",),
    "contexts": ("Contexts",),
    "two contexts": ("Two contexts",),
}
"""a line of the README's table of keys -> where its keys work"""


@pytest.mark.parametrize("line", list(PLACES))
def test_every_key_of_the_readme_works_where_it_says(line: str) -> None:
    table = README[README.index("## Keys") :]
    (found,) = re.findall(rf"^\| {line} \| (.*) \|$", table, re.MULTILINE)
    works = {
        key_name(binding.key)
        for place in PLACES[line]
        for owner in bound_classes()[place]
        for binding in bindings(owner)
    }
    assert set(re.findall(r"`(.+?)`", found)) <= works


def test_every_line_of_the_readmes_keys_is_looked_at() -> None:
    table = README[README.index("## Keys") : README.index("Text is selected")]
    assert re.findall(r"^\| (?!where|-)(.*?) \|", table, re.MULTILINE) == list(PLACES)


def test_the_page_lists_every_command() -> None:
    for command in COMMANDS:
        aliases = " ".join(f"`:{alias}`" for alias in command.aliases)
        assert f"| `:{command.name}` | {aliases} | {command.does} |" in PAGE


@pytest.mark.parametrize("place", list(bound_classes()))
def test_every_key_has_a_name_a_word_and_a_sentence(place: str) -> None:
    for owner in bound_classes()[place]:
        for binding in bindings(owner):
            assert binding.id and binding.description and binding.tooltip.endswith((".", "?")), binding


def test_every_key_of_ours_would_be_taken_from_a_user_too() -> None:
    keys = {
        binding.id: binding.key
        for owners in bound_classes().values()
        for owner in owners
        for binding in bindings(owner)
    }
    assert [problem for problem in checked_keys(keys)[1] if "no keyboard" in problem] == []


@pytest.mark.parametrize("place", list(bound_classes()))
def test_no_key_does_two_things_in_one_class(place: str) -> None:
    for owner in bound_classes()[place]:
        keys = [binding.key for binding in bindings(owner)]
        assert len(keys) == len(set(keys))


KEYS = ("HERE", "MOVING", "SORTING", "EVERYWHERE")


@pytest.fixture
def shop(fleet, kit):
    fleet.put("eu", kit.ready("api"), kit.stalled("web"))
    fleet.sync()
    return fleet


async def test_the_help_says_what_the_program_binds(shop, kit) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 60), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 2)
        groups = help_groups(app.screen.active_bindings.values(), app.get_key_display)
        said = {line.text for group in groups for line in group.lines if group.title in KEYS}
        owners = bound_classes()["Stacks"]
        overridden = {"Go back to where you came from."}
        only_in_groups = {"The next group.", "The previous group.", "Fold all groups, or unfold them."}
        tips = {binding.tooltip for owner in owners for binding in bindings(owner)}
        said = {next((tip for tip in tips if line.endswith(tip)), line) for line in said}  # a word may stand before it
        assert said == tips - overridden - only_in_groups


async def test_a_key_of_the_users_own_works_instead_of_the_usual_one(shop, kit) -> None:
    app = PkoArgo(shop, preferences=Preferences(keys={"table.broken": "f2"}))
    async with app.run_test(size=(150, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 2 and "f2 Broken" in kit.on_screen(app))
        await pilot.press("ctrl+z")
        assert len(kit.listed(app)) == 2
        await pilot.press("f2")
        await eventually(lambda: kit.listed(app) == ["web"])


async def test_a_key_that_is_taken_is_named_and_both_stay_as_they_were(shop, kit) -> None:
    app = PkoArgo(shop, preferences=Preferences(keys={"table.broken": "c"}))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "c is the key of table.copy" in kit.told(app))
        await pilot.press("ctrl+z")
        await eventually(lambda: kit.listed(app) == ["web"])


@pytest.mark.parametrize(
    ("wanted", "kept", "problem"),
    [
        ({"table.broken": "f2"}, {"table.broken": "f2"}, ""),
        ({"table.broken": "?"}, {}, "? is the key of app.help"),
        ({"table.copy": "x"}, {}, "x is the key of stacks.contexts"),
        ({"table.moon": "f2"}, {}, "there is no 'table.moon'"),
        ({"table.broken": ""}, {}, "is no key"),
        ({"app.help": "ctrl+bogus"}, {}, "config.toml: [keys] app.help = 'ctrl+bogus': no keyboard has ctrl+bogus"),
        ({"app.help": "f2,bogus"}, {}, "no keyboard has bogus"),
        ({"app.help": "f2,é,£"}, {"app.help": "f2,é,£"}, ""),
        ({"table.broken": "f2", "table.copy": "f2"}, {"table.broken": "f2"}, "f2 is the key of table.broken"),
        ({"table.copy": "z", "table.freeze": "c"}, {"table.copy": "z", "table.freeze": "c"}, ""),
    ],
)
def test_only_what_makes_sense_of_a_key_map_is_used(wanted, kept, problem: str) -> None:
    keymap, problems = checked_keys(wanted)
    assert keymap == kept
    assert (problem in problems[0]) if problem else not problems


async def test_what_is_wrong_with_the_configuration_is_told_on_the_screen(shop, kit) -> None:
    settings = parse('[keys]\na = 3\n[moon]\n[columns]\nstacks = ["colour"]\n', Path("config.toml"))
    app = PkoArgo(shop, preferences=preferred(settings, {"TERM": "xterm"}))
    async with app.run_test(size=(120, 40), notifications=True):
        wrong = ("keys: texts are expected", "'moon'", "there is no column 'colour'")
        await eventually(lambda: all(text in kit.told(app) for text in wrong))
