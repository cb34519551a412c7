"""The page of one Argo CD: its checks, who keeps argocd-cm, and every obstacle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import Finding
from fleet.argocd.argocd_survey import IGNORE
from fleet.argocd.argocd_words import SEVERITY_MARKS, kept_by, right_place, safe, short_kind
from fleet.argocd.instance_watch import ContextInstances
from fleet.argocd.instances import CONFIG_MAPS, InstanceChecks
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.times import kubectl_age
from tui.checks.check_actions import CHECK_KEYS, CheckActions
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import KubectlReference
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, in_parts
from tui.widgets.workers import start_worker
from views.tones import CHECK_ORIGIN, FINDING


class InstancePage(PageScreen):
    """Everything that ``health status`` prints of an Argo CD, polled while the page is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *CHECK_KEYS,
        bind("r", "again", "Reload", "checks.again", "Look again now.", show=False),
    ]

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self.instance_watch = fleet.instance_watch

    def on_mount(self) -> None:
        following = partial(self.instance_watch.follow, lambda: [self.key.context])
        start_worker(self, following, group="argocd", description="look at an Argo CD")

    def page_version(self) -> tuple[object, ...]:
        return (*super().page_version(), self.instance_watch.version)

    @property
    def known(self) -> InstanceChecks | None:
        """The Argo CD as it was last read; None if it wasn't found."""
        return self.instance_watch.instance(self.key.context, self.key.namespace)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        pieces = [HeaderPiece(f"Argo CD {self.key.context}/{self.key.namespace}", "head")]
        if (known := self.known) is not None:
            pieces.append(HeaderPiece(safe(known.instance.version), "", 2))
        instances = self.instance_watch.seen(self.key.context)
        if instances is not None:
            words = (
                f"{kubectl_age(now - instances.at)} old: {safe(instances.why)}"
                if instances.why
                else f"seen {kubectl_age(now - instances.at)} ago"
            )
            pieces.append(HeaderPiece(words, "odd" if instances.why else "dim", 3))
        return pieces

    def lines(self, now: float) -> Sequence[TextLine]:
        instances = self.instance_watch.seen(self.key.context)
        if instances is None:
            return [TextLine("Asking the cluster ...", tone="dim")]
        if self.known is None:
            return [TextLine("This Argo CD isn't there any more.", tone="odd")]
        return instance_lines(self.known, instances)

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(self.key, CONFIG_MAPS)]

    def copy_text(self) -> str:
        return f"{self.key.context}/{self.key.namespace}"

    def action_again(self) -> None:
        self.instance_watch.refresh(self.key.context)
        self.notify("Looking again", markup=False, timeout=2)

    def action_health_check(self, name: str) -> None:
        if self.known is not None:
            CheckActions(self, self.known).run(name)


def instance_lines(known: InstanceChecks, instances: ContextInstances) -> list[TextLine]:
    instance = known.instance
    lines = [
        TextLine(safe(str(instance)), "Argo CD", "strong"),
        TextLine(f"{safe(instance.version)} ({safe(instance.version_from)})", "Version"),
    ]
    if instance.config_map is not None:
        lines.append(TextLine(kept_by(instance), "argocd-cm"))
        lines.append(TextLine(f"{right_place(instance)}; w prints it as {instance.owner.format}", "belongs into"))
    return in_parts(
        ("", iter(lines)),
        ("CHECKS IN FORCE", _checks(known)),
        ("IN THE WAY", (line for obstacle in obstacles(known) for line in _obstacle(obstacle))),
        ("LEFT OUT OF THEIR APPLICATION'S HEALTH", _ignored(instances)),
        ("WHAT COULDN'T BE READ", (TextLine(safe(str(one)), "may not read", "odd") for one in instances.hidden)),
    )


def _checks(known: InstanceChecks) -> Iterator[TextLine]:
    for found in known.checks:
        yield TextLine(safe(str(found)), short_kind(found.kind), CHECK_ORIGIN[found.origin])
    if not known.checks:
        yield TextLine("argocd-cm may not be read, so it isn't known", tone="odd")


def _obstacle(obstacle: Finding) -> Iterator[TextLine]:
    words = f"{safe(obstacle.subject)}: {safe(obstacle.title)}"
    yield TextLine(words, SEVERITY_MARKS[obstacle.severity], FINDING[obstacle.severity])
    if obstacle.next_step:
        yield TextLine(safe(obstacle.next_step), "  mend", "")


def _ignored(instances: ContextInstances) -> Iterator[TextLine]:
    for one in instances.ignored:
        yield TextLine(f"{one.kind} {safe(one.namespace)}/{safe(one.name)}", " ", "odd")
    if instances.ignored:
        yield TextLine(f"by {IGNORE}; waves wait for them all the same", " ", "dim")
