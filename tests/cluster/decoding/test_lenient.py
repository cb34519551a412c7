"""What becomes of values that don't fit the type they are converted into."""

from __future__ import annotations

import datetime
from typing import Any, Literal

import msgspec
import pytest

from cluster.decoding.lenient import ConversionError, convert_leniently


class Inner(msgspec.Struct):
    need: int
    text: str = "default"


class Outer(msgspec.Struct, rename="camel"):
    some_number: float = 0.5
    maybe: int | None = 3
    either: int | str = ""
    inner: Inner | None = None
    inners: list[Inner] = []
    pair: tuple[int, ...] = ()
    names: set[str] = msgspec.field(default_factory=set)
    table: dict[str, Inner] = {}
    free: Any = None
    raw: msgspec.Raw = msgspec.Raw(b"")
    word: Literal["a", "b"] = "a"
    when: datetime.datetime | None = None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({}, Outer()),
        ({"someNumber": 2, "maybe": None, "either": "x"}, Outer(2.0, None, "x")),
        ({"someNumber": True, "maybe": "7", "either": []}, Outer()),
        ({"inner": {"need": 1, "text": 5}}, Outer(inner=Inner(1))),
        ({"inner": {"text": "no need"}}, Outer()),
        ({"inners": [{"need": 1}, {"need": "x"}, 7, {"need": 2}]}, Outer(inners=[Inner(1), Inner(2)])),
        ({"inners": {"need": 1}}, Outer()),
        ({"pair": [1, "x", 2], "names": ["a", 1]}, Outer(pair=(1, 2), names={"a"})),
        ({"table": {"a": {"need": 1}, "b": 2}}, Outer(table={"a": Inner(1)})),
        ({"free": [1, {"a": None}], "raw": [1]}, Outer(free=[1, {"a": None}], raw=msgspec.Raw(b"[1]"))),
        ({"word": "b"}, Outer(word="b")),
        ({"word": "c", "when": "yesterday"}, Outer()),
        (
            {"when": "2026-11-23T18:24:14Z"},
            Outer(when=datetime.datetime(2026, 11, 23, 18, 24, 14, tzinfo=datetime.UTC)),
        ),
    ],
)
def test_what_fits_is_kept_and_what_doesnt_falls_to_its_default(value: Any, wanted: Outer) -> None:
    assert convert_leniently(value, Outer) == wanted


@pytest.mark.parametrize("value", [None, 1, "x", [], {"text": "x"}, {"need": None}])
def test_nothing_is_made_of_what_lacks_a_required_field(value: Any) -> None:
    with pytest.raises(ConversionError):
        convert_leniently(value, Inner)
