"""Text from a cluster can't do anything to a terminal."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.messages import headline, without_outputs
from stacks.records.application import Application, tidy_application
from stacks.records.kubernetes import Pod, tidy_pod
from stacks.records.stack import Stack, tidy_stack
from stacks.records.workspace import Update, Workspace, tidy_update, tidy_workspace
from stacks.redaction import without_userinfo
from stacks.text import escaped_json, harmless, is_visible, one_line, plain, visible, web_link


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mError\x1b[0m: x", "Error: x"),
        ("a\x1b]52;c;aGFja2Vk\x07b", "ab"),
        ("a\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b31mb\x9d0;title\x9cc", "abc"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tbed", "tab    bed"),
        ("\x00\x01\x7f\x85end", "\nend"),
        ("[/x] [bold]not markup", "[/x] [bold]not markup"),
        ("名前 עברית ok", "名前 עברית ok"),
        ("\x1b[", ""),
        ("\x1b", ""),
    ],
)
def test_controls_go_and_words_stay(hostile: str, harmless: str) -> None:
    assert plain(hostile) == harmless


@given(st.text(alphabet=st.characters(), max_size=200))
def test_plain_text_is_printable_and_plain_already(text: str) -> None:
    cleaned = plain(text)
    assert all(c == "\n" or c == "\u3000" or c.isprintable() for c in cleaned)
    assert plain(cleaned) == cleaned
    assert "\n" not in one_line(cleaned)


@given(st.text(alphabet=st.sampled_from("\x1b[]0;1mA\x07\\\n\u202e\x9b"), max_size=40))
def test_no_field_of_a_record_keeps_a_control(text: str) -> None:
    dirty = {
        "metadata": {"name": text, "labels": {text: text}, "finalizers": [text]},
        "spec": {"stack": text, "prerequisites": [{"name": text}], "fluxSource": {"sourceRef": {"name": text}}},
        "status": {"conditions": [{"type": "Ready", "message": text}], "lastUpdate": {"message": text}},
    }
    record = tidy_stack(msgspec.convert(dirty, Stack))
    everything = msgspec.json.encode(record).decode()
    assert "\\u001b" not in everything
    assert "\u202e" not in everything
    assert "\x9b" not in everything


def test_a_clean_record_is_left_as_it_is() -> None:
    record = msgspec.convert({"metadata": {"name": "shop"}, "spec": {"stack": "acme/shop/dev"}}, Stack)
    assert tidy_stack(record) is record


def test_logins_in_urls_are_taken_out() -> None:
    assert without_userinfo("https://user:ghp_secret@git.example/x") == "https://git.example/x"
    for hidden in ("\x1f", "\x1c", "\x1b F", "\x1b/F", "\x1b[31m", "\u200b", "\x00"):
        for place in (8, 12, 13, 20, 23):  # anywhere in the login
            url = "https://user:ghp_secret@git.example/x"
            assert "ghp_secret" not in plain(url[:place] + hidden + url[place:])
    record = msgspec.convert(
        {"metadata": {"name": "x"}, "spec": {"projectRepo": "https://user:ghp_secret@git.example/x"}}, Stack
    )
    assert tidy_stack(record).spec.project_repo == "https://git.example/x"


@pytest.mark.parametrize(
    ("record", "tidy"), [(Stack, tidy_stack), (Update, tidy_update), (Application, tidy_application)]
)
def test_a_login_is_taken_out_wherever_it_is_quoted(record: type[Any], tidy: Any) -> None:
    """A failed fetch quotes the URL in a condition, an operation's message, a label even."""
    login = "unable to access 'https://bot:ghp_secret@git.example/x'"
    told = [{"type": "Ready", "status": "False", "reason": "Failed", "message": login}]
    status = {
        "conditions": told,
        "message": login,
        "health": {"message": login},
        "lastUpdate": {"message": login},
        "operationState": {"message": login},
    }
    metadata = {"name": "x", "annotations": {}, "labels": {"from": "https://bot:ghp_secret@git.example"}}
    spec = {"source": {"repoURL": "https://bot:ghp_secret@git.example/x"}}
    obj = {"metadata": metadata, "spec": spec, "status": status}
    tidied = tidy(msgspec.convert(obj, record))
    assert b"ghp_secret" not in msgspec.json.encode(tidied)
    assert b"https://git.example/x" in msgspec.json.encode(tidied)


def test_only_web_addresses_are_links() -> None:
    assert web_link("https://app.pulumi.com/acme/x")
    for other in ("file:///etc/passwd", "javascript:alert(1)", "https://a b", "--version", "HTTPS"):
        assert web_link(other) == ""


WRAPPED = """up failed: failed to run update: exit status 1
code: 1
stdout: Updating (dev)

Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    error: update failed
  aws:s3/bucket:Bucket (logs):
    error: 1 error occurred: BucketAlreadyExists

Outputs:
    password: "hunter2"
    nested: {
        token: "hunter2"
    }

Resources:
    1 unchanged

stderr: """


def test_the_headline_is_the_error_that_says_something() -> None:
    assert headline(WRAPPED) == "1 error occurred: BucketAlreadyExists"
    assert headline("Another update is currently in progress") == "Another update is currently in progress"
    assert headline("") == ""


def test_outputs_are_never_shown() -> None:
    shown = without_outputs(WRAPPED)
    assert "hunter2" not in shown
    assert "BucketAlreadyExists" in shown
    assert "1 unchanged" in shown


DIFF = """Updating (shop):
  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:shop::infra::pulumi:pulumi:Stack::infra-shop]
    --outputs:--
  + motd      : "hunter2"
  + zones     : [
  +     [0]: "hunter2"
    ]
    + aws:s3/bucket:Bucket: (create)
        bucket: "logs"
Resources:
    1 unchanged
"""


ODD = [
    "stdout: Outputs:\n    password: hunter2\n\nstderr: error: no",
    "outputs:\n  hunter2",
    "\x1b[1mOutputs:\x1b[0m\n    \x1b[32mpassword\x1b[0m: hunter2\n\nResources:\n",
    "\x1b[38;5;12mOutputs\x1b[0m:\n    password: hunter2\n",
    "Outputs (2):\n    password: hunter2\n    b: c\n",
    "Outputs: (changed)\n    password: hunter2\n",
    'Outputs:\n    cert: "begins\nhunter2\n\nhunter2"\n    b: hunter2\n\nResources:\n    1 unchanged',
    "OUTPUTS:\n    password: hunter2",
]


@pytest.mark.parametrize("text", [DIFF, *ODD])
def test_outputs_are_never_shown_in_whichever_form_the_cli_prints_them(text: str) -> None:
    assert "hunter2" not in without_outputs(text)


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize(
    ("record", "tidy"), [(Stack, tidy_stack), (Update, tidy_update), (Workspace, tidy_workspace), (Pod, tidy_pod)]
)
def test_outputs_are_hidden_in_the_messages_of_every_kind(record: type[Any], tidy: Any, text: str) -> None:
    status = {
        "conditions": [{"type": "Ready", "message": text}],
        "message": text,
        "lastUpdate": {"message": text},
        "containerStatuses": [{"state": {"terminated": {"message": text}, "waiting": {"message": text}}}],
    }
    tidied = tidy(msgspec.convert({"metadata": {"name": "x"}, "status": status}, record))
    assert b"hunter2" not in msgspec.json.encode(tidied)
    assert b"utputs" in msgspec.json.encode(tidied).lower()


@pytest.mark.parametrize(
    "after",
    [
        "Resources:", "Resources: 3", "Diagnostics:", "Duration: 3s", "Policies:", "stderr: no", "code: 1", "error: no",
        "warning: no", "View Live: https://x", "View in Browser (Ctrl+O): https://x", "Updating (dev):",
        "Previewing update (dev)::", "Destroying (acme/dev):", "    + aws:s3/bucket:Bucket: (create)",
    ],
)  # fmt: skip
def test_every_next_section_of_the_cli_ends_the_outputs(after: str) -> None:
    shown = without_outputs(f"Outputs:\n    a: hunter2\nhunter2\n{after}\n    rest")
    assert shown == f"Outputs: (not shown)\n{after}\n    rest"


def test_a_flood_of_accents_is_cut_and_scripts_are_not() -> None:
    assert plain("e" + "\u0301" * 60 + "x") == "e" + "\u0301" * 5 + "x"
    for words in ("ก็ที่นั่น", "Việt Nam", "שָׁלוֹם", "नमस्ते", "🏳️‍🌈".replace("\u200d", ""), "═══════════"):
        assert plain(words) == words


@given(st.text(alphabet=st.characters(), max_size=60))
def test_json_in_which_everything_can_be_seen_means_the_same(text: str) -> None:
    for encoded in (
        json.dumps({text: text}, ensure_ascii=False),
        json.dumps({text: text}, ensure_ascii=False, indent=1),
    ):
        shown = escaped_json(encoded)
        assert json.loads(shown) == {text: text}
        assert is_visible(shown)


@given(st.text(alphabet=st.sampled_from("\x1b[]0;31mA\x07\\\n\r\u202e\x9b\u0301é"), max_size=60))
def test_an_output_keeps_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = harmless(text)
    assert is_visible(shown.removeprefix("\r").removesuffix("\r").replace("\r\n", "\n"))
    assert harmless(shown) == shown
    assert is_visible(visible(text))


def test_what_comes_after_the_outputs_is_shown() -> None:
    shown = without_outputs(DIFF)
    assert "aws:s3/bucket:Bucket: (create)" in shown
    assert "1 unchanged" in shown
    assert without_outputs(shown) == shown
