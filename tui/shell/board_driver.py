"""The terminal as the board drives it: Textual's driver, which tells `leaving` what it needs to know of it."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.shell.board_app import BoardApp


class BoardDriver(LinuxDriver):
    """Leaving begins with the key, which is read in a thread, and not when the app comes to deal with it."""

    def __init__(
        self, app: App[None], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert isinstance(app, BoardApp)
        self._board = app
        self._lent = False
        """whether somebody else has the terminal for a while"""

    def start_application_mode(self) -> None:
        self._lent = False
        if self._board.leaving is not None:
            self._board.leaving.terminal_taken = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def suspend_application_mode(self) -> None:
        self._lent = True
        super().suspend_application_mode()

    def stop_application_mode(self) -> None:
        """However the app came to its end: from here on nothing may hold up that of the process."""
        if not self._lent:
            self._begin()
        super().stop_application_mode()

    def close(self) -> None:
        super().close()
        if self._board.leaving is not None:
            self._board.leaving.terminal_taken = False

    def process_message(self, message: Message) -> None:
        """In the thread that reads keys."""
        if isinstance(message, events.Key) and self._board.leaves(message.key):
            self._begin()
        super().process_message(message)

    def _begin(self) -> None:
        if self._board.leaving is not None:
            self._board.leaving.begin(self._board.return_code or 0)
