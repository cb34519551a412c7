"""The changes of an Argo CD's health checks, as the registry has them: install ours, and take them out.

Here is what goes beyond any change: where an operator keeps argocd-cm, it has to bring there what was written for
it; and the Applications that hold Stacks are told to look again, and waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import replace

from actions.checks.best_health import stack_check
from actions.checks.config_map import path_of, target_of
from actions.checks.config_map_plans import WantedChecks, plan_install, plan_uninstall
from actions.checks.refresh import PER_SECOND, RefreshResult, RefreshWatch, applications_with_stacks, plan_refresh
from actions.plan import NothingToDo, Plan, Planned
from actions.record import ActionRecord
from actions.runner import OutcomeUnknown, PlanSent, SendRefused, send_all
from actions.workflow import ChangeFault, ChangeKind, ChangeRequest, ChangeResult, ChangeStep, ChangeTask, Steps
from cluster.apply import read
from cluster.http.connection import Connection
from fleet.argocd.instances import ArgoCDInstance, find_config_owner, instance
from health.checks import source
from stacks.fields import field
from stacks.times import prose_span


async def read_again(connection: Connection, before: ArgoCDInstance) -> ArgoCDInstance:
    """The Argo CD with its argocd-cm, and whoever keeps it, as they are now. Raises ClusterError.

    One whose argocd-cm wasn't found or may not be read stays as it was: nothing is written to it.
    """
    if before.config_map is None:
        return before
    config_map = await read(connection, path_of(before))
    now = instance(before.context, before.namespace, config_map, before.workloads)
    if before.config_owner is None:
        return now
    config_owner, _ = await find_config_owner(connection, config_map, now.owner)
    return replace(now, config_owner=config_owner)


def _install(target: ArgoCDInstance, request: ChangeRequest, record: ActionRecord) -> Planned:
    scripts = {kind: source(*kind.split("/")) for kind in request.arguments}
    return plan_install(target, WantedChecks(scripts, request.take_over, request.override_owner))


def _uninstall(target: ArgoCDInstance, request: ChangeRequest, record: ActionRecord) -> Planned:
    uids = [target.uid, *([str(field(target.config_owner.obj, "metadata", "uid"))] if target.config_owner else [])]
    saved = {key: value for uid in uids for key, value in record.taken_over_from(uid).items()}
    return plan_uninstall(target, request.arguments, {**saved, **request.restore}, record.unreadable(target.context))


async def _reach_config_map(task: ChangeTask[ArgoCDInstance, ChangeRequest], plan: Plan) -> Steps:
    """Where the operator's resource was written, wait until the operator has written argocd-cm."""
    if plan.target == target_of(task.target):
        return
    yield ChangeStep("waiting for the operator to bring it to argocd-cm")
    for _ in range(int(task.timing.effect_timeout)):
        data = (await read_again(task.connection, task.target)).data
        if all((data.get(key) or "").strip() == after.strip() for key, _, after in plan.differences):
            return
        await asyncio.sleep(1.0)
    text = f"{plan.target} was written, and after {task.timing.effect_timeout:g} s argocd-cm doesn't show it"
    yield ChangeResult(ChangeFault.UNPROVEN, f"{text}: does the operator run?", written=True)


async def _refresh_applications(task: ChangeTask[ArgoCDInstance, ChangeRequest]) -> Steps:
    """Tell Argo CD to look again at the Applications that hold Stacks, and wait until they show what those say."""
    done = task.change.done(task.request)
    now = await read_again(task.connection, task.target)
    apps = [app for app in await applications_with_stacks(task.connection, now) if not app.skipped]
    plan = plan_refresh(now, apps)
    if isinstance(plan, NothingToDo):
        yield ChangeResult(ChangeFault.NONE, f"{done}; no Application holds a Stack", written=True)
        return
    yield ChangeStep(f"letting Argo CD look again at {len(apps)} Applications, {PER_SECOND:g} a second")
    outcomes = await send_all(task.connection, plan, task.record)
    refused = [one for one in outcomes if not isinstance(one, PlanSent)]
    refreshed = [app for app, one in zip(apps, outcomes, strict=False) if isinstance(one, PlanSent)]
    if not refreshed or len(outcomes) < len(apps):
        text = f"{done}; its Applications show it within five minutes by themselves: {refused[0].error}"
        yield ChangeResult(ChangeFault.NOT_FOLLOWED_UP, text, written=True)
        return
    watch = RefreshWatch(now, task.connections, task.destinations, stack_check(now))
    result = RefreshResult()
    async with aclosing(watch.follow(refreshed, task.timing.follow_up_timeout)) as results:
        async for result in results:
            shown = len(refreshed) - len(result.late)
            yield ChangeStep(f"{shown} of {len(refreshed)} Applications were looked at again", counting=True)
    yield _after_refresh(task, result, len(refreshed), refused)


def _after_refresh(
    task: ChangeTask[ArgoCDInstance, ChangeRequest],
    result: RefreshResult,
    count: int,
    refused: Sequence[SendRefused | OutcomeUnknown],
) -> ChangeResult:
    """How the change ended, after `count` Applications were told to look again."""
    done, unchecked, late = task.change.done(task.request), len(result.unchecked), tuple(map(str, result.late))
    doubt = f"; of {unchecked} it can't be told ({result.unchecked[0]})" if unchecked else ""
    if late:
        waited = prose_span(task.timing.follow_up_timeout)
        text = f"{done}; after {waited} {len(late)} of {count} Applications don't show it{doubt}"
        return ChangeResult(ChangeFault.LATE, text, written=True, late=late, followed_up=count)
    shown = f"{count - unchecked} of them" if unchecked else "they"
    text = f"{done}; {count} Applications were looked at again, and {shown} show what their Stacks say{doubt}"
    if not refused:
        return ChangeResult(ChangeFault.NONE, text, written=True, followed_up=count)
    text += f"; {len(refused)} couldn't be asked, and will within five minutes by themselves: {refused[0].error}"
    return ChangeResult(ChangeFault.NOT_FOLLOWED_UP, text, written=True, followed_up=count)


def _names(kinds: Collection[str]) -> str:
    return ", ".join(kind.rpartition("/")[2] for kind in kinds)


INSTALL: ChangeKind[ArgoCDInstance, ChangeRequest] = ChangeKind(
    id="install",
    subject="ArgoCD instance",
    title=lambda request: f"install {_names(request.arguments)}",
    read=read_again,
    plan=_install,
    done=lambda request: f"the check of {_names(request.arguments)} is installed",
    undone_by="uninstall",
    # Where a key was free before an install, a value that was saved of it earlier has nothing to do with it now.
    settled_keys=lambda plan: {key for key, before, _ in plan.differences if not before},
    take_effect=_reach_config_map,
    follow_up=_refresh_applications,
)
"""Put our checks of the kinds in `arguments` where they are in force and stay."""

UNINSTALL: ChangeKind[ArgoCDInstance, ChangeRequest] = ChangeKind(
    id="uninstall",
    subject="ArgoCD instance",
    title=lambda request: "uninstall our checks",
    read=read_again,
    plan=_uninstall,
    done=lambda request: "our checks are taken out",
    undone_by="uninstall",
    settled_keys=lambda plan: {key for key, _, _ in plan.differences},
    take_effect=_reach_config_map,
    follow_up=_refresh_applications,
)
"""Take out what is ours of the kinds in `arguments`, or of all, and give back what was taken over."""
