"""What gets in the way of a check in an Argo CD: what breaks the instance, what misleads, what is worth knowing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fleet.argocd.instances import CONFIG_MAP, ArgoCDInstance
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE
from health.argocd_cm.resource_filter import IN_CLUSTER
from health.argocd_cm.settings import BLOCK
from health.argocd_cm.standing import CHANGED, OTHER, OURS, CheckStanding, standing
from health.check_kinds import KINDS
from health.result import ArgoCDVersion
from health.similarity import built_in, ours, similarity

BROKEN, MISLEADS, NOTE = "broken", "misleads", "note"
_DELIVERED = KINDS[:2]
"""what Applications hold; Workspaces and Updates are PKO's, and people exclude those on purpose"""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`level` is ``broken`` (for every Application of this Argo CD), ``misleads`` or ``note``. `id` stays the same."""

    level: str
    id: str
    about: str
    text: str
    fix: str = ""


def standings(instance: ArgoCDInstance, kinds: Iterable[str] = KINDS) -> tuple[CheckStanding, ...]:
    """What judges each kind there; nothing can be said of an argocd-cm that may not be read."""
    return () if instance.unread else tuple(standing(instance.settings, kind, instance.release) for kind in kinds)


def obstacles(instance: ArgoCDInstance, servers: Sequence[str] = ()) -> list[Obstacle]:
    """All of them, the worst first. `servers` are addresses of clusters that it may deliver to."""
    if instance.unread:
        return [Obstacle(NOTE, "unread", CONFIG_MAP, f"may not be read: {instance.unread}", "ask for get on it")]
    found = [obstacle for find in _FINDERS for obstacle in find(instance)]
    found += _unseen(instance, (IN_CLUSTER, *servers))
    return sorted(found, key=lambda obstacle: (BROKEN, MISLEADS, NOTE).index(obstacle.level))


def _config_map(instance: ArgoCDInstance) -> Iterator[Obstacle]:
    if instance.config_map is None:
        yield Obstacle(
            BROKEN,
            "no-configmap",
            CONFIG_MAP,
            f"there is none in {instance.namespace}, so Argo CD reports that it is not found",
            "create it as Argo CD's installation does, with its label",
        )
    elif not instance.labelled:
        yield Obstacle(
            BROKEN,
            "no-label",
            CONFIG_MAP,
            f"it lacks the label {LABEL}: {LABEL_VALUE}, so Argo CD doesn't see it and reports that it is not found",
            f"kubectl -n {instance.namespace} label configmap {CONFIG_MAP} {LABEL}={LABEL_VALUE}",
        )


def _keys(instance: ArgoCDInstance) -> Iterator[Obstacle]:
    for problem in instance.settings.problems:
        yield Obstacle(BROKEN, "key", problem.key, problem.error, problem.fix)
    for note in instance.settings.notes:
        harmless = note.text.startswith(("empty", "for every kind"))
        yield Obstacle(NOTE if harmless else MISLEADS, "unused-key", note.key, note.text)


def _scripts(instance: ArgoCDInstance) -> Iterator[Obstacle]:
    for found in standings(instance):
        name = found.kind.rpartition("/")[2]
        rivals = instance.settings.in_force(found.kind).rivals
        if rivals:
            text = f"several patterns match {name} ({', '.join((found.pattern, *rivals))}): which one wins is chance"
            yield Obstacle(MISLEADS, "rivals", found.source, text, "keep one of them, or write a key for the kind")
        if found.word == CHANGED:
            text = f"says that it is our check for {name}, version {found.version}, and is another text"
            yield Obstacle(
                MISLEADS, "changed", found.source, text, "health diff shows it; health install puts it right"
            )
        if found.word == OURS and found.open_libs:
            yield Obstacle(NOTE, "open-libs", found.source, f"useOpenLibs is on for {name}; our check doesn't need it")
        if found.word in (OTHER, CHANGED):
            yield from _foreign(found, name, instance.release)


def _foreign(found: CheckStanding, name: str, release: ArgoCDVersion) -> Iterator[Obstacle]:
    alike = similarity(found, ours(found.kind), release)
    if alike.raises:
        text = (
            f"raises an error for {name} in {alike.raises} of {alike.situations} situations, "
            f"and every sync of such an Application ends in one: {alike.error}"
        )
        yield Obstacle(MISLEADS, "raises", found.source, text, "health test --script shows where")
    if not found.shadows:
        return
    brought = similarity(found, built_in(found.kind), release)
    if not brought.differs:
        text = f"hides the check for {name} that Argo CD {release} brings itself, and says the same"
        yield Obstacle(MISLEADS, "shadows", found.source, text, "take it out, or install ours")
    else:
        text = (
            f"hides the check for {name} that Argo CD {release} brings itself; of {brought.situations} situations it "
            f"differs from that in {brought.differs}, from ours in {alike.differs}"
        )
        yield Obstacle(NOTE, "shadows", found.source, text)


def _block(instance: ArgoCDInstance) -> Iterator[Obstacle]:
    if not instance.data.get(BLOCK):
        return
    yield Obstacle(NOTE, "legacy-block", BLOCK, "the legacy block is in use: a key of its own for a kind wins over it")
    for kind in KINDS:
        override = instance.settings.overrides.get(kind)
        if override is not None and override.open_libs_from and override.open_libs_from.key == BLOCK:
            split = override.script_from and override.script_from.key != BLOCK
            if split and override.open_libs:
                text = f"useOpenLibs of its entry {kind} holds for the script of {override.script_from} too"
                yield Obstacle(NOTE, "legacy-open-libs", BLOCK, text)


def _surroundings(instance: ArgoCDInstance) -> Iterator[Obstacle]:
    if instance.core:
        yield Obstacle(
            MISLEADS,
            "core",
            "core installation",
            "there is no argocd-server, and so no server.secretkey: the controller uses a new check for syncs and at "
            "its timed refreshes, and doesn't notice that a Stack's health changes",
            "restart the application controller after each change of a check",
        )
    rbac = instance.settings.resources.respect_rbac
    if rbac:
        text = f"{rbac}: kinds that Argo CD's own account may not list in a cluster are left out there, without a word"
        yield Obstacle(NOTE, "respect-rbac", "resource.respectRBAC", text)
    if instance.workloads.release is None:
        text = f"not known ({instance.version_from}); taken for {instance.release}"
        yield Obstacle(NOTE, "version", "version of Argo CD", text)


def _unseen(instance: ArgoCDInstance, servers: Sequence[str]) -> Iterator[Obstacle]:
    resources = instance.settings.resources
    for kind in KINDS:
        level, name = MISLEADS if kind in _DELIVERED else NOTE, kind.rpartition("/")[2]
        where = [server for server in dict.fromkeys(servers) if resources.excludes(kind, server)]
        if where:
            places = "" if IN_CLUSTER in where else f" in {', '.join(where)}"
            text = f"{kind} is excluded{places}: Argo CD doesn't look at any {name}, whatever check there is"
            yield Obstacle(level, "excluded", "resource.exclusions", text, f"let {kind.partition('/')[0]} through")
        selectors = [selector for server in servers for selector in resources.selectors(kind, server)]
        if selectors:
            text = f"of {kind}, only what has the labels {selectors[0]} is looked at"
            yield Obstacle(level, "selected", "resource.selectors", text)


_FINDERS: tuple[Callable[[ArgoCDInstance], Iterator[Obstacle]], ...] = (
    _config_map,
    _keys,
    _scripts,
    _block,
    _surroundings,
)
