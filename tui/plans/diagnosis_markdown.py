"""A diagnosis as Markdown, to be put into an issue or a chat."""

from __future__ import annotations

from collections.abc import Iterator

from actions.offers import command, needed_flags
from diagnosis.finding import CERTAIN, Finding
from fleet.board.rows import Key
from stacks.text import one_line, plain
from stacks.times import rfc3339
from tui.plans.fix_look import FixLook
from views.findings import cause_words, next_words, nothing_found, place_words, since_words, title_words


def diagnosis_markdown(look: FixLook, key: Key, looked_at: float, lost: str = "") -> str:
    """All that the page of a diagnosis says; `lost` is why it can't be looked at again now."""
    return "\n".join(_lines(look, key, looked_at, lost)) + "\n"


def _lines(look: FixLook, key: Key, looked_at: float, lost: str) -> Iterator[str]:
    yield f"# {look.kind} {_code(str(key))}"
    yield ""
    yield f"Looked at {rfc3339(looked_at)}.{f' It can no longer be seen: {one_line(plain(lost))}.' if lost else ''}"
    if why := look.unseen(key):
        yield f"\n{one_line(plain(why))}"
        return
    findings = look.findings(key)
    if not findings:
        yield f"\n{nothing_found(partly=bool(look.unread(key)))}"
    for finding in findings:
        yield from _finding(look, key, finding, looked_at)
    if stacks := look.troubled_stacks(key):
        yield "\n## Its Stacks\n"
        yield from (f"- {_code(str(stack))}: {first.id} {_plain(first.title)}" for stack, first in stacks.items())
    if unread := look.unread(key):
        yield "\n## What couldn't be read\n"
        yield from (f"- {kind}: {_plain(why)}" for kind, why in sorted(unread.items()))


def _finding(look: FixLook, key: Key, finding: Finding, at: float) -> Iterator[str]:
    since = f", {words}" if (words := since_words(finding.since, at)) else ""
    yield f"\n## {finding.id} {_plain(title_words(finding, key))} ({finding.certainty}{since})\n"
    for evidence in finding.evidence:
        quote = f": {_code(evidence.text)}" if evidence.text else ""
        yield f"- Seen: {_plain(place_words(evidence, key))}{quote}"
    for cause in finding.caused_by:
        yield f"- Because: {_plain(cause_words(cause))}"
    if finding.certainty != CERTAIN and finding.makes_certain:
        yield f"- Certain with: {_plain(finding.makes_certain)}"
    for unknown in finding.unknown:
        yield f"- Not known: {_plain(unknown)}"
    if words := next_words(finding, at):
        yield f"- Next: {_plain(words)}"
    for each in finding.not_helpful:
        yield f"- Doesn't help: {_plain(each.action)}: {_plain(each.why)}"
    if finding.next_step:
        yield f"- To do: {_plain(finding.next_step)}"
    for offer in look.helpful(key, finding):
        yield f"- Fix: {_code(command(offer.verb, offer.target.key, *needed_flags(finding, offer.verb)))}"


def _plain(text: str) -> str:
    """Text without what Markdown would take for HTML or a heading."""
    return one_line(plain(text)).replace("<", "&lt;")


def _code(text: str) -> str:
    """Text as code, whatever backticks are in it."""
    line = one_line(plain(text))
    fence = "`"
    while fence in line:
        fence += "`"
    blank = " " if "`" in line else ""
    return f"{fence}{blank}{line}{blank}{fence}"
