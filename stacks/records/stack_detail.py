"""A Stack with what only its page shows: how it is run, its template, and the outputs of its last update.

Secret-bearing fields aren't decoded here either. Values of outputs are kept apart from everything that is
printed by itself, such as a traceback: they are shown where a reader asks for them, and secret ones nowhere.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from stacks.masked_objects import without_secrets
from stacks.records.base import ObjectMetadata, Struct
from stacks.records.cleaner import cleaner
from stacks.records.kubernetes import TemplateContainer
from stacks.redaction import names_a_secret
from stacks.text import plain

SECRET = "[secret]"  # noqa: S105  (what the operator writes in the place of a secret output)


class ResourceRequirements(Struct, frozen=True):
    requests: dict[str, str | int] | None = None
    limits: dict[str, str | int] | None = None


class TemplatePodSpec(Struct, frozen=True):
    """What the Stack says of its workspace pod beyond what PKO has fields for."""

    containers: list[TemplateContainer] | None = None
    init_containers: list[TemplateContainer] | None = None
    node_selector: dict[str, str] | None = None
    service_account_name: str = ""


class TemplatePod(Struct, frozen=True):
    spec: TemplatePodSpec | None = None


class TemplateSpec(Struct, frozen=True):
    image: str = ""
    image_pull_policy: str = ""
    service_account_name: str = ""
    security_profile: str = ""
    pulumi_log_level: int = 0
    resources: ResourceRequirements | None = None
    pod_template: TemplatePod | None = None


class WorkspaceTemplateDetail(Struct, frozen=True):
    spec: TemplateSpec = TemplateSpec()


class UpdateTemplateSpec(Struct, frozen=True):
    type: str = ""
    ttl_after_completed: str = ""


class UpdateTemplate(Struct, frozen=True):
    spec: UpdateTemplateSpec = UpdateTemplateSpec()


class StackDetailSpec(Struct, frozen=True):
    """The fields of a Stack's spec that only its page tells of."""

    environment: list[str] | None = None
    secrets_provider: str = ""
    service_account_name: str = ""
    shallow: bool = False
    run_program: bool = False
    targets: list[str] | None = None
    target_dependents: bool = False
    use_local_stack_only: bool = False
    workspace_template: WorkspaceTemplateDetail | None = None
    update_template: UpdateTemplate | None = None


class StackDetailStatus(Struct, frozen=True):
    """The outputs: as they were sent, and from `tidy_stack_detail` on each as an `Output`."""

    outputs: Any = None


class StackOutput(msgspec.Struct, frozen=True, gc=False):
    """One output. `text` is its value as JSON, without what is secret in it; empty for a secret one."""

    kind: str
    text: str = ""
    hidden: bool = False
    """its name says that it is secret, though Pulumi doesn't"""

    def __repr__(self) -> str:
        return f"Output({self.kind!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("kind", self.kind)]

    @property
    def secret(self) -> bool:
        return self.kind == "secret"


class StackDetail(Struct, frozen=True):
    """A Stack's spec where the page has words for it, and its outputs."""

    metadata: ObjectMetadata
    spec: StackDetailSpec = StackDetailSpec()
    status: StackDetailStatus | None = None

    @property
    def outputs(self) -> dict[str, StackOutput]:
        """The outputs by name, as `tidy_stack_detail` has left them."""
        found = self.status.outputs if self.status else None
        return found if isinstance(found, dict) else {}


_plain_spec = cleaner(StackDetailSpec)
_plain_metadata = cleaner(ObjectMetadata)
_KINDS = {str: "text", bool: "yes or no", int: "number", float: "number", list: "list", dict: "object"}


def tidy_stack_detail(detail: StackDetail) -> StackDetail:
    """The details with plain text, and their outputs put away."""
    detail = replace(detail, metadata=_plain_metadata(detail.metadata), spec=_plain_spec(detail.spec))
    found = detail.status.outputs if detail.status else None
    if not isinstance(found, dict):
        return replace(detail, status=None)
    outputs = {plain(str(name)): _output(str(name), found[name]) for name in sorted(found)}
    return replace(detail, status=StackDetailStatus(outputs))


def _output(name: str, value: Any) -> StackOutput:
    if value == SECRET:
        return StackOutput("secret")
    if isinstance(value, dict | list) and SECRET in msgspec.json.encode(value).decode():
        return StackOutput("secret")
    kind = _KINDS.get(type(value), "nothing")
    if names_a_secret(name):
        return StackOutput(kind, hidden=True)
    shown = without_secrets(value)
    text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    return StackOutput(kind, plain(text))
