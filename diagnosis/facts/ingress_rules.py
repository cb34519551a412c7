"""Which NetworkPolicies stand between the operator and a workspace pod."""

from __future__ import annotations

from collections.abc import Mapping

from diagnosis.facts.stack_facts import StackFacts
from stacks.fields import Obj, field, mappings, strings, text, texts


def policies_in_the_way(facts: StackFacts) -> list[Obj]:
    """The NetworkPolicies that select the workspace pod where none of them lets the operator's pods in.

    What can't be told, such as an address range, counts as letting them in.
    """
    pod = facts.pod
    if pod is None:
        return []
    labels = texts(pod, "metadata", "labels")
    policies = [
        policy
        for policy in facts.objects.of_kind("NetworkPolicy", facts.namespace)
        if _rules_ingress(policy) and _selects(field(policy, "spec", "podSelector"), labels)
    ]
    return [] if any(_lets_operator_in(facts, policy) for policy in policies) else policies


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
        labels = {"kubernetes.io/metadata.name": home} | texts(there, "metadata", "labels")
        if not _selects(namespaces, labels):
            return False
    templates = [texts(each, "spec", "template", "metadata", "labels") for each in facts.operator.deployments]
    return pods is None or not templates or any(_selects(pods, labels) for labels in templates)


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
