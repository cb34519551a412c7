"""What helps a Stack, as commands that a reader can copy: this program's verbs, each of which shows its plan first."""

from __future__ import annotations

from shlex import quote

from diagnosis.finding import Finding
from fleet.board.rows import Key, StackRow

_OF_APPLICATIONS = "app "


def commands(finding: Finding, row: StackRow) -> list[str]:
    """The commands for what helps against a finding of a Stack, in their order.

    A verb of Applications is for the one that holds the Stack, and is left out where none is known.
    """
    holder = row.holder.key if row.holder is not None else None
    targets = [(verb, holder if verb.startswith(_OF_APPLICATIONS) else row.key) for verb in finding.actions]
    return [command(verb, target, finding) for verb, target in targets if target is not None]


def command(verb: str, target: Key, finding: Finding) -> str:
    """The command of a verb for one Stack or Application, with what it needs here, quoted for a POSIX shell."""
    where = f"-n {quote(target.namespace)} --context {quote(target.context)}"
    flags = "".join(f" {each.flag} {quote(each.value)}" for each in finding.arguments if each.verb == verb)
    return f"kubectl pko-argo {verb} {quote(target.name)} {where}{flags}"
