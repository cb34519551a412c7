"""``logs``: what the workspace pods of Stacks print, run by run."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from kubectl_plugin.cli.common_flags import add_color_flag, add_context_flags, duration
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.resource_names import read_stack_names
from stacks.logs.line_pattern import LinePattern, PatternError


def add_flags(to: argparse.ArgumentParser) -> None:
    """kubectl's flags where kubectl has them."""
    add_context_flags(to)
    to.epilog = (
        "Never shown: what stands under Outputs:, and the results in the operator's log. What else a program prints "
        "is text, and nobody can know what of it is secret. On a terminal control characters are taken out; a pipe "
        "gets the bytes as they are. docs/logs.md says what is kept where, and for how long."
    )
    to.add_argument("names", nargs="*", metavar="NAME", help="the stacks whose workspace pods' logs are meant")
    to.add_argument("-l", "--selector", default="", metavar="LABELS", help="all stacks with these labels")
    what = to.add_argument_group("which part")
    what.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    what.add_argument("-p", "--previous", action="store_true", help="the container's last life")
    what.add_argument("--since", type=duration, metavar="TIME", help="only the last 5s, 2m or 3h")
    what.add_argument("--since-time", type=_time, metavar="TIME", help="only from this time on (RFC 3339)")
    what.add_argument("--until", type=_time, metavar="TIME", help="only until this time (RFC 3339)")
    what.add_argument("--tail", type=_count, metavar="N", help="only the last N lines of each container")
    what.add_argument("-c", "--container", dest="containers", action="append", metavar="NAME", help="this container")
    what.add_argument(
        "--all-containers", action="store_true", help="every container: bootstrap, fetch, pulumi and your own"
    )
    what.add_argument("--update", default="", metavar="NAME", help="only the run of this Update")
    what.add_argument(
        "--all-runs",
        action="store_true",
        help="everything the pod has; the default in a pipe, and wherever a part was asked for. "
        "On a terminal it is the last run",
    )
    what.add_argument("--operator", action="store_true", help="also what the operator's log says about these stacks")
    what.add_argument("--grep", action="append", default=[], type=_pattern, metavar="REGEX", help="only such lines")
    what.add_argument("--exclude", action="append", default=[], type=_pattern, metavar="REGEX", help="no such lines")
    how = to.add_argument_group("in which form")
    how.add_argument("-o", "--output", choices=("text", "json"), default="text", help="json: an object a line")
    how.add_argument("--timestamps", action="store_true", help="each line's time before it")
    how.add_argument(
        "--prefix",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="context, namespace, stack and container before each line; by default where there may be several",
    )
    add_color_flag(how)
    how.add_argument("--max-log-requests", type=_positive_count, default=64, metavar="N", help="logs open at once (64)")
    end = to.add_argument_group("until when")
    end.add_argument(
        "--until-done",
        action="store_true",
        help="follow until the update has ended and its last lines are out; exit 0 if it succeeded, else 3",
    )
    end.add_argument("--timeout", type=duration, metavar="TIME", help="give up after this long, with exit code 4")
    to.set_defaults(finish=read_stack_names)


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.logs.print_logs import run as print_logs

    return print_logs(options)


def _time(text: str) -> str:
    """A time as the API takes it, in UTC and with nanoseconds; without a zone it is local."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 2026-11-23T18:24:01Z") from None
    utc = (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")  # as kubelets write it, so that times compare as text


def _count(text: str) -> int | None:
    """A number of lines; None for all of them, which is kubectl's -1."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines") from None
    return number if number >= 0 else None


def _positive_count(text: str) -> int:
    number = _count(text)
    if not number:
        raise argparse.ArgumentTypeError("at least one log has to be open")
    return number


def _pattern(text: str) -> LinePattern:
    try:
        return LinePattern(text)
    except PatternError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None
