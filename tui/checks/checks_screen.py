"""The table of Argo CDs: a row each, a column for the check that judges each kind, and the worst obstacle."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import BROKEN, MISLEADS, NOTE, SEVERITIES, Finding
from fleet.argocd.argocd_words import safe, short_kind
from fleet.argocd.instance_watch import ContextInstances
from fleet.argocd.instances import CONFIG_MAPS, InstanceChecks
from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.check_in_force import CheckInForce
from health.check_kinds import CHANGED, KINDS, OURS
from stacks.times import kubectl_age
from tui.checks.check_actions import CHECK_KEYS, CheckActions
from tui.shell.navigation import KubectlReference, OpenInstance, open_page
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import bind
from tui.widgets.workers import start_worker
from views.columns import Column, ColumnWidth, name_tone
from views.filter import FilterFields
from views.tones import CHECK_ORIGIN, FINDING

_SEVERITIES = ("", *SEVERITIES, "fine")
"""of the worst obstacle, the worst first; the empty one is a context that can't be asked"""


@dataclass(frozen=True)
class CheckRow:
    """An Argo CD; or, where `known` is None, a context that doesn't show whether it has any, and `why`.

    `instances` is everything that was read of the context.
    """

    context: str
    namespace: str
    known: InstanceChecks | None
    instances: ContextInstances
    why: str = ""
    obstacles: Sequence[Finding] = ()
    """what is in the way of our checks there, the worst first"""

    @property
    def key(self) -> Key:
        return Key(self.context, self.namespace, "argocd-cm")

    @property
    def worst(self) -> Finding | None:
        """The worst obstacle; None where there is none, or nothing is known."""
        return self.obstacles[0] if self.obstacles else None

    @property
    def severity(self) -> str:
        """One of `_SEVERITIES`."""
        if self.known is None:
            return ""
        return self.worst.severity if self.worst is not None else "fine"

    @property
    def trouble(self) -> str:
        """The worst obstacle in words, and how many more there are; or why the context can't be asked."""
        if self.known is None or self.instances.why:
            return safe(self.why or f"as it was: {self.instances.why}")
        if self.worst is None:
            return ""
        word = "" if self.worst.severity == NOTE else f"{self.worst.severity}: "
        more = f" (and {count} more)" if (count := len(self.obstacles) - 1) else ""
        about = self.worst.subject.removeprefix("resource.customizations.")
        return f"{word}{safe(about)}: {safe(self.worst.title)}{more}"


def check_word(found: CheckInForce | None) -> str:
    """The check that judges a kind, for a cell: ``ours 1``."""
    if found is None:
        return "?"
    old = "" if found.current or found.origin != OURS else ", old"
    return f"{found.origin} {found.version}{old}" if found.origin in (OURS, CHANGED) else found.origin


def _check_of(row: CheckRow, kind: str) -> CheckInForce | None:
    return row.known.check(kind) if row.known is not None else None


def _kind_column(kind: str) -> Column[CheckRow]:
    def word(row: CheckRow) -> str:
        return check_word(_check_of(row, kind)) if row.known is not None else ""

    def tone(row: CheckRow) -> str:
        found = _check_of(row, kind)
        return CHECK_ORIGIN[found.origin] if found is not None else ""

    name = short_kind(kind)
    width = _KIND_WIDTHS.get(name, ColumnWidth(6, 8, 16))
    return Column(name.lower(), name.upper(), lambda row, now: word(row), word, width=width, tone=tone)


_KIND_WIDTHS = {"Stack": ColumnWidth(0, 8, 16), "Program": ColumnWidth(4, 8, 16), "Workspace": ColumnWidth(5, 9, 16)}
"""Stacks are what one wants to see first; the others are left out before them"""


def _version(row: CheckRow) -> str:
    return safe(row.known.instance.version) if row.known is not None else ""


def _owner(row: CheckRow) -> str:
    if row.known is None or row.known.instance.config_map is None:
        return ""
    return row.known.instance.owner.who


def _by_trouble(row: CheckRow) -> tuple[int, str]:
    return (_SEVERITIES.index(row.severity), row.trouble)


CHECK_COLUMNS: tuple[Column[CheckRow], ...] = (
    Column(
        "context", "CONTEXT", lambda r, now: safe(r.context), lambda r: r.context, "X",
        width=ColumnWidth(0, 8, 24), tone=name_tone,
    ),
    Column(
        "namespace", "NAMESPACE", lambda r, now: safe(r.namespace), lambda r: r.namespace, "S,N",
        width=ColumnWidth(0, 9, 24),
    ),
    Column("version", "VERSION", lambda r, now: _version(r), _version, "V", width=ColumnWidth(1, 8, 12)),
    Column("owner", "OWNER", lambda r, now: _owner(r), _owner, "O", width=ColumnWidth(3, 8, 16)),
    *map(_kind_column, KINDS),
    Column(
        "trouble", "IN THE WAY", lambda r, now: r.trouble, _by_trouble, "W",
        width=ColumnWidth(2, 30, 4000), tone=lambda r: FINDING[r.severity],
    ),
    Column(
        "seen", "SEEN", lambda r, now: kubectl_age(now - r.instances.at), lambda r: -r.instances.at,
        width=ColumnWidth(7, 4, 8),
    ),
)  # fmt: skip


def _filter_fields(row: CheckRow) -> FilterFields:
    text = " ".join([column.text(row, 0.0) for column in CHECK_COLUMNS[:-1]]).lower()
    return FilterFields(text, context=row.context.lower(), namespace=row.namespace.lower(), statuses=(row.severity,))


CHECK_TABLE: TableSpec[CheckRow] = TableSpec(
    noun="Argo CDs",
    columns=CHECK_COLUMNS,
    identity=lambda row: row.key,
    context=lambda row: row.context,
    namespace=lambda row: row.namespace,
    order=lambda row: _SEVERITIES.index(row.severity),
    order_name="trouble",
    filter_fields=_filter_fields,
    filter_words=("ctx", "ns", "status"),
    groupings={"context": lambda row: row.context, "owner": _owner, "version": _version},
    broken=lambda row: row.severity in ("", BROKEN, MISLEADS),
)


class ChecksScreen(TableScreen[CheckRow]):
    """While it is there, Argo CDs are polled; the board only watches Stacks and Applications."""

    arrives_in_bulk = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *CHECK_KEYS,
        bind("r", "again", "Reload", "checks.again", "Look again now.", show=False),
        *sort_keys(CHECK_COLUMNS),
    ]

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, CHECK_TABLE)
        self.instance_watch = fleet.instance_watch
        self._obstacles: dict[tuple[str, str], tuple[InstanceChecks, list[Finding]]] = {}

    def on_mount(self) -> None:
        following = partial(self.instance_watch.follow, lambda: list(self.fleet.board.contexts), objects=True)
        start_worker(self, following, group="argocd", description="look at the Argo CDs of all contexts")

    @property
    def rows_version(self) -> int:
        return self.fleet.board.version + self.instance_watch.version

    def all_rows(self) -> Iterable[CheckRow]:
        return [row for context in self.fleet.board.contexts for row in self._rows(context)]

    def _rows(self, context: str) -> Iterator[CheckRow]:
        instances = self.instance_watch.seen(context)
        if instances is None:
            return
        for known in instances.known:
            yield CheckRow(context, known.instance.namespace, known, instances, obstacles=self._obstacles_of(known))
        if not instances.known and instances.why:
            yield CheckRow(context, "", None, instances, f"it can't be asked: {instances.why}")
        elif not instances.known and instances.hidden:
            unseen = "; ".join(str(hidden) for hidden in instances.hidden)
            yield CheckRow(context, "", None, instances, f"no Argo CD that may be seen ({unseen})")

    def _obstacles_of(self, known: InstanceChecks) -> Sequence[Finding]:
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
        asked = [context for context in contexts if self.instance_watch.seen(context) is not None]
        if len(asked) < len(contexts):
            return f"Looking for Argo CD in {len(contexts)} contexts; {len(asked)} have answered ..."
        return f"There is no Argo CD in {', '.join(contexts) or 'no context'}."

    # Keys

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if isinstance(event.key, Key) and event.key.namespace:
            open_page(self, OpenInstance(event.key))
        elif isinstance(event.key, Key) and (row := self.find(event.key)) is not None:
            self.notify(row.trouble, markup=False, severity="warning")

    def action_again(self) -> None:
        self.instance_watch.refresh()
        self.notify("Looking again", markup=False, timeout=2)

    def check_actions(self) -> CheckActions | None:
        """What can be done with the Argo CD under the cursor; None where there is none."""
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        return CheckActions(self, row.known) if row is not None and row.known is not None else None

    def action_health_check(self, name: str) -> None:
        actions = self.check_actions()
        if actions is None:
            self.notify("There is no Argo CD on this line", markup=False, severity="warning")
        else:
            actions.run(name)
