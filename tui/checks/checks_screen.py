"""The screen of every Argo CD of the watched contexts, and which health checks are in force there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import Finding
from fleet.argocd.instances import CONFIG_MAPS, KnownInstance
from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.checks.check_actions import CHECK_KEYS, CheckActions
from tui.checks.check_table import CHECK_COLUMNS, CHECK_TABLE, CheckRow, check_word
from tui.shell.kubectl_reference import KubectlReference
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_widget import TableWidget


class ChecksScreen(TableScreen[CheckRow]):
    """While it is there, Argo CDs are polled; the board only watches Stacks and Applications."""

    arrives_in_bulk = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *CHECK_KEYS,
        Binding("r", "again", "Reload", show=False, id="checks.again", tooltip="Look again now."),
        *sort_keys(CHECK_COLUMNS),
    ]

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, CHECK_TABLE)
        self.argo_cds = fleet.argo_cds
        self._obstacles: dict[tuple[str, str], tuple[KnownInstance, list[Finding]]] = {}

    def on_mount(self) -> None:
        following = self.argo_cds.follow(lambda: list(self.fleet.board.contexts), objects=True)
        self.run_worker(following, group="argocd", description="look at the Argo CDs of all contexts")

    @property
    def rows_version(self) -> int:
        return self.fleet.board.version + self.argo_cds.version

    def all_rows(self) -> Iterable[CheckRow]:
        return [row for context in self.fleet.board.contexts for row in self._rows(context)]

    def _rows(self, context: str) -> Iterator[CheckRow]:
        instances = self.argo_cds.seen(context)
        if instances is None:
            return
        for known in instances.known:
            yield CheckRow(context, known.instance.namespace, known, instances, obstacles=self._obstacles_of(known))
        if not instances.known and instances.why:
            yield CheckRow(context, "", None, instances, f"it can't be asked: {instances.why}")
        elif not instances.known and instances.hidden:
            unseen = "; ".join(str(hidden) for hidden in instances.hidden)
            yield CheckRow(context, "", None, instances, f"no Argo CD that may be seen ({unseen})")

    def _obstacles_of(self, known: KnownInstance) -> Sequence[Finding]:
        """The obstacles of an Argo CD, computed once for each time it is read and not each time its row is drawn."""
        place = known.instance.context, known.instance.namespace
        last = self._obstacles.get(place)
        if last is None or last[0] is not known:
            last = self._obstacles[place] = known, obstacles(known)
        return last[1]

    def find(self, key: Hashable) -> CheckRow | None:
        if not isinstance(key, Key):
            return None
        return next((row for row in self._rows(key.context) if row.namespace == key.namespace), None)

    def as_json(self, row: CheckRow, now: float) -> dict[str, Any]:
        return {
            "context": row.context,
            "namespace": row.namespace,
            "checks": {} if row.known is None else {one.kind: check_word(one) for one in row.known.checks},
            "trouble": row.trouble,
        }

    def stale(self, now: float) -> Mapping[str, str]:
        """No context is: Argo CDs are polled whether or not its watches are alive, and each row says how old it is."""
        return {}

    def references(self) -> list[KubectlReference]:
        keys = [key for key in self.model.window.chosen() if isinstance(key, Key) and key.namespace]
        return [KubectlReference(key, CONFIG_MAPS) for key in keys]

    def _refresh_texts(self, now: float) -> None:
        super()._refresh_texts(now)
        if not self.model.window.lines and not self.model.window.total:
            self.table.show_notice(self._why_empty())

    def _why_empty(self) -> str:
        contexts = list(self.fleet.board.contexts)
        asked = [context for context in contexts if self.argo_cds.seen(context) is not None]
        if len(asked) < len(contexts):
            return f"Looking for Argo CD in {len(contexts)} contexts; {len(asked)} have answered ..."
        return f"There is no Argo CD in {', '.join(contexts) or 'no context'}."

    # Keys

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        from tui.checks.instance_page import InstancePage

        if isinstance(event.key, Key) and event.key.namespace:
            self.app.push_screen(InstancePage(self.fleet, event.key))
        elif isinstance(event.key, Key) and (row := self.find(event.key)) is not None:
            self.notify(row.trouble, markup=False, severity="warning")

    def action_again(self) -> None:
        self.argo_cds.refresh()
        self.notify("Looking again", markup=False, timeout=2)

    def check_actions(self) -> CheckActions | None:
        """What can be done with the Argo CD under the cursor; None where there is none."""
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        return CheckActions(self, self.fleet, row.known) if row is not None and row.known is not None else None

    def action_check_action(self, name: str) -> None:
        actions = self.check_actions()
        if actions is None:
            self.notify("There is no Argo CD on this line", markup=False, severity="warning")
        else:
            actions.run(name)
