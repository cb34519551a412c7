"""The parts of long texts that say why: from a word of a log's line on, and the telling line of many."""

from __future__ import annotations

import re
from dataclasses import replace

from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import Evidence
from diagnosis.wording import shortened

_FIELDS = "    {"
"""before the fields at the end of a line of the agent's log; a tab there is four blanks as it is shown"""
_EMPTY_WORDS = ("A complete log of this run", "a complete log of this run")


def said_in_log(facts: StackFacts, container: str, *words: str) -> tuple[list[Evidence], str]:
    """The lines of a container's log, the newest first, in which one of these words stands, each from that word on: so
    the same said again is the same quote. And why not all of them can be known, where they can't."""
    found: list[Evidence] = []
    status = facts.container(container)
    unread = ""
    for previous in (False, True) if status is not None and status.restarts else (False,):
        tail = facts.log(container, previous=previous)
        unread = unread or tail.unread
        for line in reversed(tail.lines):
            starts = [line.text.index(word) for word in words if word in line.text]
            if starts:
                quote = facts.objects.quote_log(facts.namespace, facts.pod_name, container, line)
                found.append(replace(quote, text=line.text[min(starts) :].partition(_FIELDS)[0].rstrip()))
    return found, unread


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
