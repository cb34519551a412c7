"""What the exit code promises. Where two apply, the cluster that said no wins over problems found."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    FINE = 0
    CLUSTER_SAID_NO = 1
    """a cluster refused or couldn't be reached; what could be seen was printed all the same"""
    USAGE = 2
    PROBLEMS = 3
    TIMED_OUT = 4
