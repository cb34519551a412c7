"""``logs``: what the workspace pods of Stacks print, over all chosen contexts.

For a pipe it is everything, byte by byte (only outputs are left out); for a terminal it is the last
run, made readable. stdout is log, stderr is talk.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing

from cluster.container_logs.log_stream import LogEnded, LogRefused, LogResumed, LogWaiting, LogWindow
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.logs.log_events import (
    About,
    ContextSettled,
    Event,
    LinesWritten,
    LogNotice,
    LogOpening,
    LogOptions,
    NoLog,
    StackChanged,
    context_of,
)
from fleet.logs.log_sources import LogSource
from fleet.logs.log_words import LostContexts, as_object, sentence_for
from fleet.logs.read_logs import read_logs
from fleet.logs.update_names import UpdateNames, readable_updates
from fleet.scope import StackSelector
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, hint_at_other_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output.log_lines import LineFormat, LineWriter, bare
from kubectl_plugin.output.printers import as_json_line, may_colour
from kubectl_plugin.verbs.logs.follow_end import FollowEnd
from kubectl_plugin.verbs.logs.run_filter import OneUpdate, RunFilter
from stacks.logs.line_pattern import PatternTimeoutError
from stacks.text import plain

IDLE = 0.3
"""seconds without a line after which a followed log's past counts as read"""


def run(options: argparse.Namespace) -> ExitCode:
    _check(options)
    chosen = choose_contexts(options)
    code = asyncio.run(_run(options, chosen))
    hint_at_other_contexts(chosen, options)
    return code


def _check(options: argparse.Namespace) -> None:
    """Raises UsageError for what makes no sense together."""
    if not (options.names or options.selector or options.all_namespaces):
        raise UsageError("name the stacks whose logs are meant, or choose them by -l LABELS, or all of them by -A")
    if options.names and options.selector:
        raise UsageError("names and -l can't be used together")
    if options.since is not None and options.since_time:
        raise UsageError("--since and --since-time can't be used together")
    if options.previous and (options.follow or options.until_done):
        raise UsageError("--previous is over, and can't be followed")
    if options.containers and options.all_containers:
        raise UsageError("-c and --all-containers can't be used together")
    if options.update and (options.all_runs or len(options.names) != 1):
        raise UsageError("--update goes with the name of its stack, and without --all-runs")


async def _run(options: argparse.Namespace, chosen: ChosenContexts) -> ExitCode:
    try:
        async with asyncio.timeout(options.timeout), AsyncExitStack() as stack:
            connections, failed = await open_contexts(stack, chosen)
            if not connections:
                return ExitCode.CLUSTER_SAID_NO
            printer = LogPrinter(options, connections, chosen.clock, unopened=failed)
            code = await printer.print_logs(_selectors(options, chosen, connections))
            return ExitCode.CLUSTER_SAID_NO if failed else code
    except PatternTimeoutError as error:
        sys.stdout.flush()
        raise UsageError(f"{error}; a simpler one goes further") from None
    except TimeoutError:
        sys.stdout.flush()
        _print_to_stderr(f"error: timed out after {options.timeout:g}s")
        return ExitCode.TIMED_OUT


def _selectors(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> list[StackSelector]:
    names = tuple(dict.fromkeys(options.names))
    return [
        StackSelector(context, chosen.scope.within(connection.target.namespace), names, options.selector)
        for context, connection in connections.items()
    ]


def _log_options(options: argparse.Namespace) -> LogOptions:
    window = LogWindow(
        follow=options.follow or options.until_done,
        previous=options.previous,
        since_seconds=math.ceil(options.since) if options.since is not None else None,
        since_time=f"{options.since_time[:19]}Z" if options.since_time else "",
        tail_lines=options.tail,
    )
    containers = tuple(options.containers or ())
    return LogOptions(
        window,
        containers,
        every_container=options.all_containers,
        most=options.max_log_requests,
        operator=options.operator,
    )


def _line_format(options: argparse.Namespace, several: bool) -> LineFormat:
    screen = options.output == "text" and (sys.stdout.isatty() or options.color == "always")
    return LineFormat(
        json=options.output == "json",
        screen=screen,
        colour=screen and (options.color == "always" or (options.color == "auto" and may_colour(sys.stdout))),
        prefix=several if options.prefix is None else options.prefix,
        timestamps=options.timestamps,
        grep=options.grep,
        exclude=options.exclude,
    )


def _last_run_only(options: argparse.Namespace) -> bool:
    """A person wants the last run; a program, or who asks for a part, wants what is there."""
    part = options.since is not None or options.since_time or options.tail is not None or options.previous
    return sys.stdout.isatty() and options.output == "text" and not (options.all_runs or part)


class LogPrinter:
    """Prints lines to stdout and notices to stderr, until the end; then it knows the exit code."""

    def __init__(
        self, options: argparse.Namespace, connections: Mapping[str, Connection], clock: Clock, *, unopened: bool
    ) -> None:
        self._options = options
        self._connections = connections
        self._clock = clock
        self._log_options = _log_options(options)
        several = len(options.names) != 1 or len(connections) > 1 or options.all_containers or options.operator
        several = several or options.all_namespaces or len(options.namespaces or ()) > 1
        self._format = _line_format(options, several)
        self._writer = LineWriter(self._format)
        self._updates = UpdateNames()
        part = options.since is not None or options.since_time or options.tail is not None
        self._update = OneUpdate(options.update, of_a_part=bool(part)) if options.update else None
        choice = "update" if options.update else "last" if _last_run_only(options) else "all"
        self._runs = RunFilter(choice, self._updates, options.update)  # type: ignore[arg-type]
        self._as_is = self._format.as_is and choice == "all" and not (options.until or options.since_time)
        self._since = options.since_time.encode() if options.since_time else b""
        self._until = options.until.encode() if options.until else b""
        self._end = FollowEnd(options, self._runs, clock)
        self._unsettled = set(connections)
        self._lost = LostContexts()
        self._hopeless = False
        self._blind: set[str] = set()
        self._unopened = unopened
        self._missing: set[str] = set()
        self._without_log: dict[Key, bool] = {}
        self._refused = False

    async def print_logs(self, selectors: list[StackSelector]) -> ExitCode:
        """Print until it is over; how that was is the exit code."""
        async with aclosing(read_logs(self._connections, selectors, self._log_options, now=self._clock)) as events:
            await self._print_events(events, {selector.context for selector in selectors})
        self._print_kept()
        return self._exit_code(self._explain_update())

    async def _print_events(self, events: AsyncGenerator[Event, None], unsettled: set[str]) -> None:
        coming = asyncio.ensure_future(anext(events, None))
        quiet = False
        try:
            while not self._hopeless and not (self._end.reached(quiet=quiet) and not unsettled):
                done, _ = await asyncio.wait({coming}, timeout=IDLE)
                quiet = not done
                if quiet:
                    if self._log_options.window.follow and not unsettled:
                        self._print_kept()
                    sys.stdout.flush()
                    continue
                event = coming.result()
                if event is None:
                    return
                await self._print_event(event, unsettled)
                coming = asyncio.ensure_future(anext(events, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _print_event(self, event: Event, unsettled: set[str]) -> None:
        match event:
            case LinesWritten(source, block):
                self._write(source, block)
            case StackChanged(key, stack):
                if stack is not None:
                    self._updates.add_stack(key, stack)
                    updates = None
                    if key not in self._without_log and (self._format.json or self._update):
                        updates = await readable_updates(self._connections[key.context], key)
                        self._updates.add_updates(key, updates)
                    if self._update:
                        self._update.put_stack(key, stack, updates)
                else:
                    self._print_note(f"{key}: the stack is gone")
                self._without_log.setdefault(key, True)
                self._end.put_stack(key, stack)
            case LogNotice(about, ContextSettled(pods=True)):
                self._unsettled.discard(str(about))
                self._end.pods_known = not self._unsettled
            case LogNotice(about, ContextSettled()):
                unsettled.discard(str(about))
                if not unsettled:
                    self._print_missing_stacks()
                    if self._update and self._log_options.window.follow and (unknown := self._update.unknown):
                        self._print_note(f"{unknown}; waiting for it")
            case LogNotice(LogSource() as source, LogOpening()):
                self._end.log_opened(source)
            case LogNotice():
                self._print_notice(event)

    def _write(self, source: LogSource, block: bytes) -> None:
        self._without_log[source.key] = False
        if self._update and source.kind.has_runs:
            self._update.log_begins(source.key, block)
        if self._as_is and not (source.kind.has_runs and self._end.waits):
            sys.stdout.buffer.write(bare(block, self._options.timestamps))
            return
        for shown in self._runs.filter(source, self._within(block)):
            if self._update:
                self._update.printed = True
            self._print(self._writer.text(shown))

    def _within(self, block: bytes) -> bytes:
        """The lines of the times that were asked for. The API itself only knows whole seconds, and no end."""
        if not self._since and not self._until:
            return block
        lines = block.split(b"\n")[:-1]
        kept = [line for line in lines if self._since <= line[:30] and not (self._until and line[:30] > self._until)]
        return b"".join(line + b"\n" for line in kept)

    def _print(self, text: bytes) -> None:
        if text:
            sys.stdout.buffer.write(text)

    def _print_kept(self) -> None:
        kept = self._runs.release()
        if kept and sys.stderr.isatty():
            for sentence in self._runs.summaries():
                _print_to_stderr(plain(sentence))
        if self._runs.dropped:
            _print_to_stderr(
                f"{self._runs.dropped} lines before this are left out: the run has printed more than 64 MiB"
            )
        for shown in kept:
            self._print(self._writer.text(shown))
        sys.stdout.flush()

    def _print_notice(self, event: LogNotice) -> None:
        about, notice = event.about, event.notice
        if isinstance(about, LogSource) and isinstance(notice, LogEnded | LogRefused):
            self._runs.end(about, isinstance(notice, LogEnded) and notice.gone)
            self._end.log_closed(about)
            if isinstance(notice, LogEnded) and not notice.gone:
                self._without_log[about.key] = False  # there was a log, be it without a line
        if isinstance(notice, NoLog) and self._update and isinstance(about, Key):
            self._update.put_reason(about, notice.reason)  # what the last run notice isn't what this one did
            return
        if isinstance(notice, NoLog):
            self._print_explanation(about, notice)
        if isinstance(notice, LogRefused):
            self._refused = True
            if isinstance(about, str):
                self._blind.add(about)
        if self._format.json and (item := as_object(about, notice)) is not None:
            self._print(as_json_line(item).encode())
        if isinstance(notice, LogWaiting) and notice.lost:
            self._print_loss(about, notice.reason)
        elif isinstance(notice, LogResumed):
            if self._lost.remove(about):
                self._print_note(f"{context_of(about)}: connected again")
        elif sentence := sentence_for(about, notice, self._log_options.window.follow):
            self._print_note(f"{'error: ' if isinstance(notice, LogRefused) else ''}{sentence}")

    def _print_loss(self, about: About, reason: str) -> None:
        context = context_of(about)
        first = context not in self._lost
        self._lost.add(about, reason)
        if first:
            self._print_note(f"{context}: {reason}; trying again")

    @staticmethod
    def _print_note(sentence: str) -> None:
        sys.stdout.flush()
        _print_to_stderr(plain(sentence))

    def _print_explanation(self, about: object, notice: NoLog) -> None:
        """Where there is no log, what the objects say is what the reader was looking for."""
        if isinstance(about, Key) and notice.message:
            self._without_log[about] = False
        if self._format.json:
            return
        for line in [*notice.message.splitlines(), *([notice.permalink] if notice.permalink else [])]:
            self._print(f"{plain(line)}\n".encode("utf-8", "replace"))

    def _explain_update(self) -> bool:
        """Where the Update's run was in no log, what is known of it. Whether there was anything to print."""
        if self._update is None or self._update.printed or not self._without_log:
            return True
        if unknown := self._update.unknown:
            self._print_note(f"error: {unknown}")
            return False
        found = list(self._update.explanations())
        for key, explanation in found:
            if self._format.json and (item := as_object(key, explanation)) is not None:
                self._print(as_json_line(item).encode())
            self._print_explanation(key, explanation)
            self._print_note(sentence_for(key, explanation, follow=False))
        return any(explanation.message for _, explanation in found)

    def _print_missing_stacks(self) -> None:
        """Say which Stacks there aren't. A context that can't be asked has or hasn't got them: nobody knows."""
        have = {key.name for key in self._without_log}
        asked = [name for name in self._connections if name not in self._blind and name not in self._lost]
        partly = self._unopened or len(asked) < len(self._connections)
        for name in dict.fromkeys(self._options.names):
            if name not in have and asked and name not in self._missing:
                self._missing.add(name)
                self._refused = True
                among = f" in {', '.join(asked)}" if partly else ""
                where = "" if self._options.all_namespaces else " in this namespace; -A looks at all of them"
                _print_to_stderr(f'error: stack "{name}" not found{among}{where}')
                if not self._lost:
                    self._end.stack_missing(name)
        if not self._options.names and not have and asked:
            _print_to_stderr("no stacks found")
        self._hopeless = bool(self._options.names) and not have and not self._lost

    def _exit_code(self, something: bool) -> ExitCode:
        if self._refused:
            return ExitCode.CLUSTER_SAID_NO
        if self._options.until_done:
            return self._end.verdict()
        if not something:
            return ExitCode.CLUSTER_SAID_NO
        without_log = any(self._without_log.values()) and not self._log_options.window.follow
        return ExitCode.CLUSTER_SAID_NO if without_log else ExitCode.FINE


def _print_to_stderr(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
