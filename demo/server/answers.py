"""From a request to an answer: discovery, lists, single objects, streams and writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
import yaml
from aiohttp import web

from demo.server import discovery, writes
from demo.server.authorization import RequestAttributes, ServerAccess, review, whoami
from demo.server.command_streams import V5, CommandStream
from demo.server.faults import Faults, RecordedRequest
from demo.server.listing import ListForm, ServedPages, list_body, one_row, select
from demo.server.object_storage import ObjectStorage
from demo.server.objects import Obj, without_empty
from demo.server.refusals import (
    NoSuchPathError,
    Refusal,
    bad_request,
    integer,
    internal_error,
    invalid_options,
    method_not_allowed,
    not_found,
    unsupported_media_type,
)
from demo.server.served_commands import ServedCommands, exec_container, runs
from demo.server.served_kinds import PODS, ServedKind
from demo.server.served_logs import PodLogs, find_log, read_options
from demo.server.streams import AnswerStream, StreamEndedError, WatchStream, check_initial_events, follow
from demo.server.write_rules import APPLY_PATCH, Write, is_dry

_encode = msgspec.json.Encoder().encode


@dataclass(eq=False)
class Cluster:
    """What a cluster consists of, as far as its API server shows it."""

    kinds: tuple[ServedKind, ...]
    store: ObjectStorage
    logs: PodLogs
    bookmark_every: float
    access: ServerAccess = field(default_factory=ServerAccess)
    faults: Faults = field(default_factory=Faults)
    pages: ServedPages = field(default_factory=ServedPages)
    streams: set[AnswerStream | CommandStream] = field(default_factory=set)
    commands: ServedCommands = field(default_factory=ServedCommands)


async def answer(cluster: Cluster, request: web.Request, asked: RecordedRequest) -> web.StreamResponse:
    """The answer to one request; Refusal or NoSuchPathError say no."""
    user = cluster.access.user(request.headers.get("Authorization"))
    if (found := _about_server(cluster, request)) is not None:
        return found
    if request.method == "POST" and asked.path.endswith("/selfsubjectaccessreviews"):
        return json_response(201, review(user, await _body(request)))
    if request.method == "POST" and asked.path.endswith("/selfsubjectreviews"):
        return json_response(201, whoami(user))
    route = locate(cluster.kinds, asked.path)
    is_exec = route.kind is PODS and route.subresource == "exec" and request.method in ("GET", "POST")
    verb = _EXEC_VERBS[request.method] if is_exec else _verb(request.method, route, asked)
    wanted = RequestAttributes(
        verb, route.kind.group, route.kind.plural, route.subresource, route.namespace, route.name
    )
    cluster.access.check(user, route.kind, wanted)
    if is_exec:
        cluster.access.check_again(user, route.kind, replace(wanted, verb="create"))
        return await _exec(cluster, request, asked, route)
    match verb:
        case "watch":
            return await _watch(cluster, request, asked, route)
        case "list":
            return _list(cluster, request, asked, route)
        case "get" if route.subresource == "log":
            return await _log(cluster, request, asked, route)
        case "get":
            return _get(cluster, request, route)
    return await _write(cluster, request, asked, route, verb)


def _about_server(cluster: Cluster, request: web.Request) -> web.Response | None:
    """Answers about the server itself; None if the path is about objects."""
    kinds = cluster.kinds
    found: Obj | None = None
    match request.path.strip("/").split("/"):
        case ["version"]:
            found = discovery.VERSION
        case ["healthz" | "readyz" | "livez"]:
            return web.Response(text="ok")
        case ["api"]:
            found = discovery.core_versions(request.host)
        case ["apis"]:
            found = discovery.group_list(kinds)
        case ["api", "v1"]:
            found = discovery.resource_list(kinds, "v1")
        case ["apis", name]:
            version = next((k.version for k in kinds if k.group == name), None)
            found = {"kind": "APIGroup", "apiVersion": "v1"} | discovery.group(name, version) if version else None
        case ["apis", name, version]:
            found = discovery.resource_list(kinds, f"{name}/{version}")
        case ["openapi", "v3"]:
            found = discovery.openapi_index(kinds)
        case ["openapi", "v3", *root]:
            found = discovery.openapi(kinds, "/".join(root))
        case _:
            return None
    if found is None:
        raise NoSuchPathError
    return json_response(200, found)


def _verb(method: str, route: Route, asked: RecordedRequest) -> str:
    if method == "GET":
        if asked.query.get("watch") in ("true", "1"):
            return "watch"
        return "get" if route.name else "list"
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    if method not in verbs or (method == "POST") == bool(route.name):
        raise method_not_allowed()
    return verbs[method]


_EXEC_VERBS = {"GET": "get", "POST": "create"}


def _list(cluster: Cluster, request: web.Request, asked: RecordedRequest, route: Route) -> web.Response:
    collection = cluster.store.collections[str(route.kind)]
    selection = select(route.kind, route.namespace, None, asked.query)
    page = cluster.pages.page(cluster.store, collection, selection, asked.query)
    return _bytes(200, list_body(route.kind, page, _form(request), cluster.store.clock()))


def _get(cluster: Cluster, request: web.Request, route: Route) -> web.Response:
    entry = cluster.store.collections[str(route.kind)].entries.get((route.namespace or "", route.name))
    if route.subresource and not (route.subresource == "status" and route.kind.status):
        raise no_subresource(route.kind, route.name, route.subresource)
    if entry is None:
        raise not_found(route.kind, route.name)
    form = _form(request)
    if form.table:
        return _bytes(200, one_row(route.kind, entry, cluster.store.clock(), form.include, True) + b"\n")
    return _bytes(200, entry.body + b"\n")


async def _watch(cluster: Cluster, request: web.Request, asked: RecordedRequest, route: Route) -> web.StreamResponse:
    check_initial_events(asked.query)
    selection = select(route.kind, route.namespace, route.name or None, asked.query)
    collection = cluster.store.collections[str(route.kind)]
    watch = WatchStream(cluster.store, collection, asked.query, selection, _form(request), cluster.bookmark_every)
    return await _stream(cluster, request, asked, "application/json", watch.run)


async def _log(cluster: Cluster, request: web.Request, asked: RecordedRequest, route: Route) -> web.StreamResponse:
    pod = cluster.store.get("pods", route.namespace, route.name)
    if pod is None:
        raise not_found(route.kind, route.name)
    reading = read_options(pod, asked.query, cluster.store.clock())
    if not (pod.get("spec") or {}).get("nodeName") and not cluster.logs.known(pod, reading.container):
        return web.Response(status=204)
    log = find_log(cluster.logs, pod, reading)

    def gone() -> bool:
        return cluster.store.get("pods", route.namespace, route.name) is None

    async def run(stream: AnswerStream) -> None:
        await follow(stream, log, reading, gone)

    return await _stream(cluster, request, asked, "text/plain", run)


async def _exec(cluster: Cluster, request: web.Request, asked: RecordedRequest, route: Route) -> web.StreamResponse:
    pod = cluster.store.get("pods", route.namespace, route.name)
    if pod is None:
        raise not_found(route.kind, route.name)
    container = exec_container(pod, asked.query.get("container", ""))
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise bad_request("Upgrade request required")
    stream = CommandStream(request, asked, cluster.faults)
    running = runs(pod, container)
    why = f'container not found ("{container}")'
    if not stream.protocol:
        return web.Response(status=403)
    if not running and stream.protocol != V5:
        return web.Response(status=500, text=f"{why}\n")
    words = request.query.getall("command", [])
    cluster.streams.add(stream)
    try:
        if running:
            await stream.run(partial(cluster.commands.run, route.namespace or "", route.name, container, words))
        else:
            await stream.refuse(internal_error(f"unable to upgrade connection: {why}").status())
    except (StreamEndedError, ConnectionError):
        pass
    finally:
        cluster.streams.discard(stream)
    return stream.response


async def _stream(
    cluster: Cluster,
    request: web.Request,
    asked: RecordedRequest,
    content_type: str,
    run: Callable[[AnswerStream], Awaitable[None]],
) -> web.StreamResponse:
    stream = AnswerStream(request, asked, cluster.faults, content_type)
    cluster.streams.add(stream)
    try:
        await stream.open()
        await run(stream)
        await stream.close()
    except (StreamEndedError, ConnectionError):
        pass
    finally:
        cluster.streams.discard(stream)
    return stream.response


async def _write(
    cluster: Cluster, request: web.Request, asked: RecordedRequest, route: Route, verb: str
) -> web.Response:
    store = cluster.store
    write = Write(
        store.collections[str(route.kind)],
        route.namespace or "",
        route.name,
        route.subresource,
        asked.query.get("fieldManager") or _manager(request)[:_LONGEST_MANAGER],
        is_dry(_OPTIONS[verb], asked.query.get("dryRun")) if verb != "delete" else False,
        asked.query.get("force") in ("true", "1"),
    )
    if len(write.manager) > _LONGEST_MANAGER:
        why = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        raise invalid_options(_OPTIONS.get(verb, ""), "", "fieldManager", why, "FieldValueTooLong")
    body = await _body(request)
    match verb:
        case "create":
            if route.kind.namespaced and route.namespace is None:
                raise NoSuchPathError if route.kind.custom else method_not_allowed()
            return json_response(201, writes.create(store, write, body))
        case "update":
            return json_response(200, writes.update(store, write, body))
        case "patch":
            return json_response(*writes.patch(store, write, request.content_type, body))
    options = body if await request.read() else _options(asked.query)
    obj, gone = writes.delete(store, replace(write, dry=is_dry("DeleteOptions", options.get("dryRun"))), options)
    return json_response(200, _deletion_answer(route.kind, obj) if gone else obj)


_LONGEST_MANAGER = 128
_OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


def _options(query: dict[str, str]) -> Obj:
    """DeleteOptions as a query has them. It is read only where there is no body: else all of it is ignored."""
    options: Obj = {name: query[name] for name in ("dryRun", "propagationPolicy") if name in query}
    seconds = query.get("gracePeriodSeconds")
    return options | ({"gracePeriodSeconds": integer(seconds)} if seconds else {})


def _form(request: web.Request) -> ListForm:
    accept = request.headers.get("Accept", "")
    as_table = "as=Table" in accept and "g=meta.k8s.io" in accept
    return ListForm(as_table, request.query.get("includeObject", "Metadata"))


def _manager(request: web.Request) -> str:
    """Who writes, when they don't say: the program's name. An apply must say."""
    if request.content_type == APPLY_PATCH:
        return ""
    return request.headers.get("User-Agent", "unknown").partition("/")[0]


def _deletion_answer(kind: ServedKind, obj: Obj) -> Obj:
    """What a DELETE answers when the object is gone; pods are handed out one last time."""
    if kind.plural == "pods":
        return obj
    details = {"name": obj["metadata"]["name"], "group": kind.group, "kind": kind.plural, "uid": obj["metadata"]["uid"]}
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return status | {"details": without_empty(details)}


_PROTOBUF = "application/vnd.kubernetes.protobuf"


async def _body(request: web.Request) -> Any:
    """What was sent, decoded. Protobuf is refused, though some of kubectl's commands send nothing else."""
    raw = await request.read()
    if not raw:
        return {}
    if request.content_type == _PROTOBUF:
        raise unsupported_media_type(["application/json", "application/yaml"])
    try:
        if "yaml" in request.content_type:
            return yaml.safe_load(raw)
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding the request: {error}") from None


def json_response(code: int, body: Obj, headers: dict[str, str] | None = None) -> web.Response:
    return _bytes(code, _encode(body) + b"\n", headers)


def _bytes(code: int, body: bytes, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=code, body=body, content_type="application/json", headers=headers)


# Groups whose own code answers for what they don't have; for all others nobody does.
_BUILT_IN = ("", "apps", "coordination.k8s.io", "apiextensions.k8s.io", "authorization.k8s.io")


@dataclass(frozen=True, slots=True)
class Route:
    """`namespace` is None for all of them; `name` is empty for a collection."""

    kind: ServedKind
    namespace: str | None
    name: str
    subresource: str


def no_subresource(kind: ServedKind, name: str, subresource: str) -> Exception:
    """What is said to a subresource that the kind doesn't have; three parts of the server say three things."""
    if not kind.custom:
        return Refusal(404, "NotFound", "the server could not find the requested resource", {})
    return NoSuchPathError() if subresource == "status" else not_found(kind, name)


def locate(kinds: Iterable[ServedKind], path: str) -> Route:
    match path.strip("/").split("/"):
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            raise NoSuchPathError
    namespace: str | None = None
    if rest[:1] == ["namespaces"] and len(rest) >= 3 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    if not 1 <= len(rest) <= 3:
        raise NoSuchPathError
    plural, name, subresource = (*rest, "", "")[:3]
    for kind in kinds:
        here = (kind.group, kind.version, kind.plural) == (group, version, plural)
        if here and (kind.namespaced or namespace is None):
            return Route(kind, namespace, name, subresource)
    if group in _BUILT_IN:
        raise Refusal(404, "NotFound", "the server could not find the requested resource", {})
    raise NoSuchPathError
