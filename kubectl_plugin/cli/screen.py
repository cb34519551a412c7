"""What verbs need of the other front end and of the demo, which nothing here may import: the program brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import argparse

    from settings.config_file import Settings


class Screen(Protocol):
    """The board on a terminal, and the demo's clusters. All raise UsageError for what may not or cannot be."""

    def show_board(self, options: argparse.Namespace) -> int:
        """The board over the chosen contexts, until the reader leaves. Returns the exit code."""

    def show_demo(self, options: argparse.Namespace) -> int:
        """The board over the demo's clusters, until the reader leaves. Returns the exit code."""

    def serve_demo(self, path: str) -> int:
        """The demo's clusters alone, for whom the kubeconfig that is written there leads to them. Until ctrl+c."""

    def check_settings(self, settings: Settings) -> Settings:
        """The settings without what a screen can't have, which stands among their problems."""
