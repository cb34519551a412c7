"""A paragraph whose parts have tones of their own keeps them wherever it is wrapped."""

from __future__ import annotations

import pytest

from tui.widgets.text_view import TextLine, toned_line, wrap_line

COUNTED = toned_line("Stacks", ("holds 2 Stacks: ", ""), ("1 wedged", "bad"), (", ", ""), ("1 ready", "good"))


def test_each_part_has_its_tone() -> None:
    (line,) = wrap_line(COUNTED, 80)
    assert [part for part in line if part[1]] == [
        (" Stacks          ", "label"), ("1 wedged", "bad"), ("1 ready", "good"),
    ]  # fmt: skip


@pytest.mark.parametrize("width", [20, 30, 57, 60, 64, 120])
def test_wrapping_takes_no_tone_from_a_word(width: int) -> None:
    wrapped = wrap_line(COUNTED, width)
    told = {
        tone: " ".join(text.strip() for line in wrapped for text, of in line if of == tone) for tone in ("bad", "good")
    }
    assert told == {"bad": "1 wedged", "good": "1 ready"}
    assert all(sum(len(text) for text, _ in line) <= width for line in wrapped)


def test_a_part_with_control_characters_moves_no_tone() -> None:
    (line,) = wrap_line(toned_line("", ("\x1b]52;c;aGk=\x07", "bad"), ("fine", "good")), 80)
    assert ("fine", "good") in line


def test_a_plain_line_has_one_tone() -> None:
    assert wrap_line(TextLine("stalled", "Phase", "bad"), 80) == [((" Phase           ", "label"), ("stalled", "bad"))]
