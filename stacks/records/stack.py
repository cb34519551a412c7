"""PKO's Stack, as the board keeps thousands of them."""

from __future__ import annotations

from functools import lru_cache
from sys import intern

from msgspec.structs import replace

from stacks.records.base import Condition, ObjectMetadata, Struct
from stacks.records.cleaner import cleaner

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

    @property
    def conditions(self) -> list[Condition] | None:
        return self.status.conditions if self.status else None

    @property
    def last_update(self) -> LastUpdate | None:
        """The result of the last run, if there was one."""
        return self.status.last_update if self.status else None


tidy_stack = cleaner(Stack)


_LONGEST_INTERNED = 200
"""characters; a longer message is hardly another Stack's, too"""


def interned(stack: Stack) -> Stack:
    """An equal Stack with one copy of what many have alike, for who keeps thousands of them for long.

    Ten thousand Stacks come with ten thousand copies of "ProcessingCompleted", of the operator's finalizer and of the
    same labels: a kilobyte of each. Nobody changes a record, so one copy does for all. It takes a third of the time
    of decoding, so who reads Stacks once does without.
    """
    metadata, status = stack.metadata, stack.status
    labels, finalizers = metadata.labels, metadata.finalizers
    if labels or finalizers:
        metadata = replace(
            metadata,
            namespace=intern(metadata.namespace),
            labels=_one_dict(tuple(labels.items())) if labels else labels,
            finalizers=_one_list(tuple(finalizers)) if finalizers else finalizers,
        )
    if status is None:
        return stack if metadata is stack.metadata else replace(stack, metadata=metadata)
    conditions, last = status.conditions, status.last_update
    if conditions:
        conditions = list(map(_interned_condition, conditions))
    if last is not None:
        last = replace(last, type=intern(last.type), state=intern(last.state))
    return replace(stack, metadata=metadata, status=replace(status, conditions=conditions, last_update=last))


def _interned_condition(condition: Condition) -> Condition:
    message = condition.message
    return Condition(
        type=intern(condition.type),
        status=intern(condition.status),
        reason=intern(condition.reason),
        message=intern(message) if len(message) < _LONGEST_INTERNED else message,
        last_transition_time=condition.last_transition_time,
    )


@lru_cache(maxsize=4096)
def _one_dict(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(items)


@lru_cache(maxsize=4096)
def _one_list(items: tuple[str, ...]) -> list[str]:
    return list(items)
