"""Errors are sentences that can be shown as they are."""

from __future__ import annotations

import pytest

from cluster.errors import Silent, Unreachable, presentable


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\x1b[31mred\x1b[0m\nb\t c", "ared b c"),
        ("\x1b]52;c;aGk=\x07clipboard", "clipboard"),
        ("left\u202eright\u200b", "leftright"),
        ("https://me:secret@host/x", "https://host/x"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [secret]"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln is bad", "token [secret] is bad"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_words_are_made_plain_short_and_free_of_logins(text: str, line: str) -> None:
    assert presentable(text) == line
    assert str(Unreachable(text)) == line


def test_silence_is_a_way_of_being_unreachable() -> None:
    assert issubclass(Silent, Unreachable)
