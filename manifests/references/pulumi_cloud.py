"""Pulumi Cloud, the backend of Stacks that name none."""

from __future__ import annotations

PULUMI_CLOUD = "https://app.pulumi.com"
PULUMI_CLOUD_BACKENDS = ("", "https://api.pulumi.com", PULUMI_CLOUD)
"""how a Stack may name it, without a slash at the end"""
BACKEND_URL = "PULUMI_BACKEND_URL"
"""the variable that names another one"""
