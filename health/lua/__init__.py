"""Lua scripts run as Argo CD's own VM runs them: ours in this process, those of others in one that may be lost."""

WORKER_ARGUMENT = "--lua-worker"
"""The program's first argument where it is to be that other process."""
