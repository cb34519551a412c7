"""Lua scripts run as Argo CD's own VM runs them, within limits."""
