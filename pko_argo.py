"""The program: decides which front end runs, and how its end is told to the shell."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``kubectl-pko_argo``. Never returns."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends us quietly, as it ends every tool
    try:
        code = _run(given)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    sys.stdout.flush()
    sys.exit(code)


def complete() -> None:
    """Entry point of ``kubectl_complete-pko_argo``: prints the candidates for the last word."""
    from kubectl_plugin.completion import candidates

    print("\n".join(candidates(sys.argv[1:], os.environ)))


def _run(arguments: Sequence[str]) -> int:
    from cluster.errors import KubeconfigError
    from kubectl_plugin.exit_codes import ExitCode
    from kubectl_plugin.options import PROGRAM, parse
    from kubectl_plugin.usage import UsageError

    options = parse(arguments)
    try:
        if options.verb == "version" or getattr(options, "version", False):
            from kubectl_plugin.version import VERSION

            print(f"{PROGRAM} {VERSION}")
            return ExitCode.FINE
        if options.verb == "config":
            from kubectl_plugin.config import run as show_config

            return show_config(options)
        if options.verb == "demo":
            return _demo(options)
        if not options.verb and sys.stdout.isatty() and sys.stdin.isatty():
            return _board(options)
        from kubectl_plugin import get

        if not options.verb:
            return get.run(parse([*arguments, "get"]), everywhere=True)
        return get.run(options)
    except (KubeconfigError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.USAGE


def _board(options: Namespace) -> int:
    from fleet.fleet import Fleet
    from kubectl_plugin.choice import choose
    from tui.app import run

    choice = choose(options, everywhere=True)
    return run(Fleet(choice.kubeconfig, choice.contexts, choice.reach), theme=choice.configured.theme)


def _demo(options: Namespace) -> int:
    """The board over three clusters in this process, or those clusters alone for somebody else's kubectl."""
    import asyncio

    return asyncio.run(_serve(options.write_kubeconfig) if options.write_kubeconfig else _play())


async def _play() -> int:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from cluster.kubeconfig import load
    from demo import serve, write_kubeconfig
    from fleet.fleet import Fleet
    from fleet.reach import Reach
    from kubectl_plugin.version import VERSION
    from tui.app import PkoArgo

    async with serve() as play:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "config"
            write_kubeconfig(path, play.kubeconfig())
            kubeconfig = load(str(path), {})
        app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts, Reach(version=VERSION)))
        await app.run_async()
    return app.return_code or 0


async def _serve(path: str) -> int:
    import asyncio
    from pathlib import Path

    from demo import serve, write_kubeconfig
    from kubectl_plugin.exit_codes import ExitCode

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
        await ended.wait()
    return ExitCode.FINE


if __name__ == "__main__":
    main()
