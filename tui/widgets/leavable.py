"""Screens that are left once, however often they are told to."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType

_FEW_LINES, _MANY_LINES = 20, 32


class LeavableScreen(Screen[ScreenResultType]):
    """Closes only while it is the one on top.

    Textual's `dismiss` closes whichever is: told twice, by two clicks or by a click and a key, it would take the screen
    below away as well, and end the program where that is the last one.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(LeavableScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """A question or a text over the screen; where there are few lines, it has all of them."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (_FEW_LINES, "-low"), (_MANY_LINES, "-high")]  # noqa: RUF012 - as Textual declares it
