"""What is remembered between two runs survives everything that can happen to its file."""

from __future__ import annotations

import os
import threading
from operator import methodcaller
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.state_file import FILTERS, ColumnChoice, SavedState, TableState, change, load, location

CHOSEN = TableState((ColumnChoice("name"), ColumnChoice(".spec.branch", 12)), "name", True, "context")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pko-argo" / "state.json"


def test_what_was_chosen_is_there_the_next_time(path: Path) -> None:
    assert change(path, lambda state: state.with_table("Stacks", CHOSEN).with_filter("web")) == ""
    assert load(path) == SavedState({"Stacks": CHOSEN}, ("web",))


def test_a_program_changes_only_what_is_its_own(path: Path) -> None:
    change(path, lambda state: state.with_table("Stacks", CHOSEN))
    change(path, lambda state: state.with_filter("web"))
    assert load(path) == SavedState({"Stacks": CHOSEN}, ("web",))


def test_a_filter_that_comes_again_is_the_newest_and_there_are_not_too_many(path: Path) -> None:
    state = SavedState()
    for text in [*(str(number) for number in range(100)), "60"]:
        state = state.with_filter(text)
    assert len(state.filters) == FILTERS
    assert state.filters[-2:] == ("99", "60")


@pytest.mark.parametrize("cut", [0, 1, 10, 40])
def test_half_a_file_counts_as_none_and_is_written_over(path: Path, cut: int) -> None:
    change(path, lambda state: state.with_table("Stacks", CHOSEN))
    path.write_bytes(path.read_bytes()[:cut])
    assert load(path) == SavedState()
    assert change(path, lambda state: state.with_filter("web")) == ""
    assert load(path).filters == ("web",)


@given(st.binary(max_size=200))
def test_no_content_is_a_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "state.json"
    path.write_bytes(content)
    assert isinstance(load(path), SavedState)


def test_what_a_newer_version_wrote_is_read_as_far_as_it_is_known(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"filters": ["web"], "tables": {"Stacks": {"sort": "name", "tint": 3}}, "later": {}}')
    assert load(path) == SavedState({"Stacks": TableState(sort="name")}, ("web",))


def test_what_is_no_file_holds_nothing_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json")
    assert load(tmp_path / "state.json") == SavedState()
    assert load(Path("/dev/zero")) == SavedState()
    assert load(tmp_path) == SavedState()


def test_a_place_that_cannot_be_written_to_is_told_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert "file" in change(tmp_path / "file" / "pko-argo" / "state.json", lambda state: state)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_home_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "Permission denied" in change(tmp_path / "pko-argo" / "state.json", lambda state: state)


def test_nobody_ever_reads_half_a_file_while_others_write(path: Path) -> None:
    change(path, lambda state: state.with_filter("0"))

    def write(name: str) -> None:
        for number in range(50):
            change(path, methodcaller("with_filter", f"{name}{number}"))

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert load(path).filters
    for writer in writers:
        writer.join()
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


def test_it_is_kept_where_the_user_wants_state(tmp_path: Path) -> None:
    assert location({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "pko-argo" / "state.json"
    assert location({}).name == "state.json"
