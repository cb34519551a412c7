"""The board: every Stack, the worst first; and every Application, one key away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, ClassVar

from cluster.resources import Resource
from fleet.board.rows import AppRow, Key, StackRow
from fleet.fleet import Fleet
from fleet.resource_kinds import APPLICATIONS, STACKS
from tui.board_keys import APPLICATION_KEYS, STACK_KEYS
from tui.shell.navigation import (
    KubectlReference,
    OpenApplication,
    OpenApplications,
    OpenDiagnosis,
    OpenFixes,
    OpenLogs,
    OpenStack,
    OpenYaml,
    browse,
    open_page,
)
from tui.tables.table_screen import Row, TableScreen
from tui.tables.table_spec import APPLICATION_TABLE, STACK_TABLE, application_ages
from tui.tables.table_widget import TableWidget


class ObjectsScreen(TableScreen[Row]):
    """A table whose rows are objects of clusters, each under its key."""

    resource: ClassVar[Resource]

    def chosen(self) -> list[Key]:
        """The keys of the marked rows, or of the one under the cursor."""
        return [key for key in self.model.window.chosen() if isinstance(key, Key)]

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(key, self.resource) for key in self.chosen()]

    def action_yaml(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenYaml(key, self.resource))


class StacksScreen(ObjectsScreen[StackRow]):
    resource = STACKS.resource
    BINDINGS = STACK_KEYS

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, STACK_TABLE)

    def all_rows(self) -> Iterable[StackRow]:
        return self.fleet.board.stacks.values()

    def find(self, key: Hashable) -> StackRow | None:
        return self.fleet.board.stacks.get(key) if isinstance(key, Key) else None

    def as_json(self, row: StackRow, now: float) -> dict[str, Any]:
        from views.json_output import stack  # not before somebody saves the table

        return stack(row, now)

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        self._open(event.key)

    def action_section(self, section: str) -> None:
        self._open(self.model.window.key, section)

    def _open(self, key: Hashable, section: str = "Overview") -> None:
        if isinstance(key, Key):
            open_page(self, OpenStack(key, section))

    def action_logs(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenLogs(tuple(keys)))

    def action_browse(self) -> None:
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        if row is not None:
            browse(self.app, row.permalink, f"{row.key.name} has no link to Pulumi Cloud")

    def action_diagnose(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenDiagnosis(key))

    def action_fix(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenFixes(tuple(keys)))

    def action_apps(self) -> None:
        open_page(self, OpenApplications())


class ApplicationsScreen(ObjectsScreen[AppRow]):
    """All Applications of all contexts that are watched; those that hold Stacks first."""

    resource = APPLICATIONS.resource
    BINDINGS = APPLICATION_KEYS

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, APPLICATION_TABLE)

    def all_rows(self) -> Iterable[AppRow]:
        return self.fleet.board.apps()

    def find(self, key: Hashable) -> AppRow | None:
        return self.fleet.board.app(key) if isinstance(key, Key) else None

    def stale(self, now: float) -> Mapping[str, str]:
        return application_ages(self.fleet.board.contexts.values(), now)

    def as_json(self, row: AppRow, now: float) -> dict[str, Any]:
        from views.json_output import app  # not before somebody saves the table

        return app(row, now)

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if isinstance(event.key, Key):
            open_page(self, OpenApplication(event.key))

    def action_diagnose(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenDiagnosis(key, "Application"))

    def action_fix(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenFixes(tuple(keys), "Application"))
