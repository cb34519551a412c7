"""The diagnosis of a page as ``diagnose -o markdown`` prints it, to be put into an issue or a chat."""

from __future__ import annotations

from collections.abc import Sequence

from actions.offers import command, needed_flags
from diagnosis.finding import Finding
from diagnosis.stack_rows import stack_rows
from fleet.board.rows import Key
from tui.plans.fix_look import FixLook
from views.findings_markdown import MarkdownReport


def diagnosis_markdown(look: FixLook, key: Key, looked_at: float, lost: str = "") -> str:
    """All that the page of a diagnosis says; `lost` is why it can't be looked at again now.

    What couldn't be read stands in it, too: the command line says that on stderr, which a clipboard doesn't have.
    """
    report = MarkdownReport(looked_at, look.found.unread)
    if why := look.unseen(key):
        return report.unseen(look.kind, key, why) + report.gaps({}, lost)

    def commands(finding: Finding) -> Sequence[str]:
        offers = look.helpful(key, finding)
        return [command(offer.verb, offer.target.key, *needed_flags(finding, offer.verb)) for offer in offers]

    findings = look.findings(key)
    if look.kind == "Stack":
        said = report.stack(stack_rows(look.diagnosis.fleet, [key])[key], findings, commands)
    else:
        said = report.application(key, findings, commands, look.troubled_stacks(key))
    return said + report.gaps(look.unread(key), lost)
