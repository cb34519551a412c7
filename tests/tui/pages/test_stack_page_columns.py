"""From 140 columns on, a Stack's page has what the Stack is beside how it is; nothing is lost or said twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from stacks.records.stack import LastUpdate
from support.waiting import eventually
from tui.app import PkoArgo
from tui.pages.stack_page import StackPage

WHY = "no such branch: feature/evict-old-entries-of-the-cache"


@pytest.fixture
def app(fleet: Any, kit: Any) -> PkoArgo:
    last = LastUpdate("web-run", 1, "", "up", "failed", "error: quota exceeded", "b" * 40, "a" * 40, "", kit.ago(60), 3)
    told = kit.stalled("web", message="no such branch: feature/evict-old-entries-of-the-cache").status.conditions[0]
    fleet.put("eu", kit.stack("web", told, last=last, project_repo="https://git.example/infra.git", branch="main"))
    fleet.put_apps("eu", kit.application("storefront", "web"))
    fleet.sync()
    return PkoArgo(fleet)


async def opened(app: PkoArgo, pilot: Any) -> StackPage:
    await eventually(lambda: app.screen.model.window.lines)
    await pilot.press("enter")
    page = await eventually(lambda: app.screen if isinstance(app.screen, StackPage) else None)
    await eventually(lambda: WHY in page.text())
    return page


async def test_metadata_stands_beside_the_verdict_where_there_is_room(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        page = await opened(app, pilot)
        shown = kit.text_of(page.text_view)
        left, right = ([line.split("│")[side] for line in shown if "│" in line] for side in (0, 1))
        for words in ("Context", "Application", "Operator", "Result", "Repository", "Wanted"):
            assert any(words in line for line in right) and not any(words in line for line in left), words
        assert any("B-3" in line for line in left[:1]) and any("Phase" in line for line in left)


async def test_the_same_is_said_and_copied_at_every_width(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        page = await opened(app, pilot)
        texts = []
        for width in (200, 140, 139, 80):
            await pilot.resize_terminal(width, 60)
            await eventually(lambda width=width: page.size.width == width)
            await eventually(lambda width=width: ("│" in "".join(kit.text_of(page.text_view))) == (width >= 140))
            texts.append(page.text())
        assert len(set(texts)) == 1
        assert page.exports()[0].make() == texts[0] + "\n"
        await pilot.press("c")
        await eventually(lambda: app.clipboard == "web")


async def test_nothing_stands_on_it_twice(app: PkoArgo) -> None:
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        page = await opened(app, pilot)
        text = page.text()
        for once in (WHY, "quota exceeded", "a" * 40, "b" * 40, "acme/shop/web", "web-run"):
            assert text.count(once) == 1, text
        labels = Counter(line.label for line in page.lines(app.fleet.clock()) if line.label.strip())
        assert labels["Context"] == labels["Name"] == labels["Phase"] == 1


async def test_it_is_scrolled_to_its_end_in_two_columns(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(150, 20), notifications=True) as pilot:
        page = await opened(app, pilot)
        await pilot.press("G")
        await eventually(lambda: page.text_view.scroll_offset.y > 0)
        await eventually(lambda: "quota exceeded" in "".join(kit.text_of(page.text_view)))
        await pilot.press("g")
        await eventually(lambda: "B-3" in kit.text_of(page.text_view)[0])
