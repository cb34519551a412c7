"""What messages and logs say of a Stack: the lines in which given words stand, and of a text the line that says why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from diagnosis.facts.context_objects import QuotableLine
from diagnosis.facts.object_status import SaidText
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import Evidence
from diagnosis.wording import shortened

_FIELDS = "    {"
"""before the fields at the end of a line of the agent's log; a tab there is four blanks as it is shown"""
_OF_ITS_UPDATE = "(?:-[0-9a-f]{8,12})?"
"""what stands behind a Stack's name in that of its Updates"""
_EMPTY_WORDS = ("A complete log of this run", "a complete log of this run")


def said_in_log(facts: StackFacts, container: str, *words: str) -> tuple[list[Evidence], str]:
    """The lines of a container's log, the newest first, in which one of these words stands, each from that word on: so
    the same said again is the same quote. And why not all of them can be known, where they can't."""
    found: list[Evidence] = []
    unread = ""
    for tail in facts.logs(container):
        unread = unread or tail.unread
        for line in reversed(tail.lines):
            starts = [line.text.index(word) for word in words if word in line.text]
            if starts:
                quote = facts.objects.quote_log(facts.namespace, facts.pod_name, container, line)
                found.append(replace(quote, text=line.text[min(starts) :].partition(_FIELDS)[0].rstrip()))
    return found, unread


def failure_says(facts: StackFacts, *words: str) -> Evidence | None:
    """The line of the failed run's message in which one of these words stands; None where none does."""
    return _line_with(facts, facts.failure_messages, words)


def workspace_says(facts: StackFacts, *words: str) -> Evidence | None:
    """The line of what Stack and Workspace say of the workspace's start in which one of these words stands."""
    return _line_with(facts, facts.workspace_messages, words)


def _line_with(facts: StackFacts, messages: Sequence[SaidText], words: Sequence[str]) -> Evidence | None:
    for obj, path, message in messages:
        for line in message.splitlines():
            if any(word in line for word in words):
                return facts.objects.quote(obj, *path, part=line.strip())
    return None


def said_by_operator(facts: StackFacts, *words: str) -> tuple[list[QuotableLine], str]:
    """The lines of the operator's log about this Stack or its Updates in which one of these words stands, the
    newest first; and why the log can't be known, where it can't."""
    tail = facts.objects.operator_log()
    namespace, name = re.escape(facts.namespace), rf"{re.escape(facts.name)}{_OF_ITS_UPDATE}"
    there = re.compile(rf'"(?:Request\.N|n)amespace": ?"{namespace}"')
    mine = re.compile(rf'"(?:Request\.N|n)ame": ?"{name}"')
    path = re.compile(rf"(?<![\w.-]){namespace}/{name}(?![\w.-])")
    found = [
        line
        for line in reversed(tail.lines)
        if any(word in line.text for word in words)
        and ((there.search(line.text) and mine.search(line.text)) or path.search(line.text))
    ]
    return found, tail.unread


def last_said_by_operator(facts: StackFacts, *words: str) -> tuple[QuotableLine | None, str]:
    """The newest line of the operator's log about this Stack in which one of these words stands; and why that
    can't be known, where it can't."""
    found, unread = said_by_operator(facts, *words)
    return (found[0], "") if found else (None, unread)


def telling_line(message: str) -> str:
    """The line of a failure's text that says why: the last one that speaks of an error, else the last one."""
    lines = [line.strip() for line in message.splitlines()]
    lines = [line for line in lines if line and not any(words in line for words in _EMPTY_WORDS)]
    errors = [line for line in lines if re.search(r"\berror\b", line, re.IGNORECASE)]
    return (errors or lines or [""])[-1]


def bare_reason(line: str) -> str:
    """What a line says without the names of those who passed it on, short enough for a title."""
    words = line.rpartition(" desc = ")[2]
    words = re.sub(r"^(?:stderr: |error: )+", "", words).strip().rstrip(".:")
    return shortened(words, 200)
