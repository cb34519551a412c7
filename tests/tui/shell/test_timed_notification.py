"""A notification whose time runs out while it is being shown doesn't stop the program."""

from __future__ import annotations

import time

from textual.message import Message
from textual.notifications import Notify

from tui.app import PkoArgo
from tui.shell.timed_notification import TimedNotification


def test_some_time_is_always_left() -> None:
    over = TimedNotification("x", timeout=2.0, raised_at=time.time() - 3600)
    assert over.has_expired
    assert over.time_left > 0
    fresh = TimedNotification("x", timeout=2.0)
    assert not fresh.has_expired
    assert 1.0 < fresh.time_left <= 2.0


async def test_whatever_the_program_says_is_such_a_notification(fleet, kit, monkeypatch) -> None:
    app = PkoArgo(fleet)
    said: list[Message] = []
    monkeypatch.setattr(app, "post_message", lambda message: said.append(message) or True)
    app.notify("hello", timeout=1.0, markup=False)
    (message,) = said
    assert isinstance(message, Notify)
    assert isinstance(message.notification, TimedNotification)
    assert (message.notification.message, message.notification.timeout) == ("hello", 1.0)
