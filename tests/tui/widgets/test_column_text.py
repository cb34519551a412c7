"""Groups of lines flow into as many columns as there is room for, and stay whole where they can."""

from __future__ import annotations

import pytest

from tui.widgets.column_text import TextGroup, laid_out
from tui.widgets.text_view import TextLine


def group(title: str, count: int, text: str = "does something") -> TextGroup:
    return TextGroup(title, tuple(TextLine(f"{text} {title} {number}", f"k{number}") for number in range(count)))


FOUR = [group("HERE", 24), group("MOVING", 8), group("SORTING", 9), group("ALWAYS", 6)]


def drawn(groups: list[TextGroup], width: int, height: int) -> list[list[str]]:
    return [[row.label + row.text for row in column] for column in laid_out(groups, width, height)]


@pytest.mark.parametrize(
    ("width", "count"), [(33, 1), (71, 1), (103, 1), (108, 2), (155, 2), (167, 3), (187, 3), (400, 3)]
)
def test_there_are_as_many_columns_as_there_is_room_for(width: int, count: int) -> None:
    assert len(laid_out(FOUR, width, 100)) == count


@pytest.mark.parametrize("width", [20, 33, 71, 110, 167, 187])
@pytest.mark.parametrize("height", [6, 20, 60])
def test_every_line_is_there_once_and_none_is_wider_than_its_column(width: int, height: int) -> None:
    columns = drawn(FOUR, width, height)
    for text in (f"{each.title} {number}" for each in FOUR for number in range(len(each.lines))):
        joined = [" ".join(" ".join(column).split()) for column in columns]
        assert sum(f" {each} ".count(f"something {text} ") for each in joined) == 1
    assert all(len(line) <= width // len(columns) for column in columns for line in column)


def test_groups_stay_whole_where_they_fit_the_height() -> None:
    columns = drawn(FOUR, 167, 40)
    titles = {"HERE", "MOVING", "SORTING", "ALWAYS"}
    assert [[line for line in column if line in titles] for column in columns] == [
        ["HERE"],
        ["MOVING", "SORTING"],
        ["ALWAYS"],
    ]
    assert not any("continued" in line for column in columns for line in column)


def test_a_group_that_is_too_high_goes_on_in_the_next_column_under_its_title() -> None:
    columns = drawn([group("HERE", 50), *FOUR[1:]], 110, 20)
    assert "HERE, continued" in [line for column in columns for line in column]
    heights = [len(column) for column in columns]
    assert max(heights) - min(heights) <= 3


def test_a_line_that_is_wrapped_is_never_torn_apart() -> None:
    long = group("LONG", 12, "words that are wrapped to the next line as the column is too narrow for all of them")
    for height in range(5, 40):
        for column in drawn([long], 104, height):
            assert not column[1].startswith("     ")


def test_the_text_of_a_long_label_stands_below_it() -> None:
    (column,) = drawn([TextGroup("A", (TextLine("what it does", "a label that takes a whole line"),))], 40, 9)
    assert [line.strip() for line in column] == ["A", "a label that takes a whole line", "what it does"]
