"""Which class shows what a screen asks to be opened.

Each is imported when it is opened for the first time: the first frame of the board waits for no page.
"""

from __future__ import annotations

from textual.screen import Screen

from tui.shell.board_app import BoardApp
from tui.shell.navigation import (
    OpenApplication,
    OpenApplications,
    OpenCauses,
    OpenCauseStacks,
    OpenChange,
    OpenChanges,
    OpenChecks,
    OpenComparison,
    OpenContext,
    OpenContexts,
    OpenDiagnosis,
    OpenDiff,
    OpenFixes,
    OpenInstance,
    OpenLint,
    OpenLogs,
    OpenPreview,
    OpenRun,
    OpenSessionChange,
    OpenSnippet,
    OpenStack,
    OpenText,
    OpenYaml,
    Page,
    SessionChange,
)


def screen_of(page: Page, app: BoardApp) -> Screen[None]:
    fleet = app.fleet
    match page:
        case OpenStack(key, section):
            from tui.pages.stack_page import StackPage

            return StackPage(fleet, key, section)
        case OpenApplication(key):
            from tui.pages.application_page import ApplicationPage

            return ApplicationPage(fleet, key)
        case OpenApplications():
            from tui.board_screens import ApplicationsScreen

            return ApplicationsScreen(fleet)
        case OpenContexts():
            from tui.contexts_screen import ContextsScreen

            return ContextsScreen(fleet, app.board_findings)
        case OpenContext(name):
            from tui.pages.context_page import ContextPage

            return ContextPage(fleet, name, app.board_findings)
        case OpenComparison(left, right):
            from tui.comparison_screen import ComparisonScreen

            return ComparisonScreen(fleet, (left, right))
        case OpenChecks():
            from tui.checks.checks_screen import ChecksScreen

            return ChecksScreen(fleet)
        case OpenInstance(key):
            from tui.checks.instance_page import InstancePage

            return InstancePage(fleet, key)
        case OpenDiff(key):
            from tui.checks.check_actions import DiffPage

            return DiffPage(fleet, key)
        case OpenPreview(instance, kinds, without):
            from tui.checks.preview_page import PreviewPage

            return PreviewPage(fleet, instance, kinds, without=without)
        case OpenSnippet(key, format_name, kinds):
            from tui.checks.check_actions import SnippetPage

            return SnippetPage(fleet, key, format_name, kinds)
        case OpenChange(change, target, request):
            from actions.registry import CHANGES
            from tui.plans.change_page import ChangePage
            from tui.plans.change_run import ChangeRun

            return ChangePage(ChangeRun(fleet, CHANGES[change], target, request))
        case OpenDiagnosis(key, kind):
            from tui.plans.fix_page import FixesPage

            return FixesPage(fleet, key, kind, at_fix=False)
        case OpenCauses(context):
            from tui.causes_screen import CausesScreen

            return CausesScreen(fleet, app.board_findings, context)
        case OpenCauseStacks(keys, words):
            from tui.causes_screen import CauseStacksScreen

            return CauseStacksScreen(fleet, keys, words)
        case OpenLint():
            from tui.lint_screen import LintScreen

            return LintScreen(fleet)
        case OpenFixes((key,), kind):
            from tui.plans.fix_page import FixesPage

            return FixesPage(fleet, key, kind)
        case OpenFixes(keys, kind, verb):
            from tui.plans.group_page import GroupPage
            from tui.plans.group_run import GroupRun

            return GroupPage(GroupRun(fleet, keys, kind), verb)
        case OpenChanges():
            from tui.plans.changes_page import ChangesPage

            return ChangesPage(fleet)
        case OpenSessionChange(begun):
            return _page_of_change(begun)
        case OpenLogs(stacks, pod, container, update):
            from tui.logs.log_page import LogPage

            return LogPage(fleet, stacks, pod=pod, container=container, update=update)
        case OpenYaml(key, resource):
            from tui.pages.text_page import YamlPage

            return YamlPage(fleet, key, resource)
        case OpenRun(stack, update, write_lines, references):
            from tui.pages.text_page import RunPage

            return RunPage(fleet, stack, update, write_lines, references)
        case OpenText(key, title, write_lines, references):
            from tui.pages.text_page import TextPage

            return TextPage(fleet, key, title, write_lines, references)


def _page_of_change(change: SessionChange) -> Screen[None]:
    from tui.plans.change_page import ChangePage
    from tui.plans.change_run import ChangeRun
    from tui.plans.group_page import GroupPage
    from tui.plans.group_run import GroupRun

    if isinstance(change, GroupRun):
        return GroupPage(change)
    assert isinstance(change, ChangeRun)  # there is no third kind
    return ChangePage(change)
