"""A container's log is one stream whatever happens on the way: every line comes once, or a gap is visible."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from cluster.container_logs.log_stream import (
    ContainerRestarted,
    LogChunk,
    LogEnded,
    LogGap,
    LogRef,
    LogRefused,
    LogResumed,
    LogWaiting,
    LogWindow,
    read_log,
)
from cluster.http.connection import Connection
from cluster.target import KubeconfigUser, Target
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.waiting import LIMIT, eventually

FOLLOW = LogWindow(follow=True)
SHOP = LogRef("prod", "shop-workspace-0", "pulumi")
PLACE = ("prod", "shop-workspace-0", "pulumi")
RUNNING = {"running": {"startedAt": "2026-11-23T18:24:00Z"}}
KILLED = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
START = 1_700_000_000.0


def pod(state: dict[str, Any] | None = None, restarts: int = 0, last: dict[str, Any] | None = None) -> dict[str, Any]:
    status = {"name": "pulumi", "state": state or RUNNING, "restartCount": restarts, "lastState": last or {}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "shop-workspace-0", "namespace": "prod"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "pulumi", "image": "pulumi/pulumi"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }


class Heard:
    """What a reader was told: the lines, and the rest."""

    def __init__(self, told: AsyncGenerator[Any, None]) -> None:
        self.raw = b""
        self.others: list[Any] = []
        self.task = asyncio.ensure_future(self._listen(told))

    async def _listen(self, told: AsyncGenerator[Any, None]) -> None:
        async with aclosing(told) as events:
            async for event in events:
                if isinstance(event, LogChunk):
                    assert event.block.endswith(b"\n")
                    self.raw += event.block
                else:
                    self.others.append(event)

    @property
    def lines(self) -> list[str]:
        return [line.partition(b" ")[2].decode(errors="surrogateescape") for line in self.raw.split(b"\n")[:-1]]

    def of(self, kind: type[Any]) -> list[Any]:
        """What was said of this kind. A reader that broke says so."""
        if self.task.done():
            self.task.result()
        return [event for event in self.others if isinstance(event, kind)]

    async def ended(self) -> Any:
        """The last word, once it has been said."""
        async with asyncio.timeout(LIMIT):
            await self.task
        return self.others[-1] if self.others else None

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def soon(seconds: float) -> None:
    """Pauses are real but short: a server that is down isn't asked a thousand times."""
    await asyncio.sleep(min(seconds, 0.02))


Hear = Callable[..., Heard]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(pod())
        yield made


@pytest.fixture
async def hear(server: ApiServer, connect: Callable[..., Connection]) -> AsyncIterator[Hear]:
    """Readers of the server's log of SHOP."""
    heard: list[Heard] = []

    def start(window: LogWindow = FOLLOW, log: LogRef = SHOP, url: str = "", token: str = "", **options: Any) -> Heard:
        connection = connect(Target("test", url or server.url, user=KubeconfigUser(token=token)))
        heard.append(Heard(read_log(connection, log, window, sleep=soon, **options)))
        return heard[-1]

    yield start
    for each in heard:
        await each.stop()


def write(server: ApiServer, *texts: str, at: float = START) -> None:
    server.logs.extend(*PLACE, texts, at)


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"line {number}" for number in range(first, first + count)]


async def test_a_log_is_read_to_its_end(server: ApiServer, hear: Hear) -> None:
    write(server, *numbers(3))
    heard = hear(LogWindow())
    assert await heard.ended() == LogEnded()
    assert heard.lines == numbers(3)
    assert heard.raw.startswith(b"2023-11-14T22:13:20.000000000Z line 0\n")


async def test_a_follower_hears_what_is_written_later(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    write(server, "line 1", "line 2")
    await eventually(lambda: heard.lines == numbers(3))
    assert not heard.others


async def test_windows_are_what_the_api_makes_of_them(server: ApiServer, hear: Hear) -> None:
    for number in range(5):
        write(server, f"line {number}", at=START + number)
    tail, since, few = (
        hear(LogWindow(tail_lines=2)),
        hear(LogWindow(since_time="2023-11-14T22:13:23Z")),
        hear(LogWindow(limit_bytes=108)),
    )
    for heard in (tail, since, few):
        await heard.ended()
    assert tail.lines == since.lines == numbers(2, 3)
    assert few.lines == ["line 0", "line 1", "l"]


async def test_no_line_is_lost_or_repeated_over_hang_ups_and_half_lines(server: ApiServer, hear: Hear) -> None:
    """Numbered lines, many in one instant, while the server breaks off in all its ways."""
    rng = random.Random(7)
    heard = hear()
    written = 0
    for step in range(60):
        count = rng.randrange(1, 40)
        write(server, *numbers(count, written), at=START + step * 0.37)
        written += count
        match step % 4:
            case 0:
                server.hang_up()
            case 1:
                server.faults.half_line("/log", times=1)
            case 2:
                server.faults.hang_up("/log", times=1, after_lines=rng.randrange(50))
        await asyncio.sleep(rng.random() * 0.02)
    server.faults.clear()
    await eventually(lambda: len(heard.lines) >= written)
    assert heard.lines == numbers(written)
    assert not heard.of(LogGap)
    assert heard.of(LogResumed)


async def test_a_log_that_is_not_followed_is_taken_up_again(server: ApiServer, hear: Hear) -> None:
    write(server, *numbers(3000))
    server.faults.half_line("/log", times=2)
    server.faults.hang_up("/log", times=2, after_lines=1200)
    heard = hear(LogWindow())
    assert isinstance(await heard.ended(), LogEnded)
    assert heard.lines == numbers(3000)


async def test_a_tail_that_breaks_in_its_first_second_repeats_nothing(server: ApiServer, hear: Hear) -> None:
    write(server, *numbers(10))
    heard = hear(LogWindow(follow=True, tail_lines=3))
    await eventually(lambda: heard.lines == numbers(3, 7))
    server.hang_up()
    write(server, "line 10")
    await eventually(lambda: heard.lines == numbers(4, 7))
    assert not heard.of(LogGap)


async def test_a_server_that_was_away_is_told_and_then_forgotten(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    await server.refuse_connections()
    await eventually(lambda: heard.of(LogWaiting))
    assert heard.of(LogWaiting)[0].lost
    write(server, "line 1", at=START + 60)
    await server.listen()
    await eventually(lambda: heard.lines == numbers(2))
    assert heard.of(LogResumed)
    assert len(heard.of(LogWaiting)) == len(set(heard.of(LogWaiting)))


async def test_a_log_that_lost_its_last_lines_meanwhile_has_a_gap(server: ApiServer, hear: Hear) -> None:
    write(server, *numbers(3))
    heard = hear()
    await eventually(lambda: heard.lines == numbers(3))
    await server.refuse_connections()
    server.logs.present(*PLACE).lines.clear()  # rotated away
    write(server, "line 90", at=START + 60)
    await server.listen()
    await eventually(lambda: heard.lines == [*numbers(3), "line 90"])
    (gap,) = heard.of(LogGap)
    assert (gap.since, gap.until) == ("2023-11-14T22:13:20.000000000Z", "2023-11-14T22:14:20.000000000Z")


async def test_a_quiet_log_is_opened_anew_without_a_word(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear(silence=0.05)
    await eventually(lambda: sum("/log" in asked.path for asked in server.requests) > 2)
    write(server, "line 1")
    await eventually(lambda: heard.lines == numbers(2))
    assert not heard.others


async def test_a_container_that_starts_again_has_two_lives_and_no_gap(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    server.faults.answer(503, "/log", times=1)
    server.hang_up()
    write(server, "line 1 is written while nobody reads")
    server.store.put(pod(RUNNING, 1, KILLED))
    server.logs.restart(*PLACE)
    write(server, "a new life", at=START + 5)
    await eventually(lambda: "a new life" in heard.lines)
    assert heard.lines == ["line 0", "line 1 is written while nobody reads", "a new life"]
    assert heard.of(ContainerRestarted) == [
        ContainerRestarted("the container was started again (OOMKilled, exit code 137)")
    ]
    assert not heard.of(LogGap)


async def test_where_the_last_life_is_not_kept_there_is_a_gap(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    server.store.put(pod(RUNNING, 2, KILLED))
    server.logs.restart(*PLACE)
    server.logs.restart(*PLACE)
    server.faults.answer(400, "previous=true", message='previous terminated container "pulumi" not found')
    write(server, "a new life", at=START + 5)
    await eventually(lambda: "a new life" in heard.lines)
    assert [type(event) for event in heard.others] == [LogGap, ContainerRestarted]


async def test_a_container_that_crashes_is_waited_for(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    server.store.put(pod({"waiting": {"reason": "CrashLoopBackOff"}}, 0, KILLED))
    server.logs.end(*PLACE)
    (waiting,) = await eventually(lambda: heard.of(LogWaiting))
    assert waiting.reason == ("pulumi has ended and will be started again (CrashLoopBackOff; OOMKilled, exit code 137)")


async def test_an_init_container_that_is_done_has_ended(server: ApiServer, hear: Hear) -> None:
    done = pod()
    (status,) = done["status"].pop("containerStatuses")
    done["status"]["initContainerStatuses"] = [
        status | {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
    ]
    server.store.put(done)
    write(server, "line 0")
    server.logs.end(*PLACE)
    heard = hear()
    assert await heard.ended() == LogEnded("the container has ended (Completed, exit code 0)")
    assert heard.lines == ["line 0"]


async def test_a_pod_that_is_deleted_has_ended(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    write(server, "line 1")
    server.store.delete("Pod", "prod", "shop-workspace-0")
    server.logs.drop("prod", "shop-workspace-0")
    assert await heard.ended() == LogEnded("the pod is gone", gone=True)
    assert heard.lines == numbers(2)
    assert not heard.of(LogGap)


async def test_a_pod_that_went_while_nobody_could_look_leaves_a_gap(server: ApiServer, hear: Hear) -> None:
    write(server, "line 0")
    heard = hear()
    await eventually(lambda: heard.lines == ["line 0"])
    await server.refuse_connections()
    server.store.delete("Pod", "prod", "shop-workspace-0")
    await server.listen()
    assert await heard.ended() == LogEnded("the pod is gone", gone=True)
    assert [type(event) for event in heard.others[-2:]] == [LogGap, LogEnded]


async def test_a_pod_of_the_same_name_is_not_taken_for_the_old_one(server: ApiServer, hear: Hear) -> None:
    uid = server.store.get("Pod", "prod", "shop-workspace-0")["metadata"]["uid"]
    heard = hear(FOLLOW, LogRef(*PLACE, uid))
    write(server, "line 0")
    await eventually(lambda: heard.lines == ["line 0"])
    server.store.delete("Pod", "prod", "shop-workspace-0")
    server.store.put(pod())
    server.logs.drop("prod", "shop-workspace-0")
    write(server, "of another pod")
    assert await heard.ended() == LogEnded("the pod was replaced by another one", gone=True)
    assert heard.lines == ["line 0"]


WAITING = [
    ({"waiting": {"reason": "ImagePullBackOff"}}, "pulumi is waiting to start: ImagePullBackOff"),
    ({"waiting": {"reason": "PodInitializing"}}, "pulumi is waiting to start: PodInitializing"),
    ({"waiting": {"reason": "CreateContainerConfigError"}}, "pulumi is waiting to start: CreateContainerConfigError"),
]


@pytest.mark.parametrize(("state", "reason"), WAITING)
async def test_a_container_that_waits_to_start_says_for_what(
    server: ApiServer, hear: Hear, state: dict[str, Any], reason: str
) -> None:
    server.store.put(pod(state))
    heard = hear()
    await eventually(lambda: heard.others == [LogWaiting(reason)])
    server.store.put(pod())
    write(server, "line 0")
    await eventually(lambda: heard.lines == ["line 0"])
    assert heard.others == [LogWaiting(reason)]


async def test_without_following_a_waiting_container_is_an_answer(server: ApiServer, hear: Hear) -> None:
    server.store.put(pod({"waiting": {"reason": "ImagePullBackOff"}}))
    said = await hear(LogWindow()).ended()
    text = 'container "pulumi" in pod "shop-workspace-0" is waiting to start: trying and failing to pull image'
    assert said == LogWaiting(text)


async def test_a_pod_without_a_node_is_waited_for(server: ApiServer, hear: Hear) -> None:
    pending = pod()
    pending["spec"].pop("nodeName")
    pending["status"] = {"phase": "Pending"}
    server.store.put(pending)
    text = "pulumi is waiting to start: the pod isn't scheduled to a node yet"
    assert await hear(LogWindow()).ended() == LogWaiting(text)  # 204, and nothing in it
    heard = hear()
    await eventually(lambda: heard.others == [LogWaiting(text)])


async def test_a_previous_life_that_is_not_there_is_refused(server: ApiServer, hear: Hear) -> None:
    said = await hear(LogWindow(previous=True, follow=True)).ended()
    assert said == LogRefused('previous terminated container "pulumi" in pod "shop-workspace-0" not found', 400)


async def test_a_container_that_does_not_exist_is_refused(server: ApiServer, hear: Hear) -> None:
    said = await hear(FOLLOW, LogRef("prod", "shop-workspace-0", "nobody")).ended()
    assert said == LogRefused("container nobody is not valid for pod shop-workspace-0", 400)


async def test_a_user_who_may_not_read_logs_is_told(server: ApiServer, hear: Hear) -> None:
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=("pods",)))
    said = await hear(token="viewer").ended()
    assert isinstance(said, LogRefused)
    assert said.code == 403
    assert "pods/log" in said.reason


async def test_a_user_who_may_read_logs_but_not_pods_reads_logs(server: ApiServer, hear: Hear) -> None:
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=("pods/log",)))
    heard = hear(token="viewer")
    write(server, *numbers(2))
    await eventually(lambda: heard.lines == numbers(2))
    server.hang_up()
    write(server, "line 2")
    await eventually(lambda: heard.lines == numbers(3))


async def test_a_follower_outlives_its_token(server: ApiServer, hear: Hear) -> None:
    server.access.grant("tok", "viewer")
    heard = hear(token="tok")
    write(server, "line 0")
    await eventually(lambda: heard.lines == ["line 0"])
    server.access.expire("tok")
    server.hang_up()
    await eventually(lambda: any("credentials" in each.reason for each in heard.of(LogWaiting)))
    server.access.grant("tok", "viewer")
    write(server, "line 1")
    await eventually(lambda: heard.lines == numbers(2))


async def test_a_cluster_that_is_not_there_is_refused_after_some_attempts(server: ApiServer, hear: Hear) -> None:
    said = await hear(LogWindow(), url="http://127.0.0.1:9").ended()
    assert isinstance(said, LogRefused)
    assert said.code == 0


async def test_a_kubelets_own_words_are_not_a_line(serve: Any, hear: Hear) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="unable to retrieve container logs for containerd://0b6f7f7e")

    said = await hear(LogWindow(), url=await serve(answer)).ended()
    assert said == LogRefused("unable to retrieve container logs for containerd://0b6f7f7e", 500)


async def test_the_last_line_needs_no_end(serve: Any, hear: Hear) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="2026-11-23T18:24:01.000000001Z begun\n2026-11-23T18:24:01.000000002Z never ended")

    heard = hear(LogWindow(), url=await serve(answer))
    assert await heard.ended() == LogEnded()
    assert heard.lines == ["begun", "never ended"]


async def test_bytes_stay_what_they_are(server: ApiServer, hear: Hear) -> None:
    hostile = ["\x1b]52;c;aGk=\x07", "50%\r100%", "\udcff\udcfe", "a\x00b", "[/x]", "", "\x1b[31mred\x1b[0m"]
    write(server, *hostile)
    heard = hear(LogWindow())
    await heard.ended()
    assert heard.lines == hostile


async def test_a_line_of_a_megabyte_comes_whole(server: ApiServer, hear: Hear) -> None:
    write(server, "before", "x" * (1 << 20), "after")
    server.faults.hang_up("/log", times=1, after_lines=1)
    heard = hear(LogWindow())
    await heard.ended()
    assert [len(line) for line in heard.lines] == [6, 1 << 20, 5]
