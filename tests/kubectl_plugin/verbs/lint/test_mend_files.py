"""``--fix`` and ``--diff``: files are mended as a whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.lint.lint_run import LintRun
from kubectl_plugin.verbs.lint.mend_files import print_diff, write_fixes
from kubectl_plugin.verbs.lint.written_edits import FileChangedError, diff_text, write_edited
from manifests.problem import Edit, Position, Problem, RemoveField, RenameKey, SetValue, Severity
from manifests.reading.decoded_text import DecodedText
from manifests.reading.file_tree import read_files
from support.program import ROOT

TEXT = "# a comment\nkind: A\nspec:\n  a: 1  # one\n  b: 2\n"
MENDED = TEXT.replace("a: 1", "a: 3")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*edits: tuple[Edit, ...], file: str = "a.yaml") -> LintRun:
    """A run that has found problems with these edits in a file."""
    problems = [
        Problem("test/rule", Severity.ERROR, "bad", file, Position(4 + n, 3), edits=each)
        for n, each in enumerate(edits)
    ]
    return LintRun(read_files(["."]).files, problems, {})


def names() -> list[str]:
    """What is in the folder, hidden files as well."""
    return sorted(path.name for path in Path().iterdir())


SET = (SetValue(("spec", "a"), 3),)
WRONG = (SetValue(("nowhere",), 3),)


def test_a_file_is_mended_and_keeps_its_rights(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(TEXT)
    Path("a.yaml").chmod(0o640)
    assert write_fixes(found(SET, WRONG)) == ExitCode.FINE
    assert Path("a.yaml").read_text() == MENDED
    assert stat.S_IMODE(Path("a.yaml").stat().st_mode) == 0o640
    assert names() == ["a.yaml"]
    said = capsys.readouterr()
    assert said.out == ""
    assert "a.yaml:5: test/rule has to be mended by hand: it isn't there any more" in said.err
    assert "mended: 1 problem in 1 file" in said.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_encoding_mark_and_line_ends_stay(encoding: str) -> None:
    text = TEXT.replace("\n", "\r\n").replace("comment", "wörd")
    Path("a.yaml").write_bytes(text.encode(encoding))
    write_fixes(found(SET))
    assert Path("a.yaml").read_bytes() == text.replace("a: 1", "a: 3").encode(encoding)


def test_a_link_stays_a_link(here: Path) -> None:
    Path("real").mkdir()
    Path("real/a.yaml").write_text(TEXT)
    Path("a.yaml").symlink_to("real/a.yaml")
    run = found(SET)
    run.files = read_files(["a.yaml"]).files
    write_fixes(run)
    assert Path("a.yaml").is_symlink()
    assert Path("real/a.yaml").read_text() == MENDED


def test_a_file_that_changed_meanwhile_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(TEXT)
    run = found(SET)
    Path("a.yaml").write_text("theirs: 1\n")
    assert write_fixes(run) == ExitCode.CLUSTER_SAID_NO
    assert Path("a.yaml").read_text() == "theirs: 1\n"
    assert "error: a.yaml: it was changed meanwhile; nothing was written" in capsys.readouterr().err
    assert names() == ["a.yaml"]


def test_a_file_that_is_gone_isnt_made_anew(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(TEXT)
    run = found(SET)
    Path("a.yaml").unlink()
    assert write_fixes(run) == ExitCode.CLUSTER_SAID_NO
    assert names() == []
    assert "error: a.yaml: " in capsys.readouterr().err


@pytest.mark.parametrize("failing", ["access", "mkstemp"])
def test_in_a_read_only_tree_each_file_is_named(
    failing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.yaml").write_text(TEXT)

    def refuse(*_: object, **__: object) -> int:
        raise OSError(30, "Read-only file system")

    if failing == "access":  # tests may run as root, to whom every file is writable
        monkeypatch.setattr(os, "access", lambda *_: False)
    else:
        monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert write_fixes(found(SET)) == ExitCode.CLUSTER_SAID_NO
    assert Path("a.yaml").read_text() == TEXT
    assert "error: a.yaml: " in capsys.readouterr().err


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.yaml").write_text(TEXT)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert write_fixes(found(SET)) == ExitCode.CLUSTER_SAID_NO
    assert Path("a.yaml").read_text() == TEXT
    assert names() == ["a.yaml"]


def test_whoever_kills_it_while_it_writes_finds_a_whole_file() -> None:
    old, new = "a: 1\n", "a: 2\n" + "# long\n" * 300_000
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from kubectl_plugin.verbs.lint.written_edits import write_edited
from manifests.reading.decoded_text import DecodedText

old, new = "a: 1\\n", "a: 2\\n" + "# long\\n" * 300_000
print("ready", flush=True)
while True:
    write_edited("a.yaml", DecodedText(old), new)
    write_edited("a.yaml", DecodedText(new), old)
"""
    for wait in (0.005, 0.02, 0.05, 0.08):
        Path("a.yaml").write_text(old)
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(wait)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert Path("a.yaml").read_text() in (old, new)
    assert [source.name for source in read_files(["."]).files] == ["a.yaml"]  # what is left aside is hidden


def test_a_diff_shows_what_would_change_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(TEXT)
    print_diff(found(SET, (RenameKey(("spec", "b"), "c"),), WRONG))
    said = capsys.readouterr()
    assert said.out == (
        "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,5 +1,5 @@\n # a comment\n kind: A\n spec:\n"
        "-  a: 1  # one\n-  b: 2\n+  a: 3  # one\n+  c: 2\n"
    )
    assert "2 of 3 problems can be mended by --fix; nothing was written" in said.err
    assert Path("a.yaml").read_text() == TEXT


@pytest.mark.parametrize(
    ("before", "after"),
    [("a: 1\r\nb: 2\r\n", "a: 3\r\nb: 2\r\n"), ("a: 1", "a: 2"), ("a: 1\n", "a: 2"), ("a: ü", "a: ö\n")],
)  # fmt: skip
def test_patch_can_apply_the_diff(before: str, after: str, here: Path) -> None:
    Path("a.yaml").write_bytes(before.encode())
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "apply", "-"], input=diff_text("a.yaml", before, after).encode(), check=True)
    assert Path("a.yaml").read_bytes() == after.encode()


def test_several_files_are_mended_though_one_cant_be() -> None:
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(TEXT)
    run = found(SET)
    run.problems += [
        Problem("test/rule", Severity.ERROR, "", "b.yaml", Position(4, 3), edits=(RemoveField(("spec",)),))
    ]
    Path("a.yaml").write_text("theirs: 1\n")
    assert write_fixes(run) == ExitCode.CLUSTER_SAID_NO
    assert Path("b.yaml").read_text() == "# a comment\nkind: A\n"


def test_writing_checks_what_stands_there() -> None:
    Path("a.yaml").write_text("a: 1\n")
    with pytest.raises(FileChangedError):
        write_edited("a.yaml", DecodedText("a: 2\n"), "a: 3\n")
    write_edited("a.yaml", DecodedText("a: 1\n"), "a: 3\n")
    assert Path("a.yaml").read_text() == "a: 3\n"


@pytest.mark.parametrize("name", ["a\x1b[31m.yaml", "e\nf.yaml", 'q"\\.yaml'])
def test_git_applies_the_diff_of_a_file_with_an_odd_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_text(TEXT)
    print_diff(found(SET, file=name))
    diff = capsys.readouterr().out
    assert all(line.isprintable() for line in diff.split("\n"))
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)
    assert Path(name).read_text() == MENDED
