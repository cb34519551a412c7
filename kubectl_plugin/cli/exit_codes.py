"""How the program ends: its exit codes, and the error that stands for wrong usage."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit code promises. Where two apply, the cluster that said no wins over problems found."""

    FINE = 0
    CLUSTER_SAID_NO = 1
    """a cluster refused or couldn't be reached, or a file can't be read or written; what could be seen was printed all
    the same"""
    USAGE = 2
    PROBLEMS = 3
    TIMED_OUT = 4


_ORDER = (ExitCode.FINE, ExitCode.PROBLEMS, ExitCode.TIMED_OUT, ExitCode.CLUSTER_SAID_NO, ExitCode.USAGE)


def worse(one: ExitCode, other: ExitCode) -> ExitCode:
    """The code that a program ends with of which parts end with these two."""
    return max(one, other, key=_ORDER.index)


class UsageError(Exception):
    """The command line asks for something that doesn't exist or makes no sense; the text says what does.

    For what only shows after the flags were parsed. The program prints the text and ends with ExitCode.USAGE.
    """
