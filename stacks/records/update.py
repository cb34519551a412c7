"""PKO's Update: one run of pulumi for a Stack."""

from __future__ import annotations

from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.records.base import Condition, OwnedMetadata, Struct
from stacks.text import cleaner


class UpdateSpec(Struct, frozen=True):
    workspace_name: str = ""
    stack_name: str = ""
    type: str = ""
    message: str = ""


class UpdateStatus(Struct, frozen=True):
    observed_generation: int = 0
    start_time: str = ""
    end_time: str = ""
    permalink: str = ""
    message: str = ""
    conditions: list[Condition] | None = None


class Update(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: UpdateSpec = UpdateSpec()
    status: UpdateStatus | None = None


_plain_update = cleaner(Update)


def tidy_update(update: Update) -> Update:
    """The Update with plain text, and without outputs in its message."""
    update = _plain_update(update)
    if update.status is None or "\n" not in update.status.message:
        return update
    return replace(update, status=replace(update.status, message=without_outputs(update.status.message)))
