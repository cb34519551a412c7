"""What a Stack's spec asks for, in words."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.board.rows import StackRow
from stacks.phases.retry import failure_limit
from stacks.records.stack import StackSpec
from stacks.records.stack_detail import ResourceRequirements, StackDetail, StackDetailSpec, WorkspaceTemplateDetail
from stacks.times import prose_span
from stacks.versions import STOPS_AFTER_FAILURES
from tui.widgets.text_view import TextLine, filled

_POLL_AT_LEAST = 60
"""seconds: the operator looks no oftener, whatever the spec says"""


def source_lines(row: StackRow) -> Iterator[TextLine]:
    """Where the program comes from, and which state of it is wanted, was tried, and is applied."""
    spec = row.stack.spec
    if spec.project_repo:
        yield TextLine(spec.project_repo, "Repository")
        yield TextLine((spec.commit and f"commit {spec.commit}") or _branch(spec.branch), "at")
        yield TextLine(spec.repo_dir or "the top", "Directory")
    if spec.flux_source is not None:
        ref = spec.flux_source.source_ref
        yield TextLine(f"{ref.kind or 'source'} {ref.name}", "Flux source")
        yield TextLine(spec.flux_source.dir or "the top", "Directory")
    if spec.program_ref is not None:
        yield TextLine(f"Program {spec.program_ref.name}", "Program")
    if not (spec.project_repo or spec.flux_source or spec.program_ref):
        yield TextLine("none is given", "Source", "bad")
    yield from _commit_lines(row)


def _commit_lines(row: StackRow) -> Iterator[TextLine]:
    last = row.stack.status.last_update if row.stack.status else None
    wanted, tried, applied = row.commit_wanted, last.last_attempted_commit if last else "", row.commit_applied
    yield TextLine(wanted or "unknown", "Wanted")
    yield TextLine(_like(wanted, tried), "Tried")
    yield TextLine(_like(wanted, applied), "Applied", "" if applied == wanted else "busy")


def _like(wanted: str, commit: str) -> str:
    return "the same" if commit and commit == wanted else commit or "nothing yet"


def _branch(branch: str) -> str:
    return f"branch {branch}" if branch else "no branch or commit given"


def spec_lines(row: StackRow, detail: StackDetail | None) -> Iterator[TextLine]:
    """How it is run: when, how often, and what happens at the end."""
    spec, more = row.stack.spec, detail.spec if detail is not None else StackDetailSpec()
    yield TextLine("pulumi preview only: nothing is applied" if spec.preview else "pulumi up", "Runs")
    yield TextLine("before each run" if spec.refresh else "no", "Refresh")
    yield TextLine(_resync(spec), "Resync")
    yield TextLine(_retries(row), "Failures")
    delete = "its resources are destroyed" if spec.destroy_on_finalize else "its resources stay as they are"
    yield TextLine(f"{delete} ({'' if spec.destroy_on_finalize else 'no '}destroyOnFinalize)", "When deleted")
    dependents = " and dependents" if more.targets and more.target_dependents else ""
    besides = (
        "the stack must exist already" if more.use_local_stack_only else "",
        "shallow clone" if more.shallow else "",
        "refresh and destroy run the program" if more.run_program else "",
    )
    yield from filled(
        TextLine(f"{', '.join(more.targets or ())}{dependents}", "Only targets"),
        TextLine(", ".join(more.environment or ()), "Environments"),
        TextLine(more.secrets_provider, "Secrets by"),
        TextLine(", ".join(words for words in besides if words), "Besides"),
    )


def _resync(spec: StackSpec) -> str:
    every = prose_span(max(_POLL_AT_LEAST, spec.resync_frequency_seconds))
    if spec.continue_resync_on_commit_match:
        return f"every {every}, even if nothing changed"
    if spec.project_repo and spec.branch and not spec.commit:
        return f"only what changed; once it is up to date, the branch is looked at every {every}"
    return "only what changed"


def _retries(row: StackRow) -> str:
    most = row.stack.spec.retry_max_backoff_duration_seconds
    cap = f", pauses of at most {prose_span(most)}" if most else ""
    if row.version is not None and row.version < STOPS_AFTER_FAILURES:
        return f"tried again for ever, with growing pauses{cap}"
    return f"given up after {failure_limit(row.stack)} failed retries{cap}"


def workspace_lines(row: StackRow, detail: StackDetail | None, why: str) -> Iterator[TextLine]:
    spec = row.stack.spec
    if why:
        yield TextLine(why, "hidden", "odd")
        return
    template = detail.spec.workspace_template if detail is not None else None
    account = detail.spec.service_account_name if detail is not None else ""
    name = spec.workspace_template.metadata.name if spec.workspace_template else ""
    yield from filled(TextLine(spec.workspace_reclaim_policy, "Reclaimed"), TextLine(name, "Name"))
    yield from _template_lines(template or WorkspaceTemplateDetail(), account)
    update = detail.spec.update_template if detail is not None else None
    if update is not None and update.spec.ttl_after_completed:
        yield TextLine(f"kept for {update.spec.ttl_after_completed} when they are over", "Updates")


def _template_lines(template: WorkspaceTemplateDetail, account: str) -> Iterator[TextLine]:
    spec = template.spec
    pod = spec.pod_template.spec if spec.pod_template else None
    containers = [*(pod.init_containers or ()), *(pod.containers or ())] if pod else []
    node = ", ".join(f"{key}={value}" for key, value in ((pod.node_selector or {}) if pod else {}).items())
    account = spec.service_account_name or account or (pod.service_account_name if pod else "")
    yield from filled(
        TextLine(f"{spec.image}{f' ({spec.image_pull_policy})' if spec.image_pull_policy else ''}", "Image"),
        TextLine(account, "Account"),
        TextLine(spec.security_profile, "Security"),
        TextLine(_resources(spec.resources), "Resources"),
        TextLine(str(spec.pulumi_log_level) if spec.pulumi_log_level else "", "Log level"),
        TextLine(node, "Nodes"),
        TextLine(", ".join(each.name for each in containers), "Containers"),
    )


def _resources(resources: ResourceRequirements | None) -> str:
    if resources is None:
        return ""
    parts = (("requests", resources.requests), ("limits", resources.limits))
    told = [f"{word} {' '.join(f'{name}={value}' for name, value in those.items())}" for word, those in parts if those]
    return ", ".join(told)
