"""The page of one run, and the way to what it printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.text_page import TextPage
from tui.shell.kubectl_reference import KubectlReference
from tui.shell.navigation import OpenLogs, open_page
from tui.widgets.text_view import TextLine


class RunPage(TextPage):
    """An Update, or what the Stack keeps of one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "logs", "Logs", id="run.logs", tooltip="What this run printed, if the pod still has it."),
    ]

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        update: str,
        write_lines: Callable[[float], Iterable[TextLine]],
        about: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key, f"Update {update}", write_lines, about)
        self._update = update

    def action_logs(self) -> None:
        open_page(self, OpenLogs((self.key,), update=self._update))
