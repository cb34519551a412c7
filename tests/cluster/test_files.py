"""Only files are read as files: nothing that has no end, and nothing that somebody else has to fill first."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cluster.files import read_file


def refused(path: Path, words: str, longest: int = 1 << 10) -> None:
    with pytest.raises(OSError) as caught:
        read_file(path, longest)
    assert words in (caught.value.strerror or "")


def test_a_file_is_read_through_links_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_file(tmp_path / "link") == b"abc"


def test_the_null_device_is_an_empty_file() -> None:
    assert read_file(Path(os.devnull)) == b""


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    refused(tmp_path / "pipe", "it is a pipe")
    refused(tmp_path / "link", "it is a pipe")
    refused(tmp_path, "it is a folder")
    refused(Path("/dev/zero"), "it is a device")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        refused(tmp_path / "s", "")


def test_a_file_larger_than_any_such_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    refused(tmp_path / "sparse", "it is larger than")


def test_names_that_no_file_has_are_refused_like_others(tmp_path: Path) -> None:
    refused(tmp_path / "a\0b", "no file can have such a name")
    refused(tmp_path / ("a" * 5000), "")


def test_a_missing_file_is_still_told_from_one_that_cant_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none")
