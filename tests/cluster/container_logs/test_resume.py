"""Of a log that is read on from its last second, every line comes once, or it is told that one may be missing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.container_logs.resume import ResumePoint, first_time, time_of


def line(second: int, nano: int = 0, text: str = "x") -> bytes:
    return f"2026-11-23T18:24:{second:02}.{nano:09}Z {text}\n".encode()


def read(*lines: bytes) -> ResumePoint:
    cursor = ResumePoint()
    cursor.advance(b"".join(lines))
    return cursor


def test_reading_goes_on_at_the_second_of_the_last_line() -> None:
    cursor = read(line(1), line(2, 5))
    assert cursor.since == "2026-11-23T18:24:02Z"
    assert cursor.time == "2026-11-23T18:24:02.000000005Z"
    assert not ResumePoint()


def test_a_nodes_own_time_zone_is_kept() -> None:
    assert read(b"2026-11-23T18:24:01.000000001+02:00 x\n").since == "2026-11-23T18:24:01+02:00"


def test_the_lines_of_the_last_second_come_again_and_are_taken_out() -> None:
    resume = read(line(1), line(2, 1), line(2, 2)).filter()
    assert resume.new_lines(line(2, 1)) == b""
    assert resume.new_lines(line(2, 2) + line(2, 3) + line(3)) == line(2, 3) + line(3)
    assert resume.done
    assert not resume.missed


def test_lines_of_one_time_are_told_apart_by_their_number() -> None:
    resume = read(line(2, 1, "."), line(2, 1, "."), line(2, 1, ".")).filter()
    assert resume.new_lines(line(2, 1, ".") * 5) == line(2, 1, ".") * 2
    assert not resume.missed


def test_what_stood_before_the_first_line_in_its_second_is_not_new() -> None:
    resume = read(line(2, 3, "last")).filter()
    assert resume.new_lines(line(2, 1) + line(2, 2) + line(2, 3, "last") + line(2, 4)) == line(2, 4)
    assert not resume.missed


def test_another_log_is_noticed_at_its_first_line() -> None:
    resume = read(line(1), line(2, 1), line(2, 2)).filter()
    assert resume.new_lines(line(7) + line(8)) == line(7) + line(8)
    assert resume.missed


def test_a_log_that_ends_before_the_last_line_has_lost_it() -> None:
    resume = read(line(2, 1), line(2, 2)).filter()
    assert resume.new_lines(line(2, 1)) == b""
    resume.finish()
    assert resume.missed


def test_a_clock_that_was_set_back_repeats_nothing() -> None:
    cursor = ResumePoint()
    for each in (line(9), line(10), line(5)):
        cursor.advance(each)
    resume = cursor.filter()
    assert resume.new_lines(line(9) + line(10) + line(5) + line(6)) == line(6)
    assert not resume.missed


def test_nothing_read_means_nothing_to_take_out() -> None:
    assert ResumePoint().filter().new_lines(line(1)) == line(1)


def test_a_kubelets_own_words_have_no_time() -> None:
    cursor = read(line(1), b"failed to watch directory\n")
    assert cursor.time == "2026-11-23T18:24:01.000000000Z"
    assert time_of(b"failed to watch") == b""
    assert first_time(b"no time\n" + line(3)) == "2026-11-23T18:24:03.000000000Z"


@pytest.mark.parametrize("text", ["", "\x1b]52;c;aGk=\x07", "\udcff", "2026-11-23T18:24:05.000000000Z forged"])
def test_text_is_never_taken_for_a_time(text: str) -> None:
    resume = (cursor := ResumePoint()).filter()
    block = f"2026-11-23T18:24:01.000000001Z {text}\n".encode("utf-8", "surrogateescape")
    assert resume.new_lines(block) == block
    cursor.advance(block)
    assert cursor.since == "2026-11-23T18:24:01Z"


TIMES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=40).map(sorted)


@given(TIMES, st.data())
def test_wherever_it_breaks_every_line_comes_once(times: list[tuple[int, int]], data: st.DataObject) -> None:
    """Reading may begin anywhere (a tail), break anywhere, and come in blocks of any size."""
    log = [line(second, nano, str(number)) for number, (second, nano) in enumerate(times)]
    begins = data.draw(st.integers(0, len(log) - 1))
    breaks = data.draw(st.integers(begins + 1, len(log)))
    cursor = ResumePoint()
    for each in log[begins:breaks]:
        cursor.advance(each)
    again = [each for each in log if each >= cursor.since.rstrip("Z").encode()]
    resume, new = cursor.filter(), []
    size = data.draw(st.integers(1, 7))
    for start in range(0, len(again), size):
        block = b"".join(again[start : start + size])
        new.append(block if resume.done else resume.new_lines(block))
    assert b"".join(new) == b"".join(log[breaks:])
    assert resume.done
    assert not resume.missed


@given(TIMES, st.integers(1, 40), st.integers(1, 40))
def test_lines_that_were_rotated_away_are_missed(times: list[tuple[int, int]], cut: int, lost: int) -> None:
    log = [line(second, nano, str(number)) for number, (second, nano) in enumerate(times)]
    cut = min(cut, len(log))
    cursor = read(*log[:cut])
    rest = log[min(len(log), cut + lost - 1) :]
    resume = cursor.filter()
    new = resume.new_lines(b"".join(rest))
    resume.finish()
    assert resume.missed
    assert not re.search(rb" (?:%s)\n" % b"|".join(re.findall(rb" (\d+)\n", b"".join(log[:cut]))), new)
