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
        if options.verb == "demo":
            return _demo(options.write_kubeconfig)
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
    from tui.app import run

    from fleet.fleet import Fleet
    from kubectl_plugin.choice import choose

    choice = choose(options, everywhere=True)
    return run(Fleet(choice.kubeconfig, choice.contexts, choice.reach))


def _demo(path: str) -> int:
    from demo.program import serve_for_kubectl, show

    return serve_for_kubectl(path) if path else show()


if __name__ == "__main__":
    main()
