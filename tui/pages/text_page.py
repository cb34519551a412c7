"""Pages of text: about a part of an object, about a run, and an object as YAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from cluster.resources import Resource
from fleet.board.rows import Key
from fleet.fleet import Fleet, UnansweredError
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import KubectlReference, OpenLogs, WriteLines, open_page
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker


class TextPage(PageScreen):
    """Text that is written again, by `write_lines`, whenever the board or the second is another one."""

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        title: str,
        write_lines: WriteLines,
        references: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key)
        self._title = title
        self._write_lines = write_lines
        self._references = list(references)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [HeaderPiece(self._title, "head"), HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 3)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._write_lines(now))

    def copy_text(self) -> str:
        return self.text_view.text

    def references(self) -> list[KubectlReference]:
        return self._references


class RunPage(TextPage):
    """One run: an Update, or what the Stack's status keeps of it; and the way to what it printed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("l", "logs", "Logs", "run.logs", "What this run printed, if the pod still has it."),
    ]

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        update: str,
        write_lines: WriteLines,
        references: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key, f"Update {update}", write_lines, references)
        self._update = update

    def action_logs(self) -> None:
        open_page(self, OpenLogs((self.key,), update=self._update))


class YamlPage(PageScreen):
    """The object is asked for when the page opens, and again on request: it doesn't change under the reader."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "load", "Reload", "yaml.load", "Ask the cluster again."),
        bind("c", "copy", "Copy", "yaml.copy", "Copy the whole text."),
    ]

    def __init__(self, fleet: Fleet, key: Key, resource: Resource) -> None:
        super().__init__(fleet, key)
        self._resource = resource
        self._text = ""
        self._lines: list[TextLine] = [TextLine("Asking the cluster ...", tone="dim")]

    def on_mount(self) -> None:
        self.action_load()

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        where = HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 3)
        return [HeaderPiece(f"{self._resource.kind} {self.key.name}", "head"), HeaderPiece("YAML", "", 2), where]

    def lines(self, now: float) -> Sequence[TextLine]:
        return self._lines

    def copy_text(self) -> str:
        return self._text

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(self.key, self._resource)]

    def action_load(self) -> None:
        start_worker(self, self._load, group="load", exclusive=True, description="ask for an object")

    async def _load(self) -> None:
        try:
            found = await self.fleet.object(self.key, self._resource)
        except UnansweredError as error:
            self._text, self._lines = "", [TextLine(str(error), tone="bad")]
        else:
            self._text = as_yaml(found)
            self._lines = [TextLine(line) for line in self._text.splitlines()]
        self.refresh_page()


def as_yaml(obj: dict[str, Any]) -> str:
    """The object in the order in which the cluster gave its fields."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(obj, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)
    return str(text)
