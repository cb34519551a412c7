"""The page of one Stack. It stays open, and says so, when the Stack goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from fleet.fleet import Fleet, UnansweredError
from fleet.kinds import STACKS
from fleet.rows import Key, StackRow
from tui.browser import browse
from tui.faces import HEALTH_TONES
from tui.page import PageScreen
from tui.paper import Line
from tui.reference import Reference
from tui.related import Related, glance, related
from tui.stack_text import Scene, stack_lines
from tui.summary import Piece


class StackPage(PageScreen):
    """Everything about a Stack. Objects around it are asked for once, when the page opens, and on request."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "logs", "Logs", id="stack.logs", tooltip="What its workspace pod prints, run by run."),
        Binding("y", "yaml", "YAML", id="stack.yaml", tooltip="The Stack as the cluster has it, secrets masked."),
        Binding("o", "browse", "Pulumi", id="stack.browse", tooltip="Open the last update in the browser."),
        Binding(
            "a", "application", "App", id="stack.application", tooltip="The page of the Application that holds it."
        ),
        Binding("r", "look", "Look again", id="stack.look", tooltip="Ask for the related objects once more."),
    ]

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._last: StackRow | None = None
        self._deleted_at: float | None = None
        self._found: dict[Related, str] = {}

    def on_mount(self) -> None:
        self.action_look()

    def row(self, now: float) -> StackRow | None:
        """The Stack's row, or the last one that was seen of it."""
        row = self.fleet.board.stacks.get(self.key)
        if row is not None:
            self._last, self._deleted_at = row, None
        elif self._last is not None and self._deleted_at is None:
            self._deleted_at = now
        return self._last

    def title_pieces(self, now: float) -> list[Piece]:
        row = self.row(now)
        name = Piece(f"Stack {self.key.name}", "strong")
        where = Piece(f"{self.key.context} / {self.key.namespace}", "dim", 3)
        if row is None:
            return [name, where]
        if self._deleted_at is not None:
            return [name, Piece("deleted", "odd"), where]
        verdict = Piece(row.health.status, HEALTH_TONES.get(row.health.status, "odd"), 1)
        return [name, verdict, Piece(row.phase.words(now), "", 2), where]

    def lines(self, now: float) -> Sequence[Line]:
        row, board = self.row(now), self.fleet.board
        if row is None:
            return [Line("This Stack isn't there any more.", tone="odd")]
        gone = self._deleted_at if self.key.context in board.contexts else None
        beside = [p.name for p in row.stack.spec.prerequisites or ()]
        scene = Scene(
            row,
            board.contexts.get(self.key.context),
            app=board.app(row.holder.key) if row.holder else None,
            around=board.surroundings(self.key),
            prerequisites={name: board.stacks.get(Key(self.key.context, self.key.namespace, name)) for name in beside},
            found=self._found,
            deleted_at=gone,
        )
        return stack_lines(scene, now)

    def references(self) -> list[Reference]:
        return [Reference(self.key, STACKS.resource)]

    def action_look(self) -> None:
        self.run_worker(self._look(), group="look", exclusive=True, description="ask for related objects")

    async def _look(self) -> None:
        row = self.row(self.fleet.clock())
        if row is None:
            return
        things = list(related(row))
        answers = await asyncio.gather(*(self._glance(thing) for thing in things))
        self._found = dict(zip(things, answers, strict=True))
        self.write()

    async def _glance(self, thing: Related) -> str:
        try:
            found = await self.fleet.object(Key(self.key.context, self.key.namespace, thing.name), thing.resource)
        except UnansweredError as error:
            return str(error)
        return glance(found, self.fleet.clock())

    def action_logs(self) -> None:
        from tui.log_page import LogPage

        self.app.push_screen(LogPage(self.fleet, [self.key]))

    def action_yaml(self) -> None:
        from tui.yaml_page import YamlPage

        self.app.push_screen(YamlPage(self.fleet, self.key, STACKS.resource))

    def action_browse(self) -> None:
        link = self._last.permalink if self._last else ""
        browse(self.app, link, f"{self.key.name} has no link to Pulumi Cloud")

    def action_application(self) -> None:
        from tui.app_page import AppPage

        if self._last is None or self._last.holder is None:
            self.notify("No Application that can be seen holds this Stack", markup=False)
        else:
            self.app.push_screen(AppPage(self.fleet, self._last.holder.key))
