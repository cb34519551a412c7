"""The program: brings the command line and the screen together, and ends as a shell expects it of a tool.

Imports stand in the functions that need them: it starts at each press of tab, and most of it is for one verb alone.
"""

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

    from fleet.fleet import Fleet
    from settings.config_file import Settings

_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)
"""errors of the system that are about where the output goes, and about nothing of ours"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``kubectl-pko_argo``. Never returns."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--lua-worker"]:  # health.lua.WORKER_ARGUMENT, not imported for each press of tab
        from health.lua.worker import main as answer_questions

        answer_questions(limits_memory=arguments[1:] == ["1"])
        sys.exit(0)
    _open_standard_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        _die_of_sigpipe()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        print(f"error: the output can't be written: {error.strerror}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)  # the interpreter would try to write the rest, and say so at length
    sys.exit(code)


def _die_of_sigpipe() -> NoReturn:
    """End quietly and by SIGPIPE where nobody reads on, as in `| head`; so does every tool.

    The signal is taken only here. While we run it stays ignored, as Python has it: it would come from sockets, too, and
    a server that hangs up at the wrong moment would end us without a word.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(128 + signal.SIGPIPE)


def _open_standard_streams() -> None:
    """Put something in the place of those that a shell has closed (``<&-``), and let nothing through that acts.

    Characters that the stream can't write are replaced, and what a terminal would obey is left out.

    Without stderr talk would end up among the data. Without stdout there is nothing to do at all, and the program ends.
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
    from kubectl_plugin.output.harmless_stream import harmless_stream

    sys.stdout, sys.stderr = harmless_stream(sys.stdout, colours=True), harmless_stream(sys.stderr, colours=False)


def complete() -> None:
    """Entry point of ``kubectl_complete-pko_argo``: prints the candidates for the last word."""
    from kubectl_plugin.completion.candidates import complete as print_candidates

    print_candidates(sys.argv[1:], os.environ)


def _run(arguments: Sequence[str]) -> int:
    from cluster.errors import KubeconfigError
    from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
    from kubectl_plugin.cli.parser import parse, parser_of
    from kubectl_plugin.cli.registry import find

    options = parse(arguments)
    verb = find(options.words)
    if verb is None:
        parser_of(options.words).print_help(sys.stderr)
        return ExitCode.USAGE
    run = verb.module().run
    try:
        return run(options, _Terminal()) if verb.needs_terminal_program else run(options)
    except (KubeconfigError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.USAGE


class _Terminal:
    """The screen and the demo for verbs; a `kubectl_plugin.cli.registry.TerminalProgram`."""

    def show_board(self, options: Namespace) -> int:
        gc.disable()  # nothing that is made before the first frame is garbage; the app switches it on again
        from fleet.fleet import Fleet
        from kubectl_plugin.cli.chosen_contexts import choose_contexts

        chosen = choose_contexts(options, everywhere=True)
        fleet = Fleet(chosen.kubeconfig, chosen.contexts, chosen.scope)
        return _run_board(fleet, options, chosen.settings)

    def show_demo(self, options: Namespace) -> int:
        gc.disable()
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from cluster.kubeconfig import Kubeconfig, load
        from demo import CONTEXTS, serve, write_kubeconfig
        from fleet.fleet import Fleet
        from fleet.scope import WatchScope
        from kubectl_plugin import VERSION
        from settings import config_file

        class DemoFleet(Fleet):
            """Its servers start when the watch does: the first frame waits for neither them nor their libraries."""

            async def run(self) -> None:
                async with serve() as demo:
                    with TemporaryDirectory() as folder:
                        path = Path(folder) / "config"
                        write_kubeconfig(path, demo.kubeconfig())
                        self.kubeconfig = load(str(path), {})
                    await super().run()

        settings = config_file.load(config_file.location(os.environ))
        fleet = DemoFleet(Kubeconfig(CONTEXTS), CONTEXTS, WatchScope(version=VERSION))
        return _run_board(fleet, options, settings)

    def serve_demo(self, path: str) -> int:
        import asyncio

        return asyncio.run(_serve_demo(path))

    def check_settings(self, settings: Settings) -> Settings:
        from tui.config_check import usable

        return usable(settings)


def _run_board(fleet: Fleet, options: Namespace, settings: Settings) -> int:
    """Raises UsageError for a theme that doesn't exist, and where changes are wanted and forbidden."""
    from kubectl_plugin.cli.exit_codes import UsageError
    from tui.app import run
    from tui.shell.preferences import WriteSwitch, preferred
    from tui.shell.themes import SHORT, is_known

    if options.theme and not is_known(options.theme):
        raise UsageError(f"--theme {options.theme}: no such theme; try {', '.join(SHORT)} (:theme lists them all)")
    refused = "--read-only was given" if options.read_only else settings.forbidden
    if options.write and refused:
        raise UsageError(f"--write: {refused}, so nothing may be changed")
    writing = WriteSwitch(on=options.write, refused=refused, forbids=settings.forbids)
    preferences = preferred(settings, os.environ, theme=options.theme, ascii_only=options.ascii)
    return run(fleet, writing=writing, preferences=preferences)


async def _serve_demo(path: str) -> int:
    import asyncio
    from pathlib import Path

    from demo import serve, write_kubeconfig
    from kubectl_plugin.cli.exit_codes import ExitCode

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serve() as demo:
        config = demo.kubeconfig()
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
