"""The last line: the keys that are worth knowing here, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input


class KeyLine(Widget):
    """Keys and words of the visible bindings. The last two, help and the way out, are always there."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keyline--key"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, key_style = self.rich_style, self.get_component_rich_style("keyline--key")
        segments = [Segment(" ", base)]
        for key, word in fitting(self._keys(), self.size.width - 1):
            segments += [Segment(key, key_style), Segment(f" {word}  ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _keys(self) -> list[tuple[str, str]]:
        """(key, word) of each action, once; the way out and help stand last."""
        seen: dict[str, tuple[str, str]] = {}
        typing = self.screen.focused if isinstance(self.screen.focused, Input) else None
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if typing is not None and active.node is not typing:
                continue  # letters are text there
            if binding.show and binding.description and active.enabled:
                seen.setdefault(binding.action, (self.app.get_key_display(binding), binding.description))
        last = [seen.pop(action) for action in ("app.help", "help", "leave") if action in seen]
        return [*seen.values(), *last]


def fitting(keys: Sequence[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """As many keys as fit from the front, and the last two before all others."""
    kept = list(keys)
    while len(kept) > 2 and _cells(kept) > width:
        del kept[-3]
    return kept


def _cells(keys: Sequence[tuple[str, str]]) -> int:
    return sum(cell_len(key) + cell_len(word) + 3 for key, word in keys)
