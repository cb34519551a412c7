"""Which class shows what a screen asks to be opened.

Each is imported when it is opened for the first time: the first frame of the board waits for no page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from textual.screen import Screen

from tui.shell.board_app import BoardApp
from tui.shell.navigation import (
    OpenApplication,
    OpenApplications,
    OpenChange,
    OpenChecks,
    OpenContext,
    OpenContexts,
    OpenLogs,
    OpenRun,
    OpenStack,
    OpenText,
    OpenYaml,
    Page,
)


def screen_of(page: Page, app: BoardApp) -> Screen[None]:
    """A new screen that shows this page."""
    return _FACTORIES[type(page)](app, page)


def _stack(app: BoardApp, page: OpenStack) -> Screen[None]:
    from tui.pages.stack_page import StackPage

    return StackPage(app.fleet, page.key, page.section)


def _application(app: BoardApp, page: OpenApplication) -> Screen[None]:
    from tui.pages.application_page import ApplicationPage

    return ApplicationPage(app.fleet, page.key)


def _applications(app: BoardApp, page: OpenApplications) -> Screen[None]:
    from tui.board_screens import ApplicationsScreen

    return ApplicationsScreen(app.fleet)


def _contexts(app: BoardApp, page: OpenContexts) -> Screen[None]:
    from tui.contexts_screen import ContextsScreen

    return ContextsScreen(app.fleet)


def _context(app: BoardApp, page: OpenContext) -> Screen[None]:
    from tui.pages.context_page import ContextPage

    return ContextPage(app.fleet, page.name)


def _checks(app: BoardApp, page: OpenChecks) -> Screen[None]:
    from tui.checks.checks_screen import ChecksScreen

    return ChecksScreen(app.fleet)


def _change(app: BoardApp, page: OpenChange) -> Screen[None]:
    from actions.registry import CHANGES
    from tui.plans.change_page import ChangePage

    return ChangePage(app.fleet, CHANGES[page.change], page.target, page.request)


def _logs(app: BoardApp, page: OpenLogs) -> Screen[None]:
    from tui.logs.log_page import LogPage

    return LogPage(app.fleet, page.stacks, pod=page.pod, container=page.container, update=page.update)


def _yaml(app: BoardApp, page: OpenYaml) -> Screen[None]:
    from tui.pages.text_page import YamlPage

    return YamlPage(app.fleet, page.key, page.resource)


def _run(app: BoardApp, page: OpenRun) -> Screen[None]:
    from tui.pages.text_page import RunPage

    return RunPage(app.fleet, page.stack, page.update, page.write_lines, page.references)


def _text(app: BoardApp, page: OpenText) -> Screen[None]:
    from tui.pages.text_page import TextPage

    return TextPage(app.fleet, page.key, page.title, page.write_lines, page.references)


_FACTORIES: Mapping[type, Callable[[BoardApp, Any], Screen[None]]] = {
    OpenStack: _stack,
    OpenApplication: _application,
    OpenApplications: _applications,
    OpenContexts: _contexts,
    OpenContext: _context,
    OpenChecks: _checks,
    OpenChange: _change,
    OpenLogs: _logs,
    OpenYaml: _yaml,
    OpenRun: _run,
    OpenText: _text,
}
