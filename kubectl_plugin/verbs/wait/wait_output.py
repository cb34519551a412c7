"""What ``wait`` prints: what is there on stdout, how far the others are on stderr, and how it ended."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from shlex import quote
from typing import Any

from fleet.board.rows import Key
from fleet.board.wait_conditions import requested_run
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.diagnose.findings_as_text import TextReport
from kubectl_plugin.verbs.wait.stack_waits import DELETED, Outlook, StackWait, StackWaits, WaitEvent
from stacks.records.base import REQUEST
from stacks.text import one_line, plain
from stacks.times import prose_span
from views.findings import finding_fields
from views.json_output import stack as stack_fields


class WaitPrinter:
    """Prints what becomes of the Stacks of one wait. `form` is json or yaml, or empty for lines; `progress` is whether
    to say how far they are meanwhile."""

    def __init__(self, condition: str, form: str, *, progress: bool) -> None:
        self._condition = condition
        self._form = form
        self._progress = printers.Progress(piped=True)
        self._says_moves = progress and not self._progress.rewrites

    def print_events(self, events: Iterable[tuple[StackWait, WaitEvent]], partly: Collection[str], now: float) -> None:
        """Print what became of Stacks. `partly` are the contexts of which not everything could be read."""
        for wait, event in events:
            match event:
                case WaitEvent.MET:
                    self._print_met(wait)
                case WaitEvent.HOPELESS:
                    self.say(*_hopeless_lines(wait, self._condition, partly, now))
                case WaitEvent.HOPEFUL:
                    self.say(f"{place(wait.key)}: is waited for again")
                case WaitEvent.RECREATED:
                    self.say(f"{place(wait.key)}: was deleted and made anew; the new one is waited for")
                case WaitEvent.MOVED if self._says_moves and wait.outlook is not Outlook.MET:
                    self.say(f"{place(wait.key)}: {_phase_words(wait, now)}")

    def _print_met(self, wait: StackWait) -> None:
        self._progress.wipe()
        if not self._form:
            print(f"{place(wait.key)}: condition met", flush=True)
        if self._condition == "reconciled" and wait.row is not None and requested_run(wait.row) is None:
            self.say(f"note: {place(wait.key)}: nothing asks for a run; it has no annotation {REQUEST}")

    def say(self, *lines: str) -> None:
        """Lines on stderr that stay."""
        if not lines:
            return
        self._progress.wipe()
        for line in lines:
            print(plain(line), file=sys.stderr, flush=True)

    def wipe(self) -> None:
        """Leave nothing of the counter, for whatever is printed next."""
        self._progress.wipe()

    def count(self, waits: StackWaits, now: float) -> None:
        """On a terminal, how many are there and what the others do, in the place of what was counted before."""
        if not self._progress.rewrites:
            return
        every, pending = list(waits.waits.values()), waits.of(Outlook.OPEN)
        if len(every) == 1:
            line = "".join(f"{place(wait.key)}: {_phase_words(wait, now)}" for wait in pending)
        else:
            phases = Counter(wait.row.phase.name if wait.row is not None else "gone" for wait in pending)
            doing = ", ".join(f"{number} {words}" for words, number in phases.most_common())
            line = f"{len(waits.of(Outlook.MET))} of {len(every)} {self._condition}" + (f": {doing}" if doing else "")
        self._progress.count(line[: shutil.get_terminal_size().columns - 1])

    def print_end(self, waits: StackWaits, lost: dict[str, str], waited: float, now: float) -> None:
        """Print which aren't there, and the whole as JSON or YAML where that is asked for.

        `lost` are the contexts that can't be seen now, and why; `waited` is for how many seconds it was waited.
        """
        self._progress.wipe()
        for wait in waits.of(Outlook.OPEN):
            why = lost.get(wait.key.context)
            state = f"{wait.key.context} can't be seen ({why}); it was " if why is not None else ""
            late = f"timed out after {prose_span(waited)}, " if waited else ""
            self.say(f"error: {place(wait.key)}: {late}not {self._condition}: {state}{_phase_words(wait, now)}")
        if self._form:
            items = [_as_json(wait, self._condition, now) for wait in waits.waits.values()]
            sys.stdout.write(printers.as_text(items, self._form))
            sys.stdout.flush()


def place(key: Key) -> str:
    """``CONTEXT/NAMESPACE/NAME`` on one line; without the namespace where that isn't known."""
    return one_line(plain("/".join(part for part in key if part)))


def _phase_words(wait: StackWait, now: float) -> str:
    if wait.obstacle or wait.row is None:
        return wait.obstacle.removeprefix("it ") or "not seen"
    return one_line(plain(wait.row.phase.words(now)))


def _hopeless_lines(wait: StackWait, condition: str, partly: Collection[str], now: float) -> Sequence[str]:
    head = f"error: {place(wait.key)}: won't be {condition}"
    if wait.finding is None or wait.row is None:
        return [f"{head}: {wait.why}"]
    report = TextReport(now, partly).stack(wait.row, [wait.finding]).rstrip("\n")
    where = f"-n {quote(wait.key.namespace)} --context {quote(wait.key.context)}"
    more = f"kubectl pko-argo diagnose {quote(wait.key.name)} {where}"
    return [f"{head} unless somebody acts", report, f"all that is found: {more}"]


def _as_json(wait: StackWait, condition: str, now: float) -> dict[str, Any]:
    """One item of ``wait -o json``."""
    return {
        "context": wait.key.context,
        "namespace": wait.key.namespace or None,
        "name": wait.key.name,
        "condition": condition,
        "met": wait.outlook is Outlook.MET,
        "after": None if wait.after is None else round(wait.after, 1),
        "hopeless": wait.outlook is Outlook.HOPELESS,
        "reason": wait.why or (wait.finding.title if wait.finding is not None else ""),
        "phase": stack_fields(wait.row, now)["phase"] if wait.row is not None and condition != DELETED else None,
        "finding": finding_fields(wait.finding) if wait.finding is not None else None,
    }
