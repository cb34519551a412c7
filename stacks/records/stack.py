"""PKO's Stack, as the board keeps thousands of them."""

from __future__ import annotations

from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.records.base import Condition, ObjectMetadata, Struct
from stacks.text import cleaner

# pulumi.com/v1 Stack


class ResourceReference(Struct, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""


class FluxSource(Struct, frozen=True):
    source_ref: ResourceReference = ResourceReference()
    dir: str = ""


class PrerequisiteRequirement(Struct, frozen=True):
    succeeded_within_duration: str = ""


class Prerequisite(Struct, frozen=True):
    name: str = ""
    requirement: PrerequisiteRequirement | None = None


class TemplateMetadata(Struct, frozen=True):
    name: str = ""


class WorkspaceTemplate(Struct, frozen=True):
    metadata: TemplateMetadata = TemplateMetadata()


class StackSpec(Struct, frozen=True):
    stack: str = ""
    backend: str = ""
    project_repo: str = ""
    repo_dir: str = ""
    branch: str = ""
    commit: str = ""
    flux_source: FluxSource | None = None
    program_ref: ResourceReference | None = None
    prerequisites: list[Prerequisite] | None = None
    preview: bool = False
    refresh: bool = False
    destroy_on_finalize: bool = False
    continue_resync_on_commit_match: bool = False
    resync_frequency_seconds: int = 0
    retry_max_backoff_duration_seconds: int = 0
    max_update_failures: int = 0
    workspace_reclaim_policy: str = ""
    workspace_template: WorkspaceTemplate | None = None


class CurrentUpdate(Struct, frozen=True):
    name: str = ""
    generation: int = 0
    reconcile_request: str = ""
    commit: str = ""


class LastUpdate(Struct, frozen=True):
    name: str = ""
    generation: int | None = None
    reconcile_request: str = ""
    type: str = ""
    state: str = ""
    message: str = ""
    last_attempted_commit: str = ""
    last_successful_commit: str = ""
    permalink: str = ""
    last_resync_time: str = ""
    failures: int = 0


class StackStatus(Struct, frozen=True):
    observed_generation: int = 0
    observed_reconcile_request: str = ""
    conditions: list[Condition] | None = None
    current_update: CurrentUpdate | None = None
    last_update: LastUpdate | None = None


class Stack(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: StackSpec = StackSpec()
    status: StackStatus | None = None


_plain_stack = cleaner(Stack)


def tidy_stack(stack: Stack) -> Stack:
    """The Stack with plain text, and without outputs in its messages."""
    stack = _plain_stack(stack)
    status = stack.status
    if status is None:
        return stack
    last = status.last_update
    if last is not None and last.message and (said := without_outputs(last.message)) != last.message:
        status = replace(status, last_update=replace(last, message=said))
    if any("\n" in c.message for c in status.conditions or ()):
        status = replace(status, conditions=[_without_outputs(c) for c in status.conditions or ()])
    return stack if status is stack.status else replace(stack, status=status)


def _without_outputs(condition: Condition) -> Condition:
    """PKO 1 puts the whole output of a failed run into a condition's message."""
    return replace(condition, message=without_outputs(condition.message))
