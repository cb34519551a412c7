"""Argo CDs and their health checks on a screen: seen, compared, foreseen and changed."""
