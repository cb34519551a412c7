"""What can be offered against a finding: the verbs that help, what each is done to, and how it is asked for.

Pure: it is all found in a diagnosis. Both front ends offer what stands here, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from shlex import join
from typing import Any, NamedTuple

from actions.applications.diagnosed_application import ApplicationRequest, DiagnosedApplication, holder_of
from actions.fix_rules import speaks_against
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.workflow import ChangeKind, ChangeRequest, ChangeSubject
from diagnosis.explain import Diagnosis
from diagnosis.finding import Finding
from fleet.board.rows import Key, StackRow
from fleet.clock import Clock
from fleet.scope import WatchScope


def helpful_verbs(findings: Sequence[Finding], finding: Finding) -> list[str]:
    """The verbs that help against one of these findings, in the order in which they are done.

    Left out are those that can't help, by whatever else is found.
    """
    return [verb for verb in finding.actions if verb in CHANGES and speaks_against(findings, verb) is None]


class HelpCount(NamedTuple):
    """How many Stacks or Applications a verb helps: at once, and once a person has repaired what is found."""

    at_once: int
    after_repair: int

    def words(self, of: int) -> str:
        """Such as "helps 2 of 3"."""
        if not self.after_repair:
            return f"helps {self.at_once} of {of}"
        if not self.at_once:
            return f"once what they name is repaired: {self.after_repair} of {of}"
        return f"helps {self.at_once} of {of}; once what they name is repaired: {self.after_repair} more"


def count_helpful(every: Iterable[Sequence[Finding]], subject: ChangeSubject) -> dict[str, HelpCount]:
    """The verbs for this kind of subject that help one of these with their findings, and how many of them.

    Those come first with which a finding is answered at once: what is the last way out of one isn't such a verb.
    """
    at_once, after_repair, answers = Counter[str](), Counter[str](), set[str]()
    for findings in every:
        seen = set[str]()
        for finding in findings:
            verbs = [verb for verb in helpful_verbs(findings, finding) if CHANGES[verb].subject == subject]
            answers.update(verb for verb in verbs[:1] if verb not in finding.after_repair)
            for verb in verbs:
                if verb not in seen:
                    (after_repair if verb in finding.after_repair else at_once)[verb] += 1
                    seen.add(verb)
    total = at_once + after_repair
    order = sorted(total, key=lambda verb: (verb not in answers, -total[verb]))
    return {verb: HelpCount(at_once[verb], after_repair[verb]) for verb in order}


def target_of(
    change: ChangeKind[Any, Any],
    subject: ChangeSubject,
    key: Key,
    diagnosis: Diagnosis,
    scope: WatchScope,
    clock: Clock,
) -> DiagnosedStack | DiagnosedApplication | None:
    """What a change is made to where this Stack or Application (`subject`) is meant.

    Of a Stack that is the Application that holds it, if the change is one of Applications. None where there is none.
    """
    if change.subject == "Stack":
        return DiagnosedStack(key, diagnosis, scope, clock) if subject == "Stack" else None
    if change.subject == "Application":
        return holder_of(diagnosis, key, clock) if subject == "Stack" else DiagnosedApplication(key, diagnosis, clock)
    return None


def default_request(change: ChangeKind[Any, Any], now: float, finding: Finding | None = None) -> ChangeRequest:
    """What is asked for where only the verb is said, at this instant; against a finding, with what that names."""
    empty = {"Stack": FixRequest(), "Application": ApplicationRequest()}.get(change.subject, ChangeRequest())
    return against(finding, change, empty.renewed(now))


def against(finding: Finding | None, change: ChangeKind[Any, Any], request: ChangeRequest) -> ChangeRequest:
    """The request with what the finding names: a leftover Update.

    Whose lock it is, and which foreign finalizer, a person has to say.
    """
    flags = needed_flags(finding, change.id) if finding is not None else []
    if isinstance(request, FixRequest) and "--update" in flags:
        return replace(request, update=flags[flags.index("--update") + 1])
    return request


def verb_title(verb: str, finding: Finding | None = None) -> str:
    """What a verb does against a finding, and whether a repair comes first, in a few words; empty for no verb."""
    change = CHANGES.get(verb)
    if change is None:
        return ""
    title = change.title(default_request(change, 0.0, finding))
    return f"{title}, once that is repaired" if finding is not None and verb in finding.after_repair else title


def commands(finding: Finding, row: StackRow) -> list[str]:
    """The commands for what helps against a finding of a Stack, in their order, each with what it needs here.

    A verb of Applications is for the one that holds the Stack, and is left out where none is known.
    """
    holder = row.holder.key if row.holder is not None else None
    known = ((verb, CHANGES[verb].subject == "Application") for verb in finding.actions if verb in CHANGES)
    targets = ((verb, holder if of_application else row.key) for verb, of_application in known)
    return [command(verb, target, *needed_flags(finding, verb)) for verb, target in targets if target is not None]


def needed_flags(finding: Finding, verb: str) -> list[str]:
    """What a verb needs beside a name to help against a finding: flags and their values."""
    needed = ((each.flag, each.value) for each in finding.arguments if each.verb == verb)
    return [word for pair in needed for word in pair]


def command(verb: str, target: Key, *flags: str) -> str:
    """The command of a verb for one Stack or Application, quoted for a POSIX shell."""
    return command_for(verb, target.context, target.namespace, [target.name], *flags)


def command_for(verb: str, context: str, namespace: str, names: Iterable[str], *flags: str) -> str:
    """The command of a verb for those of these names in a namespace, quoted for a POSIX shell."""
    where = ("-n", namespace, "--context", context)
    return join(("kubectl", "pko-argo", *verb.split(), *names, *where, *flags))
