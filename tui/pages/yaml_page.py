"""An object as the cluster has it, in YAML; secrets are masked before it gets here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from cluster.resources import Resource
from fleet.board.rows import Key
from fleet.fleet import Fleet, UnansweredError
from tui.pages.page_screen import PageScreen
from tui.shell.kubectl_reference import KubectlReference
from tui.widgets.header import HeaderPiece
from tui.widgets.text_view import TextLine


class YamlPage(PageScreen):
    """The object is asked for when the page opens, and again on request: it doesn't change under the reader."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "load", "Reload", id="yaml.load", tooltip="Ask the cluster again."),
        Binding("c", "copy", "Copy", id="yaml.copy", tooltip="Copy the whole text."),
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
        return [HeaderPiece(f"{self._resource.kind} {self.key.name}", "strong"), HeaderPiece("YAML", "", 2), where]

    def lines(self, now: float) -> Sequence[TextLine]:
        return self._lines

    def copy_text(self) -> str:
        return self._text

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(self.key, self._resource)]

    def action_load(self) -> None:
        self.run_worker(self._load(), group="load", exclusive=True, description="ask for an object")

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
