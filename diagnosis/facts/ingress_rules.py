"""Which NetworkPolicies stand between the operator and a workspace pod."""

from __future__ import annotations

from collections.abc import Mapping

from diagnosis.facts.stack_facts import StackFacts
from stacks.fields import Obj, field, mappings, strings, text, texts

_MANY = 10
"""NetworkPolicies of a namespace that are looked at, where they are read one by one"""
_NAME_LABEL = "kubernetes.io/metadata.name"
"""the label with a namespace's name that each has"""


def policies_in_the_way(facts: StackFacts) -> tuple[list[Obj], str]:
    """The NetworkPolicies that select the workspace pod where none of them lets the operator's pods in; and why that
    can't be known, where it can't.

    What can't be told, such as an address range, counts as letting them in. Asking for it makes them wanted.
    """
    labels = texts(facts.pod, "metadata", "labels")
    known, unread = _policies(facts)
    policies = [
        policy for policy in known if _rules_ingress(policy) and _selects(field(policy, "spec", "podSelector"), labels)
    ]
    return ([] if any(_lets_operator_in(facts, policy) for policy in policies) else policies), unread


def _policies(facts: StackFacts) -> tuple[list[Obj], str]:
    """All NetworkPolicies of the Stack's namespace, and why they aren't known."""
    kind, objects = "NetworkPolicy", facts.objects
    if not objects.unread(kind, facts.namespace):
        return objects.of_kind(kind, facts.namespace), ""
    names = objects.names(kind, facts.namespace)
    found = [objects.look_up(kind, facts.namespace, name) for name in names[:_MANY]]
    unread = objects.names_unread(kind, facts.namespace) or next((each.unread for each in found if each.unread), "")
    if len(names) > _MANY:
        unread = unread or f"there are {len(names)}"
    return ([] if unread else [each.object for each in found if each.object is not None]), unread


def _rules_ingress(policy: Obj) -> bool:
    kinds = strings(policy, "spec", "policyTypes")
    return "Ingress" in kinds or not kinds


def _lets_operator_in(facts: StackFacts, policy: Obj) -> bool:
    for _, rule in mappings(policy, "spec", "ingress"):
        peers = mappings(rule, "from")
        if not peers or any(_is_operator(facts, peer) for _, peer in peers):
            return True
    return False


def _is_operator(facts: StackFacts, peer: Obj) -> bool:
    """Whether a peer of a rule may be the operator."""
    if field(peer, "ipBlock") is not None:
        return True
    home = facts.objects.operator_namespace
    namespaces, pods = field(peer, "namespaceSelector"), field(peer, "podSelector")
    if namespaces is None and home != facts.namespace:
        return False
    if namespaces is not None:
        there = facts.objects.get("Namespace", "", home).object
        labels = {_NAME_LABEL: home} | texts(there, "metadata", "labels")
        if not _selects(namespaces, labels) and (there is not None or _asks_for_name_alone(namespaces)):
            return False
    templates = [texts(each, "spec", "template", "metadata", "labels") for each in facts.operator.deployments]
    return pods is None or not templates or any(_selects(pods, labels) for labels in templates)


def _asks_for_name_alone(selector: object) -> bool:
    """Whether a selector of namespaces can be told without their labels."""
    keys = [*texts(selector, "matchLabels"), *(text(each, "key") for _, each in mappings(selector, "matchExpressions"))]
    return all(key == _NAME_LABEL for key in keys)


def _selects(selector: object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits everything."""
    if any(labels.get(name) != value for name, value in texts(selector, "matchLabels").items()):
        return False
    return all(_fits(expression, labels) for _, expression in mappings(selector, "matchExpressions"))


def _fits(expression: Obj, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(text(expression, "key")), strings(expression, "values")
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(text(expression, "operator"), True)
