"""The page that previews other checks in an Argo CD: every live object judged by both. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType

from actions.checks.changes import UNINSTALL
from actions.plan import Plan
from actions.record import ActionRecord
from actions.workflow import ChangeRequest
from fleet.argocd.argocd_words import (
    counted,
    doubt,
    of_sync,
    replacement_words,
    safe,
    safe_message,
    short_kind,
    shown_as,
)
from fleet.argocd.health_preview import (
    ApplicationChange,
    HealthChange,
    HealthPreview,
    Wanted,
    ours_everywhere,
    preview_health,
)
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.check_in_force import CheckInForce, check_in_force
from health.argocd_cm.settings import ArgoCDSettings, read_settings
from tui.pages.sections import PageSection, PageTable, SectionedPage
from tui.plans.change_run import user_record
from tui.shell.navigation import OpenApplication, OpenStack, open_page
from tui.tables.table_spec import TableSpec, page_column
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, headed
from tui.widgets.workers import start_worker
from views.columns import Column, name_tone
from views.filter import FilterFields
from views.tones import health_tone


@dataclass(frozen=True)
class PreviewRow:
    """An object, or an Application, that would be shown as something else."""

    kind: str
    key: Key
    application: str
    before: str
    after: str
    message: str


_COLUMNS: tuple[Column[PreviewRow], ...] = (
    page_column("kind", "KIND", lambda r, now: r.kind, (1, 6, 11)),
    page_column("context", "CONTEXT", lambda r, now: safe(r.key.context), (3, 8, 24)),
    page_column("namespace", "NAMESPACE", lambda r, now: safe(r.key.namespace), (2, 10, 24)),
    page_column("name", "NAME", lambda r, now: safe(r.key.name), (0, 14, 40), name_tone),
    page_column("application", "APPLICATION", lambda r, now: r.application, (5, 12, 30)),
    page_column("before", "NOW", lambda r, now: r.before, (0, 11, 11), lambda r: health_tone(r.before)),
    page_column("after", "THEN", lambda r, now: r.after, (0, 11, 11), lambda r: health_tone(r.after)),
    page_column("message", "MESSAGE", lambda r, now: r.message, (4, 20, 4000)),
)
_TABLE: TableSpec[PreviewRow] = TableSpec(
    noun="Objects",
    columns=_COLUMNS,
    identity=lambda row: (row.kind, row.key),
    context=lambda row: row.key.context,
    namespace=lambda row: row.key.namespace,
    order=lambda row: row.kind,
    order_name="name",
    filter_fields=lambda row: FilterFields(row.key.name),
)


class PreviewPage(SectionedPage):
    """It is computed once, and again on request: what it says doesn't change under the reader."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "look", "Again", "preview.look", "Work it out anew."),
    ]

    def __init__(self, fleet: Fleet, instance: ArgoCDInstance, kinds: Sequence[str], *, without: bool = False) -> None:
        self.objects: PageTable[PreviewRow] = PageTable(_TABLE, "objects")
        self.applications: PageTable[PreviewRow] = PageTable(_TABLE, "applications")
        super().__init__(fleet, Key(instance.context, instance.namespace, "preview"))
        self._instance = instance
        self._kinds = tuple(kinds)
        self._without = without
        self._preview: HealthPreview | None = None

    def sections(self) -> list[PageSection]:
        return [
            PageSection("Overview", (self.text_view,)),
            PageSection("Objects", (self.objects.table,)),
            PageSection("Applications", (self.applications.table,)),
        ]

    def on_mount(self) -> None:
        self.action_look()

    def action_look(self) -> None:
        self._preview = None
        start_worker(self, self._judge, group="preview", exclusive=True, description="judge everything twice")
        self.refresh_page()

    async def _judge(self) -> None:
        contexts = list(self.fleet.board.contexts)
        wanted = without_ours(self._kinds, user_record(self.fleet)) if self._without else ours_everywhere
        self._preview = await preview_health(self.fleet.opener, contexts, self._kinds, [str(self._instance)], wanted)
        self.refresh_page()

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        what = "without our checks" if self._without else f"with ours for {', '.join(map(short_kind, self._kinds))}"
        return [HeaderPiece(f"Preview {self._instance}", "head"), HeaderPiece(what, "", 2)]

    def refresh_page(self) -> None:
        super().refresh_page()
        preview, now = self._preview, self.fleet.clock()
        if self.section == "Objects":
            changes = [_object_row(change) for change in preview.changes] if preview else []
            self.objects.show(changes, now, {}, "None changes." if preview else _JUDGING)
        elif self.section == "Applications":
            changed = [_application_row(one) for one in preview.applications] if preview else []
            self.applications.show(changed, now, {}, "None changes." if preview else _JUDGING)

    def lines(self, now: float) -> Sequence[TextLine]:
        if self._preview is None:
            return [TextLine(_JUDGING, tone="dim")]
        return list(preview_lines(self._preview, self._kinds))

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        row = self.objects.row_under_cursor or self.applications.row_under_cursor
        if row is not None and row.kind == "Stack":
            open_page(self, OpenStack(row.key))
        elif row is not None and row.kind == "Application":
            open_page(self, OpenApplication(row.key))


_JUDGING = "Reading all objects and judging each by what is in force, and by what would be ..."


def without_ours(kinds: Sequence[str], record: ActionRecord) -> Wanted:
    """The check that would be in force after an uninstall: a value that was taken over, or what can't be changed."""
    request = ChangeRequest(tuple(kinds))

    def wanted(instance: ArgoCDInstance, kind: str) -> CheckInForce:
        planned = UNINSTALL.plan(instance, request, record)
        reading = _left_by(instance, planned) if isinstance(planned, Plan) else instance.settings
        return check_in_force(reading, kind, instance.release)

    return wanted


def _left_by(instance: ArgoCDInstance, plan: Plan) -> ArgoCDSettings:
    """How Argo CD reads its argocd-cm once this plan is carried out, on it or on the resource it is made from."""
    data = {**instance.data}
    for key, _, after in plan.differences:
        data.pop(key, None)
        data |= {key: after} if after else {}
    return read_settings(data, instance.release)


def preview_lines(preview: HealthPreview, kinds: Sequence[str]) -> Iterator[TextLine]:
    """Which checks are replacement_words, how many objects would change, and what becomes of syncs under way."""
    for replacement in preview.replacements:
        yield TextLine(replacement_words(replacement))
    if not preview.replacements:
        yield TextLine("This Argo CD wasn't seen, or its argocd-cm may not be read.", tone="odd")
    yield TextLine()
    for kind in kinds:
        yield TextLine(counted(preview, kind))
    yield TextLine(f"Applications: {len(preview.applications)} would show another health")
    yield from headed("SYNCS THAT ARE ON", (TextLine(of_sync(sync)) for sync in preview.syncs))
    yield from headed("WHAT COULDN'T BE READ", _unread(preview))


def _unread(preview: HealthPreview) -> Iterator[TextLine]:
    for surveyed in preview.survey.contexts:
        for hidden in surveyed.hidden:
            yield TextLine(f"{surveyed.context}: {safe(str(hidden))}", "may not read", "odd")
    for context, hidden in preview.hidden:
        yield TextLine(f"{context}: {safe(str(hidden))}", "may not read", "odd")
    for context, why in preview.survey.unseen.items():
        yield TextLine(f"{context}: {safe(why)}", "not seen", "bad")


def _object_row(change: HealthChange) -> PreviewRow:
    app = safe(change.application.name) if change.application else ""
    before, after = shown_as(change.before), shown_as(change.after)
    return PreviewRow(short_kind(change.kind), change.key, app, before, after, safe_message(change.after.message))


def _application_row(changed: ApplicationChange) -> PreviewRow:
    return PreviewRow("Application", changed.key, "", changed.before, changed.after, doubt(sure=changed.sure))
