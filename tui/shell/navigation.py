"""The pages that a screen can have opened, each a small value.

A screen says what is to be seen and not which class shows it: pages lead to each other in every direction, and
yet none imports another. `tui.page_factories` knows the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from textual.dom import DOMNode

from cluster.resources import Resource
from fleet.board.rows import Key
from tui.shell.kubectl_reference import KubectlReference
from tui.widgets.text_view import TextLine

if TYPE_CHECKING:  # the first frame of the board waits for nothing that changes things
    from actions.workflow import ChangeRequest, ChangeTarget

WriteLines = Callable[[float], Iterable[TextLine]]
"""now -> the lines of a page; called again whenever the page may have changed"""


@dataclass(frozen=True, slots=True)
class OpenStack:
    """The page of a Stack, at one of its sections: Overview, Tree, Updates, Events or Outputs."""

    key: Key
    section: str = "Overview"


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """The page of an Application."""

    key: Key


@dataclass(frozen=True, slots=True)
class OpenApplications:
    """The table of all Applications."""


@dataclass(frozen=True, slots=True)
class OpenContexts:
    """The table of all contexts."""


@dataclass(frozen=True, slots=True)
class OpenContext:
    """The page of one context, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class OpenChecks:
    """The table of all Argo CDs and the health checks in them."""


@dataclass(frozen=True, slots=True)
class OpenChange:
    """The page of a change, by its id in `actions.registry`: its plan, and sending it once a person agrees."""

    change: str
    target: ChangeTarget
    request: ChangeRequest


@dataclass(frozen=True, slots=True)
class OpenLogs:
    """The logs of Stacks: of one pod, container or Update (by their names), or of all that they have."""

    stacks: tuple[Key, ...]
    pod: str = ""
    container: str = ""
    update: str = ""


@dataclass(frozen=True, slots=True)
class OpenYaml:
    """An object as the cluster has it, in YAML, secrets masked."""

    key: Key
    resource: Resource


@dataclass(frozen=True, slots=True)
class OpenRun:
    """The page of one run of a Stack: what `write_lines` tells of the Update of this name."""

    stack: Key
    update: str
    write_lines: WriteLines
    references: tuple[KubectlReference, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenText:
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
    | OpenChecks
    | OpenChange
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
    """Have the application of this screen or widget open a page over the screen that is seen."""
    cast("PageOpener", node.app).open_page(page)
