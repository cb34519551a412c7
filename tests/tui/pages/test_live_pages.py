"""The pages of a Stack and an Application over a real API server on loopback: what belongs to them, live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from fleet.board.rows import Key
from fleet.fleet import Fleet
from support.objects import condition, last, stack_object
from support.waiting import eventually
from support.workspaces import put_workspace
from tui.app import PkoArgo
from tui.pages.application_page import ApplicationPage
from tui.pages.sections import SectionedPage
from tui.pages.stack_page import StackPage

SECRET = "pl4nted-s3cret"
HOSTILE = "[/x] \x1b]52;c;aGk=\x07 \x1b[31mred [b]bold"
COLLECTIONS = ("pods", "updates", "events", "workspaces", "statefulsets")
Obj = dict[str, Any]


def update(name: str, created: str, owner: str = "", failed: str = "", message: str = "run") -> Obj:
    over = {"type": "Complete", "status": "True", "lastTransitionTime": created.replace(":00Z", ":12Z")}
    owners = [{"kind": "Stack", "name": "shop", "uid": owner}] if owner else []
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {
            "name": name,
            "namespace": "prod",
            "creationTimestamp": created,
            "labels": {"pulumi.com/stack-name": "shop"},
            "ownerReferences": owners,
        },
        "spec": {"type": "up", "message": message, "workspaceName": "shop"},
        "status": {
            "conditions": [over, {"type": "Failed", "status": "True" if failed else "False"}],
            "message": failed,
            "permalink": f"https://app.pulumi.com/acme/shop/updates/{name[-1]}",
        },
    }


def event(name: str, kind: str, about: str, reason: str, message: str, count: int = 1) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "prod"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": "2026-11-23T18:20:00Z",
        "lastTimestamp": "2026-11-23T18:25:00Z",
        "involvedObject": {"kind": kind, "name": about, "namespace": "prod"},
    }


APPLICATION: Obj = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"},
        "source": {"repoURL": f"https://me:{SECRET}@git.example/infra.git", "path": "stacks"},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "retry": {"limit": 7, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
        },
    },
    "status": {
        "sync": {"status": "OutOfSync", "revision": "f" * 40},
        "health": {"status": "Progressing"},
        "conditions": [{"type": "SyncError", "message": "Failed last sync attempt"}],
        "operationState": {
            "phase": "Running",
            "message": "waiting for healthy state of pulumi.com/Stack/shop",
            "startedAt": "2026-11-23T18:20:00Z",
            "operation": {"initiatedBy": {"username": "erin"}},
            "syncResult": {
                "resources": [
                    {"kind": "ConfigMap", "namespace": "prod", "name": "first", "status": "Synced", "message": "made"},
                    {"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop", "status": "Synced"},
                ]
            },
        },
        "history": [
            {
                "id": number,
                "revision": letter * 40,
                "deployedAt": "2026-11-23T18:20:00Z",
                "deployStartedAt": "2026-11-23T18:19:30Z",
                "initiatedBy": {"automated": True},
                "source": {"repoURL": f"https://me:{SECRET}@git.example/infra.git", "path": "stacks"},
            }
            for number, letter in enumerate("ab")
        ],
        "resources": [
            {"kind": "ConfigMap", "namespace": "prod", "name": "first", "status": "Synced"},
            {
                "group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop", "status": "OutOfSync",
                "syncWave": 1,
            },
            {"group": "apps", "kind": "Deployment", "namespace": "prod", "name": "late", "status": "", "syncWave": 2},
        ],
    },
}  # fmt: skip


def shop(**more: Any) -> Obj:
    tracked = {"annotations": {"argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:prod/shop"}, "uid": "uid-1"}
    spec = {
        "projectRepo": "https://git.example/infra.git",
        "branch": "main",
        "refresh": True,
        "destroyOnFinalize": True,
        "workspaceTemplate": {"spec": {"image": "pulumi/pulumi:3.2", "env": [{"name": "T", "value": SECRET}]}},
    }
    outputs = {"host": "shop.example", "kubeconfig": "[secret]", "password": SECRET, "n": 3}
    return stack_object(
        "shop",
        metadata=tracked,
        spec=spec,
        **{
            "conditions": [condition("Stalled", "UpdateFailed", "up failed 4 times")],
            "lastUpdate": last("failed", name="shop-gone", message="error: no quota"),
            "outputs": outputs,
            **more,
        },
    )


@pytest.fixture
async def server():
    async with ApiServer() as made:
        made.store.put(shop())
        put_workspace(made)
        made.store.put(APPLICATION)
        for minute in range(6):
            made.store.put(
                update(
                    f"shop-u{minute}", f"2026-11-23T18:2{minute}:00Z", "uid-1", "error: broke" if minute == 5 else ""
                )
            )
        made.store.put(event("e1", "Pod", "shop-workspace-0", "BackOff", HOSTILE, 7))
        made.store.put(event("e2", "Update", "shop-u5", "UpdateFailed", "Failed to update"))
        made.store.put(event("e3", "ConfigMap", "shop", "Strange", "not ours"))
        yield made


def app_over(server: ApiServer, folder: Path, token: str = "") -> PkoArgo:
    path = folder / "config"
    path.write_text(yaml.safe_dump(server.kubeconfig("lab", token=token)))
    kubeconfig = load(str(path), {})
    return PkoArgo(Fleet(kubeconfig, kubeconfig.contexts))


@pytest.fixture
def app(server, tmp_path: Path) -> PkoArgo:
    return app_over(server, tmp_path)


def seen(app: PkoArgo) -> str:
    """What the lines of the visible section say."""
    screen = app.screen
    widgets = [
        widget for widget in screen.query("Header, SectionLine, TableWidget, TextView, KeyLine") if widget.display
    ]
    return "\n".join(widget.render_line(y).text.rstrip() for widget in widgets for y in range(widget.size.height))


async def opened(app: PkoArgo, section: str = "", name: str = "shop") -> StackPage:
    key = Key("lab", "prod", name)
    await eventually(lambda: key in app.fleet.board.stacks)
    page = StackPage(app.fleet, key, section)
    await app.push_screen(page)
    return page


async def test_the_tree_holds_every_object_and_follows_it(app, server):
    async with app.run_test(size=(140, 40), notifications=True):
        await opened(app, "Tree")
        for words in (
            "Application infra", "Stack shop", "Workspace shop", "StatefulSet shop-workspace", "Pod shop-workspace-0",
            "init container fetch", "container pulumi", "Update shop-u5", "3 older",
        ):  # fmt: skip
            await eventually(lambda words=words: words in seen(app))
        assert "shop-u2" not in seen(app)
        pod = server.store.get("Pod", "prod", "shop-workspace-0")
        pod["status"]["containerStatuses"][0] |= {
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "restartCount": 3,
        }
        server.store.put(pod)
        await eventually(lambda: "CrashLoopBackOff" in seen(app) and "started again 3 times" in seen(app))
        server.store.put(update("shop-u6", "2026-11-23T18:30:00Z", "uid-1"))
        await eventually(lambda: "Update shop-u6" in seen(app))


async def test_older_updates_are_unfolded_by_enter(app, server):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await opened(app, "Tree")
        await eventually(lambda: "3 older" in seen(app))
        await pilot.press("G", "enter")
        await eventually(lambda: "Update shop-u0" in seen(app))


async def test_it_asks_only_for_what_belongs_to_it(app, server):
    async with app.run_test(size=(140, 40), notifications=True):
        await eventually(lambda: app.fleet.board.stacks)
        server.requests.clear()
        await opened(app, "Tree")
        await eventually(lambda: "container pulumi" in seen(app) and "Update shop-u5" in seen(app))
        asked = [each for each in server.requests if each.path.rsplit("/", 1)[-1] in COLLECTIONS]
        assert asked
        assert all(each.query.get("labelSelector") or each.query.get("fieldSelector") for each in asked)
        assert not any("secrets" in each.path for each in server.requests)


async def test_its_watches_end_when_it_is_left(app, server):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await eventually(lambda: app.fleet.board.stacks)
        before = server.open_streams
        await opened(app, "Tree")
        await eventually(lambda: server.open_streams > before + 4)
        await pilot.press("q")
        await eventually(lambda: server.open_streams <= before)


@pytest.mark.parametrize("hidden", ["pods", "updates", "workspaces", "statefulsets"])
async def test_what_may_not_be_read_says_so_in_its_place(server, tmp_path, hidden):
    resources = {"stacks", "applications", *COLLECTIONS} - {hidden}
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=tuple(resources)))
    app = app_over(server, tmp_path, "viewer")
    async with app.run_test(size=(160, 40), notifications=True):
        await opened(app, "Tree")
        await eventually(
            lambda: any(f"{hidden} " in line and "hidden" in line and "forbidden" in line for line in lines(app))
        )
        if hidden != "pods":
            await eventually(lambda: "Pod shop-workspace-0" in seen(app))


def lines(app: PkoArgo) -> list[str]:
    return seen(app).split("\n")


async def test_events_that_may_not_be_read_say_so(server, tmp_path):
    resources = {"stacks", "applications", *COLLECTIONS} - {"events"}
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=tuple(resources)))
    app = app_over(server, tmp_path, "viewer")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, "Events")
        await eventually(lambda: "The events can't be read" in seen(app))
        await pilot.press("1")
        await eventually(
            lambda: "WHAT COULDN'T BE READ" in app.screen.text_view.text and "events" in app.screen.text_view.text
        )


async def test_events_of_all_objects_are_one_list_with_repeats_counted(app):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        page = await opened(app, "Events")
        await eventually(lambda: "BackOff" in seen(app) and "UpdateFailed" in seen(app))
        assert any("BackOff" in line and " 7 " in line and "Pod shop-workspace-0" in line for line in lines(app))
        assert "Strange" not in seen(app)
        page.events_table.model.window.move(next(i for i, line in enumerate(lines(app)[3:]) if "BackOff" in line))
        await pilot.press("enter")
        await eventually(lambda: "[/x]" in seen(app) and "[b]bold" in seen(app))
        assert "\x1b" not in seen(app)


async def test_the_history_tells_of_runs_whose_update_has_gone(app):
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await opened(app, "Updates")
        await eventually(lambda: "up succeeded" in seen(app))
        assert any("shop-gone" in line and "its Update has gone" in line for line in lines(app))
        assert any("up failed" in line and "12s" in line and "broke" in line for line in lines(app))
        await pilot.press("j", "enter")
        await eventually(lambda: "https://app.pulumi.com/acme/shop/updates/5" in seen(app))
        assert "broke" in seen(app)


async def test_the_spec_is_told_in_words(app):
    async with app.run_test(size=(120, 90), notifications=True):
        page = await opened(app)
        await eventually(lambda: "pulumi/pulumi:3.2" in page.text_view.text)
        for words in ("branch main", "before each run", "its resources are destroyed", "every 1m", "Tried"):
            assert words in page.text_view.text, words
        assert SECRET not in page.text_view.text


async def test_outputs_show_values_only_on_request_and_secret_ones_never(app, server):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app)
        await pilot.press("v")
        await eventually(lambda: "kubeconfig" in seen(app))
        assert "shop.example" not in seen(app)
        await pilot.press("x")
        await eventually(lambda: "shop.example" in seen(app))
        assert SECRET not in seen(app)
        assert any("kubeconfig" in line and "secret" in line for line in lines(app))
        assert not any("secrets" in each.path for each in server.requests)


async def test_a_context_that_is_lost_leaves_the_rows_greyed_with_reason_and_age(app, server):
    async with app.run_test(size=(160, 40), notifications=True):
        await opened(app, "Tree")
        await eventually(lambda: "container pulumi" in seen(app))
        await server.refuse_connections()
        await eventually(lambda: ">~" in seen(app) and " old: " in lines(app)[0])
        assert "container pulumi" in seen(app)
        await server.listen()
        app.fleet.retry("lab")
        await eventually(lambda: ">~" not in seen(app))


async def test_a_stack_that_was_made_anew_shows_nothing_of_the_one_before(app, server):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        page = await opened(app, "Tree")
        await eventually(lambda: "Update shop-u5" in seen(app) and "container pulumi" in seen(app))
        server.store.delete("Stack", "prod", "shop")
        await eventually(lambda: "deleted" in lines(app)[0])
        assert "container pulumi" in seen(app)
        again = shop(conditions=[], lastUpdate=None, outputs={})
        again["metadata"]["uid"] = "uid-2"
        server.store.put(again)
        await eventually(lambda: "Update shop-u5" not in seen(app) and "there is none at present" in seen(app))
        await pilot.press("1")
        await eventually(lambda: "another took its name" in page.text_view.text)


async def test_a_pod_of_another_owner_isnt_its_pod_whatever_its_labels(app, server):
    stranger = server.store.get("Pod", "prod", "shop-workspace-0")
    metadata = {"name": "stranger", "namespace": "prod", "labels": stranger["metadata"]["labels"]}
    server.store.put(
        stranger | {"metadata": metadata | {"ownerReferences": [{"kind": "Job", "uid": "x", "controller": True}]}}
    )
    async with app.run_test(size=(140, 40), notifications=True):
        page = await opened(app, "Tree")
        await eventually(lambda: "container pulumi" in seen(app))
        assert "stranger" not in seen(app)
        assert [pod.metadata.name for pod in page.stack_watch.parts.pods] == ["shop-workspace-0"]


async def test_a_stack_of_pko_1_says_that_it_has_no_workspace(app, server):
    v1 = {"state": "failed", "lastAttemptedCommit": "c1", "lastResyncTime": "2026-11-23T18:20:00Z"}
    server.store.put(
        stack_object("old", conditions=[condition("Reconciling", "RetryingAfterFailure", "no")], lastUpdate=v1)
    )
    async with app.run_test(size=(120, 40), notifications=True):
        await opened(app, "Tree", "old")
        await eventually(lambda: "PKO 1 runs pulumi in its own pod" in seen(app))


@pytest.mark.parametrize("absent", COLLECTIONS[1:4])
async def test_a_cluster_without_a_kind_has_a_page_too(app, server, absent):
    server.faults.absent(f"/{absent}")
    async with app.run_test(size=(120, 40), notifications=True):
        await opened(app, "Tree")
        await eventually(lambda: "Stack shop" in seen(app) and "asking" not in seen(app))


async def test_yaml_is_that_of_the_object_under_the_cursor(app):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        page = await opened(app, "Tree")
        await eventually(lambda: "Workspace shop" in seen(app))
        page.tree_table.model.window.move(2)
        await pilot.press("y")
        await eventually(lambda: "kind: Workspace" in seen(app))


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 50)])
async def test_every_section_can_be_reached_at_any_size(app, size):
    async with app.run_test(size=size, notifications=True) as pilot:
        page = await opened(app)
        for section in ("Tree", "Updates", "Events", "Outputs", "Overview"):
            await pilot.press("tab")
            await eventually(lambda section=section: page.section == section)
            assert section in lines(app)[1]
        await pilot.press("t", "t")
        assert page.section == "Overview"


# Applications


async def app_page(app: PkoArgo, section: str = "") -> SectionedPage:
    key = Key("lab", "argocd", "infra")
    await eventually(lambda: app.fleet.board.app(key) is not None and app.fleet.board.stacks)
    page = ApplicationPage(app.fleet, key, section)
    await app.push_screen(page)
    return page


async def test_an_application_tells_its_operation_with_the_wave_and_the_policy_as_set(app):
    async with app.run_test(size=(140, 60), notifications=True):
        page = await app_page(app)
        await eventually(lambda: "1 (2 of 3)" in page.text_view.text)
        for words in (
            "Running", "waiting for healthy state of pulumi.com/Stack/shop", "erin", "Synced 2", "SyncError",
            "on, prunes, heals itself", "7 times, after 10s times 2, at most 3m", "1 stalled",
            "https://git.example/infra.git", "https://kubernetes.default.svc/prod", "one of its Stacks is Degraded",
        ):  # fmt: skip
            assert words in page.text_view.text, words
        assert SECRET not in page.text_view.text
        assert "shop" in seen(app)


async def test_an_applications_resources_stand_in_the_order_of_their_waves_with_results(app):
    async with app.run_test(size=(140, 40), notifications=True):
        await app_page(app, "Resources")
        await eventually(lambda: "Deployment" in seen(app))
        rows = [line.split() for line in lines(app)[3:6]]
        assert [next(word for word in row if word in ("first", "shop", "late")) for row in rows] == [
            "first",
            "shop",
            "late",
        ]
        assert "Synced: made" in seen(app)


async def test_an_applications_history_is_newest_first_without_logins(app):
    async with app.run_test(size=(140, 40), notifications=True):
        await app_page(app, "History")
        await eventually(lambda: "bbbbbbb" in seen(app))
        assert seen(app).index("bbbbbbb") < seen(app).index("aaaaaaa")
        assert "auto-sync" in seen(app)
        assert "30s" in seen(app)
        assert SECRET not in seen(app)


async def test_a_container_leads_to_its_log(app):
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        page = await opened(app, "Tree")
        await eventually(lambda: "container pulumi" in seen(app))
        places = [row.node.name for row in map(page.tree_table.find, page.tree_table.model.window.lines) if row]
        page.tree_table.model.window.move(places.index("fetch"))
        assert page.tree_table.row_under_cursor.log == ("shop-workspace-0", "fetch")
        await pilot.press("l")
        await eventually(lambda: type(app.screen).__name__ == "LogPage")
        await pilot.press("escape")
        await eventually(lambda: app.screen is page)
