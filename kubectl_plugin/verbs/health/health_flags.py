"""The grammar of ``health``, a verb with verbs of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS, kind_named
from health.result import LATEST, ArgoCDVersion, version
from kubectl_plugin.cli.parser import PROGRAM, ArgumentParser, choose_clusters, split
from kubectl_plugin.verbs.health import change_flags, live_flags

VERBS = {
    "print": "print the checks, as Argo CD's owner needs them",
    "test": "judge objects with a check as Argo CD would, and compare",
    "status": "every Argo CD: which checks are in force, and what gets in the way",
    "diff": "what is installed against what this program brings",
    "preview": "who would change with our checks, and which syncs would wait or fail",
    "install": "put our checks where they are in force and stay, and prove it",
    "uninstall": "take out what is ours, and give back what was somebody else's",
}
REPORTS = ("json", "junit")
_TAKE_A_VALUE = (
    *("-o", "--output", "--script", "--argocd-version", "--instance", "--require", "--file"),
    *("--dry-run", "--refresh", "--timeout", "--restore"),
)


def parse_health(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line behind ``health``. Wrong usage ends the program with exit code 2 and a hint."""
    verb, rest = split(arguments, *_TAKE_A_VALUE)
    options = parser_of(verb).parse_intermixed_args(rest)
    options.verb, options.health = "health", verb
    return options


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The grammar of one of health's verbs, or of ``health`` alone."""
    program = f"{PROGRAM} health"
    if verb in VERBS:
        parser = ArgumentParser(prog=f"{program} {verb}", description=VERBS[verb], allow_abbrev=False)
        _FLAGS[verb](parser)
        return parser
    parser = ArgumentParser(
        prog=program,
        usage=f"{program} VERB [flags]",
        description="Argo CD's health checks for Pulumi's kinds.",
        epilog="verbs:\n" + "".join(f"  {name:<10}{what}\n" for name, what in VERBS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if verb:
        parser.error(f"there is no verb {verb!r}; verbs are {', '.join(VERBS)}")
    parser.set_defaults(usage=parser)
    return parser


def _print(to: argparse.ArgumentParser) -> None:
    to.add_argument("kinds", nargs="*", type=_kind, metavar="KIND", help="default: Stack")
    to.add_argument("--all-kinds", action="store_true", help="Stack, Program, Workspace and Update")
    to.add_argument(
        "-o",
        "--output",
        choices=tuple(FORMATS),
        default="lua",
        metavar="FORMAT",
        help="lua (default); configmap-patch for a ConfigMap that nobody keeps; kustomize, helm-values, argocd-cr "
        "(argocd-operator, OpenShift GitOps) for what keeps it",
    )


def _test(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        help="a health_test.yaml, a folder of them, objects, or what holds keys of argocd-cm; with --live: kinds",
    )
    to.add_argument(
        "--live", action="store_true", help="judge the objects in the chosen clusters: Stacks, or the kinds named"
    )
    to.add_argument(
        "--script",
        metavar="FILE",
        help="the check: a health.lua, or an argocd-cm, Helm values or an ArgoCD resource that has it",
    )
    to.add_argument(
        "--argocd-version", type=_version, default=LATEST, metavar="VERSION", help=f"judge as this one ({LATEST})"
    )
    to.add_argument(
        "--open-libs",
        action=argparse.BooleanOptionalAction,
        help="with useOpenLibs or without; default: what goes with the script, and for a health.lua with, as upstream",
    )
    to.add_argument(
        "-o", "--output", choices=REPORTS, default="", metavar="FORMAT", help=f"{', '.join(REPORTS)}; default: text"
    )
    choose_clusters(to)


_FLAGS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "print": _print,
    "test": _test,
    "status": lambda to: live_flags.add_status(to, _kind),
    "diff": lambda to: live_flags.add_diff(to, _kind),
    "preview": lambda to: live_flags.add_preview(to, _kind),
    "install": lambda to: change_flags.add_install(to, _kind),
    "uninstall": lambda to: change_flags.add_uninstall(to, _kind),
}


def chosen_kinds(options: argparse.Namespace) -> tuple[str, ...]:
    """The kinds that are meant: Stack where none is named."""
    return KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds)) or KINDS[:1]


def _kind(word: str) -> str:
    kind = kind_named(word)
    if kind is None:
        names = ", ".join(kind.rpartition("/")[2] for kind in KINDS)
        raise argparse.ArgumentTypeError(f"there is no check for {word!r}; kinds are {names}")
    return kind


def _version(text: str) -> ArgoCDVersion:
    try:
        return version(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
