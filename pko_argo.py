"""The program: decides which front end runs, and how its end is told to the shell."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from argparse import Namespace

    from settings.config_file import Settings
    from tui.shell.preferences import Preferences
    from tui.shell.write_switch import WriteSwitch


_CANT_WRITE = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``kubectl-pko_argo``. Never returns."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    _open_what_is_closed()
    try:
        code = _run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        _end_by_the_signal()
    except OSError as error:
        if error.errno not in _CANT_WRITE:
            raise
        print(f"error: the output can't be written: {error.strerror}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)  # the interpreter would try to write the rest, and say so at length
    sys.exit(code)


def _end_by_the_signal() -> NoReturn:
    """`| head` ends us quietly and by SIGPIPE, as it ends every tool.

    But only here. While we run the signal stays ignored, as Python has it: it would come from sockets, too, and a
    server that hangs up at the wrong moment would end us without a word.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(128 + signal.SIGPIPE)


def _open_what_is_closed() -> None:
    """A shell may start us without any of the three (``<&-``), and with an encoding that lacks most characters.

    Without stderr talk would end up among the data, and without stdout there is nothing to do at all.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123 - it stays open as long as we live
    if sys.stdout is None:
        print(f"error: the output can't be written: {os.strerror(errno.EBADF)}", file=sys.stderr)
        sys.exit(1)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def complete() -> None:
    """Entry point of ``kubectl_complete-pko_argo``: prints the candidates for the last word."""
    from kubectl_plugin.completion.candidates import complete as print_candidates

    print_candidates(sys.argv[1:], os.environ)


def _run(arguments: Sequence[str]) -> int:
    from cluster.errors import KubeconfigError
    from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
    from kubectl_plugin.cli.parser import PROGRAM, parse

    options = parse(arguments)
    try:
        if options.verb == "version" or getattr(options, "version", False):
            from kubectl_plugin import VERSION

            print(f"{PROGRAM} {VERSION}")
            return ExitCode.FINE
        if options.verb == "config":
            from kubectl_plugin.verbs.config import run as show_config
            from tui.config_check import usable

            return show_config(options, usable)
        if options.verb == "completion":
            from kubectl_plugin.verbs.completion import run as print_script

            return print_script(options)
        if options.verb == "health":
            from kubectl_plugin.verbs.health.dispatch import run as run_health

            return run_health(options)
        if options.verb == "logs":
            from kubectl_plugin.verbs.logs.print_logs import run as print_logs

            return print_logs(options)
        if options.verb == "tree":
            from kubectl_plugin.verbs.tree.print_tree import run as print_tree

            return print_tree(options)
        if options.verb == "demo":
            return _demo(options)
        if not options.verb and _can_draw():
            return _board(options)
        from kubectl_plugin.verbs.get import print_once

        if not options.verb:
            return print_once.run(_as_table(options), everywhere=True)
        return print_once.run(options)
    except (KubeconfigError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.USAGE


def _as_table(options: Namespace) -> Namespace:
    """What the bare program was asked for, as ``get`` takes it. How the board is to look means nothing to a table."""
    from argparse import Namespace

    from kubectl_plugin.cli.parser import parse

    return Namespace(**{**vars(parse(["get"])), **vars(options), "verb": "get"})


def _can_draw() -> bool:
    """Whether there is a screen to draw on: a dumb terminal gets the table, as a pipe does."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") not in ("dumb", "")


def _board(options: Namespace) -> int:
    gc.disable()  # nothing that is made before the first frame is garbage; the app switches it on again
    from fleet.fleet import Fleet
    from kubectl_plugin.cli.chosen_contexts import choose_contexts
    from tui.app import run

    chosen = choose_contexts(options, everywhere=True)
    preferences = _preferences(options, chosen.settings)
    writing = _writing(options, chosen.settings)
    return run(Fleet(chosen.kubeconfig, chosen.contexts, chosen.scope), writing=writing, preferences=preferences)


def _writing(options: Namespace, configured: Settings) -> WriteSwitch:
    """Whether something may be changed. Raises UsageError where it is wanted and forbidden."""
    from tui.shell.write_switch import WriteSwitch

    refused = "--read-only was given" if options.read_only else configured.forbidden
    if options.write and refused:
        from kubectl_plugin.cli.exit_codes import UsageError

        raise UsageError(f"--write: {refused}, so nothing may be changed")
    return WriteSwitch(on=options.write, refused=refused, forbids=configured.forbids)


def _preferences(options: Namespace, configured: Settings) -> Preferences:
    """How the screen is to look. Raises UsageError for a theme that doesn't exist."""
    from tui.shell.preferences import preferred

    if options.theme:
        from kubectl_plugin.cli.exit_codes import UsageError
        from tui.shell.themes import SHORT, is_known

        if not is_known(options.theme):
            raise UsageError(f"--theme {options.theme}: no such theme; try {', '.join(SHORT)} (:theme lists them all)")
    return preferred(configured, os.environ, theme=options.theme, ascii_only=options.ascii)


def _demo(options: Namespace) -> int:
    """The board over three clusters in this process, or those clusters alone for somebody else's kubectl."""
    import asyncio

    if options.write_kubeconfig:
        return asyncio.run(_serve(options.write_kubeconfig))
    if not _can_draw():
        from kubectl_plugin.cli.exit_codes import UsageError

        raise UsageError("the demo's board needs a terminal; demo --write-kubeconfig FILE serves without one")
    return _play(options)


def _play(options: Namespace) -> int:
    gc.disable()
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from cluster.kubeconfig import Kubeconfig, load
    from demo import CONTEXTS, serve, write_kubeconfig
    from fleet.fleet import Fleet
    from fleet.scope import WatchScope
    from kubectl_plugin import VERSION
    from settings import config_file
    from tui.app import run

    class Played(Fleet):
        """Its servers start when the watch does: the first frame waits for neither them nor their libraries."""

        async def run(self) -> None:
            async with serve() as play:
                with TemporaryDirectory() as folder:
                    path = Path(folder) / "config"
                    write_kubeconfig(path, play.kubeconfig())
                    self.kubeconfig = load(str(path), {})
                await super().run()

    configured = config_file.load(config_file.location(os.environ))
    preferences, writing = _preferences(options, configured), _writing(options, configured)
    fleet = Played(Kubeconfig(CONTEXTS), CONTEXTS, WatchScope(version=VERSION))
    return run(fleet, writing=writing, preferences=preferences)


async def _serve(path: str) -> int:
    import asyncio
    from pathlib import Path

    from demo import serve, write_kubeconfig
    from kubectl_plugin.cli.exit_codes import ExitCode

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serve() as play:
        config = play.kubeconfig()
        try:
            write_kubeconfig(Path(path), config)
        except OSError as error:
            print(f"error: {path}: {error.strerror}; nothing was written", file=sys.stderr)
            return ExitCode.USAGE
        names = ", ".join(context["name"] for context in config["contexts"])
        print(f"serving {names} until ctrl+c; try: kubectl --kubeconfig {path} get stacks -A", file=sys.stderr)
        try:
            await ended.wait()
        finally:
            Path(path).unlink(missing_ok=True)  # noqa: ASYNC240 - it leads nowhere any more, and nobody waits
    return ExitCode.FINE


if __name__ == "__main__":
    main()
