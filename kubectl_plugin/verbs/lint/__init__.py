"""``lint``: what is wrong in manifests with Stacks, before it is merged, or in what a cluster holds."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.common_flags import add_context_flags
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError

FORMATS = ("text", "json", "sarif", "github", "junit", "gitlab")
FAIL_ON = ("error", "warning", "note", "never")


_OF_FILES = ("paths", "changed", "fix", "diff", "render", "repo_url")
"""options that make no sense for clusters"""
_OF_CLUSTERS = {
    "contexts": "--context",
    "all_contexts": "--all-contexts",
    "namespaces": "-n",
    "all_namespaces": "-A",
    "kubeconfig": "--kubeconfig",
    "as_user": "--as",
    "as_groups": "--as-group",
    "request_timeout": "--request-timeout",
}
"""options that make sense for clusters alone, and their flags"""


def add_flags(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders, or - for stdin; default: this folder. What isn't among them counts as missing",
    )
    to.add_argument("-o", "--output", choices=FORMATS, default="text", metavar="FORMAT", help=", ".join(FORMATS))
    to.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default="error",
        metavar="SEVERITY",
        help=f"end with code 3 where a problem is at least that bad: {', '.join(FAIL_ON)} (error)",
    )
    to.add_argument(
        "--disable",
        action="append",
        default=[],
        metavar="RULE",
        help="leave out a rule, or all that match a glob such as 'argocd/*'; may be repeated",
    )
    to.add_argument(
        "--pko",
        metavar="VERSION",
        help="check for this version of the operator; default: the newest known, with --live the one that runs",
    )
    to.add_argument("--argocd", metavar="VERSION", help="check for this version of Argo CD; default: as for --pko")
    to.add_argument(
        "--repo-url",
        default="",
        metavar="URL",
        help="another address by which Applications name this repository, beside those of its Git remotes",
    )
    to.add_argument(
        "--changed",
        metavar="REF",
        help="tell only of what this branch has changed since it left REF; all files are read nevertheless",
    )
    to.add_argument("--baseline", metavar="FILE", help="leave out the problems that are written down in this file")
    to.add_argument(
        "--write-baseline",
        action="store_true",
        help="write all problems that there are now into the file of --baseline",
    )
    to.add_argument("--fix", action="store_true", help="change the files where it is certain how a problem is mended")
    to.add_argument("--diff", action="store_true", help="print as a diff what --fix would change, and write nothing")
    to.add_argument(
        "--render",
        action="store_true",
        help="check what kubectl kustomize makes of folders with a kustomization, instead of their files",
    )
    to.add_argument(
        "--rules", action="store_true", help="list the rules; with -o json also what each does, and examples"
    )
    to.add_argument(
        "--live",
        action="store_true",
        help="check what clusters hold instead of files, with rules that need a cluster as well",
    )
    add_context_flags(to)
    to.set_defaults(finish=_finish)


def _finish(options: argparse.Namespace) -> None:
    from manifests.product_versions import NEWEST_ARGOCD, NEWEST_PKO, ProductVersions, parse_version

    try:
        options.versions = ProductVersions(
            parse_version(options.pko) if options.pko is not None else NEWEST_PKO,
            parse_version(options.argocd) if options.argocd is not None else NEWEST_ARGOCD,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    _check_live(options)
    if options.write_baseline and not options.baseline:
        raise UsageError("--write-baseline needs --baseline FILE, which it writes")
    if options.fix and options.diff:
        raise UsageError("--fix writes and --diff writes nothing; choose one of them")
    if options.fix and "-" in options.paths:
        raise UsageError("--fix can't write to stdin; --diff prints what it would change")
    if options.render and (options.fix or options.diff):
        raise UsageError("--render checks what isn't in any file, so that nothing can be mended")
    if options.rules and options.output not in ("text", "json"):
        raise UsageError("--rules can be printed as text and json")


def _check_live(options: argparse.Namespace) -> None:
    wrong = _OF_FILES if options.live else tuple(_OF_CLUSTERS)
    given = next((name for name in wrong if getattr(options, name)), None)
    if given is None:
        return
    if options.live:
        flag = "PATH" if given == "paths" else f"--{given.replace('_', '-')}"
        raise UsageError(f"--live looks at clusters, and {flag} is for files")
    raise UsageError(f"{_OF_CLUSTERS[given]} is for clusters; with --live lint looks at one")


def run(options: argparse.Namespace) -> ExitCode:
    if options.rules:
        from kubectl_plugin.verbs.lint.print_rules import print_rules

        return print_rules(options.output)
    if options.live:
        from kubectl_plugin.verbs.lint.lint_contexts import lint_chosen_contexts

        return lint_chosen_contexts(options)
    from kubectl_plugin.verbs.lint.lint_files import lint_files

    return lint_files(options)
