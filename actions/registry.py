"""Every kind of change that this program can make, by id. A front end finds here what it offers, shows and sends.

A new one is a `ChangeKind` as in `actions.checks.changes` and its name here; the page that shows it and the verbs
that carry it out don't know which they have.
"""

from __future__ import annotations

from typing import Any

from actions.applications.refresh_application import REFRESH_APPLICATION
from actions.applications.sync_application import SYNC_APPLICATION
from actions.applications.terminate_sync import TERMINATE_SYNC
from actions.checks.changes import INSTALL, UNINSTALL
from actions.stacks.cancel import CANCEL
from actions.stacks.reconcile import RECONCILE
from actions.stacks.release import RELEASE
from actions.stacks.restart_workspace import RESTART_WORKSPACE
from actions.stacks.unwedge import UNWEDGE
from actions.workflow import ChangeKind

CHANGES: dict[str, ChangeKind[Any, Any]] = {
    change.id: change
    for change in (
        INSTALL,
        UNINSTALL,
        RECONCILE,
        RESTART_WORKSPACE,
        CANCEL,
        UNWEDGE,
        RELEASE,
        REFRESH_APPLICATION,
        SYNC_APPLICATION,
        TERMINATE_SYNC,
    )
}
