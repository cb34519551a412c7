"""What gets in the way of a check in an Argo CD: what breaks the instance, what misleads, what is worth knowing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from cluster.resources import pointer
from diagnosis.finding import BROKEN, MISLEADS, NOTE, SEVERITIES, Evidence, Finding, ObjectRef
from fleet.argocd.instances import CONFIG_MAP, ArgoCDInstance, CheckComparison, InstanceChecks
from health.argocd_cm.check_in_force import CheckInForce
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE
from health.argocd_cm.resource_filter import IN_CLUSTER
from health.argocd_cm.settings import BLOCK, ArgoCDSettings
from health.check_kinds import CHANGED, DELIVERED, KINDS, OURS, config_map_key


def obstacles(known: InstanceChecks) -> list[Finding]:
    """All of them, the worst first. Their subject is a key of argocd-cm, or what else they are about."""
    if unread := known.instance.unread:
        words = f"may not be read: {unread}"
        return [Finding("unread", NOTE, words, subject=CONFIG_MAP, next_step="ask for get on it")]
    found = [finding for find in _FINDERS for finding in find(known)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _of_key(
    instance: ArgoCDInstance, name: str, severity: str, source: str, title: str, next_step: str = ""
) -> Finding:
    """A finding about a key of argocd-cm; `source` is it, with the entry where it is the legacy block."""
    path = pointer("data", source.partition(" ")[0])
    return Finding(
        name, severity, title, subject=source, evidence=(Evidence(_config_map(instance), path),), next_step=next_step
    )


def _config_map(instance: ArgoCDInstance) -> ObjectRef:
    return ObjectRef(instance.context, instance.namespace, "ConfigMap", CONFIG_MAP)


def _of_the_config_map(known: InstanceChecks) -> Iterator[Finding]:
    instance = known.instance
    if instance.config_map is None:
        yield Finding(
            "no-configmap",
            BROKEN,
            f"there is none in {instance.namespace}, so Argo CD reports that it is not found",
            subject=CONFIG_MAP,
            evidence=(Evidence(_config_map(instance)),),
            next_step="create it as Argo CD's installation does, with its label",
        )
    elif not instance.labelled:
        yield Finding(
            "no-label",
            BROKEN,
            f"it lacks the label {LABEL}: {LABEL_VALUE}, so Argo CD doesn't see it and reports that it is not found",
            subject=CONFIG_MAP,
            evidence=(Evidence(_config_map(instance), pointer("metadata", "labels")),),
            next_step=f"kubectl -n {instance.namespace} label configmap {CONFIG_MAP} {LABEL}={LABEL_VALUE}",
        )


def _of_keys(known: InstanceChecks) -> Iterator[Finding]:
    instance, config_map = known.instance, _config_map(known.instance)
    yield from broken_keys(instance.settings, config_map)
    yield from unused_keys(instance.data, instance.settings, config_map)


def _of_scripts(known: InstanceChecks) -> Iterator[Finding]:
    instance = known.instance
    for found in known.checks:
        name = found.kind.rpartition("/")[2]
        rivals = instance.settings.in_force(found.kind).rivals
        if rivals:
            text = f"several patterns match {name} ({', '.join((found.pattern, *rivals))}): which one wins is chance"
            advice = "keep one of them, or write a key for the kind"
            yield _of_key(instance, "rivals", MISLEADS, found.source, text, advice)
        if found.origin == CHANGED:
            text = f"says that it is our check for {name}, version {found.version}, and is another text"
            advice = "health diff shows it; health install puts it right"
            yield _of_key(instance, "changed", MISLEADS, found.source, text, advice)
        if found.origin == OURS and found.open_libs:
            text = f"useOpenLibs is on for {name}; our check doesn't need it"
            yield _of_key(instance, "open-libs", NOTE, found.source, text)
        if (comparison := known.comparisons.get(found.kind)) is not None:
            yield from _of_foreign_script(instance, found, name, comparison)


def _of_foreign_script(
    instance: ArgoCDInstance, found: CheckInForce, name: str, comparison: CheckComparison
) -> Iterator[Finding]:
    ours, brought = comparison.with_ours, comparison.with_built_in
    if ours.raises:
        text = (
            f"raises an error for {name} in {ours.raises} of {ours.situations} situations, "
            f"and every sync of such an Application ends in one: {ours.error}"
        )
        yield _of_key(instance, "raises", MISLEADS, found.source, text, "health test --script shows where")
    if brought is None:
        return
    if not brought.differs:
        text = f"hides the check for {name} that Argo CD {instance.release} brings itself, and says the same"
        yield _of_key(instance, "shadows", MISLEADS, found.source, text, "take it out, or install ours")
    else:
        text = (
            f"hides the check for {name} that Argo CD {instance.release} brings itself; of {brought.situations} "
            f"situations it differs from that in {brought.differs}, from ours in {ours.differs}"
        )
        yield _of_key(instance, "shadows", NOTE, found.source, text)


def _of_the_legacy_block(known: InstanceChecks) -> Iterator[Finding]:
    instance = known.instance
    if not instance.data.get(BLOCK):
        return
    text = "the legacy block is in use: a key of its own for a kind wins over it"
    yield _of_key(instance, "legacy-block", NOTE, BLOCK, text)
    for kind in KINDS:
        override = instance.settings.overrides.get(kind)
        if override is not None and override.open_libs_from and override.open_libs_from.key == BLOCK:
            split = override.script_from and override.script_from.key != BLOCK
            if split and override.open_libs:
                text = f"useOpenLibs of its entry {kind} holds for the script of {override.script_from} too"
                yield _of_key(instance, "legacy-open-libs", NOTE, BLOCK, text)


def _of_the_installation(known: InstanceChecks) -> Iterator[Finding]:
    instance = known.instance
    if instance.core:
        yield Finding(
            "core",
            MISLEADS,
            "there is no argocd-server, and so no server.secretkey: the controller uses a new check for syncs and at "
            "its timed refreshes, and doesn't notice that a Stack's health changes",
            subject="core installation",
            next_step="restart the application controller after each change of a check",
        )
    if rbac := instance.settings.resources.respect_rbac:
        text = f"{rbac}: kinds that Argo CD's own account may not list in a cluster are left out there, without a word"
        yield _of_key(instance, "respect-rbac", NOTE, "resource.respectRBAC", text)
    if instance.workloads.release is None:
        text = f"not known ({instance.version_from}); taken for {instance.release}"
        yield Finding("version", NOTE, text, subject="version of Argo CD")


def _of_kinds_left_out(known: InstanceChecks) -> Iterator[Finding]:
    instance, resources = known.instance, known.instance.settings.resources
    servers = tuple(dict.fromkeys((IN_CLUSTER, *known.servers)))
    for kind in KINDS:
        severity, name = MISLEADS if kind in DELIVERED else NOTE, kind.rpartition("/")[2]
        where = [server for server in servers if resources.excludes(kind, server)]
        if where:
            places = "" if IN_CLUSTER in where else f" in {', '.join(where)}"
            text = f"{kind} is excluded{places}: Argo CD doesn't look at any {name}, whatever check there is"
            advice = f"let {kind.partition('/')[0]} through"
            yield _of_key(instance, "excluded", severity, "resource.exclusions", text, advice)
        selectors = [selector for server in servers for selector in resources.selectors(kind, server)]
        if selectors:
            text = f"of {kind}, only what has the labels {selectors[0]} is looked at"
            yield _of_key(instance, "selected", severity, "resource.selectors", text)


_FINDERS: tuple[Callable[[InstanceChecks], Iterator[Finding]], ...] = (
    _of_the_config_map,
    _of_keys,
    _of_scripts,
    _of_the_legacy_block,
    _of_the_installation,
    _of_kinds_left_out,
)


def broken_keys(settings: ArgoCDSettings, config_map: ObjectRef | None = None) -> list[Finding]:
    """The keys that Argo CD can't read, which break it for every Application; `config_map` is None for a file."""
    return [
        Finding(
            "key",
            BROKEN,
            one.error,
            subject=one.key,
            evidence=_evidence(config_map, one.key),
            next_step=_how_to_mend(one.key, one.error),
        )
        for one in settings.problems
    ]


def unused_keys(
    data: Mapping[str, str], settings: ArgoCDSettings, config_map: ObjectRef | None = None
) -> Iterator[Finding]:
    """The keys of this argocd-cm that do nothing, or not what they look like; without those that break it."""
    broken = {problem.key for problem in settings.problems}
    for key, value in data.items():
        found = _unused(key, value) if key not in broken else None
        if found is not None:
            severity, text = found
            yield Finding("unused-key", severity, text, subject=key, evidence=_evidence(config_map, key))


def _evidence(config_map: ObjectRef | None, key: str) -> tuple[Evidence, ...]:
    return (Evidence(config_map, pointer("data", key)),) if config_map is not None else ()


def _how_to_mend(key: str, error: str) -> str:
    meant = _meant(key)
    instead = f"rename it to {meant}" if meant else "rename it to resource.customizations.health.<group>_<Kind>"
    if "not supported" in error or "group kind should be" in error:
        return f"{instead}, or take it out"
    if "ParseBool" in error:
        return 'write "true" or "false"'
    if "nil pointer" in error:
        return "give the entry a health.lua, or take it out"
    if "respectRBAC" in key:
        return 'write "normal" or "strict", or take it out'
    if "selector" in error:
        return "write a label selector such as team=infra, or take it out"
    if "cannot unmarshal" in error:
        return "write the type that is expected, in quotes where it is a text"
    return "mend the YAML (blanks instead of tabs, quotes around special characters), or take it out"


def _unused(key: str, value: str) -> tuple[str, str] | None:
    """How severe it is that a key does nothing, and why it does; None for a key that is used."""
    if not key.startswith(BLOCK):
        return None
    parts = key.split(".", 3)
    meant = _meant(key)
    if key != BLOCK and len(parts) < 4:
        return MISLEADS, "ignored: it names no kind" + (f"; {meant} does" if meant else "")
    if not key.startswith(f"{BLOCK}.") and key != BLOCK:
        return MISLEADS, f"read like {BLOCK}.{'.'.join(parts[2:])}; where both are there, which counts is chance"
    if meant and meant != key and parts[2] == meant.split(".", 3)[2]:
        return MISLEADS, f"never used: no kind is called that; {meant} would be"
    if len(parts) == 4 and parts[2] == "health" and not value:
        return NOTE, "empty, which is as if it weren't there"
    if len(parts) == 4 and parts[2] == "health" and parts[3] == "all":
        return NOTE, "for every kind of every API group, but for none of the core group"
    return None


def _meant(key: str) -> str:
    """The key for one of our kinds that this one was probably meant to be; empty if none."""
    found = re.fullmatch(
        r"resourcecustomizationsx?(health|useopenlibs)?(?:auto)?(?:pulumi(?:com)?)?(\w+?)s?", _letters(key)
    )
    if found is None:
        return ""
    for kind in KINDS:
        if _letters(kind.rpartition("/")[2]) == found[2]:
            return config_map_key(kind, "useOpenLibs" if found[1] == "useopenlibs" else "health")
    return ""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
