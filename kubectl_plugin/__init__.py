"""The command line: one module for each verb.

stdout is data, stderr is talk, exit codes are promises. Nothing here imports Textual.
"""

from __future__ import annotations

VERSION = "0.1.0"
"""of this program, as in pyproject.toml"""
