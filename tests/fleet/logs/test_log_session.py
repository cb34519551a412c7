"""Whose logs are read, what is said in their place, and that pods may come and go meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from cluster.container_logs.log_stream import LogEnded, LogGap, LogRefused, LogWaiting, LogWindow
from cluster.http.connection import Connection
from cluster.target import KubeconfigUser, Target
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from demo.server.faults import RecordedRequest
from fleet.board.rows import Key
from fleet.logs.log_events import (
    ContextSettled,
    LinesWritten,
    LogNote,
    LogNotice,
    LogOpening,
    LogOptions,
    LogsLimited,
    NoLog,
    StackChanged,
)
from fleet.logs.log_sources import OPERATOR, LogSource, workspace_source
from fleet.logs.read_logs import read_logs
from fleet.scope import StackSelector
from support.objects import PROCESSING, condition, last, stack_object
from support.podlogs import operator_logs
from support.waiting import LIMIT, eventually
from support.workspaces import put_pod, put_workspace, workspace_labels

SHOP = Key("lab", "prod", "shop")
FOLLOW = LogOptions(LogWindow(follow=True))
START = 1_700_000_000.0
STALLED = condition("Stalled", "UpdateFailed")
OPERATOR_CONTAINER = {"name": "manager", "image": "pulumi/pulumi-kubernetes-operator:v2.9.0"}


class Heard:
    """Everything that a reader of logs was told."""

    def __init__(self, connections: dict[str, Connection], whos: Sequence[StackSelector], wish: LogOptions) -> None:
        self.events: list[Any] = []
        self.task = asyncio.ensure_future(self._listen(connections, whos, wish))

    async def _listen(
        self, connections: dict[str, Connection], whos: Sequence[StackSelector], wish: LogOptions
    ) -> None:
        async def soon(seconds: float) -> None:
            await asyncio.sleep(min(seconds, 0.05))

        async with aclosing(read_logs(connections, whos, wish, window=0.05, sleep=soon)) as events:
            async for event in events:
                self.events.append(event)

    async def ended(self) -> Heard:
        async with asyncio.timeout(LIMIT):
            await self.task
        return self

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Container and text of each line."""
        return [
            (event.source.container, line.partition(b" ")[2].decode())
            for event in self.events
            if isinstance(event, LinesWritten)
            for line in event.block.split(b"\n")[:-1]
        ]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.lines]

    def said(self, kind: type[Any], about: object = None) -> list[Any]:
        """What was said of this kind; a reader that broke says so."""
        if self.task.done() and not self.task.cancelled():
            self.task.result()
        return [
            event.notice
            for event in self.events
            if isinstance(event, LogNotice) and isinstance(event.notice, kind) and about in (None, event.about)
        ]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


Hear = Callable[..., Heard]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
async def hear(server: ApiServer) -> AsyncIterator[Hear]:
    """Readers of the server's Stacks in namespace prod; more contexts if more servers are given."""
    heard: list[Heard] = []
    opened: list[Connection] = []

    def start(
        *names: str,
        wish: LogOptions | None = None,
        token: str = "",
        namespaces: tuple[str, ...] | None = ("prod",),
        **others: ApiServer,
    ) -> Heard:
        connections = {}
        for context, each in {"lab": server, **others}.items():
            connections[context] = Connection(Target(context, each.url, user=KubeconfigUser(token=token)), environ={})
        opened.extend(connections.values())
        whos = [StackSelector(context, namespaces, names) for context in connections]
        heard.append(Heard(connections, whos, wish or LogOptions()))
        return heard[-1]

    yield start
    for each in heard:
        await each.stop()
    for connection in opened:
        await connection.close()


def write(server: ApiServer, *texts: str, container: str = "pulumi", stack: str = "shop", at: float = START) -> None:
    server.logs.extend("prod", f"{stack}-workspace-0", container, texts, at)


async def test_the_agents_log_is_read(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    write(server, "a", "b")
    write(server, "cloned", container="fetch")
    heard = await hear("shop").ended()
    assert heard.lines == [("pulumi", "a"), ("pulumi", "b")]
    assert [event.key for event in heard.events if isinstance(event, StackChanged)] == [SHOP]
    assert heard.said(ContextSettled)


async def test_every_container_is_read_where_that_is_wished(server: ApiServer, hear: Hear) -> None:
    put_workspace(server, sidecars=("proxy",))
    for at, container in enumerate(("bootstrap", "fetch", "pulumi", "proxy")):
        write(server, f"from {container}", container=container, at=START + at)
    heard = await hear("shop", wish=LogOptions(every_container=True)).ended()
    assert heard.texts == ["from bootstrap", "from fetch", "from pulumi", "from proxy"]
    assert (await hear("shop", wish=LogOptions(containers=("proxy",))).ended()).texts == ["from proxy"]


async def test_for_a_container_that_isnt_there_those_are_named_that_are(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    (refused,) = (await hear("shop", wish=LogOptions(containers=("nobody",))).ended()).said(LogRefused)
    assert refused.reason == "pod shop-workspace-0 has no container nobody; it has bootstrap, fetch, pulumi"


async def test_an_init_container_in_trouble_is_read_before_the_agent(server: ApiServer, hear: Hear) -> None:
    put_workspace(
        server,
        fetch={"waiting": {"reason": "CrashLoopBackOff"}},
        pulumi={"waiting": {"reason": "PodInitializing"}},
    )
    server.store.patch("Pod", "prod", "shop-workspace-0", {"status": {"initContainerStatuses": [
        {"name": "fetch", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 3,
         "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}},
    ]}})  # fmt: skip
    write(server, "unable to fetch git source", container="fetch")
    heard = await hear("shop").ended()
    assert heard.lines == [("fetch", "unable to fetch git source")]
    assert "waiting to start: PodInitializing" in heard.said(LogWaiting)[0].reason


async def test_owner_references_decide_not_labels(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    stranger = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "shop-workspace", "namespace": "prod", "uid": "other", "labels": workspace_labels("shop")},
    }
    put_pod(server, stranger, name="shop-workspace-1")
    orphan = put_pod(server, stranger, name="shop-workspace-2")
    orphan["metadata"].pop("ownerReferences")
    server.store.put(orphan)
    for number in range(3):
        server.logs.append("prod", f"shop-workspace-{number}", "pulumi", f"from pod {number}")
    assert (await hear("shop").ended()).texts == ["from pod 0"]


async def test_a_workspace_of_another_stack_is_not_read(server: ApiServer, hear: Hear) -> None:
    put_workspace(server, "shop")
    put_workspace(server, "shop-eu")
    write(server, "mine")
    write(server, "not mine", stack="shop-eu")
    assert (await hear("shop").ended()).texts == ["mine"]


async def test_stacks_of_one_name_in_two_contexts_are_told_apart(server: ApiServer, hear: Hear) -> None:
    async with ApiServer() as other:
        put_workspace(server)
        put_workspace(other)
        for number in range(3):
            write(server, f"{2 * number}", at=START + 2 * number)
            write(other, f"{2 * number + 1}", at=START + 2 * number + 1)
        heard = await hear("shop", other=other).ended()
        assert heard.texts == ["0", "1", "2", "3", "4", "5"]
        written = [event.source.key.context for event in heard.events if isinstance(event, LinesWritten)]
        assert written == ["lab", "other"] * 3


async def test_outputs_of_a_stack_are_veiled_in_its_log(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    time = "2026-11-23T18:24:13.057Z\tINFO\tpulumi\t"
    write(server, f"{time}Updating (dev):", f"{time}Outputs:", f'{time}    token: "s3cret"', f"{time}Resources:")
    heard = await hear("shop").ended()
    assert "s3cret" not in "".join(heard.texts)
    assert len(heard.texts) == 3


NO_POD: list[tuple[dict[str, Any], str, str]] = [
    (
        {"conditions": [condition("Stalled", "SpecInvalid", "missing branch")]},
        "there never was a workspace pod: SpecInvalid",
        "SpecInvalid: missing branch",
    ),
    (
        {"spec": {"workspaceReclaimPolicy": "Delete"}, "lastUpdate": last(permalink="https://app.pulumi.com/a")},
        "the workspace, and its log with it, was deleted after the last update (workspaceReclaimPolicy: Delete)",
        "",
    ),
    (
        {"lastUpdate": last("failed", message="up failed: no\x1b[31m way"), "conditions": [STALLED]},
        "there is no workspace pod (the stack: stalled: UpdateFailed)",
        "up failed: no way",
    ),
    (
        {"lastUpdate": {"state": "failed", "lastResyncTime": "2027-01-15T07:00:00Z"}, "conditions": [
            condition("Reconciling", "RetryingAfterFailure", "exit status 255")]},
        "PKO 1 has no workspace pods",
        "RetryingAfterFailure: exit status 255",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "reason", "message"), NO_POD, ids=["invalid", "reclaimed", "failed", "pko-1"])
async def test_where_there_is_no_pod_the_objects_speak(
    server: ApiServer, hear: Hear, made: dict[str, Any], reason: str, message: str
) -> None:
    server.store.put(stack_object("shop", **made))
    heard = await hear("shop").ended()
    (instead,) = heard.said(NoLog, SHOP)
    assert instead.reason.startswith(reason)
    assert instead.message == message
    if "permalink" in str(made):
        assert instead.permalink == "https://app.pulumi.com/a"


async def test_what_keeps_a_pod_from_being_made_is_told(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    server.store.delete("Pod", "prod", "shop-workspace-0")
    server.store.put({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "e1", "namespace": "prod"}, "type": "Warning",
        "reason": "FailedCreate", "message": 'serviceaccount "deployer" not found',
        "involvedObject": {"kind": "StatefulSet", "name": "shop-workspace", "namespace": "prod"},
    })  # fmt: skip
    (instead,) = (await hear("shop").ended()).said(NoLog)
    assert instead.reason == "the workspace's pod can't be made: serviceaccount \"deployer\" not found"


async def test_more_logs_than_may_be_open_wait_their_turn_and_none_is_dropped(server: ApiServer, hear: Hear) -> None:
    for number in range(12):
        put_workspace(server, f"s{number}")
        write(server, f"from s{number}", stack=f"s{number}")
    heard = await hear(wish=LogOptions(most=3)).ended()
    assert sorted(heard.texts) == sorted(f"from s{number}" for number in range(12))
    followed = hear(wish=LogOptions(LogWindow(follow=True), most=3))
    # They come to wait one by one, and those that are named first may be some of them.
    await eventually(lambda: (3, 9) in [(told.most, len(told.waiting)) for told in followed.said(LogsLimited)])
    await eventually(lambda: len(followed.texts) == 3)
    for event in [event for event in followed.events if isinstance(event, LinesWritten)]:
        server.store.delete("Pod", "prod", event.source.pod)
        server.logs.drop("prod", event.source.pod)
    await eventually(lambda: len(followed.texts) == 6)


async def test_hundreds_of_logs_are_read_a_few_at_a_time(server: ApiServer, hear: Hear) -> None:
    for number in range(150):
        put_workspace(server, f"s{number}")
        write(server, f"from s{number}", stack=f"s{number}")
    heard = await hear(wish=LogOptions(most=64)).ended()
    assert sorted(heard.texts) == sorted(f"from s{number}" for number in range(150))
    named = {source for told in heard.said(LogsLimited) for source in told.waiting}
    assert 0 < len(named) <= 86


async def test_a_pod_that_comes_later_is_picked_up(server: ApiServer, hear: Hear) -> None:
    server.store.put(stack_object("shop", conditions=[PROCESSING], metadata={"uid": ""}))
    heard = hear("shop", wish=FOLLOW)
    (waiting,) = await eventually(lambda: heard.said(LogWaiting, SHOP))
    assert waiting.reason.startswith("there is no workspace pod yet (the stack: updating")
    put_workspace(server)
    write(server, "a")
    await eventually(lambda: heard.texts == ["a"])


async def test_a_pod_that_is_made_anew_is_followed_on(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    write(server, "old")
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: heard.texts == ["old"])
    server.store.delete("Pod", "prod", "shop-workspace-0")
    server.logs.drop("prod", "shop-workspace-0")
    put_pod(server, server.store.get("StatefulSet", "prod", "shop-workspace") or {})
    write(server, "new", at=START + 5)
    await eventually(lambda: heard.texts == ["old", "new"])
    assert any(ended.gone for ended in await eventually(lambda: heard.said(LogEnded)))
    assert heard.said(LogNote, SHOP) == [LogNote("pod shop-workspace-0 was made anew")]
    assert not heard.said(LogGap)


async def test_a_log_whose_pod_is_gone_ends_even_if_nobody_hangs_up(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    write(server, "a")
    server.faults.silence("/log", after_lines=1)
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: heard.texts == ["a"])
    server.store.delete("Pod", "prod", "shop-workspace-0")
    assert await eventually(lambda: heard.said(LogEnded)) == [LogEnded("the pod is gone", gone=True)]


async def test_a_stack_that_is_created_anew_is_followed_on(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    write(server, "old")
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: heard.texts == ["old"])
    for kind, name in (
        ("Pod", "shop-workspace-0"),
        ("StatefulSet", "shop-workspace"),
        ("Workspace", "shop"),
        ("Stack", "shop"),
    ):
        server.store.delete(kind, "prod", name)
    server.logs.drop("prod", "shop-workspace-0")
    await eventually(lambda: StackChanged(SHOP, None) in heard.events)
    put_workspace(server)
    write(server, "new", at=START + 5)
    await eventually(lambda: heard.texts == ["old", "new"])


async def test_a_context_that_is_lost_is_told_and_the_others_go_on(server: ApiServer, hear: Hear) -> None:
    async with ApiServer() as other:
        put_workspace(server)
        put_workspace(other)
        heard = hear("shop", wish=FOLLOW, other=other)
        write(server, "1")
        write(other, "2", at=START + 1)
        await eventually(lambda: sorted(heard.texts) == ["1", "2"])
        await other.refuse_connections()
        await eventually(lambda: any(waiting.lost for waiting in heard.said(LogWaiting)))
        write(server, "3", at=START + 2)
        await eventually(lambda: "3" in heard.texts)
        write(other, "4", at=START + 3)
        await other.listen()
        await eventually(lambda: "4" in heard.texts)
        assert sorted(heard.texts) == ["1", "2", "3", "4"]
        assert not heard.said(LogGap)


def grant(server: ApiServer, *resources: str) -> str:
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=resources))
    return "viewer"


@pytest.mark.parametrize("wish", [LogOptions(), FOLLOW], ids=["once", "followed"])
async def test_a_user_who_may_not_list_pods_reads_logs_by_their_usual_names(
    server: ApiServer, hear: Hear, wish: LogOptions
) -> None:
    put_workspace(server)
    write(server, "a")
    heard = hear("shop", wish=wish, token=grant(server, "stacks", "pods/log"))
    await eventually(lambda: heard.texts == ["a"])
    assert any("pods may not be" in note.text for note in heard.said(LogNote))


@pytest.mark.parametrize("window", [LogWindow(), LogWindow(follow=True)], ids=["once", "followed"])
async def test_where_pods_may_not_be_listed_the_container_is_still_the_one_that_was_named(
    server: ApiServer, hear: Hear, window: LogWindow
) -> None:
    put_workspace(server)
    write(server, "from pulumi")
    write(server, "from fetch", container="fetch")
    wish = LogOptions(window, containers=("fetch",))
    heard = hear("shop", wish=wish, token=grant(server, "stacks", "pods/log"))
    await eventually(lambda: heard.texts == ["from fetch"])


@pytest.mark.parametrize("wish", [LogOptions(), FOLLOW], ids=["once", "followed"])
async def test_a_user_who_may_not_read_owners_is_told_that_names_had_to_do(
    server: ApiServer, hear: Hear, wish: LogOptions
) -> None:
    put_workspace(server)
    write(server, "a")
    heard = hear("shop", wish=wish, token=grant(server, "stacks", "pods", "pods/log"))
    await eventually(lambda: heard.texts == ["a"])
    assert any("owners may not be read" in note.text for note in heard.said(LogNote))


@pytest.mark.parametrize("wish", [LogOptions(), FOLLOW], ids=["once", "followed"])
async def test_a_user_who_may_not_read_logs_is_told_so(server: ApiServer, hear: Hear, wish: LogOptions) -> None:
    put_workspace(server)
    token = grant(server, "stacks", "pods", "statefulsets", "workspaces")
    heard = hear("shop", wish=wish, token=token)
    (refused,) = await eventually(lambda: heard.said(LogRefused))
    assert refused.code == 403
    assert "pods/log" in refused.reason


@pytest.mark.parametrize("wish", [LogOptions(), FOLLOW], ids=["once", "followed"])
async def test_a_user_who_may_not_read_stacks_is_told_so(server: ApiServer, hear: Hear, wish: LogOptions) -> None:
    heard = hear("shop", wish=wish, token=grant(server, "pods"))
    (refused,) = await eventually(lambda: heard.said(LogRefused, "lab"))
    assert refused.code == 403
    await eventually(lambda: heard.said(ContextSettled))


async def test_the_operators_lines_about_a_stack_are_read_without_results(server: ApiServer, hear: Hear) -> None:
    server.store.put(stack_object("shop", "first", metadata={"uid": ""}))
    put_workspace(server, "shop", "first")
    server.store.put({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "operator.pulumi.com", "namespace": "pko"}, "spec": {"holderIdentity": "pko-1_uuid"},
    })  # fmt: skip
    server.store.put({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pko-1", "namespace": "pko"},
        "spec": {"nodeName": "n", "containers": [OPERATOR_CONTAINER]},
    })  # fmt: skip
    lines = operator_logs()["17-secret-outputs"]
    server.logs.extend("pko", "pko-1", "manager", ["2026-11-23T18:24:06Z\tINFO\tsomething else\t{}", *lines], START)
    heard = await hear("shop", namespaces=("first",), wish=LogOptions(operator=True)).ended()
    assert len(heard.texts) == len(lines)
    assert "hunter2" not in "".join(heard.texts)
    few = await hear("shop", namespaces=("first",), wish=LogOptions(LogWindow(tail_lines=3), operator=True)).ended()
    assert few.texts == heard.texts[-3:]
    sources = {event.source for event in heard.events if isinstance(event, LinesWritten)}
    assert {(source.kind, source.key.name, source.namespace) for source in sources} == {(OPERATOR, "shop", "pko")}


async def test_only_what_was_asked_for_is_asked_of_the_cluster(server: ApiServer, hear: Hear) -> None:
    """By name, or by a selector: no list of all pods, Updates or Events."""
    put_workspace(server)
    server.requests.clear()
    heard = hear("shop", wish=FOLLOW)
    write(server, "a")
    await eventually(lambda: heard.texts == ["a"])
    for asked in server.requests:
        narrow = asked.query.get("labelSelector") or asked.query.get("fieldSelector")
        collection = asked.path.rstrip("/").rsplit("/", 1)[1] in ("stacks", "pods", "updates", "events", "workspaces")
        assert narrow or not collection, asked


def is_owner(asked: RecordedRequest) -> bool:
    return any(f"/{kind}" in asked.path for kind in ("statefulsets", "workspaces", "stacks"))


async def test_two_requests_in_a_row_stand_before_the_first_line(server: ApiServer, hear: Hear) -> None:
    """What is asked while nothing is answered is asked side by side; what comes after it had to wait."""
    put_workspace(server)
    write(server, "a")

    def asked() -> list[str]:
        return sorted(request.path.rsplit("/", 1)[-1] for request in server.requests)

    server.requests.clear()
    unanswered = server.faults.silence()
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: asked() == ["pods", "stacks"])
    first = list(server.requests)
    later = server.faults.silence(lambda request: request not in first)
    unanswered.remove()
    await eventually(lambda: asked() == ["log", "pods", "shop", "shop-workspace", "stacks"])
    assert not heard.texts
    later.remove()
    await eventually(lambda: heard.texts == ["a"])
    assert asked() == ["log", "pods", "shop", "shop-workspace", "stacks"]


async def test_no_line_is_shown_before_the_owners_have_answered(server: ApiServer, hear: Hear) -> None:
    put_workspace(server)
    write(server, "a")
    owners = server.faults.silence(is_owner)
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: any(request.path.endswith("/log") for request in server.requests))
    await asyncio.sleep(0.1)
    assert not heard.texts
    assert not heard.said(LogOpening)
    owners.remove()
    await eventually(lambda: heard.texts == ["a"])


@pytest.mark.parametrize("taken_over", ["StatefulSet", "Workspace"])
async def test_of_a_pod_that_only_says_it_is_the_stacks_nothing_is_shown(
    server: ApiServer, hear: Hear, taken_over: str
) -> None:
    put_workspace(server)
    name = "shop" if taken_over == "Workspace" else "shop-workspace"
    owner = server.store.get(taken_over, "prod", name) or {}
    owner["metadata"]["ownerReferences"][0] |= {"kind": "Team", "name": "strangers", "uid": "other"}
    server.store.put(owner)
    write(server, "not yours")
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: any(request.path.endswith("/log") for request in server.requests))
    await eventually(lambda: heard.said(LogWaiting, SHOP))
    assert not heard.texts
    assert not heard.said(LogOpening)


async def test_a_workspace_of_another_name_is_found_once_its_stack_is_known(server: ApiServer, hear: Hear) -> None:
    put_workspace(server, "other")
    template = {"workspaceTemplate": {"metadata": {"name": "other"}}}
    server.store.put(stack_object("shop", spec=template, metadata={"uid": "shop-uid"}))
    space = server.store.get("Workspace", "prod", "other") or {}
    space["metadata"]["ownerReferences"][0] |= {"name": "shop", "uid": "shop-uid"}
    server.store.put(space)
    write(server, "a", stack="other")
    heard = hear("shop", wish=FOLLOW)
    await eventually(lambda: heard.texts == ["a"])
    assert {event.source.key for event in heard.events if isinstance(event, LinesWritten)} == {SHOP}


def test_only_the_agents_log_has_runs() -> None:
    assert workspace_source(SHOP, "p", "pulumi").kind.has_runs
    assert not workspace_source(SHOP, "p", "fetch").kind.has_runs
    assert not LogSource(SHOP, OPERATOR, "p", "pulumi").kind.has_runs
