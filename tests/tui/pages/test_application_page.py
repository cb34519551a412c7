"""An Application's page says first what is the matter with it and with its Stacks, says it once, and stays current."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from fleet.fleet import Fleet
from support.argocds import config_map, put_argo_cd
from support.objects import NOT_READY, PROCESSING, condition, last, stack_object
from support.waiting import eventually
from tui.app import PkoArgo
from tui.pages.application_page import ApplicationPage

SKIP = "argocd.argoproj.io/skip-reconcile"
INFRA = Key("lab", "argocd", "infra")
Obj = dict[str, Any]


def held(name: str, **more: Any) -> Obj:
    tracked = {"annotations": {"argocd.argoproj.io/tracking-id": f"infra:pulumi.com/Stack:prod/{name}"}}
    return stack_object(name, metadata=tracked, **more)


def lost(minutes: float) -> Obj:
    """A Stack that waits for an Update that was to be made so long ago, and isn't there."""
    name = f"queue-{int((time.time() - minutes * 60) * 1000):x}"
    current = {"name": name, "generation": 1, "commit": "c1", "reconcileRequest": ""}
    done = last("succeeded", name="queue-done", lastAttemptedCommit="c1")
    return held("queue", conditions=[NOT_READY, PROCESSING], currentUpdate=current, lastUpdate=done)


def application(*stacks: str, health: str = "Healthy", **annotations: str) -> Obj:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "infra", "namespace": "argocd", "annotations": annotations},
        "spec": {
            "project": "team",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"},
            "source": {"repoURL": "https://git.example/infra.git", "path": "stacks"},
            "syncPolicy": {"automated": {"prune": True}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": "f" * 40},
            "health": {"status": health},
            "resources": [
                {"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": name, "status": "Synced"}
                for name in stacks
            ],
        },
    }


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        invalid = [condition("Stalled", "SpecInvalid", "no such branch")]
        for each in (held("zoo"), held("web", conditions=invalid), lost(41)):
            made.store.put(each)
        made.store.put(application("queue", "web", "zoo", **{SKIP: "true", "argocd.argoproj.io/refresh": "normal"}))
        yield made


@pytest.fixture
def app(server: ApiServer, tmp_path: Path) -> PkoArgo:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(server.kubeconfig("lab")))
    kubeconfig = load(str(path), {})
    return PkoArgo(Fleet(kubeconfig, kubeconfig.contexts))


async def opened(app: PkoArgo) -> ApplicationPage:
    await eventually(lambda: app.fleet.board.app(INFRA) is not None and len(app.fleet.board.stacks) == 3)
    page = ApplicationPage(app.fleet, INFRA)
    await app.push_screen(page)
    await eventually(lambda: "1 wedged" in page.text())
    return page


def _place(page: ApplicationPage, start: str) -> int:
    """The number of the line that begins so."""
    return next(place for place, line in enumerate(page.text().splitlines()) if line.startswith(start))


async def test_its_own_finding_comes_first_then_its_stacks_and_then_its_own_word_of_health(app: PkoArgo) -> None:
    async with app.run_test(size=(120, 60), notifications=True):
        page = await opened(app)
        await eventually(lambda: "looked at closely" in page.text())
        first = page.text().splitlines()[0]
        assert "argocd/infra is paused, and so a refresh waits" in first and first[:2] == "A-"
        assert "holds 3 Stacks: 1 wedged, 1 stalled, 1 ready" in page.text()
        assert _place(page, "A-") < _place(page, "Stacks ") < _place(page, "Both are right") < _place(page, "Health ")
        assert "though one of its Stacks is wedged: it judges a Stack by its own status alone" in page.text()


async def test_nothing_is_said_twice(app: PkoArgo, server: ApiServer) -> None:
    troubled = application("queue", "web", "zoo", health="Degraded")
    said = "one or more objects failed to apply, reason: webhook denied the request"
    troubled["status"] |= {
        "conditions": [{"type": "SyncError", "message": said}],
        "operationState": {"phase": "Failed", "message": said, "startedAt": "2026-11-23T18:20:00Z"},
    }
    server.store.put(troubled)
    async with app.run_test(size=(160, 60), notifications=True):
        page = await opened(app)
        await eventually(lambda: "looked at closely" in page.text())
        assert page.text().count(said) == 1
        values = [line.text for line in page.lines(app.fleet.clock()) if line.label and len(line.text) > 16]
        assert len(values) == len(set(values)), values


async def test_the_block_follows_what_becomes_of_it(
    app: PkoArgo, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.pages.live_verdict._LOOK_EVERY", 0.1)
    async with app.run_test(size=(120, 40), notifications=True):
        page = await opened(app)
        await eventually(lambda: "is paused" in page.text())
        server.store.put(application("queue", "web", "zoo"))
        await eventually(lambda: "is paused" not in page.text() and "nothing stands in its own way" in page.text())
        server.store.put(held("queue"))
        await eventually(lambda: "holds 3 Stacks: 1 stalled, 2 ready" in page.text())
        server.store.put(held("web"))
        await eventually(lambda: "holds 3 Stacks: 3 ready" in page.text() and "Both are right" not in page.text())


async def test_it_is_looked_at_again_as_soon_as_its_health_is_another(
    app: PkoArgo, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.pages.live_look._AFTER_CHANGE", 0.1)
    async with app.run_test(size=(120, 40), notifications=True):
        page = await opened(app)
        await eventually(lambda: "is paused" in page.text())
        server.store.put(application("queue", "web", "zoo", health="Progressing"))
        await eventually(lambda: "is paused" not in page.text() and "nothing stands in its own way" in page.text())


async def test_a_message_that_several_places_have_is_quoted_once(app: PkoArgo, server: ApiServer) -> None:
    failed = application("queue", "web", "zoo")
    said = "one or more objects failed to apply, reason: the webhook denied it (retried 5 times)."
    whole = f"Failed last sync attempt to [{'f' * 40}]: {said}"
    failed["spec"]["syncPolicy"] = {"automated": {}}
    failed["status"] |= {
        "sync": {"status": "OutOfSync", "revision": "f" * 40},
        "conditions": [{"type": "SyncError", "message": whole}],
        "operationState": {
            "phase": "Failed", "message": said, "startedAt": "2026-11-23T18:20:00Z", "retryCount": 5,
            "finishedAt": "2026-11-23T18:25:00Z", "syncResult": {"revision": "f" * 40},
            "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": "f" * 40}},
        },
    }  # fmt: skip
    server.store.put(failed)
    async with app.run_test(size=(120, 40), notifications=True):
        page = await opened(app)
        await eventually(lambda: "gave up on revision" in page.text())
        assert page.text().count("the webhook denied it") == 1


async def test_what_the_board_knows_stands_there_while_a_closer_look_is_under_way(
    app: PkoArgo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: object) -> None:
        """The cluster doesn't answer."""

    monkeypatch.setattr("tui.pages.live_look.LiveLook.take", never)
    async with app.run_test(size=(120, 40), notifications=True):
        page = await opened(app)
        await eventually(lambda: "a closer look is under way ..." in page.text())
        assert "1 wedged, 1 stalled, 1 ready" in page.text() and "A-" not in page.text()


async def test_its_stacks_stay_in_sight_on_a_small_screen_with_their_causes(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        page = await opened(app)
        await eventually(lambda: "looked at closely" in page.text())
        table = page.stacks_table.table
        await eventually(lambda: [key.name for key in page.stacks_table.model.window.lines] == ["queue", "web", "zoo"])
        assert ["queue" in line for line in kit.text_of(table)[1:4]] == [True, False, False]
        assert page.text_view.size.height >= 8
        await pilot.press("J")
        await eventually(lambda: page.text_view.scroll_offset.y > 0)
        await pilot.press("enter")
        await eventually(lambda: "Stack queue" in kit.on_screen(app))


async def test_on_a_wide_screen_what_it_is_stands_beside_how_it_is(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        page = await opened(app)
        await eventually(lambda: "looked at closely" in page.text())
        await eventually(lambda: "APPLICATION" in kit.text_of(page.text_view)[0])
        await eventually(lambda: "never" in "".join(kit.text_of(page.stacks_table.table)))
        assert "The operator waits for Update" in "".join(kit.text_of(page.stacks_table.table))
        wide = labels(page)
        await pilot.resize_terminal(100, 40)
        await eventually(lambda: "│" not in "".join(kit.text_of(page.text_view)))
        assert labels(page) == wide


def labels(page: ApplicationPage) -> list[str]:
    """What the page says something of, in any order; ages go on while one looks."""
    return sorted(line[:16] for line in page.text().splitlines() if line[:16].strip())


async def test_the_check_of_its_argo_cd_explains_why_it_looks_better(app: PkoArgo, server: ApiServer) -> None:
    put_argo_cd(server, config_map(), version="v3.5.2")
    async with app.run_test(size=(120, 60), notifications=True):
        page = await opened(app)
        said = "one of its Stacks is Degraded here"
        await eventually(lambda: said in page.text() and "No check is installed in lab/argocd" in page.text())
        assert "Argo CD v3.5.2 (3.6 is the first that brings one)" in page.text()
        assert "or hasn't looked since" not in page.text()
