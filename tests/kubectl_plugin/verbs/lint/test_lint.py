"""``lint`` over files: what stands on stdout, what on stderr, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from manifests.catalogue import RULES
from support.lint_program import put_files, run_lint
from support.program import PROGRAM, environment

TWICE = "kind: ConfigMap\nmetadata:\n  name: {name}\n  labels: {{a: b}}\n  labels: {{c: d}}\n"
CLEAN = "kind: ConfigMap\nmetadata:\n  name: fine\n"
TEMPLATE = "kind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
FOUND = "a.yaml:4:3: error yaml/duplicate-key: ConfigMap a: the key labels is here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put_files(tmp_path, {"a.yaml": TWICE.format(name="a"), "sub/clean.yaml": CLEAN})


def test_clean_files_print_nothing_but_a_line_on_stderr(folder: Path) -> None:
    ended = run_lint(folder, "sub")
    assert (ended.code, ended.out, ended.err) == (0, "", "no problems in 1 file\n")


def test_problems_are_data_and_end_with_3(folder: Path) -> None:
    ended = run_lint(folder)
    assert ended.code == 3
    assert ended.lines[0].startswith(FOUND)
    assert ended.err == "1 error in 1 of 2 files\n"


def test_a_terminal_gets_groups_in_colour_and_a_file_plain_lines(folder: Path) -> None:
    for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "rb", buffering=0) as screen:
            done = subprocess.run(
                [*PROGRAM, "lint"], cwd=folder, env=environment("/nonexistent", **env), stdin=subprocess.DEVNULL,
                stdout=theirs, stderr=subprocess.PIPE, timeout=60,
            )  # fmt: skip
            os.close(theirs)
            text = screen.read(100_000).decode()
        assert done.returncode == 3
        assert ("\x1b[31merror  \x1b[0m" in text) == coloured
        assert "a.yaml" in text.splitlines()[0]
        assert "ConfigMap a" in text.splitlines()[1]


def test_stdin_is_read_for_a_dash_alone(folder: Path) -> None:
    ended = run_lint(folder, "-", piped=TWICE.format(name="piped").encode("utf-16"))
    assert ended.code == 3
    assert ended.lines[0].startswith("-:4:3: error yaml/duplicate-key: ConfigMap piped: ")
    assert len(ended.lines) == 2
    assert run_lint(folder, "sub", piped=b"a: [").code == 0


@pytest.mark.parametrize(
    ("level", "code"), [("error", 0), ("warning", 0), ("note", 3), ("never", 0)]
)  # fmt: skip
def test_what_is_bad_enough_is_said_by_a_flag(tmp_path: Path, level: str, code: int) -> None:
    put_files(tmp_path, {"t.yaml": TEMPLATE})
    ended = run_lint(tmp_path, "--fail-on", level)
    assert ended.code == code
    assert ended.lines[0].startswith("t.yaml:3:9: note yaml/template: ")


def test_nothing_fails_where_nothing_shall(folder: Path) -> None:
    assert run_lint(folder, "--fail-on", "never").code == 0


def test_what_cant_be_read_beats_what_is_found(folder: Path) -> None:
    ended = run_lint(folder, ".", "nowhere.yaml", "-o", "json")
    assert ended.code == 1
    assert [each["rule"] for each in ended.json] == ["yaml/duplicate-key"]
    assert "error: nowhere.yaml: can't be read: No such file or directory\n" in ended.err
    assert run_lint(folder, "nowhere.yaml", "--fail-on", "never").code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "yaml"], "invalid choice"),
        (["--fail-on", "some"], "invalid choice"),
        (["--pko", "newest"], "'newest' isn't a version"),
        (["--argocd", ""], "isn't a version"),
        (["--disable", "stack/nope"], "there is no such rule; lint --rules lists them"),
        (["--write-baseline"], "needs --baseline"),
        (["--fix", "--diff"], "choose one"),
        (["--fix", "-"], "can't write to stdin"),
        (["--rules", "-o", "sarif"], "text and json"),
        (["--baseline", "nope.json"], "No such file or directory; --write-baseline writes one"),
        (["--baseline", "a.yaml"], "it isn't JSON"),
        (["--changed", "main"], "this is no Git repository"),
        (["--nope"], "unrecognized"),
    ],
)
def test_wrong_usage_ends_with_2_and_prints_no_data(folder: Path, arguments: list[str], says: str) -> None:
    ended = run_lint(folder, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_rules_are_left_out_by_id_or_glob(folder: Path) -> None:
    put_files(folder, {"t.yaml": TEMPLATE})
    rules = {each["rule"] for each in run_lint(folder, "-o", "json").json}
    assert rules == {"yaml/duplicate-key", "yaml/template"}
    assert run_lint(folder, "--disable", "yaml/template", "--disable", "yaml/d*", "-o", "json").json == []
    assert run_lint(folder, "--disable", "yaml/*").code == 0
    assert run_lint(folder, "--disable", "yaml/template, yaml/d*", "-o", "json").json == []
    assert run_lint(folder, "--disable", "yaml/template,nothing").code == 2


def test_json_has_its_keys_and_an_empty_array_for_nothing(folder: Path) -> None:
    (found,) = run_lint(folder, "-o", "json").json
    assert list(found) == ["rule", "severity", "file", "line", "column", "object", "message", "fix"]
    assert (found["file"], found["line"], found["column"], found["object"]) == ("a.yaml", 4, 3, "ConfigMap a")
    assert run_lint(folder, "sub", "-o", "json").out == "[]\n"


def test_every_format_prints_what_its_reader_takes(folder: Path) -> None:
    assert run_lint(folder, "-o", "sarif").json["runs"][0]["results"][0]["ruleId"] == "yaml/duplicate-key"
    assert run_lint(folder, "-o", "gitlab").json[0]["location"] == {"path": "a.yaml", "lines": {"begin": 4}}
    assert ElementTree.fromstring(run_lint(folder, "-o", "junit").out).attrib["failures"] == "1"
    github = run_lint(folder, "-o", "github")
    assert github.lines[0].startswith("::error title=yaml/duplicate-key,file=a.yaml,line=4,col=3::ConfigMap a: ")
    assert github.code == 3
    assert run_lint(folder, "sub", "-o", "github").out == ""


def test_what_a_terminal_obeys_is_written_by_no_format(tmp_path: Path) -> None:
    put_files(tmp_path, {"e.yaml": TWICE.format(name='"\\e]52;c;eA==\\a"')})
    for form in ("text", "json", "sarif", "github", "junit", "gitlab"):
        assert "\x1b" not in run_lint(tmp_path, "-o", form).out, form


def test_rules_are_listed_without_reading_anything(tmp_path: Path) -> None:
    ended = run_lint(tmp_path, "nowhere", "--rules")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.lines[1:]] == [rule.id for rule in RULES]
    listed = run_lint(tmp_path, "--rules", "-o", "json").json
    assert [each["rule"] for each in listed] == [rule.id for rule in RULES]
    assert set(listed[0]) == {"rule", "severity", "title", "effect", "remedy", "wrong", "right"}


def test_a_baseline_lets_pass_what_it_knows_and_nothing_new(folder: Path) -> None:
    written = run_lint(folder, "--baseline", "known.json", "--write-baseline")
    assert (written.code, written.out, written.err) == (
        0,
        "",
        "known.json: from now on lint leaves out 1 known problem\n",
    )
    ended = run_lint(folder, "--baseline", "known.json")
    assert (ended.code, ended.out) == (0, "")
    assert "1 known to the baseline" in ended.err
    put_files(folder, {"b.yaml": TWICE.format(name="b"), "a.yaml": "# moved\n" + TWICE.format(name="a")})
    ended = run_lint(folder, "--baseline", "known.json", "-o", "json")
    assert [each["file"] for each in ended.json] == ["b.yaml"]
    assert ended.code == 3
    (folder / "a.yaml").unlink()
    assert "1 of the baseline mended" in run_lint(folder, "--baseline", "known.json").err


def test_a_baseline_that_cant_be_written_is_wrong_usage(folder: Path) -> None:
    ended = run_lint(folder, "--baseline", "nowhere/known.json", "--write-baseline")
    assert ended.code == 2
    assert "can't be written" in ended.err


@pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")
def test_only_changed_files_are_told_of(folder: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Test", "-c", "user.email=test@acme.example")
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "first")
    git("checkout", "-qb", "feature")
    assert (run_lint(folder).code, run_lint(folder, "--changed", "main").code) == (3, 0)
    put_files(folder, {"sub/b.yaml": TWICE.format(name="b")})
    for where, name in ((folder, "sub/b.yaml"), (folder / "sub", "b.yaml")):
        ended = run_lint(where, "--changed", "main", "-o", "json")
        assert [each["file"] for each in ended.json] == [name]
    ended = run_lint(folder, "--changed", "origin/main")
    assert ended.code == 2
    assert "git fetch origin" in ended.err
    ended = run_lint(folder, "--changed", "main", env={"PATH": "/nonexistent"})
    assert (ended.code, ended.err) == (2, "error: --changed: git isn't installed\n")


def test_many_problems_into_a_closed_pipe_end_quietly(tmp_path: Path) -> None:
    put_files(tmp_path, {"a.yaml": "---\n".join(TWICE.format(name=n) for n in range(3000))})
    done = subprocess.run(
        ["sh", "-c", '"$@" | head -1; exit 0', "sh", *PROGRAM, "lint"],
        cwd=tmp_path, env=environment("/nonexistent"), capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_file_name_that_isnt_unicode_is_printed_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.yaml")).write_text(TWICE.format(name="a"))
    for form in ("text", "json", "sarif", "github", "junit", "gitlab"):
        ended = run_lint(tmp_path, "-o", form)
        assert ended.code == 3, (form, ended.err)
        assert "Traceback" not in ended.err
        if form in ("json", "sarif", "gitlab"):
            json.loads(ended.out)
