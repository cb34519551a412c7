"""Which kinds Argo CD watches, and so has a health for: `resource.exclusions`, `.inclusions`, `.selectors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from health.go.globs import matches
from health.go.types import FILTERS, MisfitError, read_go_value
from health.go.yaml import YamlError
from health.result import LATEST, ArgoCDVersion

SELECTORS_SINCE = ArgoCDVersion(3, 6)
IN_CLUSTER = "https://kubernetes.default.svc"
_ALWAYS_EXCLUDED: tuple[dict[str, list[str]], ...] = (
    {"apiGroups": ["events.k8s.io", "metrics.k8s.io"]},
    {"apiGroups": [""], "kinds": ["Event"]},
    {"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"]},
)
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL = rf"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?{_NAME}"
_VALUES = rf"\(\s*(?:{_NAME})?\s*(?:,\s*(?:{_NAME})?\s*)*\)"
_TEST = rf"\s*(?:==?|!=)\s*(?:{_NAME})?|\s+(?:in|notin)\s*{_VALUES}|\s*[<>]\s*-?\d+"
_REQUIREMENT = rf"\s*(?:!\s*{_LABEL}|{_LABEL}(?:{_TEST})?)\s*"
_SELECTOR = re.compile(rf"\s*|{_REQUIREMENT}(?:,{_REQUIREMENT})*")


@dataclass(frozen=True)
class ResourceFilter:
    """The rules that decide it."""

    excluded: tuple[Mapping[str, Any], ...] = ()
    included: tuple[Mapping[str, Any], ...] = ()
    selected: tuple[Mapping[str, Any], ...] = ()
    respect_rbac: str = ""

    def excludes(self, kind: str, server: str = IN_CLUSTER) -> bool:
        """Whether Argo CD ignores this kind (``pulumi.com/Stack``) in the cluster with this address."""
        if any(_matches(rule, kind, server) for rule in (*_ALWAYS_EXCLUDED, *self.excluded)):
            return True
        if any(_matches(rule, kind, server) for rule in self.included):
            return False
        return any(_matches_cluster(rule, server) for rule in self.included)

    def selectors(self, kind: str, server: str = IN_CLUSTER) -> tuple[str, ...]:
        """The label selectors (3.6) that an object of this kind has to match to be seen."""
        found = (rule.get("selector", "").strip() for rule in self.selected if _matches(rule, kind, server))
        return tuple(selector for selector in found if selector)


def read_filter(
    data: Mapping[str, str], release: ArgoCDVersion = LATEST
) -> tuple[ResourceFilter, list[tuple[str, str]]]:
    """The rules in argocd-cm, and each key that Argo CD can't read with what it says."""
    problems: list[tuple[str, str]] = []

    def rules(name: str) -> tuple[Mapping[str, Any], ...]:
        key = f"resource.{name}"
        try:
            found = tuple(rule or {} for rule in read_go_value(data.get(key, ""), FILTERS) or ())
            _check_selectors(found if name == "selectors" else ())
        except (YamlError, MisfitError) as error:
            problems.append((key, str(error)))
            return ()
        return found

    rbac = data.get("resource.respectRBAC", "")
    if rbac not in ("", "normal", "strict"):
        problems.append(("resource.respectRBAC", f"invalid value for resource.respectRBAC: {rbac}"))
    selected = rules("selectors") if release >= SELECTORS_SINCE else ()
    return ResourceFilter(rules("exclusions"), rules("inclusions"), selected, rbac), problems


def _check_selectors(rules: tuple[Mapping[str, Any], ...]) -> None:
    for rule in rules:
        selector = rule.get("selector") or ""
        if not _SELECTOR.fullmatch(selector):
            raise MisfitError(f'error parsing resource selector "{selector}"')


def _matches(rule: Mapping[str, Any], kind: str, server: str) -> bool:
    group, _, name = kind.rpartition("/")
    groups, kinds = rule.get("apiGroups") or (), rule.get("kinds") or ()
    return (
        (not groups or any(matches(pattern or "", group) for pattern in groups))
        and (not kinds or any(one in ("*", name) for one in kinds))
        and _matches_cluster(rule, server)
    )


def _matches_cluster(rule: Mapping[str, Any], server: str) -> bool:
    clusters = rule.get("clusters") or ()
    return not clusters or any(matches(pattern or "", server) for pattern in clusters)
