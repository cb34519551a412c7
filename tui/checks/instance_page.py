"""The page of one Argo CD: its checks, who keeps argocd-cm, and every obstacle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType

from diagnosis.argocd_obstacles import obstacles
from diagnosis.finding import Finding
from fleet.argocd.argocd_survey import IGNORE
from fleet.argocd.argocd_words import MARKS, kept_by, named, right_place, said
from fleet.argocd.instance_watch import ContextInstances
from fleet.argocd.instances import CONFIG_MAPS, KnownInstance
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.times import age
from tui.checks.check_actions import CHECK_KEYS, CheckActions
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import KubectlReference
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, in_parts
from views.tones import FINDING, STANDING


class InstancePage(PageScreen):
    """Everything that ``health status`` prints of an Argo CD, polled while the page is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *CHECK_KEYS,
        bind("r", "again", "Reload", "checks.again", "Look again now.", show=False),
    ]

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self.argo_cds = fleet.argo_cds

    def on_mount(self) -> None:
        following = self.argo_cds.follow(lambda: [self.key.context])
        self.run_worker(following, group="argocd", description="look at an Argo CD")

    def page_version(self) -> tuple[object, ...]:
        return (*super().page_version(), self.argo_cds.version)

    @property
    def known(self) -> KnownInstance | None:
        """The Argo CD as it was last read; None if it wasn't found."""
        return self.argo_cds.instance(self.key.context, self.key.namespace)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        pieces = [HeaderPiece(f"Argo CD {self.key.context}/{self.key.namespace}", "strong")]
        if (known := self.known) is not None:
            pieces.append(HeaderPiece(said(known.instance.version), "", 2))
        instances = self.argo_cds.seen(self.key.context)
        if instances is not None:
            words = (
                f"{age(now - instances.at)} old: {said(instances.why)}"
                if instances.why
                else f"seen {age(now - instances.at)} ago"
            )
            pieces.append(HeaderPiece(words, "odd" if instances.why else "dim", 3))
        return pieces

    def lines(self, now: float) -> Sequence[TextLine]:
        instances = self.argo_cds.seen(self.key.context)
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
        self.argo_cds.refresh(self.key.context)
        self.notify("Looking again", markup=False, timeout=2)

    def action_health_check(self, name: str) -> None:
        if self.known is not None:
            CheckActions(self, self.known).run(name)


def instance_lines(known: KnownInstance, instances: ContextInstances) -> list[TextLine]:
    """The lines of the page, part by part."""
    instance = known.instance
    lines = [
        TextLine(said(str(instance)), "Argo CD", "strong"),
        TextLine(f"{said(instance.version)} ({said(instance.version_from)})", "Version"),
    ]
    if instance.config_map is not None:
        lines.append(TextLine(kept_by(instance), "argocd-cm"))
        lines.append(TextLine(f"{right_place(instance)}; w prints it as {instance.owner.format}", "belongs into"))
    return in_parts(
        ("", iter(lines)),
        ("CHECKS IN FORCE", _checks(known)),
        ("IN THE WAY", (line for obstacle in obstacles(known) for line in _obstacle(obstacle))),
        ("LEFT OUT OF THEIR APPLICATION'S HEALTH", _ignored(instances)),
        ("WHAT COULDN'T BE READ", (TextLine(said(str(one)), "may not read", "odd") for one in instances.hidden)),
    )


def _checks(known: KnownInstance) -> Iterator[TextLine]:
    for found in known.checks:
        yield TextLine(said(str(found)), named(found.kind), STANDING[found.origin])
    if not known.checks:
        yield TextLine("argocd-cm may not be read, so it isn't known", tone="odd")


def _obstacle(obstacle: Finding) -> Iterator[TextLine]:
    words = f"{said(obstacle.subject)}: {said(obstacle.title)}"
    yield TextLine(words, MARKS[obstacle.severity], FINDING[obstacle.severity])
    if obstacle.next_step:
        yield TextLine(said(obstacle.next_step), "  mend", "")


def _ignored(instances: ContextInstances) -> Iterator[TextLine]:
    for one in instances.ignored:
        yield TextLine(f"{one.kind} {said(one.namespace)}/{said(one.name)}", " ", "odd")
    if instances.ignored:
        yield TextLine(f"by {IGNORE}; waves wait for them all the same", " ", "dim")
