"""What lint finds in the watched contexts, as a table, and on the page of a Stack."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.board.rows import Key
from fleet.live_lint.linted_contexts import LintedContexts
from manifests.problem import Problem, Severity
from support.waiting import eventually
from tui.app import PkoArgo
from tui.lint_screen import LintScreen
from tui.pages.application_page import ApplicationPage
from tui.pages.stack_page import StackPage
from tui.pages.text_page import YamlPage


def problem(rule: str, whose: str, message: str, severity: Severity = Severity.ERROR, context: str = "eu") -> Problem:
    return Problem(rule, severity, message, context, None, whose, "Write it so:\n  name: right", path=("spec",))


WAITS = problem("ref/prerequisite-missing", "Stack shop/web", "there is no Stack vault")
DESTROYS = problem("argocd/finalizer", "Application argocd/shop", "no finalizer", Severity.WARNING, "us")
TOO_MUCH = problem("rbac/cluster-admin", "ClusterRoleBinding admins", "bound to cluster-admin", Severity.NOTE)


def found(fleet: Any, *problems: Problem, **more: Any) -> None:
    """This was found in a look at all contexts."""
    fleet.lint_watch._keep(LintedContexts(list(problems), ("eu", "us"), **more))
    fleet.lint_watch.version += 1


@pytest.fixture
def app(fleet: Any, kit: Any) -> PkoArgo:
    fleet.put("eu", kit.ready("web"))
    fleet.sync()
    return PkoArgo(fleet)


async def opened(app: PkoArgo, pilot: Any) -> LintScreen:
    await pilot.press("colon", *"lint", "enter")
    return await eventually(lambda: app.screen if isinstance(app.screen, LintScreen) else None)


async def test_the_worst_comes_first_and_the_details_say_how_it_is_written_right(app, fleet, kit):
    found(fleet, TOO_MUCH, DESTROYS, WAITS)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: len(screen.model.window.lines) == 3)
        shown = kit.on_screen(app)
        assert shown.index("Stack shop/web") < shown.index("Application argocd/shop") < shown.index("admins")
        assert "there is no Stack vault" in shown
        details = app.screen.query_one("DetailStrip")
        await eventually(lambda: "name: right" in "\n".join(kit.text_of(details)))


@pytest.mark.parametrize(
    ("one", "page"),
    [(WAITS, StackPage), (DESTROYS, ApplicationPage), (TOO_MUCH, YamlPage)],
    ids=["stack", "app", "any"],
)
async def test_enter_opens_the_object(app, fleet, kit, one, page):
    found(fleet, one)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: screen.model.window.lines)
        await pilot.press("enter")
        there = await eventually(lambda: app.screen if isinstance(app.screen, page) else None)
        namespace, _, name = one.object.partition(" ")[2].rpartition("/")
        assert there.key == Key(one.file, namespace, name)


async def test_rows_are_filtered_by_rule_and_by_context(app, fleet, kit):
    found(fleet, TOO_MUCH, DESTROYS, WAITS)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: screen.model.window.lines)
        for query, number in (("finalizer", 1), ("ctx:eu", 2), ("vault", 1), ("ns:shop", 1), ("nothing-such", 0)):
            await pilot.press("slash", *("colon" if each == ":" else each for each in query), "enter")
            await eventually(lambda number=number: len(screen.model.window.lines) == number)
            await pilot.press("escape")


async def test_what_could_not_be_read_is_named(app, fleet, kit):
    found(fleet, WAITS, unseen={"us": "refused"}, unread={"eu": {"Secret": "you may not"}})
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await opened(app, pilot)
        await eventually(lambda: "us couldn't be read" in kit.on_screen(app))
        assert "without Secrets" in kit.on_screen(app)


async def test_before_the_first_look_and_where_all_is_well_it_says_so(app, fleet, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot)
        await eventually(lambda: "Reading what the clusters hold" in kit.on_screen(app))
        found(fleet)
        await eventually(lambda: "Nothing is wrong in what the clusters hold." in kit.on_screen(app))


async def test_in_a_small_terminal_it_fits(app, fleet, kit):
    found(fleet, WAITS)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot)
        await eventually(lambda: "there is no Stack" in kit.on_screen(app))


async def test_a_stacks_page_names_what_is_found_of_it(app, fleet, kit):
    found(fleet, WAITS, DESTROYS)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: kit.listed(app))
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, StackPage))
        await eventually(lambda: "LINT" in kit.on_screen(app))
        assert "ref/prerequisite-missing: there is no Stack vault" in kit.on_screen(app)
        assert "argocd/finalizer" not in kit.on_screen(app)
