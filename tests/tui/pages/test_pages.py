"""The pages of Stacks, Applications, contexts and objects."""

from __future__ import annotations

import asyncio
import sys

import pytest
from textual.widgets import Input

from fleet.board.rows import Key
from stacks.records.base import Condition
from stacks.records.stack import LastUpdate, Stack
from support.waiting import eventually
from tui.app import PkoArgo
from tui.pages.application_page import ApplicationPage
from tui.shell.file_export import FileExport, csv, save
from tui.shell.navigation import has_display
from tui.tables.table_widget import TableWidget


@pytest.fixture
def app(fleet) -> PkoArgo:
    return PkoArgo(fleet)


@pytest.fixture
def shop(fleet, kit):
    """A Stack in trouble that another waits for, and the Application that holds both."""
    output = "up failed: 255\ncode: 255\nstdout: Outputs:\n    password: hunter2\nerror: quota exceeded\nstderr: "
    last = LastUpdate(
        "web-run", 1, "", "up", "failed", output, "b" * 40, "a" * 40, "https://app.pulumi.com/x/1", kit.ago(60), 3
    )
    told = Condition("Stalled", "True", "UpdateFailed", "up failed 3 times", kit.ago(60))
    broken = kit.stack(
        "web", told, last=last, project_repo="https://git.example/infra.git", branch="main", repo_dir="app"
    )
    fleet.put("eu", broken, kit.waiting("cart", on="web"), kit.ready("zoo"))
    fleet.put_apps("eu", kit.application("storefront", "web", "cart", sync="OutOfSync", health="Degraded"))
    fleet.sync()
    return fleet


class _Nothing:
    """What a screen that shows no log is about."""

    keys = ()


async def open_page(app: PkoArgo, pilot, kit, name: str) -> None:
    await eventually(lambda: name in kit.listed(app))
    app.screen.model.window.move(kit.listed(app).index(name))
    await pilot.press("enter")
    await eventually(lambda: f"Stack {name}" in kit.on_screen(app))


async def test_the_page_of_a_stack_tells_all_that_is_known(app, shop, kit):
    async with app.run_test(size=(120, 90), notifications=True) as pilot:
        await open_page(app, pilot, kit, "web")
        said = kit.on_screen(app)
        for words in (
            "stalled: UpdateFailed",
            "acme/shop/web",
            "argocd/storefront",
            "OutOfSync",
            "https://git.example/infra.git",
            "branch main",
            "True UpdateFailed, for 60s",
            "up failed",
            "https://app.pulumi.com/x/1",
            "quota exceeded",
            "only on change of the spec, the source or the request",
        ):
            assert words in said, words


async def test_the_page_of_a_stack_shows_no_outputs(app, shop, kit):
    async with app.run_test(size=(120, 90), notifications=True) as pilot:
        await open_page(app, pilot, kit, "web")
        assert "(not shown)" in kit.on_screen(app)
        assert "hunter2" not in kit.on_screen(app)


async def test_prerequisites_are_told_with_their_own_state(app, shop, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "cart")
        assert "web: Degraded, stalled: UpdateFailed" in kit.on_screen(app)


async def test_a_page_follows_its_stack(app, shop, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "zoo")
        shop.put("eu", kit.stalled("zoo", message="no such branch: main"))
        await eventually(lambda: "no such branch: main" in kit.on_screen(app))


async def test_a_stack_that_is_deleted_while_its_page_is_open_keeps_its_last_picture(app, shop, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "zoo")
        shop.drop("eu", "shop", "zoo")
        await eventually(lambda: "This Stack was deleted" in kit.on_screen(app))
        assert "acme/shop/zoo" in kit.on_screen(app)
        shop.put("eu", kit.ready("zoo"))
        await eventually(lambda: "This Stack was deleted" not in kit.on_screen(app))


async def test_a_page_of_a_lost_context_says_how_old_it_is(app, shop, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "zoo")
        shop.lose("eu", "refused")
        shop.now += 40
        await eventually(lambda: "What follows is 40s old" in kit.on_screen(app))


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_a_page_is_left_for_the_board(app, shop, kit, key):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "zoo")
        await pilot.press(key)
        await eventually(lambda: len(app.screen_stack) == 1)
        assert kit.under_cursor(app) == "zoo"


async def test_yaml_shows_the_object_and_copies_it(app, shop, kit):
    shop.objects["Stack/web"] = {"kind": "Stack", "spec": {"branch": "main", "note": "a\nb"}}
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "web")
        await pilot.press("y")
        await eventually(lambda: "branch: main" in kit.on_screen(app))
        await pilot.press("c")
        await eventually(lambda: app.clipboard.startswith("kind: Stack\nspec:\n  branch: main\n"))


async def test_yaml_that_cannot_be_had_says_why(app, shop, kit):
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("y")
        await eventually(lambda: "stacks.pulumi.com web isn't there" in kit.on_screen(app))


async def test_a_late_answer_for_a_page_that_was_left_changes_nothing(app, shop, kit):
    answer = asyncio.Event()
    answered = shop.object

    async def slowly(key, resource):
        await answer.wait()
        return await answered(key, resource)

    shop.object = slowly
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await open_page(app, pilot, kit, "web")
        await pilot.press("y", "q", "q")
        await eventually(lambda: len(app.screen_stack) == 1)
        answer.set()
        await eventually(lambda: "web" in kit.listed(app))
        assert "Stacks 3" in kit.on_screen(app)


async def test_applications_are_one_key_away_and_hold_their_stacks(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("a")
        await eventually(lambda: kit.listed(app) == ["storefront"])
        await pilot.press("enter")
        await eventually(lambda: "Application storefront" in kit.on_screen(app))
        assert kit.listed(app) == ["web", "cart"]
        assert "why not" in kit.on_screen(app)
        await pilot.press("enter")
        await eventually(lambda: "Stack web" in kit.on_screen(app))
        await pilot.press("a")
        await eventually(lambda: "Application storefront" in kit.on_screen(app))
        await pilot.press("q", "q", "q", "a")
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_an_applications_logs_are_those_of_all_its_stacks_or_of_the_marked_ones(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("a")
        await eventually(lambda: kit.listed(app) == ["storefront"])
        await pilot.press("enter")
        await eventually(lambda: kit.listed(app) == ["web", "cart"])
        await pilot.press("l")
        await eventually(lambda: [key.name for key in getattr(app.screen, "subject", _Nothing).keys] == ["web", "cart"])
        await pilot.press("escape", "j", "space", "l")
        await eventually(lambda: [key.name for key in getattr(app.screen, "subject", _Nothing).keys] == ["cart"])


async def test_a_time_or_a_search_that_is_refused_is_there_to_be_mended(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "web" in kit.listed(app))
        await pilot.press("l")
        await eventually(lambda: hasattr(app.screen, "subject"))
        for key, wrong in (("T", "soonish"), ("slash", "(")):
            await pilot.press(key, *wrong, "enter")
            await eventually(lambda wrong=wrong: getattr(app.focused, "value", "") == wrong)
            await pilot.press("escape")


async def test_a_link_is_told_where_there_is_no_browser(app, shop, kit, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_page(app, pilot, kit, "web")
        await pilot.press("o")
        await eventually(lambda: "https://app.pulumi.com/x/1" in kit.told(app))


def test_a_browser_needs_a_display():
    assert has_display({}, "darwin")
    assert has_display({"DISPLAY": ":0"}, "linux")
    assert has_display({"BROWSER": "firefox"}, "linux")
    assert not has_display({}, "linux")


async def test_only_web_links_are_opened(app, fleet, kit):
    last = LastUpdate("run", 1, "", "up", "succeeded", "", "", "", "javascript:alert(1)", kit.ago(60))
    good = Condition("Ready", "True", "ProcessingCompleted", "fine", kit.ago(60))
    fleet.put("eu", kit.stack("web", good, last=last))
    fleet.sync()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: kit.listed(app) == ["web"])
        await pilot.press("o")
        await eventually(lambda: "no link" in kit.told(app))


async def test_contexts_tell_their_state_and_are_tried_again(app, shop, kit):
    shop.lose("us", "certificate has expired")
    async with app.run_test(size=(140, 30), notifications=True) as pilot:
        await pilot.press("x")
        await eventually(lambda: kit.listed(app) == ["us", "eu"])
        said = kit.on_screen(app)
        assert "certificate has expired, next try in 12s" in said
        await pilot.press("r")
        await eventually(lambda: shop.retried == ["us"])


async def test_the_page_of_a_context_tells_the_whole_reason(app, shop, kit):
    shop.lose("us", "a very long reason " * 20)
    shop.board.set_context_fields("us", hidden=("Leases (whether the operator is alive)",))
    async with app.run_test(size=(80, 50), notifications=True) as pilot:
        await pilot.press("x", "enter")
        await eventually(lambda: "Context us" in kit.on_screen(app))
        said = " ".join(kit.on_screen(app).split())
        assert "a very long reason , next try in 12s" in said
        assert "Leases (whether the operator is alive)" in said
        await pilot.press("r", "q")
        await eventually(lambda: shop.retried == ["us"])


async def test_a_context_is_added_and_left(app, shop, kit):
    async with app.run_test(size=(140, 30), notifications=True) as pilot:
        await pilot.press("x")
        await eventually(lambda: len(kit.listed(app)) == 2)
        await pilot.press("plus", "enter")
        await eventually(lambda: "lab" in kit.listed(app))
        app.screen.model.window.move(kit.listed(app).index("lab"))
        await pilot.press("minus", "n")
        await eventually(lambda: len(app.screen_stack) == 2)
        assert "lab" in shop.board.contexts
        await pilot.press("minus", "y")
        await eventually(lambda: "lab" not in kit.listed(app))
        assert "lab" not in shop.board.contexts


async def test_help_lists_the_keys_of_what_has_the_focus(app, shop, kit):
    async with app.run_test(size=(120, 80), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("question_mark")
        await eventually(lambda: "Sort by namespace" in kit.on_screen(app))
        await pilot.press("question_mark")
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_every_binding_has_an_id_a_word_and_a_sentence(app, shop, kit):
    async with app.run_test(notifications=True) as pilot:
        for keys in ((), ("x",), ("q", "a"), ("enter",), ("y",), ("q", "q", "q", "enter")):
            await pilot.press(*keys)
            for active in app.screen.active_bindings.values():
                binding = active.binding
                if binding.id or type(active.node).__module__.startswith("tui."):
                    inherited = binding.action.startswith(("app.focus", "screen.")) or binding.key == "ctrl+q"
                    assert inherited or (binding.id and binding.description and binding.tooltip), binding


@pytest.mark.parametrize(
    ("command", "expected"),
    [("apps", "Applications 1"), ("ctx", "Contexts 2"), ("stacks", "Stacks 3"), ("theme textual-light", "Stacks 3")],
)
async def test_commands_lead_where_they_say(app, shop, kit, command, expected):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("colon")
        app.screen.query_one("CommandLine", Input).value = command
        await pilot.press("enter")
        await eventually(lambda: expected in kit.on_screen(app))


async def test_a_command_nobody_knows_is_told(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("colon", *"[/x]", "enter")
        await eventually(lambda: "[/x] is no command" in kit.told(app))


async def test_the_command_q_quits_the_program(app, shop):
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("colon", "q", "enter")
        await eventually(lambda: not app.is_running)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "dracula"])
async def test_themes_draw_the_same_words(app, shop, kit, theme):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        app.theme = theme
        await eventually(lambda: "Degraded" in kit.on_screen(app))
        await pilot.press("x")
        await eventually(lambda: "connected" in kit.on_screen(app))


async def test_without_colour_the_words_are_there(shop, kit, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: "Degraded" in kit.on_screen(app))
        assert any(line.startswith(">") for line in kit.on_screen(app).split("\n"))


async def test_the_table_is_saved_as_csv_beside_what_was_there_before(app, shop, kit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        for number in (1, 2):
            await pilot.press("ctrl+s", "j", "enter")
            await eventually(lambda n=number: len(list(tmp_path.glob("*.csv"))) == n)
        await pilot.press("ctrl+s", "enter")
        await eventually(lambda: len(list(tmp_path.glob("*.svg"))) == 1)
    first = min(tmp_path.glob("*.csv")).read_text().splitlines()
    assert first[0].startswith("context,namespace,name,health,phase")
    assert first[1].startswith("eu,shop,web,Degraded,stalled: UpdateFailed")


def test_a_cell_that_would_be_a_formula_is_none_any_more():
    assert (
        csv(["message"], [["=cmd|' /C calc'!A0"], ["fine, really"]])
        == "message\n'=cmd|' /C calc'!A0\n\"fine, really\"\n"
    )


def test_a_file_is_never_written_over(tmp_path):
    export = FileExport("words", "page", "txt", lambda: "text")
    paths = {save(export, tmp_path, 0.0) for _ in range(3)}
    assert len(paths) == 3


def test_a_stack_of_which_nothing_is_known_has_a_page(fleet, kit):
    from fleet.board.rows import Key
    from tui.pages.stack_text import StackPageContent, stack_lines

    fleet.put("eu", Stack(kit.stack("bare").metadata))
    row = fleet.board.stacks[Key("eu", "shop", "bare")]
    assert any("none is given" in line.text for line in stack_lines(StackPageContent(row, None), kit.now))


async def test_after_a_command_the_keys_work_where_they_did_before(app, shop, kit):
    """On an Application's page that is its table of Stacks, and not the text over it."""
    shop.put_apps("eu", kit.application("infra", "api", "web"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        app.push_screen(ApplicationPage(shop, Key("eu", "argocd", "infra")))
        await eventually(lambda: isinstance(app.focused, TableWidget))
        before = app.focused
        await pilot.press("colon", "escape")
        await eventually(lambda: app.focused is before)
        await pilot.press("colon", *"nonsense", "enter")
        await eventually(lambda: "nonsense is no command" in kit.told(app))
        assert app.focused is before
