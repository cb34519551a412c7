"""Hand a link to the browser, where there is one.

The browser is started by a process of its own without our terminal: some of them print, some wait,
and on a server the only one may be a text browser that would take the screen over.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.text import web_link

if TYPE_CHECKING:
    from textual.app import App

_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_TIMEOUT = 10.0
"""seconds"""


def browse(app: App[object], link: str, without: str) -> None:
    """Open an http(s) link in a browser; where there is none, show the link. Without a link, show `without`."""
    url = web_link(link)
    if not url:
        app.notify(without, markup=False)
    elif not has_display(os.environ, sys.platform):
        app.notify(url, title="No browser here", markup=False, timeout=20)
    else:
        app.run_worker(_open(app, url), group="browser", description="open a link")


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether a browser could show itself."""
    if platform in ("darwin", "win32") or environ.get("BROWSER"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


async def _open(app: App[object], url: str) -> None:
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OPEN, url, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
    try:
        failed = await asyncio.wait_for(process.wait(), _TIMEOUT) != 0
    except TimeoutError:  # a browser that stays in the foreground has opened, too
        failed = False
    if failed:
        app.notify(url, title="The browser didn't start", markup=False, timeout=20)
    else:
        app.notify(f"Opened {url}", markup=False, timeout=3)
