"""What the lines over a table say, in whatever room there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.tables.table_header import HeaderFacts, first_line, health_pieces, second_line
from tui.widgets.header_and_keys import HeaderPiece, cells, squeezed


def words(pieces: list[HeaderPiece]) -> str:
    return "".join((piece.gap if place else "") + piece.text for place, piece in enumerate(pieces))


def summary(fleet, **more) -> HeaderFacts:
    return HeaderFacts("Stacks", 2, 2, tuple(fleet.board.contexts.values()), {"Healthy": 2}, "urgency", **more)


def test_contexts_that_are_well_are_just_counted(fleet, kit):
    fleet.sync()
    assert words(first_line(summary(fleet), kit.now)) == "Stacks 2  2 contexts connected  read-only"


def test_a_lost_context_is_told_with_its_reason_and_the_next_try(fleet, kit):
    fleet.sync()
    fleet.lose("us", "refused")
    said = words(first_line(summary(fleet), kit.now))
    assert "2 contexts: 1 connected, 1 lost (us: refused, next try in 12s)" in said


def test_a_context_that_is_alone_is_called_by_its_name(kit):
    fleet = kit.FakeFleet(["prod"])
    assert "prod connecting" in words(first_line(summary(fleet), kit.now))


def test_the_age_of_the_oldest_data_names_whose_they_are(fleet, kit):
    fleet.sync()
    fleet.now += 41
    fleet.put("eu", kit.ready("web"))
    assert "oldest data 41s (us)" in words(second_line(summary(fleet), fleet.now))


def test_what_the_reader_asked_for_is_told(fleet, kit):
    asked = summary(fleet, query="status:degraded", only_broken=True, frozen=True, marked=3)
    said = words(second_line(asked, kit.now))
    assert all(part in said for part in ("frozen", "only broken", "filter status:degraded", "3 marked", "by urgency"))


def test_common_verdicts_are_counted_even_if_there_are_none(fleet, kit):
    said = words(second_line(summary(fleet), kit.now))
    assert said.startswith("Degraded 0  Progressing 0  Unknown 0  Healthy 2")
    assert "Suspended" not in said


def test_what_only_looks_well_is_counted_beside_what_is_degraded():
    pieces = health_pieces({"Healthy": 4, "Healthy !": 2, "Degraded": 1})
    assert words(pieces).startswith("Degraded 1  Healthy ! 2  Progressing 0")
    assert [piece.tone for piece in pieces if "!" in piece.text] == ["bad"]


def test_where_there_is_no_room_a_reason_is_cut_before_the_count_goes(fleet, kit):
    fleet.sync()
    fleet.lose("us", "a very long reason " * 9)
    said = words(squeezed(first_line(summary(fleet), kit.now), 60))
    assert "1 lost (us: a very" in said


PIECES = st.lists(
    st.builds(HeaderPiece, st.text(min_size=1, max_size=30), st.just(""), st.integers(0, 6), st.booleans())
)


@given(PIECES, st.integers(1, 120))
def test_pieces_never_need_more_room_than_there_is(pieces: list[HeaderPiece], width: int):
    fitting = squeezed(pieces, width)
    assert cells(fitting) <= width
    assert cell_len(words(fitting)) <= width + 1  # a zero-width character may join two pieces
