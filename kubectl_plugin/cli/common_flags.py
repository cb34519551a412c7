"""Flags that several verbs share, and the types of their values."""

from __future__ import annotations

import argparse

from settings import durations

DRY_RUNS = ("client", "server")
"""how far a verb goes that changes nothing; `--dry-run` alone means the first one (see `cli.parser`)"""


def add_context_flags(to: argparse.ArgumentParser, *, namespaces: bool = True, everywhere: bool = False) -> None:
    """The flags that choose contexts, and namespaces unless the verb chooses them in its own way.

    kubectl passes on nothing that stands before the plugin's name, so these are our own. `everywhere` is what the help
    says of the default: all namespaces instead of the context's own. `choose_contexts` reads what was chosen.
    """
    group = to.add_argument_group("which clusters")
    group.add_argument(
        "--context",
        dest="contexts",
        action="append",
        metavar="NAME",
        help="a context, or a glob such as 'prod-*' (repeatable); default: the current one",
    )
    group.add_argument("--all-contexts", action="store_true", help="every context of the kubeconfig")
    group.add_argument("--kubeconfig", metavar="FILE", help="the kubeconfig to use")
    group.add_argument("--as", dest="as_user", metavar="USER", help="act as this user")
    group.add_argument(
        "--as-group",
        dest="as_groups",
        action="append",
        metavar="GROUP",
        help="act as a member of this group (repeatable)",
    )
    group.add_argument(
        "--request-timeout",
        type=duration,
        metavar="TIME",
        help="give up on a request after this long (10, 10s, 2m); 0 never",
    )
    if not namespaces:
        to.set_defaults(namespaces=None, all_namespaces=False)
        return
    default = "all of them" if everywhere else "the context's own"
    group.add_argument(
        "-n",
        "--namespace",
        dest="namespaces",
        action="append",
        metavar="NAMESPACE",
        help=f"a namespace (repeatable); default: {default}",
    )
    group.add_argument("-A", "--all-namespaces", action="store_true", help="all namespaces")


def context_flags(options: argparse.Namespace) -> list[str]:
    """Those flags that say by which kubeconfig and as whom clusters are asked, as they were given."""
    flags = ["--kubeconfig", options.kubeconfig] if options.kubeconfig else []
    flags += ["--as", options.as_user] if options.as_user else []
    for group in options.as_groups or ():
        flags += ["--as-group", group]
    return flags


def add_board_flags(to: argparse.ArgumentParser) -> None:
    """How the board looks, and what may be changed on it."""
    to.add_argument("--theme", default="", metavar="NAME", help="dark, light, high-contrast, colour-blind ...")
    to.add_argument("--ascii", action="store_true", help="draw nothing but ASCII")
    to.add_argument("--write", action="store_true", help="allow changes, each of them asked for; :write does so later")
    to.add_argument("--read-only", action="store_true", help="allow none, whatever is typed later")


def add_change_flags(to: argparse.ArgumentParser, *, diff: str) -> None:
    """For verbs that change something: how far they go. `diff` is what `--diff` compares."""
    to.add_argument(
        "--dry-run",
        choices=DRY_RUNS,
        default="",
        help="client, or no word: print what would be sent; server: let the server check it, too. Nothing is written",
    )
    to.add_argument("--diff", action="store_true", help=f"show what would change in {diff}, too")
    to.add_argument("-y", "--yes", action="store_true", help="don't ask")
    to.add_argument("--read-only", action="store_true", help="change nothing, whatever else is said")


def add_color_flag(to: argparse._ActionsContainer) -> None:
    """For verbs that print text in colours. The spelling is that of other tools."""
    to.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: on a terminal")


def duration(text: str) -> float:
    """The type of a flag that takes a length of time, in seconds; `settings.durations` has its grammar."""
    try:
        return durations.seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write 10s or 1m30s") from None
