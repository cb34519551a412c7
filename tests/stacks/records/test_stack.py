"""What becomes of a Stack that is kept for long."""

from __future__ import annotations

from typing import Any

import msgspec

from stacks.records.stack import Stack, interned, tidy_stack
from support.objects import condition, stack_object


def decoded(name: str, **parts: Any) -> tuple[Stack, Stack]:
    """As it comes, and as it is kept."""
    raw = msgspec.json.decode(msgspec.json.encode(stack_object(name, "shop", **parts)), type=Stack)
    return raw, interned(tidy_stack(raw))


def test_what_stacks_have_alike_is_kept_once_and_says_the_same() -> None:
    metadata = {"labels": {"tier": "web"}, "finalizers": ["finalizer.stack.pulumi.com"]}
    conditions = [condition("Ready", "ProcessingCompleted", "the stack has been processed")]
    status = {"conditions": conditions, "lastUpdate": {"type": "up", "state": "succeeded"}}
    raw_web, web = decoded("web", metadata=metadata, **status)
    raw_cart, cart = decoded("cart", metadata=metadata, **status)
    assert (web, cart) == (raw_web, raw_cart)
    assert web.metadata.labels is cart.metadata.labels
    assert web.metadata.finalizers is cart.metadata.finalizers
    assert web.metadata.namespace is cart.metadata.namespace
    assert web.status and cart.status and web.status.conditions and cart.status.conditions
    assert web.status.conditions[0].message is cart.status.conditions[0].message
    assert web.status.last_update and cart.status.last_update
    assert web.status.last_update.state is cart.status.last_update.state


def test_a_long_message_is_somebodys_own() -> None:
    conditions = [condition("Stalled", "SpecInvalid", "x" * 300)]
    (_, web), (_, cart) = decoded("web", conditions=conditions), decoded("cart", conditions=conditions)
    assert web.status and cart.status and web.status.conditions and cart.status.conditions
    assert web.status.conditions[0].message == "x" * 300
    assert web.status.conditions[0].message is not cart.status.conditions[0].message


def test_a_stack_that_says_nothing_stays_as_it_is() -> None:
    raw, tidy = decoded("web")
    assert tidy == raw
