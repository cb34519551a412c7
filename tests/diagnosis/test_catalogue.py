"""The catalogue: an entry for every cause, and docs/troubleshooting.md that says the same."""

from __future__ import annotations

from pathlib import Path

from diagnosis.catalogue import CATALOGUE
from diagnosis.cause import EVERYTHING
from diagnosis.troubleshooting import troubleshooting

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
_ALL = """
B-1 B-2 B-3 B-4 B-5 B-6 B-7 B-8 B-9 B-10 B-11 B-12 S-1 P-1 P-2 P-3 P-4 P-5 P-6 P-7 P-8 P-9 P-10 P-11 P-12 P-13
C-1 C-2 C-3 C-4 F-1 F-2 F-3 F-4 F-5 F-6 F-7 U-1 U-2 U-3 U-4 U-5 U-6 U-7 U-8 U-9 U-10 U-11 U-12 U-13 U-14 U-15
W-1 W-2 W-3 W-4 W-5 D-1 D-2 D-3 R-1 A-1 A-2 A-3 A-4 A-5 A-6 A-7 A-8 A-9 A-10 V-1 V-2 V-3 V-4
"""
IDS = _ALL.split()
VERBS = {"reconcile", "restart-workspace", "cancel", "unwedge", "release", "app refresh", "app sync", "app terminate"}


def test_every_cause_has_one_entry() -> None:
    assert sorted(cause.id for cause in CATALOGUE) == sorted(IDS)


def test_causes_stand_in_the_order_of_their_depth() -> None:
    depths = [cause.depth for cause in CATALOGUE]
    assert depths == sorted(depths)


def test_an_entry_says_everything_there_is_to_say() -> None:
    for cause in CATALOGUE:
        for words in (cause.title, cause.symptom, cause.explanation, cause.by_itself, cause.way_out, cause.versions):
            assert words.strip(), cause.id
        assert set(cause.helps) <= VERBS, cause.id
        assert set(cause.beats) <= {*IDS, EVERYTHING} - {cause.id}, cause.id
        for each in cause.not_helpful:
            assert each.action, cause.id
            assert each.why, cause.id


def test_the_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == troubleshooting()
