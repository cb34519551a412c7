"""The board on a screen: rows come, change, go and get old while somebody reads and types."""

from __future__ import annotations

import asyncio
import time

import pytest
from textual import events
from textual.widgets import Input

from fleet.board.rows import Key
from stacks.operator import OperatorState
from stacks.records.base import Condition
from stacks.records.stack import LastUpdate
from support.waiting import eventually
from tui.app import PkoArgo
from tui.board_screens import StacksScreen
from tui.pages.stack_page import StackPage
from tui.shell.preferences import WriteSwitch
from tui.tables.row_window import RowWindow
from tui.tables.table_widget import TableWidget

SIZES = [(40, 10), (80, 24), (120, 40), (200, 60)]


@pytest.fixture
def app(fleet) -> PkoArgo:
    return PkoArgo(fleet)


@pytest.fixture
def shop(fleet, kit):
    """Three Stacks, one of them in trouble, in contexts that are well."""
    fleet.put("eu", kit.ready("api"), kit.stalled("web"), kit.ready("zoo", labels={"tier": "front"}))
    fleet.sync()
    return fleet


async def test_the_worst_stack_is_listed_first(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: kit.listed(app) == ["web", "api", "zoo"])
        assert "stalled: SpecInvalid" in kit.on_screen(app)
        assert "Degraded 1" in kit.on_screen(app)


async def test_a_stack_that_arrives_later_is_listed(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        shop.put("us", kit.ready("new"))
        await eventually(lambda: "new" in kit.listed(app))


async def test_the_fleet_is_watched_while_the_app_runs_and_let_go_at_its_end(app, shop):
    async with app.run_test(notifications=True):
        await eventually(lambda: shop.running)
    assert not shop.running


async def test_the_cursor_follows_the_stack_when_another_jumps_to_the_top(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("j")
        await eventually(lambda: kit.under_cursor(app) == "api")
        shop.put("eu", kit.stalled("zoo", since=9000))
        await eventually(lambda: kit.listed(app)[0] == "zoo")
        assert kit.under_cursor(app) == "api"


async def test_a_line_tells_the_new_state_before_the_order_settles(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        shop.put("eu", kit.stalled("api", message="broken pipe"))
        await eventually(lambda: "broken pipe" in kit.on_screen(app))


async def test_a_stack_that_was_deleted_leaves_the_list(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        shop.drop("eu", "shop", "api")
        await eventually(lambda: kit.listed(app) == ["web", "zoo"])


async def test_stacks_of_one_name_in_two_contexts_are_two_rows(app, shop, kit):
    shop.put("us", kit.ready("api"))
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: kit.listed(app).count("api") == 2)


@pytest.mark.parametrize("size", SIZES)
async def test_name_health_and_phase_can_be_read_at_any_size(app, shop, kit, size):
    async with app.run_test(size=size, notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = kit.on_screen(app)
        assert all(word in screen for word in ("web", "Degraded", "stalled", "Quit", "Help"))
        assert size == (40, 10) or all(word in screen for word in ("eu", "shop"))


async def test_the_window_can_be_resized_while_rows_arrive(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for number, (width, height) in enumerate([(40, 10), (200, 60), (20, 5), (80, 24)]):
            shop.put("us", *(kit.ready(f"stack-{number}-{place}") for place in range(30)))
            await pilot.resize_terminal(width, height)
        await eventually(lambda: len(kit.listed(app)) == 123)
        rows = app.screen.query_one(TableWidget)
        assert all(len(line) <= 80 for line in kit.text_of(rows))


async def test_rows_of_a_lost_context_are_marked_with_the_age_of_their_data(app, shop, kit):
    shop.put("us", kit.ready("far"))
    async with app.run_test(size=(120, 40), notifications=True):
        shop.lose("us", "refused")
        shop.now += 185
        await eventually(lambda: "3m5s old" in kit.on_screen(app))
        far = next(line for line in kit.text_of(app.screen.query_one(TableWidget)) if " far " in line)
        near = next(line for line in kit.text_of(app.screen.query_one(TableWidget)) if " api " in line)
        assert far.startswith(" ~")
        assert "old" not in near or "us" not in near


async def test_time_stands_still_in_rows_that_nobody_sees(app, shop, kit):
    """A countdown that goes on would tell what nobody knows; nor are such rows counted by health."""
    again = Condition("Reconciling", "True", "RetryingAfterFailure", "retrying", kit.ago(30))
    failed = LastUpdate("run-1", 1, "", "up", "failed", "", last_resync_time=kit.ago(30), failures=2)
    shop.put("us", kit.stack("far", again, last=failed))
    shop.board.set_operator("us", OperatorState((2, 9, 0), True), shop.now)
    async with app.run_test(size=(160, 40), notifications=True):
        await eventually(lambda: "Progressing ! 1" in kit.on_screen(app))
        before = shop.board.stacks[Key("us", "shop", "far")].phase.words(shop.now)
        assert " in " in before
        shop.lose("us", "refused")
        shop.now += 85
        await eventually(lambda: "85s old" in kit.on_screen(app))
        assert any(before in line for line in kit.text_of(app.screen.query_one(TableWidget)) if " far " in line)
        assert "Progressing ! 1" not in kit.on_screen(app)
        assert "not seen now 1" in kit.on_screen(app)


async def test_the_stacks_of_an_application_are_counted_by_their_health(app, shop, kit):
    shop.put("eu", kit.ready("one"), kit.ready("two"), kit.stalled("three"))
    shop.put_apps("eu", kit.application("trio", "one", "two", "three"), kit.application("far", "elsewhere"))
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await pilot.press("a")
        await eventually(lambda: "1 Degraded, 2 Healthy" in kit.on_screen(app))
        assert "1 not seen" in kit.on_screen(app)


@pytest.mark.parametrize(("key", "section"), [("t", "Tree"), ("e", "Events")])
async def test_a_key_leads_from_the_board_to_a_section_of_the_page(app, shop, kit, key, section):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press(key)
        await eventually(lambda: isinstance(app.screen, StackPage) and app.screen.section == section)


async def test_in_a_narrow_window_the_age_of_old_data_stands_before_the_phase(app, shop, kit):
    async with app.run_test(size=(44, 12), notifications=True):
        shop.lose("eu", "refused")
        shop.now += 30
        await eventually(lambda: "30s old: ready" in kit.on_screen(app))


async def test_ages_grow_while_nothing_else_happens(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: " 10m" in kit.on_screen(app))
        shop.now += 60
        await eventually(lambda: " 11m" in kit.on_screen(app))


@pytest.fixture
def count(monkeypatch):
    """How often a method has been called: `count(owner, name)` starts counting, `len()` of its answer tells."""

    def start(owner: type, name: str) -> list[None]:
        calls: list[None] = []
        method = getattr(owner, name)

        def counting(*args, **kwargs):
            calls.append(None)
            return method(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)
        return calls

    return start


async def test_nothing_is_drawn_while_nothing_happens(app, shop, kit, count):
    ticks, lines = count(StacksScreen, "refresh_if_changed"), count(TableWidget, "render_line")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await eventually(lambda: app.findings is not None and not app.findings.is_behind(shop.now))
        await pilot.pause()
        ticked, drawn = len(ticks), len(lines)
        await eventually(lambda: len(ticks) >= ticked + 4)
        assert len(lines) == drawn


async def test_when_one_row_changes_one_line_is_drawn(app, shop, kit, count):
    lines = count(TableWidget, "render_line")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await eventually(lambda: app.findings is not None and not app.findings.is_behind(shop.now))
        await pilot.pause()
        before = len(lines)
        shop.put("eu", kit.ready("zoo", updated=1200))
        await eventually(lambda: len(lines) > before)
        await pilot.pause()
        assert len(lines) == before + 1


async def test_the_order_settles_at_most_once_a_second_whatever_the_rate_of_events(app, shop, kit, count):
    settled = count(RowWindow, "update")
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        began, before = time.monotonic(), len(settled)
        for number in range(200):
            shop.put("us", kit.ready(f"stack-{number}"))
            await asyncio.sleep(0)
        await eventually(lambda: len(kit.listed(app)) == 203)
        assert len(settled) - before <= 2 + (time.monotonic() - began)


async def test_a_filter_lists_what_matches_while_it_is_typed(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("slash", *"zo")
        await eventually(lambda: kit.listed(app) == ["zoo"])
        await pilot.press("enter")
        assert "filter zo" in kit.on_screen(app)
        assert "1 of 3" in kit.on_screen(app)
        await pilot.press("escape")
        await eventually(lambda: len(kit.listed(app)) == 3)


@pytest.mark.parametrize(("key", "line"), [("/", "FilterLine"), (":", "CommandLine")])
async def test_keys_typed_in_one_burst_after_a_key_that_opens_a_line_are_text(app, shop, kit, key, line):
    text = "gql:/tG"  # all of them keys of the table, or of the program
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 3)
        for character in key + text:
            name = {"/": "slash", ":": "colon"}.get(character, character)
            app.post_message(events.Key(name, character))
        await eventually(lambda: app.screen.query_one(line, Input).value == text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("status:degraded", ["web"]),
        ("!web", ["api", "zoo"]),
        ("-l tier=front", ["zoo"]),
        ("ctx:us", []),
        ("ns:shop api", ["api"]),
    ],
)
async def test_filters_know_more_than_text(app, shop, kit, text, names):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("slash")
        app.screen.query_one("FilterLine", Input).value = text
        await eventually(lambda: kit.listed(app) == names)


async def test_where_nothing_matches_it_is_said_how_to_get_back(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("slash", *"nothing", "enter")
        await eventually(lambda: "None of 3 Stacks match" in kit.on_screen(app))


async def test_a_broken_stack_that_looks_well_is_marked_and_counted_and_listed_among_the_broken(app, shop, kit):
    shop.put("eu", kit.waiting("api", on="web"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "Progressing ! 1" in kit.on_screen(app))
        assert "Degraded 1  Progressing ! 1  Progressing 0" in kit.on_screen(app)
        await pilot.press("ctrl+z")
        await eventually(lambda: kit.listed(app) == ["web", "api"])
        await pilot.press("ctrl+z", "/", *"status:progressing", "enter")
        await eventually(lambda: kit.listed(app) == ["api"])


async def test_only_what_is_broken_can_be_listed(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("ctrl+z")
        await eventually(lambda: kit.listed(app) == ["web"])
        await pilot.press("ctrl+z")
        await eventually(lambda: len(kit.listed(app)) == 3)


async def test_shift_and_a_letter_sort_by_a_column_and_once_more_turn_it_round(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("N")
        await eventually(lambda: kit.listed(app) == ["api", "web", "zoo"])
        assert "NAME↑" in kit.on_screen(app)
        await pilot.press("N")
        await eventually(lambda: kit.listed(app) == ["zoo", "web", "api"])
        await pilot.press("U")
        await eventually(lambda: kit.listed(app) == ["web", "api", "zoo"])


async def test_a_click_on_a_title_sorts_and_a_click_on_a_line_moves_the_cursor(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        titles = kit.text_of(app.screen.query_one(TableWidget))[0]
        await pilot.click(TableWidget, offset=(titles.index("NAME", titles.index("NAMESPACE") + 9), 0))
        await eventually(lambda: kit.listed(app) == ["api", "web", "zoo"])
        await pilot.click(TableWidget, offset=(10, 3))
        await eventually(lambda: kit.under_cursor(app) == "zoo")


async def test_a_frozen_order_stays_while_rows_change(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("z")
        shop.put("eu", kit.stalled("zoo", since=9000), kit.ready("new"))
        await eventually(lambda: len(kit.listed(app)) == 4)
        assert kit.listed(app) == ["web", "api", "zoo", "new"]
        assert "frozen" in kit.on_screen(app)


async def test_marked_names_are_copied_together(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("space", "space", "c")
        await eventually(lambda: app.clipboard == "web\napi")
        assert "2 marked" in kit.on_screen(app)
        await pilot.press("ctrl+backslash")
        await eventually(lambda: not app.screen.query_one(TableWidget).window.marks)


async def test_the_keys_of_a_pager_move_the_cursor(app, shop, kit):
    shop.put("us", *(kit.ready(f"stack-{number:03}") for number in range(200)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 203)
        for keys, line in (
            ("G", 202),
            ("g", 0),
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("end", 202),
            ("up", 201),
            ("home", 0),
        ):
            await pilot.press(keys)
            assert app.screen.query_one(TableWidget).window.cursor == line
        await pilot.press("pagedown", "pagedown")
        shown = kit.text_of(app.screen.query_one(TableWidget))
        assert any(line.startswith(">") for line in shown)


async def test_the_header_can_be_hidden(app, shop, kit):
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        assert app.screen.query_one("Header").size.height == 2
        await pilot.press("ctrl+e")
        await eventually(lambda: app.screen.query_one("Header").size.height == 0)


async def test_q_on_the_board_quits(app, shop):
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("q")
        await eventually(lambda: not app.is_running)


async def test_ctrl_c_quits_even_while_a_filter_is_typed(app, shop):
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("slash", "a", "ctrl+c")
        await eventually(lambda: not app.is_running)


async def test_before_anything_is_known_the_board_says_that_it_connects(app, fleet, kit):
    async with app.run_test(size=(80, 24), notifications=True):
        await eventually(lambda: "Connecting ..." in kit.on_screen(app))
        fleet.sync()
        await eventually(lambda: "There are no Stacks" in kit.on_screen(app))


async def test_a_board_that_may_write_says_that_it_is_writable(fleet, kit):
    app = PkoArgo(fleet, writing=WriteSwitch(on=True))
    async with app.run_test(size=(80, 24), notifications=True):
        await eventually(lambda: "writable" in kit.on_screen(app))


HOSTILE = [
    "esc \x1b[2J\x1b[31m red",
    "osc \x1b]52;c;aGFja2Vk\x07 clipboard",
    "markup [/x] [bold] [@click=app.exit]",
    "wide データベース",
    "\u202eright to left \u05d0\u05d1\u05d2",
    "line\nbreaks\r\nand\ttabs",
    "c1 \x9b31m \x9d52;c;eA==\x9c",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_only_text(app, fleet, kit, text):
    fleet.put("eu", kit.stalled("web", message=text), kit.stalled("x" * 253))
    fleet.sync()
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 2)
        await pilot.press("slash", *"web", "enter", "enter")
        await eventually(lambda: "CONDITIONS" in kit.on_screen(app))
        await pilot.press("c", "o")
        for line in kit.on_screen(app).split("\n"):
            assert line.isprintable()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 4), (40, 10)])
async def test_no_window_is_too_small(app, shop, kit, size):
    shop.put("eu", kit.stalled("x" * 253, message="データベース" * 50))
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 4)
        await pilot.press("j", "G", "right", "enter", "G", "q", "question_mark", "q", "x", "q", "a", "q")
        assert app.is_running
