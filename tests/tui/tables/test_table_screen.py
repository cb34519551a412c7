"""The board in the hands of somebody who uses it all day: columns, groups, marks, history, palette, what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from settings.config_file import parse
from settings.state_file import SavedState, load
from stacks.records.base import Condition
from stacks.records.stack import LastUpdate
from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.command_line import CommandCandidates
from tui.shell.preferences import Preferences, WriteSwitch
from tui.tables.filter_line import FilterProblem
from tui.tables.table_widget import TableWidget

SIZE = (140, 40)


@pytest.fixture
def shop(fleet, kit):
    """Four Stacks in two contexts that are well, one of them in trouble."""
    fleet.put("eu", kit.ready("api"), kit.stalled("web"), kit.ready("zoo", labels={"tier": "front"}))
    fleet.put("us", kit.ready("far", namespace="data"))
    fleet.sync()
    return fleet


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "pko-argo" / "state.json"


@pytest.fixture
def app(fleet, state) -> PkoArgo:
    return PkoArgo(fleet, preferences=Preferences(state=state))


def titles(app: PkoArgo, kit) -> str:
    return kit.text_of(app.screen.query_one(TableWidget))[0]


async def command(app: PkoArgo, pilot, line: str) -> None:
    await pilot.press("colon")
    app.screen.query_one("CommandLine", Input).value = line
    await pilot.press("enter")


async def test_columns_are_hidden_moved_and_remembered(app, shop, kit, state):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("C", "space", "j", "J", "enter")
        await eventually(lambda: titles(app, kit).split()[:2] == ["NAME", "NAMESPACE"])
        assert "CONTEXT" not in titles(app, kit)
    assert [one.id for one in load(state).table("Stacks").columns][:2] == ["name", "namespace"]


async def test_what_was_chosen_is_there_again_after_a_restart(shop, kit, state):
    for _ in range(2):
        app = PkoArgo(shop, preferences=Preferences(state=state))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await eventually(lambda app=app: len(kit.listed(app)) >= 4)
            if not load(state).tables:
                await pilot.press("C", "space", "enter", "N", "N")
                await command(app, pilot, "group namespace")
            await eventually(lambda app=app: "NAME↓" in kit.on_screen(app) and "[-] eu / shop" in kit.on_screen(app))
            assert "CONTEXT" not in titles(app, kit)


async def test_a_column_of_ones_own_shows_a_field(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("C", "n", *".metadata.labels.tier", "enter", "enter")
        await eventually(lambda: "TIER" in titles(app, kit) and " front " in kit.on_screen(app))


async def test_a_path_that_leads_nowhere_is_refused_in_place(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("C", "n", *".spec.secretThing", "enter")
        trouble = app.screen.query_one("#trouble")
        await eventually(lambda: "none of the fields that are read" in str(trouble.render()))
        await pilot.press("escape", "escape")
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_a_column_can_be_made_narrow_and_the_usual_ones_come_back(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("C", "j", "j", "plus", *["minus"] * 5, "enter")
        await eventually(lambda: " N… " in titles(app, kit) and " w… " in kit.on_screen(app))
        await pilot.press("C", "r", "escape")
        assert " N… " in titles(app, kit)  # it was only looked at
        await pilot.press("C", "r", "enter")
        await eventually(lambda: "NAME " in titles(app, kit) and "N…" not in titles(app, kit))
        assert app.memory.table("Stacks").columns == ()


async def test_no_columns_at_all_are_refused(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("C", *["space", "j"] * len(app.screen.spec.usual_columns), "enter")
        trouble = app.screen.query_one("#trouble")
        await eventually(lambda: "At least one column" in str(trouble.render()))


async def test_lines_are_grouped_folded_and_jumped_between(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("b")
        await eventually(lambda: bool(app.screen.query(OptionList)))
        await pilot.press("enter")
        await eventually(lambda: "[-] eu  3  Degraded 1  Healthy 2" in kit.on_screen(app))
        assert kit.under_cursor(app) == "web"
        await pilot.press("right_curly_bracket", "enter")
        await eventually(lambda: "[+] us  1" in kit.on_screen(app))
        await pilot.press("B")
        await eventually(lambda: len(kit.listed(app)) == 2)
        await pilot.press("B", "left_curly_bracket", "j")
        await eventually(lambda: kit.under_cursor(app) == "web")


async def test_the_cursor_stays_on_its_stack_through_grouping_filter_and_freeze(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("G")
        held = kit.under_cursor(app)
        await command(app, pilot, "group phase")
        await eventually(lambda: "[-] ready  3" in kit.on_screen(app))
        assert kit.under_cursor(app) == held
        await pilot.press("z")
        shop.put("eu", kit.stalled("api", since=90_000))
        await pilot.press("slash", *"!web", "enter")
        await eventually(lambda: "filter !web" in kit.on_screen(app))
        await pilot.press("escape")
        await eventually(lambda: "filter !web" not in kit.on_screen(app))
        assert kit.under_cursor(app) == held


async def test_rows_are_grouped_by_a_label(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "group label tier")
        await eventually(lambda: "[-] front  1" in kit.on_screen(app) and "[-] (none)  3" in kit.on_screen(app))
        await command(app, pilot, "group off")
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "group moon")
        await eventually(lambda: "can be grouped by" in kit.told(app))


async def test_a_range_is_marked_and_survives_sort_filter_and_a_lost_connection(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("g", "space", "j", "ctrl+@")
        await eventually(lambda: "3 marked" in kit.on_screen(app))
        await pilot.press("N")
        shop.lose("eu", "refused")
        shop.sync()
        await pilot.press("slash", *"web", "enter")
        await eventually(lambda: "3 marked (2 not listed)" in kit.on_screen(app))
        await pilot.press("escape")
        await eventually(lambda: "not listed" not in kit.on_screen(app))
        assert len(app.screen.query_one(TableWidget).window.chosen()) == 3


async def test_earlier_filters_come_back_with_up_and_are_remembered(app, shop, kit, state):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        line = app.screen.query_one("FilterLine", Input)
        for text in ("web", "ns:data"):
            await pilot.press("slash", *text, "enter", "escape")
        await pilot.press("slash", "x", "up")
        assert line.value == "ns:data"
        await pilot.press("up", "up")
        assert line.value == "web"
        await pilot.press("down", "down")
        assert line.value == "x"
        await pilot.press("down")
        await eventually(lambda: not line.display)
    assert load(state).filters[:2] == ("web", "ns:data")


async def test_a_filter_that_makes_no_sense_is_told_in_place_and_the_last_good_one_stays(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("slash", *"web")
        await eventually(lambda: kit.listed(app) == ["web"])
        line = app.screen.query_one("FilterLine", Input)
        line.value = "web ns:"
        trouble = app.screen.query_one(FilterProblem)
        await eventually(lambda: trouble.display and "ns: needs a word" in str(trouble.render()))
        assert kit.listed(app) == ["web"]
        line.value = "web ns:shop"
        await eventually(lambda: not trouble.display)


async def test_what_matches_the_filter_is_underlined(app, shop, kit):
    def underlined() -> set[str]:
        rows = app.screen.query_one(TableWidget)
        strips = [rows.render_line(y) for y in range(1, rows.size.height)]
        return {s.text for strip in strips for s in strip if s.style is not None and s.style.underline}

    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("slash", *"eb", "enter")
        await eventually(lambda: underlined() == {"eb"})
        await pilot.press("escape")
        await eventually(lambda: not underlined())


async def test_counts_have_their_thousands_apart(app, shop, kit):
    shop.put("us", *(kit.ready(f"stack-{number:04}") for number in range(1200)))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: "Stacks 1,204" in kit.on_screen(app))
        await pilot.press("slash", *"stack-00", "enter")
        await eventually(lambda: "Stacks 100 of 1,204" in kit.on_screen(app))


async def test_a_command_is_completed_as_one_types(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("colon", "n", "s", "space")
        offered = app.screen.query_one(CommandCandidates)
        await eventually(lambda: all(word in kit.text_of(offered)[0] for word in ("all", "data", "shop")))
        await pilot.press("d", "tab", "enter")
        await eventually(lambda: kit.listed(app) == ["far"])
        assert "in ns data" in kit.on_screen(app)
        assert not offered.display


async def test_narrowing_leaves_the_watch_as_it_is_and_escape_widens_again(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "ctx us")
        await eventually(lambda: kit.listed(app) == ["far"])
        assert set(shop.board.contexts) == {"eu", "us"}
        assert shop.running
        shop.put("us", kit.ready("near"))
        await eventually(lambda: kit.listed(app) == ["far", "near"])
        await pilot.press("escape")
        await eventually(lambda: len(kit.listed(app)) == 5)


async def test_a_namespace_that_nobody_has_says_how_to_get_back(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "ns data")
        await eventually(lambda: len(kit.listed(app)) == 1)
        shop.drop("us", "data", "far")
        await eventually(lambda: "Stacks match namespace data" in kit.on_screen(app))
        await command(app, pilot, "ns all")
        await eventually(lambda: len(kit.listed(app)) == 3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ns nix", "nix: no Stacks there; there are some in data, shop"),
        ("ctx nix", "nix: no such context; watched: eu, us"),
    ],
)
async def test_a_context_or_namespace_that_is_not_there_is_told_with_those_that_are(app, shop, kit, line, said):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("x")
        await eventually(lambda: len(app.screen_stack) == 2)
        await command(app, pilot, line)
        await eventually(lambda: said in kit.told(app))
        assert len(app.screen_stack) == 2
        await pilot.press("q")
        await eventually(lambda: len(kit.listed(app)) == 4)


async def test_the_kubectl_line_names_the_right_context(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: kit.under_cursor(app) == "web")
        await command(app, pilot, "copy kubectl")
        expected = "kubectl --context eu -n shop get stacks.pulumi.com web -o yaml"
        await eventually(lambda: app.clipboard == expected)
        await pilot.press("enter")
        app.copy_to_clipboard("")
        await command(app, pilot, "copy kubectl")
        await eventually(lambda: app.clipboard == expected)


async def test_writes_are_switched_on_and_off_and_the_header_tells(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: "read-only" in kit.on_screen(app))
        await command(app, pilot, "write")
        await eventually(lambda: "Writes are on" in kit.told(app) and "writable" in kit.on_screen(app))
        await command(app, pilot, "write off")
        await eventually(lambda: "Writes are off" in kit.told(app) and "read-only" in kit.on_screen(app))


@pytest.mark.parametrize("word", ["of", "false", "bogus", "no", "on please"])
async def test_only_a_plain_yes_switches_writes_on(app, shop, kit, word):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: "read-only" in kit.on_screen(app))
        await command(app, pilot, f"write {word}")
        await eventually(lambda: "says neither on nor off; writes stay off" in kit.told(app))
        assert not app.writable


async def test_a_configuration_that_may_forbid_writes_keeps_them_off_and_it_says_why(shop, kit):
    settings = parse("read-only = true\nnonsense", Path("config.toml"))
    app = PkoArgo(shop, writing=WriteSwitch(refused=settings.forbidden, forbids=settings.forbids))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await command(app, pilot, "write")
        await eventually(lambda: "config.toml isn't valid TOML" in kit.told(app))
        assert not app.writable


async def test_unknown_words_after_copy_and_save_are_refused(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "copy foo")
        await eventually(lambda: ":copy name copies the names" in kit.told(app))
        assert ":copy kubectl the lines with which kubectl" in kit.told(app)
        assert app.clipboard == ""
        await command(app, pilot, "save pdf")
        await eventually(lambda: "pdf can't be saved here; there are svg and csv and json" in kit.told(app))


async def test_a_table_is_saved_in_the_form_that_is_named(app, shop, kit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await command(app, pilot, "save csv")
        await eventually(lambda: list(tmp_path.glob("*.csv")))


@pytest.mark.parametrize("width", [120, 150, 200])
async def test_the_arrow_of_the_sorted_column_is_never_cut(app, shop, kit, width):
    async with app.run_test(size=(width, 30), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("A")
        await eventually(lambda: "UPDATED↑" in titles(app, kit))


async def test_a_filter_that_is_opened_again_is_typed_over_or_gone_on_with(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("slash", *"web", "enter", "slash", *"far", "enter")
        await eventually(lambda: app.screen.model.query.text == "far")
        await pilot.press("slash", "end", *"-x", "enter")
        await eventually(lambda: app.screen.model.query.text == "far-x")


async def test_a_q_right_after_a_page_was_left_asks_for_another(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("enter", "q", "q")
        await eventually(lambda: "q again to leave the program" in kit.told(app))
        assert app.is_running
        await pilot.press("q")
        await eventually(lambda: not app.is_running)


async def test_lines_that_compare_equal_keep_their_places_when_they_are_heard_of_again(kit):
    fleet = kit.FakeFleet(["a", "b", "c"])
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("x")
        await eventually(lambda: kit.listed(app) == ["a", "b", "c"])
        app.screen.action_sort("lease", False)
        await eventually(lambda: kit.listed(app) == ["a", "b", "c"])
        fleet.now += 5
        fleet.put("a", kit.ready("api"))
        await eventually(lambda: "1" in kit.on_screen(app))
        app.screen.action_sort("operator", False)
        app.screen.action_sort("lease", False)
        assert kit.listed(app) == ["a", "b", "c"]


async def test_the_cursor_stays_on_its_context_while_others_still_connect(kit):
    fleet = kit.FakeFleet(["b", "c"])
    app = PkoArgo(fleet)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("x")
        await eventually(lambda: kit.listed(app) == ["b", "c"])
        fleet.add("a")
        await eventually(lambda: kit.listed(app) == ["a", "b", "c"])
        assert kit.under_cursor(app) == "b"
        await pilot.press("X")
        await eventually(lambda: "CONTEXT↑" in kit.on_screen(app))


async def test_writes_that_are_refused_stay_off_and_it_says_why(shop, kit):
    app = PkoArgo(shop, writing=WriteSwitch(refused="--read-only was given"))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await command(app, pilot, "write")
        await eventually(lambda: "--read-only was given, so nothing may be changed" in kit.told(app))
        assert not app.writable


async def test_the_table_is_saved_as_json_as_it_is_filtered(app, shop, kit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("slash", *"web", "enter", "ctrl+s", "j", "j", "enter")
        await eventually(lambda: list(tmp_path.glob("*.json")))
    saved = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert [(one["name"], one["health"]["status"]) for one in saved] == [("web", "Degraded")]


async def test_where_the_terminal_has_no_clipboard_the_text_is_kept_for_the_end(fleet, shop, kit):
    app = PkoArgo(fleet, preferences=Preferences(osc52=False))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: kit.under_cursor(app) == "web")
        await pilot.press("c")
        await eventually(lambda: "printed when you leave" in kit.told(app))
    assert app.unshared == "web"


async def test_configured_columns_are_shown_until_others_are_chosen(shop, kit):
    app = PkoArgo(shop, preferences=Preferences(columns={"stacks": ("name", ".spec.stack", "nonsense")}))
    async with app.run_test(size=(120, 30)):
        await eventually(lambda: titles(app, kit).split() == ["NAME", "STACK"])


async def test_a_group_of_contexts_narrows_the_board(shop, kit):
    shop.put("us", kit.ready("far"))
    app = PkoArgo(shop, preferences=Preferences(groups={"america": ("u*",)}))
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await eventually(lambda: "far" in kit.listed(app))
        await command(app, pilot, "ctx @america")
        await eventually(lambda: {key.context for key in app.screen.query_one(TableWidget).window.lines} == {"us"})
        await command(app, pilot, "ctx @asia")
        await eventually(lambda: "there is no group @asia; there are @america" in kit.told(app))


async def test_a_home_that_cannot_be_written_to_is_told_once(fleet, shop, kit, tmp_path):
    (tmp_path / "file").write_text("no folder")
    app = PkoArgo(fleet, preferences=Preferences(state=tmp_path / "file" / "state.json"))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("N")
        await eventually(lambda: "won't be remembered" in kit.told(app))
        await eventually(lambda: "NAME↑" in kit.on_screen(app))
        await pilot.press("N")
        await eventually(lambda: "NAME↓" in kit.on_screen(app))
        assert len(app.screen.query("Toast")) == 1


async def test_what_the_state_says_of_columns_that_are_no_more_is_left_out(fleet, shop, kit, state):
    state.parent.mkdir()
    state.write_text('{"tables": {"Stacks": {"columns": [{"id": "gone"}, {"id": ".spec.x"}, {"id": "name"}]}}}')
    app = PkoArgo(fleet, preferences=Preferences(state=state))
    async with app.run_test(size=SIZE, notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 4)
        assert titles(app, kit).split() == ["NAME"]
    assert isinstance(load(state), SavedState)


def commits(kit, name: str, wanted: str, applied: str, **spec):
    last = LastUpdate("run-1", 1, "", "up", "succeeded", "", wanted, applied, "", kit.ago(60))
    told = Condition("Ready", "True", "ProcessingCompleted", "", kit.ago(60))
    return kit.stack(name, told, last=last, **spec)


ASKED, OTHER = "a20bdac" + "1" * 33, "ffee001" + "2" * 33


@pytest.mark.parametrize("text", ["a20bdac", ASKED, "commit:a20b"])
async def test_a_filter_for_a_commit_says_where_it_arrived(fleet, kit, text):
    fleet.put("eu", commits(kit, "api", ASKED, ASKED), commits(kit, "web", ASKED, OTHER))
    fleet.put("us", commits(kit, "api", OTHER, ASKED), commits(kit, "zoo", OTHER, OTHER))
    fleet.put("us", commits(kit, "new", ASKED, ""))
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 5)
        await pilot.press("slash", *text, "enter")
        await eventually(lambda: len(kit.listed(app)) == 4)
        table = app.screen.query_one(TableWidget)
        await eventually(lambda: "COMMIT" in kit.text_of(table)[0])
        shown = [" ".join(line.lstrip("> ").split()) for line in kit.text_of(table)]
        for start in (
            "eu shop api a20bdac applied Healthy",
            "eu shop web a20bdac wanted, ffee001 applied Healthy",
            "us shop api a20bdac applied, ffee001 wanted Healthy",
            "us shop new a20bdac wanted, none applied Healthy",
        ):
            assert any(line.startswith(start) for line in shown), (start, shown)
        await pilot.press("escape")
        await eventually(lambda: "applied" not in kit.on_screen(app))


async def test_an_unknown_field_is_told_in_place(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("slash", *"nmae:web")
        trouble = app.screen.query_one(FilterProblem)
        await eventually(lambda: "nmae: is no field here; there are ctx: ns: name:" in str(trouble.render()))


async def test_while_a_filter_is_typed_the_cursor_goes_to_the_best_row(fleet, kit):
    fleet.put("eu", kit.stalled("web-api"), kit.stalled("shop", message="web is gone"), kit.ready("web"))
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        order = kit.listed(app)
        assert order[-1] == "web"
        await pilot.press("slash", *"web")
        await eventually(lambda: kit.under_cursor(app) == "web")
        assert kit.listed(app) == order
        await pilot.press("-")
        await eventually(lambda: kit.under_cursor(app) == "web-api")
        await pilot.press("backspace")
        await eventually(lambda: kit.under_cursor(app) == "web")
        await pilot.press("enter", "k")
        before = kit.under_cursor(app)
        fleet.put("eu", kit.stalled("webs"))
        await eventually(lambda: "webs" in kit.listed(app))
        assert kit.under_cursor(app) == before != "web"


async def test_a_row_that_was_clicked_while_a_filter_is_typed_keeps_the_cursor(fleet, kit):
    fleet.put("eu", kit.stalled("web-api"), kit.ready("web"))
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 2)
        await pilot.press("slash", *"we")
        await eventually(lambda: len(app.screen.query_one(TableWidget)._matches.needles) == 1)
        app.screen.query_one(TableWidget)._move_cursor(0)
        chosen = kit.under_cursor(app)
        assert chosen == "web-api"
        fleet.put("eu", kit.ready("we"))
        await eventually(lambda: "we" in kit.listed(app))
        assert kit.under_cursor(app) == chosen
