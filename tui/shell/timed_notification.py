"""Notifications whose time is never up while they are being shown."""

from __future__ import annotations

from textual.notifications import Notification

_SHORTEST = 0.05
"""seconds that a notification is shown at least"""


class TimedNotification(Notification):
    """A notification with some time left, whatever the clock says.

    Textual asks whether a notification has expired, and makes a timer of the time that is left. Where that runs out in
    between, as on a machine that is busy or was asleep, it gets a timer that ends before it begins, and counts its
    turns for ever: no key and no signal is heard any more.
    """

    @property
    def time_left(self) -> float:
        """Seconds until it goes; never none."""
        return max(super().time_left, _SHORTEST)

    @property
    def has_expired(self) -> bool:
        """Whether its time is up, so that it isn't shown any more."""
        return super().time_left <= 0
