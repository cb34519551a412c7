"""Watches: from a version on, from the beginning, as a streaming list; bookmarks, ends, and history that is gone."""

from __future__ import annotations

from contract.api import TABLE, Api

STREAMING = {
    "sendInitialEvents": "true",
    "resourceVersionMatch": "NotOlderThan",
    "allowWatchBookmarks": "true",
}


async def test_a_watch_tells_what_happens_after_its_version(api: Api) -> None:
    await api.make_stack("before")
    version = await api.version()
    async with api.watch(api.stacks(), resourceVersion=version) as watch:
        assert watch.status == 200
        made = await api.make_stack("web")
        added = await watch.next()
        assert (added["type"], added["object"]["metadata"]["name"]) == ("ADDED", "web")
        assert added["object"]["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
        await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}})
        modified = await watch.next()
        assert (modified["type"], modified["object"]["spec"]["branch"]) == ("MODIFIED", "dev")
        await api.delete(api.stacks("web"))
        deleted = await watch.next()
        assert deleted["type"] == "DELETED"
        assert int(deleted["object"]["metadata"]["resourceVersion"]) > int(
            modified["object"]["metadata"]["resourceVersion"]
        )


async def test_a_watch_catches_up_on_what_it_missed(api: Api) -> None:
    version = await api.version()
    await api.make_stack("a")
    await api.delete(api.stacks("a"))
    async with api.watch(api.stacks(), resourceVersion=version) as watch:
        assert [(await watch.next())["type"] for _ in range(2)] == ["ADDED", "DELETED"]


async def test_a_watch_without_a_version_begins_with_what_is_there(api: Api) -> None:
    await api.make_stack("a")
    await api.make_stack("b")
    async with api.watch(api.stacks()) as watch:
        events = [await watch.next() for _ in range(2)]
        assert {e["type"] for e in events} == {"ADDED"}
        assert {e["object"]["metadata"]["name"] for e in events} == {"a", "b"}


async def test_a_streaming_list_ends_its_beginning_with_a_bookmark(api: Api) -> None:
    await api.make_stack("a")
    await api.make_stack("b")
    async with api.watch(api.stacks(), **STREAMING) as watch:
        first = [await watch.next(bookmarks=True) for _ in range(3)]
        assert [e["type"] for e in first] == ["ADDED", "ADDED", "BOOKMARK"]
        mark = first[2]["object"]
        assert mark["kind"] == "Stack"
        assert mark["apiVersion"] == "pulumi.com/v1"
        assert mark["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
        assert int(mark["metadata"]["resourceVersion"]) >= int(first[1]["object"]["metadata"]["resourceVersion"])
        await api.make_stack("c")
        assert (await watch.next())["object"]["metadata"]["name"] == "c"


async def test_a_streaming_list_of_nothing_is_a_bookmark(api: Api) -> None:
    async with api.watch(api.stacks(), **STREAMING) as watch:
        assert (await watch.next(bookmarks=True))["type"] == "BOOKMARK"


async def test_a_streaming_list_must_say_how_new_it_wants_to_be(api: Api) -> None:
    code, status = await api.get(api.stacks(), watch="true", timeoutSeconds="1", sendInitialEvents="true")
    assert code == 422
    assert status["reason"] == "Invalid"
    assert status["message"] == (
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    )


async def test_a_streaming_list_without_bookmarks_never_says_where_its_beginning_ends(api: Api) -> None:
    await api.make_stack("a")
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "timeoutSeconds": "1"}
    async with api.watch(api.stacks(), **query) as watch:
        assert [event["type"] for event in await watch.end()] == ["ADDED"]


async def test_a_watch_ends_after_its_time_and_says_last_how_far_it_got(api: Api) -> None:
    version = await api.version()
    query = {"resourceVersion": version, "timeoutSeconds": "3", "allowWatchBookmarks": "true"}
    async with api.watch(api.stacks(), **query) as watch:
        made = await api.make_stack("a")
        events = await watch.end()
    assert events[0]["type"] == "ADDED"
    bookmarks = [e for e in events if e["type"] == "BOOKMARK"]
    assert bookmarks
    assert int(bookmarks[-1]["object"]["metadata"]["resourceVersion"]) >= int(made["metadata"]["resourceVersion"])


async def test_a_version_that_is_too_old_ends_the_watch_with_410(api: Api) -> None:
    async with api.watch(api.stacks(), resourceVersion="1") as watch:
        assert watch.status == 200
        event = await watch.next()
    assert event["type"] == "ERROR"
    status = event["object"]
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert status["message"].startswith("too old resource version: 1 (")


async def test_a_watch_of_a_selection_sees_things_enter_and_leave_it(api: Api) -> None:
    await api.make_stack("a", labels={"team": "shop"})
    version = await api.version()
    async with api.watch(api.stacks(), resourceVersion=version, labelSelector="team=data") as watch:
        await api.make_stack("b", labels={"team": "shop"})
        await api.patch(api.stacks("a"), {"metadata": {"labels": {"team": "data"}}})
        entered = await watch.next()
        assert (entered["type"], entered["object"]["metadata"]["name"]) == ("ADDED", "a")
        await api.patch(api.stacks("a"), {"metadata": {"labels": {"team": "shop"}}})
        left = await watch.next()
        assert (left["type"], left["object"]["metadata"]["name"]) == ("DELETED", "a")


async def test_a_watch_of_one_name_tells_of_no_other(api: Api) -> None:
    version = await api.version()
    async with api.watch(api.stacks(), resourceVersion=version, fieldSelector="metadata.name=b") as watch:
        await api.make_stack("a")
        await api.make_stack("b")
        assert (await watch.next())["object"]["metadata"]["name"] == "b"


async def test_a_watch_of_all_namespaces_sees_this_one(api: Api) -> None:
    version = await api.version()
    async with api.watch("/apis/pulumi.com/v1/stacks", resourceVersion=version) as watch:
        await api.make_stack("a")
        while (event := await watch.next())["object"]["metadata"]["namespace"] != api.namespace:
            pass
        assert event["type"] == "ADDED"


async def test_a_watch_of_tables_names_the_columns_once(api: Api) -> None:
    version = await api.version()
    async with api.watch(api.stacks(), accept=TABLE, resourceVersion=version) as watch:
        await api.make_stack("a")
        await api.make_stack("b")
        first, second = await watch.next(), await watch.next()
    assert first["object"]["kind"] == "Table"
    assert first["object"]["rows"][0]["cells"][0] == "a"
    assert first["object"]["columnDefinitions"][0]["name"] == "Name"
    assert not second["object"]["columnDefinitions"]


async def test_events_of_built_in_kinds_name_their_kind(api: Api) -> None:
    _, found = await api.get(api.configmaps())
    version = found["metadata"]["resourceVersion"]
    async with api.watch(api.configmaps(), resourceVersion=version) as watch:
        await api.make(api.configmaps(), {"metadata": {"name": "a"}})
        event = await watch.next()
    assert event["object"]["kind"] == "ConfigMap"
    assert event["object"]["apiVersion"] == "v1"


async def test_a_write_that_changes_nothing_is_no_event(api: Api) -> None:
    await api.make_stack("a")
    _, before = await api.patch(api.stacks("a"), {"spec": {"branch": "dev"}}, fieldManager="tester")
    version = await api.version()
    async with api.watch(api.stacks(), resourceVersion=version) as watch:
        _, after = await api.patch(api.stacks("a"), {"spec": {"branch": "dev"}}, fieldManager="tester")
        assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
        await api.make_stack("b")
        assert (await watch.next())["object"]["metadata"]["name"] == "b"
