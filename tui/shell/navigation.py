"""Where a screen leads: to other pages, each asked for by a small value, to kubectl, and to the browser.

A screen says what is to be seen and not which class shows it: pages lead to each other in every direction, and
yet none imports another. `tui.page_factories` knows the classes. The values are Structs: the first frame waits for this
module, and a dataclass takes half a millisecond to be made.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Literal, Protocol, cast, runtime_checkable

from msgspec import Struct
from textual.dom import DOMNode

from cluster.resources import Resource
from fleet.board.rows import Key
from stacks.text import web_link
from tui.widgets.column_text import TextGroup
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker

if TYPE_CHECKING:  # the first frame of the board waits for nothing that changes things
    from textual.app import App

    from actions.workflow import ChangeRequest, ChangeTarget
    from fleet.argocd.instances import ArgoCDInstance


class KubectlReference(Struct, frozen=True):
    """Where an object is and what it is."""

    key: Key
    resource: Resource

    @property
    def kubectl(self) -> str:
        """``kubectl --context … -n … get KIND NAME -o yaml``, ready for a shell."""
        where = f"--context {quote(self.key.context)} -n {quote(self.key.namespace)}"
        return f"kubectl {where} get {self.resource} {quote(self.key.name)} -o yaml"


@runtime_checkable
class ShowsObjects(Protocol):
    """A screen whose objects can be copied, by their names or as kubectl lines."""

    def references(self) -> list[KubectlReference]:
        """The objects that are chosen, or the one that the screen is about."""

    def action_copy(self) -> None:
        """Copy their names."""


@runtime_checkable
class ShowsDiagnosable(Protocol):
    """A screen about Stacks, Applications or contexts that something may be wrong with."""

    def action_diagnose(self) -> None:
        """Open all that is found of the one under the cursor, or of the one that the screen is about."""


@runtime_checkable
class ShowsFixable(Protocol):
    """A screen about Stacks or Applications that something can be done about."""

    def action_fix(self) -> None:
        """Open what can be done about those that are chosen, or about the one that the screen is about."""


@runtime_checkable
class ExplainsFixes(Protocol):
    """A screen of which the help can say what `F` could do there."""

    async def fix_help(self) -> Sequence[TextGroup]:
        """That, for what is chosen now."""


class SessionChange(Protocol):
    """A change, or a group of them, that was agreed to since the program began."""

    version: int
    """grows whenever there is something new to draw"""

    @property
    def ended(self) -> bool:
        """Whether nothing of it is under way any more."""


WriteLines = Callable[[float], Iterable[TextLine]]
"""now -> the lines of a page; called again whenever the page may have changed"""


class OpenStack(Struct, frozen=True):
    """The page of a Stack, at one of its sections: Overview, Tree, Updates, Events or Outputs."""

    key: Key
    section: str = "Overview"


class OpenApplication(Struct, frozen=True):
    key: Key


class OpenApplications(Struct, frozen=True):
    """The table of all Applications."""


class OpenContexts(Struct, frozen=True):
    """The table of all contexts."""


class OpenContext(Struct, frozen=True):
    """The page of one context, by its name."""

    name: str


class OpenComparison(Struct, frozen=True):
    """The table of the Stacks of two watched contexts, by their names, side by side."""

    left: str
    right: str


class OpenChecks(Struct, frozen=True):
    """The table of all Argo CDs and the health checks in them."""


class OpenInstance(Struct, frozen=True):
    """The page of an Argo CD, by the key of its argocd-cm."""

    key: Key


class OpenDiff(Struct, frozen=True):
    """What is installed in an Argo CD against our checks, by the key of its argocd-cm."""

    key: Key


class OpenPreview(Struct, frozen=True):
    """What would change in an Argo CD with our checks of these kinds, or without them."""

    instance: ArgoCDInstance
    kinds: tuple[str, ...]
    without: bool


class OpenSnippet(Struct, frozen=True):
    """Our checks of these kinds in one of `health.argocd_cm.snippets.FORMATS`."""

    key: Key
    format_name: str
    kinds: tuple[str, ...]


class OpenChange(Struct, frozen=True):
    """The page of a change, by its id in `actions.registry`: its plan, and sending it once a person agrees."""

    change: str
    target: ChangeTarget
    request: ChangeRequest


class OpenFixes(Struct, frozen=True):
    """What stands in the way of Stacks, or of Applications (`kind`), and what can be done about it.

    Of one, the page of its diagnosis, at the verb that helps; of several, the same verb for each of them.
    """

    keys: tuple[Key, ...]
    kind: Literal["Stack", "Application"] = "Stack"
    verb: str = ""
    """of several: the one that is meant, if it helps; otherwise it is asked for"""


class OpenDiagnosis(Struct, frozen=True):
    """The page of a Stack's or an Application's diagnosis, at its beginning."""

    key: Key
    kind: Literal["Stack", "Application"] = "Stack"


class OpenCauses(Struct, frozen=True):
    """The table of the causes of everything that isn't fine, over all watched contexts or in one, by its name."""

    context: str = ""


class OpenCauseStacks(Struct, frozen=True):
    """The table of the Stacks that have one cause, which `words` name."""

    keys: tuple[Key, ...]
    words: str


class OpenLint(Struct, frozen=True):
    """The table of what lint finds in all watched contexts."""


class OpenChanges(Struct, frozen=True):
    """The changes that were agreed to since the program began."""


class OpenSessionChange(Struct, frozen=True):
    """The page of one of them, where it is paused and stopped."""

    change: SessionChange


class OpenLogs(Struct, frozen=True):
    """The logs of Stacks: of one pod, container or Update (by their names), or of all that they have."""

    stacks: tuple[Key, ...]
    pod: str = ""
    container: str = ""
    update: str = ""


class OpenYaml(Struct, frozen=True):
    """An object as the cluster has it, in YAML, secrets masked."""

    key: Key
    resource: Resource


class OpenRun(Struct, frozen=True):
    """The page of one run of a Stack: what `write_lines` tells of the Update of this name."""

    stack: Key
    update: str
    write_lines: WriteLines
    references: tuple[KubectlReference, ...] = ()


class OpenText(Struct, frozen=True):
    """A page of text about a part of an object, such as one of its Events."""

    key: Key
    title: str
    write_lines: WriteLines
    references: tuple[KubectlReference, ...] = ()


Page = (
    OpenStack
    | OpenApplication
    | OpenApplications
    | OpenContexts
    | OpenContext
    | OpenComparison
    | OpenChecks
    | OpenInstance
    | OpenDiff
    | OpenPreview
    | OpenSnippet
    | OpenChange
    | OpenFixes
    | OpenChanges
    | OpenSessionChange
    | OpenDiagnosis
    | OpenCauses
    | OpenCauseStacks
    | OpenLint
    | OpenLogs
    | OpenYaml
    | OpenRun
    | OpenText
)


class PageOpener(Protocol):
    """The application, as far as it opens pages."""

    def open_page(self, page: Page) -> None:
        """Open a page over the screen that is seen."""


def open_page(node: DOMNode, page: Page) -> None:
    """Have the application of this screen or widget open a page over the screen, unless another lies over it by now."""
    if not node.screen.is_active:
        return  # a second click came while the page of the first was being opened
    cast("PageOpener", node.app).open_page(page)


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
        start_worker(app, partial(_open, app, url), group="browser", description="open a link")


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
