"""A diagnosis as Markdown: nothing in it means anything to Markdown but what the report itself says."""

from __future__ import annotations

from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, Finding, NotHelpful
from fleet.board.rows import Key
from views.findings_markdown import MarkdownReport

NOW = 1_800_000_000.0
APP, STACK = Key("hub", "argocd", "shop"), Key("hub", "shop", "web")
FAILED = Finding(
    "F-1",
    PROBLEM,
    "the token is <refused>",
    certainty=LIKELY,
    makes_certain="a look into the pod's log",
    subject="Secret shop/credentials",
    since=NOW - 60,
    unknown=("whose `token` it is",),
    next_step="Renew it.",
    actions=("reconcile",),
    not_helpful=(NotHelpful("app sync", "nothing changed"),),
)


def test_all_that_is_known_of_a_finding_is_said_and_none_of_it_is_markup() -> None:
    text = MarkdownReport(NOW).application(APP, [FAILED], lambda finding: ["kubectl pko-argo reconcile web"])
    assert text == (
        "## Application hub/argocd/shop\n"
        "\n"
        "**F-1 Secret shop/credentials: the token is \\<refused\\>** (problem, likely, for 1m)\n"
        "\n"
        "- do: Renew it. (`reconcile`)\n"
        "- doesn't help: app sync, as nothing changed\n"
        "- made certain by a look into the pod's log\n"
        "- not known: whose \\`token\\` it is\n"
        "\n"
        "```sh\n"
        "kubectl pko-argo reconcile web\n"
        "```\n"
    )


def test_an_application_names_its_stacks_and_one_without_trouble_is_said_to_be() -> None:
    report = MarkdownReport(NOW)
    assert report.application(APP, [], stacks={STACK: FAILED}).endswith(
        "\nIts Stacks:\n\n- hub/shop/web: F-1 the token is \\<refused\\>\n"
    )
    assert "Nothing stands in its way." in report.application(APP, [])
    assert "In what could be read, nothing" in MarkdownReport(NOW, ["hub"]).application(APP, [])


def test_a_note_has_no_commands() -> None:
    note = Finding("N-1", NOTE, "it is paused", certainty=CERTAIN, actions=("reconcile",))
    assert "```" not in MarkdownReport(NOW).application(APP, [note], lambda finding: ["kubectl"])


def test_what_could_not_be_seen_is_said_on_a_line_each() -> None:
    report = MarkdownReport(NOW)
    assert report.gaps({}) == ""
    assert report.gaps({"Pod": "forbidden\nfor you", "Event": "forbidden"}, "refused") == (
        "\n- no longer seen: refused\n"
        "- couldn't be read: Event: forbidden\n- couldn't be read: Pod: forbidden for you\n"
    )
    assert report.unseen("Stack", STACK, "it isn't there any more").startswith(
        "## Stack hub/shop/web\n\nit isn't there"
    )
