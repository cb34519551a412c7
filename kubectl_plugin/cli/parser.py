"""The command line's grammar. kubectl passes nothing that stands before the plugin's name, so the
flags that choose clusters are our own, and work before and after the verb.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.resource_names import KINDS, kind_and_names, stack_names
from settings import durations

PROGRAM = "kubectl pko-argo"
FORMATS = ("wide", "json", "yaml", "name", "csv")


VERBS = {
    "get": "print stacks, apps, workspaces, updates or contexts",
    "logs": "print what the workspace pods of stacks print, run by run",
    "tree": "print a stack with everything around it: application, workspace, pod, updates, events",
    "demo": "three clusters in this process, with stacks that move",
    "health": "Argo CD's health checks for Pulumi's kinds: print, test, compare, preview, install and take them out",
    "completion": "print what makes bash, zsh or fish complete the words of this program",
    "config": "print the configuration that is in force, or an example of one",
    "version": "print the version",
}
_TAKE_A_VALUE = ("--context", "--kubeconfig", "--as", "--as-group", "--request-timeout", "-n", "--namespace", "--theme")


class ArgumentParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line. Wrong usage ends the program with exit code 2 and a hint."""
    verb, rest = split(arguments)
    if verb == "health":
        from kubectl_plugin.verbs.health.health_flags import parse_health

        return parse_health(rest)
    options = parser_of(verb).parse_intermixed_args(rest)
    options.verb = verb
    if verb in ("get", "logs", "tree"):
        _read_names(options)
    return options


def _read_names(options: argparse.Namespace) -> None:
    """The names, out of what was written as kubectl takes it."""
    try:
        if options.verb == "get":
            options.kind, options.names = kind_and_names(options.kind, options.names)
        else:
            options.names = stack_names(options.names)
    except UsageError as error:
        ArgumentParser(prog=f"{PROGRAM} {options.verb}").error(str(error))


def split(arguments: Sequence[str], *take_a_value: str) -> tuple[str, list[str]]:
    """The verb, the first word that is neither a flag nor a flag's value, and everything else."""
    skip = False
    for place, word in enumerate(arguments):
        if skip:
            skip = False
        elif word in (*_TAKE_A_VALUE, *take_a_value):
            skip = True
        elif not word.startswith("-"):
            return word, [*arguments[:place], *arguments[place + 1 :]]
    return "", list(arguments)


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The grammar of a verb, or of the bare program."""
    if not verb:
        parser = ArgumentParser(
            prog=PROGRAM,
            usage=f"{PROGRAM} [VERB] [flags]",
            description="See every Pulumi Stack that Argo CD delivers, over all clusters, and why one is stuck.\n"
            "Without a verb it opens the board on a terminal, and prints the table elsewhere.",
            epilog="verbs:\n" + "".join(f"  {name:<12}{what}\n" for name, what in VERBS.items()),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        parser.add_argument("--version", action="store_true", help="print the version and exit")
    elif verb in VERBS:
        parser = ArgumentParser(prog=f"{PROGRAM} {verb}", description=VERBS[verb], allow_abbrev=False)
    else:
        ArgumentParser(prog=PROGRAM).error(f"there is no verb {verb!r}; verbs are {', '.join(VERBS)}")
    if verb in ("", "get", "logs", "tree"):
        choose_clusters(parser, everywhere=not verb)
    if verb in ("", "demo"):
        _looks(parser)
    if verb == "get":
        _get(parser)
    elif verb in ("logs", "tree"):
        from kubectl_plugin.verbs.logs import log_flags

        (log_flags.add_logs_flags if verb == "logs" else log_flags.add_tree_flags)(parser)
    elif verb == "demo":
        _demo(parser)
    elif verb == "completion":
        parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to read it")
    elif verb == "config":
        parser.add_argument("what", nargs="?", choices=("show", "init"), default="show", help="init: an example")
    return parser


def choose_clusters(to: argparse.ArgumentParser, *, namespaces: bool = True, everywhere: bool = False) -> None:
    """The flags that choose clusters and, unless a verb has its own way, namespaces: all of them with `everywhere`."""
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
        type=seconds,
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


def _get(to: argparse.ArgumentParser) -> None:
    to.add_argument("kind", nargs="?", default="stacks", metavar="KIND", help=", ".join(_kinds()))
    to.add_argument("names", nargs="*", metavar="NAME", help="only these")
    to.add_argument("-o", "--output", choices=FORMATS, default="", metavar="FORMAT", help=", ".join(FORMATS))
    to.add_argument("-w", "--watch", action="store_true", help="print rows as they change, until interrupted")
    to.add_argument("-l", "--selector", default="", metavar="LABELS", help="label selector, as in kubectl")
    to.add_argument(
        "--status",
        action="append",
        default=[],
        metavar="WORD",
        help="only with this health (degraded) or phase (wedged); repeatable, or separated by commas",
    )
    to.add_argument(
        "--filter",
        default="",
        metavar="TEXT",
        help="as on the board: text, '!text', status:, ns:; --filter='-l k=v'",
    )
    to.add_argument("--sort", default="", metavar="COLUMN", help="column to sort by; COLUMN:desc for the reverse")
    to.add_argument("--stack", default="", metavar="NAME", help="only this stack's updates or workspace")
    to.add_argument("--no-headers", action="store_true", help="no header line")


def _looks(to: argparse.ArgumentParser) -> None:
    """The flags of the board itself."""
    to.add_argument("--theme", default="", metavar="NAME", help="dark, light, high-contrast, colour-blind ...")
    to.add_argument("--ascii", action="store_true", help="draw nothing but ASCII")
    to.add_argument("--write", action="store_true", help="allow changes, each of them asked for; :write does so later")
    to.add_argument("--read-only", action="store_true", help="allow none, whatever is typed later")


def _demo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--write-kubeconfig", default="", metavar="FILE", help="write a kubeconfig for kubectl, and serve until ctrl+c"
    )


def _kinds() -> list[str]:
    return list(dict.fromkeys(KINDS.values()))


def seconds(text: str) -> float:
    """The type of a flag that takes a length of time; see `settings.durations`."""
    try:
        return durations.seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write 10s or 1m30s") from None
