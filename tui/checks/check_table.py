"""The table of Argo CDs: a row each, a column for the check that judges each kind, and the worst obstacle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnosis.finding import BROKEN, MISLEADS, NOTE, Finding
from fleet.argocd.argocd_words import named, said
from fleet.argocd.instance_watch import ContextInstances
from fleet.argocd.instances import KnownInstance
from fleet.board.rows import Key
from health.argocd_cm.check_in_force import CHANGED, OURS, CheckInForce
from health.check_kinds import KINDS
from stacks.times import age
from tui.tables.table_spec import TableSpec
from views.columns import Column, ColumnWidth, name_tone
from views.filter import FilterFields
from views.tones import FINDING, STANDING

_LEVELS = ("", BROKEN, MISLEADS, NOTE, "fine")
"""levels of obstacles, the worst first; the empty one is a context that can't be asked"""


@dataclass(frozen=True)
class CheckRow:
    """An Argo CD; or, where `known` is None, a context that doesn't show whether it has any, and `why`.

    `instances` is everything that was read of the context.
    """

    context: str
    namespace: str
    known: KnownInstance | None
    instances: ContextInstances
    why: str = ""
    obstacles: Sequence[Finding] = ()
    """what is in the way of our checks there, the worst first"""

    @property
    def key(self) -> Key:
        """The key of its argocd-cm."""
        return Key(self.context, self.namespace, "argocd-cm")

    @property
    def worst(self) -> Finding | None:
        """The worst obstacle; None where there is none, or nothing is known."""
        return self.obstacles[0] if self.obstacles else None

    @property
    def level(self) -> str:
        """One of `_LEVELS`."""
        if self.known is None:
            return ""
        return self.worst.severity if self.worst is not None else "fine"

    @property
    def trouble(self) -> str:
        """The worst obstacle in words, and how many more there are; or why the context can't be asked."""
        if self.known is None or self.instances.why:
            return said(self.why or f"as it was: {self.instances.why}")
        if self.worst is None:
            return ""
        word = "" if self.worst.severity == NOTE else f"{self.worst.severity}: "
        more = f" (and {count} more)" if (count := len(self.obstacles) - 1) else ""
        about = self.worst.subject.removeprefix("resource.customizations.")
        return f"{word}{said(about)}: {said(self.worst.title)}{more}"


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
        return STANDING[found.origin] if found is not None else ""

    name = named(kind)
    width = _KIND_WIDTHS.get(name, ColumnWidth(6, 8, 16))
    return Column(name.lower(), name.upper(), lambda row, now: word(row), word, width=width, tone=tone)


_KIND_WIDTHS = {"Stack": ColumnWidth(0, 8, 16), "Program": ColumnWidth(4, 8, 16), "Workspace": ColumnWidth(5, 9, 16)}
"""Stacks are what one wants to see first; the others are left out before them"""


def _version(row: CheckRow) -> str:
    return said(row.known.instance.version) if row.known is not None else ""


def _owner(row: CheckRow) -> str:
    if row.known is None or row.known.instance.config_map is None:
        return ""
    return row.known.instance.owner.who


def _by_trouble(row: CheckRow) -> tuple[int, str]:
    return (_LEVELS.index(row.level), row.trouble)


CHECK_COLUMNS: tuple[Column[CheckRow], ...] = (
    Column(
        "context", "CONTEXT", lambda r, now: said(r.context), lambda r: r.context, "X",
        width=ColumnWidth(0, 8, 24), tone=name_tone,
    ),
    Column(
        "namespace", "NAMESPACE", lambda r, now: said(r.namespace), lambda r: r.namespace, "S,N",
        width=ColumnWidth(0, 9, 24),
    ),
    Column("version", "VERSION", lambda r, now: _version(r), _version, "V", width=ColumnWidth(1, 8, 12)),
    Column("owner", "OWNER", lambda r, now: _owner(r), _owner, "O", width=ColumnWidth(3, 8, 16)),
    *map(_kind_column, KINDS),
    Column(
        "trouble", "IN THE WAY", lambda r, now: r.trouble, _by_trouble, "W",
        width=ColumnWidth(2, 30, 4000), tone=lambda r: FINDING[r.level],
    ),
    Column(
        "seen", "SEEN", lambda r, now: age(now - r.instances.at), lambda r: -r.instances.at,
        width=ColumnWidth(7, 4, 8),
    ),
)  # fmt: skip


def _filter_fields(row: CheckRow) -> FilterFields:
    text = " ".join([column.text(row, 0.0) for column in CHECK_COLUMNS[:-1]]).lower()
    return FilterFields(text, context=row.context.lower(), namespace=row.namespace.lower(), statuses=(row.level,))


CHECK_TABLE: TableSpec[CheckRow] = TableSpec(
    noun="Argo CDs",
    columns=CHECK_COLUMNS,
    identity=lambda row: row.key,
    context=lambda row: row.context,
    namespace=lambda row: row.namespace,
    order=lambda row: _LEVELS.index(row.level),
    order_name="trouble",
    filter_fields=_filter_fields,
    groupings={"context": lambda row: row.context, "owner": _owner, "version": _version},
    broken=lambda row: row.level in ("", BROKEN, MISLEADS),
)
