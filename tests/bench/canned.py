"""A server that costs nothing: every answer was made before anybody asked.

usage: python -m tests.bench.canned STACKS EVENTS   (prints its address, serves until its stdin closes)

`list` answers a whole list, `watch` the end of a first list at once and then EVENTS changes as fast as they are taken.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from tests.bench.objects import stack

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _list_body(count: int) -> bytes:
    items = [{**obj, "metadata": {**obj["metadata"], "resourceVersion": "5", "uid": str(n), "generation": 1}}
             for n in range(count) for obj in [stack(n)]]  # fmt: skip
    whole = {"apiVersion": "pulumi.com/v1", "kind": "StackList", "metadata": {"resourceVersion": "5"}, "items": items}
    return msgspec.json.encode(whole)


def _watch_body(events: int) -> bytes:
    lines = [msgspec.json.encode({"type": "BOOKMARK", "object": _bookmark(5, {"k8s.io/initial-events-end": "true"})})]
    for number in range(events):
        obj = stack(number % 500, message=f"change {number}")
        obj["metadata"] |= {"resourceVersion": str(10 + number), "uid": str(number % 500), "generation": 1}
        lines.append(msgspec.json.encode({"type": "MODIFIED", "object": obj}))
    return b"\n".join(lines) + b"\n"


def _bookmark(version: int, annotations: dict[str, str]) -> dict[str, object]:
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata}


async def _serve(stacks: int, events: int) -> None:
    listing, watching = _list_body(stacks), _watch_body(events)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                if b"watch=" in request.partition(b"\r\n")[0]:
                    writer.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
                    for start in range(0, len(watching), 1 << 16):
                        piece = watching[start : start + (1 << 16)]
                        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                        await writer.drain()
                    await reader.read()
                    return
                writer.write(_HEAD + f"Content-Length: {len(listing)}\r\n\r\n".encode() + listing)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
