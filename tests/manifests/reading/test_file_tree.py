"""Which files of a folder are read, and that none of them can break a run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from manifests.reading.file_tree import LONGEST, ReadFiles, read_files
from manifests.reading.source_file import SourceFile

STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata:\n  name: web\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str, content: str | bytes = STACK) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(read: ReadFiles) -> list[str]:
    return [source.name for source in read.files]


def only(read: ReadFiles) -> SourceFile:
    assert read.unreadable == {}
    (source,) = read.files
    return source


def test_manifests_are_read_and_hidden_generated_and_other_files_are_not() -> None:
    for name in (
        "b.yml", "a.yaml", "sub/c.json", "charts/x.tgz", "README.md", ".hidden.yaml", ".git/config.yaml",
        ".github/w.yaml", "node_modules/x/p.yaml", "vendor/v.yaml", "sub/__pycache__/x.yaml", "a.yaml.orig",
    ):  # fmt: skip
        put(name)
    assert names(read_files(["."])) == ["a.yaml", "b.yml", "sub/c.json"]


def test_what_is_named_is_read_whatever_it_is_called() -> None:
    put(".hidden/vendor/a.yaml")
    put("manifest.txt")
    assert names(read_files([".hidden", "manifest.txt"])) == ["manifest.txt"]
    assert names(read_files([".hidden/vendor", "manifest.txt"])) == [".hidden/vendor/a.yaml", "manifest.txt"]


def test_a_file_is_read_once_however_often_it_is_named(here: Path) -> None:
    put("sub/a.yaml")
    assert names(read_files(["sub/a.yaml", ".", "sub", str(here / "sub"), "./sub/../sub/a.yaml"])) == ["sub/a.yaml"]


def test_names_are_relative_to_where_the_program_was_started(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("repo/apps/a.yaml")
    assert names(read_files([str(here / "repo")])) == ["repo/apps/a.yaml"]
    monkeypatch.chdir(here / "repo" / "apps")
    assert names(read_files(["..", "."])) == ["../apps/a.yaml"]
    assert only(read_files(["."], root=here / "repo")).path == "apps/a.yaml"
    assert only(read_files(["."], root=here / "elsewhere")).path == ""


def test_links_that_loop_or_leave_the_folder_are_not_followed(here: Path) -> None:
    put("outside.yaml")
    put("in/a.yaml")
    Path("in/loop").symlink_to(".")
    Path("in/up").symlink_to("..")
    Path("in/itself.yaml").symlink_to("itself.yaml")
    Path("in/out.yaml").symlink_to(here / "outside.yaml")
    Path("in/dangling.yaml").symlink_to("nowhere.yaml")
    read = read_files(["in"])
    assert (names(read), read.unreadable) == (["in/a.yaml"], {})


def test_a_link_that_is_named_is_followed() -> None:
    put("real/a.yaml")
    Path("link").symlink_to("real")
    Path("b.yaml").symlink_to("real/a.yaml")
    assert names(read_files(["link"])) == ["link/a.yaml"]
    assert names(read_files(["b.yaml"])) == ["b.yaml"]


def test_what_isnt_there_or_isnt_a_file_is_named_with_the_reason() -> None:
    os.mkfifo("pipe.yaml")
    put("sub/a.yaml")
    read = read_files(["nowhere", "pipe.yaml", "zero\0.yaml", "sub"])
    assert names(read) == ["sub/a.yaml"]
    assert read.unreadable == {
        "nowhere": "No such file or directory",
        "pipe.yaml": "it isn't a file",
        "zero\0.yaml": "embedded null byte",
    }


def test_a_pipe_or_device_within_a_folder_is_left_alone() -> None:
    os.mkfifo("pipe.yaml")
    put("a.yaml")
    assert names(read_files(["."])) == ["a.yaml"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_any_encoding_of_unicode_is_read_with_the_same_places(encoding: str) -> None:
    text = STACK.replace("web", "wéb")
    put("a.yaml", text.encode(encoding))
    source = only(read_files(["."]))
    assert source.broken is None
    assert source.text == text
    assert source.documents[0].name == "wéb"
    assert source.documents[0].position(("kind",)) == (2, 1)
    assert source.decoded is not None
    assert source.decoded.encode(text) == Path("a.yaml").read_bytes()


def test_bytes_that_are_no_text_are_named_with_their_place() -> None:
    put("a.yaml", STACK.encode() + b"spec:\n  stack: caf\xe9\n")
    assert only(read_files(["."])).broken == ((6, 13), "the byte 0xe9 isn't UTF-8")


def test_a_binary_file_is_broken_and_an_encrypted_one_skipped() -> None:
    put("a.yaml", b"\x89PNG\r\n\x1a\n\0\0\xff\xfe" * 40)
    put("b.yaml", b"\0GITCRYPT\0" + b"\xf0\x00" * 40)
    first, second = read_files(["."]).files
    assert first.broken == ((1, 1), "it is a binary file")
    assert (second.broken, second.skipped) == (None, "git-crypt has encrypted it")


def test_a_file_of_50_mb_is_skipped_with_a_word() -> None:
    with put("a.yaml").open("ab") as file:
        file.truncate(50 << 20)
    assert only(read_files(["."])).skipped == f"it is larger than {LONGEST >> 20} MiB"


def test_json_that_has_nothing_to_do_with_kubernetes_is_left_alone() -> None:
    put("tsconfig.json", '{\n  // as always\n  "compilerOptions": {,}\n}\n')
    put("package-lock.json", '{"a": "' + "x" * (1 << 19) + '"}')
    put("lines.json", "\xff\0")
    put("config.json", '{"cluster": "eu", "cluster": "us"}')
    put("stack.json", '{"apiVersion": "pulumi.com/v1", "kind": "Stack",}}')
    read = read_files(["."])
    assert names(read) == ["config.json", "stack.json"]
    assert read.files[0].duplicates == []
    assert read.files[1].broken is not None


def test_json_that_yaml_cant_hold_is_skipped_with_a_word() -> None:
    put("stack.json", '{"apiVersion": "v1", "kind": "A", "x": "\\ud83d\\ude00"}')
    source = only(read_files(["."]))
    assert (source.broken, source.skipped) == (None, "it is JSON that can't be read as YAML")


def test_a_folder_that_cant_be_entered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a/a.yaml")
    put("b/b.yaml")
    real = os.scandir

    def scandir(folder: str) -> object:
        if folder == "a":
            raise PermissionError(13, "Permission denied", folder)
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    read = read_files(["."])
    assert (names(read), read.unreadable) == (["b/b.yaml"], {"a": "Permission denied"})


def test_templates_of_a_chart_are_told_by_the_charts_file() -> None:
    put("web/Chart.yaml", "name: web\n")
    put("web/values.yaml", "a: '{{ tpl }}'\n")
    put("web/templates/sub/a.yaml", "kind: Stack\nmetadata:\n  name: '{{ .Release.Name }}'\n")
    put("web/templates/plain.yaml")
    put("web/charts/db/templates/a.yaml", "a: '{{ x }}'\n")
    put("templates/notifications.yaml", "data:\n  text: '{{ .app }}'\n")
    expected = {"web/templates/sub/a.yaml"}
    for paths in (["."], ["web/templates"], ["web/templates/sub", "web/values.yaml"], ["web/templates/sub/a.yaml"]):
        assert {source.name for source in read_files(paths).files if source.template} == expected


def test_a_thousand_levels_are_walked() -> None:
    subprocess.run(["mkdir", "-p", "/".join("d" * 800)], check=True)
    put("/".join("d" * 800) + "/a.yaml")
    assert len(read_files(["."]).files) == 1
