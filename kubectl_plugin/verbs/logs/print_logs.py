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
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.logs.log_events import (
    About,
    ContextSettled,
    Event,
    LinesWritten,
    LogNotice,
    LogOpening,
    LogOptions,
    LogSource,
    NoLog,
    StackChanged,
)
from fleet.logs.log_session import read_logs
from fleet.logs.log_words import as_object, words
from fleet.logs.update_names import UpdateNames
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import find_updates
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, hint_at_other_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output.log_lines import LineFormat, LineWriter, bare
from kubectl_plugin.output.printers import as_json_line, may_colour
from kubectl_plugin.verbs.logs.follow_end import FollowEnd
from kubectl_plugin.verbs.logs.one_update import OneUpdate
from kubectl_plugin.verbs.logs.run_filter import RunFilter
from stacks.records.update import Update
from stacks.text import plain

IDLE = 0.3
"""seconds without a line after which a followed log's past counts as read"""


def run(options: argparse.Namespace) -> ExitCode:
    """Print logs until they end, or until nobody wants more."""
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
            book = LogPrinter(options, connections, unopened=failed)
            code = await book.read(_whos(options, chosen, connections))
            return ExitCode.CLUSTER_SAID_NO if failed else code
    except TimeoutError:
        sys.stdout.flush()
        _say(f"error: timed out after {options.timeout:g}s")
        return ExitCode.TIMED_OUT


def _whos(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> list[StackSelector]:
    return [
        StackSelector(
            context,
            chosen.scope.within(connection.target.namespace),
            tuple(dict.fromkeys(options.names)),
            options.selector,
        )
        for context, connection in connections.items()
    ]


def _wish(options: argparse.Namespace) -> LogOptions:
    window = LogWindow(
        follow=options.follow or options.until_done,
        previous=options.previous,
        since_seconds=math.ceil(options.since) if options.since is not None else None,
        since_time=f"{options.since_time[:19]}Z" if options.since_time else "",
        tail_lines=options.tail,
    )
    return LogOptions(
        window,
        tuple(options.containers or ()),
        options.all_containers,
        options.max_log_requests,
        options.operator,
    )


def _form(options: argparse.Namespace, several: bool) -> LineFormat:
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
    """Prints what comes, says what happens, and knows when it is over."""

    def __init__(
        self, options: argparse.Namespace, connections: Mapping[str, Connection], *, unopened: bool = False
    ) -> None:
        self._options = options
        self._connections = connections
        self._wish = _wish(options)
        several = len(options.names) != 1 or len(connections) > 1 or options.all_containers or options.operator
        several = several or options.all_namespaces or len(options.namespaces or ()) > 1
        self._form = _form(options, several)
        self._writer = LineWriter(self._form)
        self._ties = UpdateNames()
        part = options.since is not None or options.since_time or options.tail is not None
        self._update = OneUpdate(options.update, of_a_part=bool(part)) if options.update else None
        choice = "update" if options.update else "last" if _last_run_only(options) else "all"
        self._runs = RunFilter(choice, self._ties, options.update)  # type: ignore[arg-type]
        self._as_is = self._form.as_is and choice == "all" and not (options.until or options.since_time)
        self._since = options.since_time.encode() if options.since_time else b""
        self._until = options.until.encode() if options.until else b""
        self._end = FollowEnd(options, self._runs)
        self._unsettled = set(connections)
        self._lost: dict[str, set[object]] = {}
        self._hopeless = False
        self._blind: set[str] = set()
        self._unopened = unopened
        self._missing: set[str] = set()
        self._lacking: dict[Key, bool] = {}
        self._refused = False

    async def read(self, whos: list[StackSelector]) -> ExitCode:
        """Print until it is over; how that was is the exit code."""
        async with aclosing(read_logs(self._connections, whos, self._wish)) as events:
            await self._listen(events, {who.context for who in whos})
        self._print_kept()
        return self._verdict(self._tell_update())

    async def _listen(self, events: AsyncGenerator[Event, None], unsettled: set[str]) -> None:
        coming = asyncio.ensure_future(anext(events, None))
        quiet = False
        try:
            while not self._hopeless and not (self._end.reached(quiet=quiet) and not unsettled):
                done, _ = await asyncio.wait({coming}, timeout=IDLE)
                quiet = not done
                if quiet:
                    if self._wish.window.follow and not unsettled:
                        self._print_kept()
                    sys.stdout.flush()
                    continue
                event = coming.result()
                if event is None:
                    return
                await self._take(event, unsettled)
                coming = asyncio.ensure_future(anext(events, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _take(self, event: Event, unsettled: set[str]) -> None:
        match event:
            case LinesWritten(origin, block):
                self._write(origin, block)
            case StackChanged(key, stack):
                if stack is not None:
                    self._ties.notice(key, stack)
                    updates = None
                    if key not in self._lacking and (self._form.json or self._update):
                        updates = await self._updates(key)
                        self._ties.learn(key, updates)
                    if self._update:
                        self._update.notice(key, stack, updates)
                else:
                    self._talk(f"{key}: the stack is gone")
                self._lacking.setdefault(key, True)
                self._end.notice(key, stack)
            case LogNotice(about, ContextSettled(pods=True)):
                self._unsettled.discard(str(about))
                self._end.settled = not self._unsettled
            case LogNotice(about, ContextSettled()):
                unsettled.discard(str(about))
                if not unsettled:
                    self._tell_missing()
                    if self._update and self._wish.window.follow and (unknown := self._update.unknown):
                        self._talk(f"{unknown}; waiting for it")
            case LogNotice(LogSource() as origin, LogOpening()):
                self._end.opens(origin)
            case LogNotice():
                self._tell(event)

    async def _updates(self, key: Key) -> list[Update]:
        try:
            return await find_updates(self._connections[key.context], key.namespace, key.name)
        except ClusterError:
            return []

    def _write(self, origin: LogSource, block: bytes) -> None:
        self._lacking[origin.key] = False
        if self._update and origin.is_agent:
            self._update.begins(origin.key, block)
        if self._as_is and not (origin.is_agent and self._end.waits):
            sys.stdout.buffer.write(bare(block, self._options.timestamps))
            return
        for shown in self._runs.take(origin, self._within(block)):
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
                _say(plain(sentence))
        if self._runs.dropped:
            _say(f"{self._runs.dropped} lines before this are left out: the run has printed more than 64 MiB")
        for shown in kept:
            self._print(self._writer.text(shown))
        sys.stdout.flush()

    def _tell(self, told: LogNotice) -> None:
        about, said = told.about, told.said
        if isinstance(about, LogSource) and isinstance(said, LogEnded | LogRefused):
            self._runs.end(about, isinstance(said, LogEnded) and said.gone)
            self._end.closes(about)
            if isinstance(said, LogEnded) and not said.gone:
                self._lacking[about.key] = False  # there was a log, be it without a line
        if isinstance(said, NoLog) and self._update and isinstance(about, Key):
            self._update.has_no_log(about, said.reason)  # what the last run said isn't what this one did
            return
        if isinstance(said, NoLog):
            self._put_instead(about, said)
        if isinstance(said, LogRefused):
            self._refused = True
            if isinstance(about, str):
                self._blind.add(about)
        if self._form.json and (item := as_object(about, said)) is not None:
            self._print(as_json_line(item).encode())
        if isinstance(said, LogWaiting) and said.lost:
            self._lose(about, said)
        elif isinstance(said, LogResumed):
            self._find(about)
        elif sentence := words(about, said, self._wish.window.follow):
            self._talk(f"{'error: ' if isinstance(said, LogRefused) else ''}{sentence}")

    def _lose(self, about: About, said: LogWaiting) -> None:
        """A cluster that is lost is lost to all its logs, and that is said once."""
        context = _context(about)
        if context not in self._lost:
            self._talk(f"{context}: {said.reason}; trying again")
        self._lost.setdefault(context, set()).add(about)

    def _find(self, about: About) -> None:
        context = _context(about)
        missing = self._lost.get(context, set())
        missing.discard(about)
        if context in self._lost and not missing:
            del self._lost[context]
            self._talk(f"{context}: connected again")

    @staticmethod
    def _talk(sentence: str) -> None:
        sys.stdout.flush()
        _say(plain(sentence))

    def _put_instead(self, about: object, said: NoLog) -> None:
        """Where there is no log, what the objects say is what the reader was looking for."""
        if isinstance(about, Key) and said.message:
            self._lacking[about] = False
        if self._form.json:
            return
        for line in [*said.message.splitlines(), *([said.permalink] if said.permalink else [])]:
            self._print(f"{plain(line)}\n".encode("utf-8", "replace"))

    def _tell_update(self) -> bool:
        """Where the Update's run was in no log, what is known of it. Whether there was anything to print."""
        if self._update is None or self._update.printed or not self._lacking:
            return True
        if unknown := self._update.unknown:
            self._talk(f"error: {unknown}")
            return False
        found = list(self._update.instead())
        for key, instead in found:
            if self._form.json and (item := as_object(key, instead)) is not None:
                self._print(as_json_line(item).encode())
            self._put_instead(key, instead)
            self._talk(words(key, instead, follow=False))
        return any(instead.message for _, instead in found)

    def _tell_missing(self) -> None:
        """Say which Stacks there aren't. A context that can't be asked has or hasn't got them: nobody knows."""
        have = {key.name for key in self._lacking}
        asked = [name for name in self._connections if name not in self._blind and name not in self._lost]
        partly = self._unopened or len(asked) < len(self._connections)
        for name in dict.fromkeys(self._options.names):
            if name not in have and asked and name not in self._missing:
                self._missing.add(name)
                self._refused = True
                among = f" in {', '.join(asked)}" if partly else ""
                where = "" if self._options.all_namespaces else " in this namespace; -A looks at all of them"
                _say(f'error: stack "{name}" not found{among}{where}')
                if not self._lost:
                    self._end.missing(name)
        if not self._options.names and not have and asked:
            _say("no stacks found")
        self._hopeless = bool(self._options.names) and not have and not self._lost

    def _verdict(self, something: bool) -> ExitCode:
        if self._refused:
            return ExitCode.CLUSTER_SAID_NO
        if self._options.until_done:
            return self._end.verdict()
        if not something:
            return ExitCode.CLUSTER_SAID_NO
        lacking = any(self._lacking.values()) and not self._wish.window.follow
        return ExitCode.CLUSTER_SAID_NO if lacking else ExitCode.FINE


def _context(about: About) -> str:
    if isinstance(about, LogSource):
        return about.key.context
    return about.context if isinstance(about, Key) else about


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
