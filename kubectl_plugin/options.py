"""The command line's grammar. kubectl passes nothing that stands before the plugin's name, so the
flags that choose clusters are our own, and work before and after the verb.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from kubectl_plugin.exit_codes import ExitCode

PROGRAM = "kubectl pko-argo"
KINDS = {
    "stacks": "stacks",
    "stack": "stacks",
    "apps": "apps",
    "app": "apps",
    "applications": "apps",
    "application": "apps",
    "workspaces": "workspaces",
    "workspace": "workspaces",
    "ws": "workspaces",
    "updates": "updates",
    "update": "updates",
    "contexts": "contexts",
    "context": "contexts",
    "ctx": "contexts",
}
FORMATS = ("wide", "json", "yaml", "name", "csv")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def parser() -> argparse.ArgumentParser:
    """The grammar of the whole program."""
    top = _Parser(
        prog=PROGRAM,
        description="See every Pulumi Stack that Argo CD delivers, over all clusters, and why one is stuck.",
        epilog="Without a verb it opens the board on a terminal, and prints the table elsewhere.",
        allow_abbrev=False,
    )
    _choice(top, first=True)
    top.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    _get(verbs.add_parser("get", help="print stacks, apps, workspaces, updates or contexts", allow_abbrev=False))
    _demo(verbs.add_parser("demo", help="three clusters in this process, with stacks that move", allow_abbrev=False))
    verbs.add_parser("version", help="print the version", allow_abbrev=False)
    return top


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line. Wrong usage ends the program with exit code 2 and a hint."""
    return parser().parse_args(arguments)


def _choice(to: argparse.ArgumentParser, *, first: bool = False) -> None:
    """The flags that choose clusters and namespaces.

    The verb's own copy must not wipe out what stood before the verb, hence the suppressed defaults.
    """
    nothing: object = None if first else argparse.SUPPRESS
    off: object = False if first else argparse.SUPPRESS
    group = to.add_argument_group("which clusters")
    group.add_argument(
        "--context",
        dest="contexts",
        action=_Collect,
        default=nothing,
        metavar="NAME",
        help="a context, or a glob such as 'prod-*' (repeatable); default: the current one",
    )
    group.add_argument("--all-contexts", action="store_true", default=off, help="every context of the kubeconfig")
    group.add_argument("--kubeconfig", default=nothing, metavar="FILE", help="the kubeconfig to use")
    group.add_argument("--as", dest="as_user", default=nothing, metavar="USER", help="act as this user")
    group.add_argument(
        "--as-group",
        dest="as_groups",
        action=_Collect,
        default=nothing,
        metavar="GROUP",
        help="act as a member of this group (repeatable)",
    )
    group.add_argument(
        "--request-timeout",
        type=seconds,
        default=nothing,
        metavar="TIME",
        help="give up on a request after this long (10, 10s, 2m); 0 never",
    )
    group.add_argument(
        "-n",
        "--namespace",
        dest="namespaces",
        action=_Collect,
        default=nothing,
        metavar="NAMESPACE",
        help="a namespace (repeatable); default: the context's own",
    )
    group.add_argument("-A", "--all-namespaces", action="store_true", default=off, help="all namespaces")


class _Collect(argparse.Action):
    """Append that also keeps what stood before the verb."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest, None) or ()), values])


def _get(to: argparse.ArgumentParser) -> None:
    _choice(to)
    to.add_argument("kind", nargs="?", default="stacks", type=_kind, metavar="KIND", help=", ".join(_kinds()))
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
    to.add_argument("--sort", default="", metavar="COLUMN", help="column to sort by, -COLUMN for the reverse")
    to.add_argument("--stack", default="", metavar="NAME", help="only this stack's updates or workspace")
    to.add_argument("--no-headers", action="store_true", help="no header line")


def _demo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--write-kubeconfig", default="", metavar="FILE", help="write a kubeconfig for kubectl, and serve until ctrl+c"
    )


def _kinds() -> list[str]:
    return list(dict.fromkeys(KINDS.values()))


def _kind(word: str) -> str:
    try:
        return KINDS[word.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"there is no kind {word!r}; kinds are {', '.join(_kinds())}") from None


def seconds(text: str) -> float:
    """A duration as kubectl takes it, in seconds: ``10``, ``10s``, ``1m30s``, ``500ms``."""
    import re

    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 10s or 1m30s")
    scale = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
    return sum(float(number) * scale[unit] for number, unit in parts)
