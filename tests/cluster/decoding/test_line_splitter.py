"""Lines out of pieces, wherever the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.decoding.line_splitter import LineSplitter
from cluster.errors import Garbled


@given(st.lists(st.binary(max_size=6).map(lambda b: b.replace(b"\n", b" ")), max_size=8), st.data())
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(each + b"\n" for each in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=10)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    splitter = LineSplitter()
    blocks = [bytes(block) for piece in pieces for block in splitter.feed(piece)]
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == whole
    assert not splitter.broken_off


def test_half_a_line_at_the_end_is_noticed() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntwo") == [b"one\n"]
    assert splitter.broken_off
    assert splitter.feed(b"\n") == [b"two\n"]
    assert not splitter.broken_off


def test_a_line_without_an_end_isnt_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster.decoding.line_splitter.LONGEST", 100)
    splitter = LineSplitter()
    with pytest.raises(Garbled):
        for _ in range(20):
            splitter.feed(b"x" * 10)
