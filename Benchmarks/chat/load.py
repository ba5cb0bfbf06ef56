# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Talks to a chat service as many clients at once, and says how long tokens took. Prints one JSON object.

    load.py chats URL --count 1000 --tokens 200 --rate 10    how long tokens are on their way
    load.py turns URL --count 2000 --concurrency 32          turns as fast as they go
    load.py first URL --count 50                             one turn after another: until the model is asked, until a token
    load.py follow URL --from URL --runs 100 --count 10000   prints when all follow, ends with its standard input

URL is where turns are posted. A service that is told `--plain` gets `{"id", "messages"}` as AI SDK clients send it; the
model itself (Benchmarks/chat/model.py) is asked with `--model`, for the delay that is not the service's.
"""

import argparse
import asyncio
import json
import re
import resource
import sys
import time
import uuid
from urllib.parse import urlsplit

TOKEN = re.compile(rb'"(?:delta|content)": ?"(\d+) "')


class Stream(asyncio.Protocol):
    """One request and its answer; `done` is whether it ended as it should."""

    def __init__(self, request, delays):
        self.request = request
        self.delays = delays
        self.done = asyncio.get_running_loop().create_future()
        self.begun = asyncio.get_running_loop().create_future()
        self.rest = b""
        self.has_ended = False
        self.has_failed = False

    def connection_made(self, transport):
        self.transport = transport
        self.sent = time.monotonic_ns()
        transport.write(self.request)

    def data_received(self, data):
        now = time.monotonic_ns()
        rest, end = self.rest + data, 0
        for token in TOKEN.finditer(rest):
            stamp, end = int(token[1]), token.end()
            self.delays.append((stamp, now - stamp))
            if not self.begun.done():
                self.begun.set_result((stamp - self.sent, now - self.sent))
        if b'"type":"error"' in rest or b'"type":"abort"' in rest:
            self.has_failed = True
        if b"[DONE]" in rest:
            self.has_ended = True
        self.rest = rest[max(end, len(rest) - 200):]
        # The chunk of length nothing ends the response.
        if self.has_ended and self.rest.endswith(b"0\r\n\r\n"):
            self.transport.close()

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_result(self.has_ended and not self.has_failed)
        if not self.begun.done():
            self.begun.set_result(None)


class Service:
    def __init__(self, url, asks_model=False):
        parts = urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.asks_model = asks_model

    async def open(self, method, path, body, delays):
        head = f"{method} {path} HTTP/1.1\r\nhost: {self.host}\r\nconnection: close\r\n"
        if body:
            head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        request = head.encode() + b"\r\n" + body
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: Stream(request, delays), self.host, self.port)
        return stream

    async def ask(self, thread, text, delays):
        if self.asks_model:
            body = {"model": "scripted", "stream": True, "messages": [{"role": "user", "content": text}]}
        else:
            message = {"id": str(uuid.uuid4()), "role": "user", "parts": [{"type": "text", "text": text}]}
            body = {"id": thread, "messages": [message], "trigger": "submit-message"}
        return await self.open("POST", self.path, json.dumps(body).encode(), delays)

    async def follow(self, thread, delays):
        return await self.open("GET", f"{self.path}/{thread}/stream", b"", delays)


def percentiles(name, nanoseconds):
    ordered = sorted(nanoseconds) or [0]
    return {
        f"{name} p50 ms": ordered[len(ordered) // 2] / 1e6,
        f"{name} p99 ms": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] / 1e6,
        f"{name} max ms": ordered[-1] / 1e6,
    }


async def chats(options, service):
    delays, waits, spans = [], [], []

    async def chat(number):
        await asyncio.sleep(options.ramp * number / options.count)
        try:
            stream = await service.ask(f"chat-{uuid.uuid4()}", f"say {options.tokens} at {options.rate}", delays)
        except OSError:
            return False
        if wait := await stream.begun:
            waits.append(wait[0])
        begun = time.monotonic_ns()
        is_done = await stream.done
        spans.append((begun, time.monotonic_ns()))
        return is_done

    ended = await asyncio.gather(*(chat(number) for number in range(options.count)))
    missing = options.count * options.tokens - len(delays)
    # While all of them talk: behind the first token of the last, before the end of the first.
    first, last = max(begun for begun, _ in spans), min(end for _, end in spans)
    together = [delay for stamp, delay in delays if first <= stamp <= last]
    return {
        "failed": ended.count(False), "tokens": len(delays), "missing tokens": missing,
        **percentiles("token", [delay for _, delay in delays]), **percentiles("together", together),
        **percentiles("model asked", waits)}


async def turns(options, service):
    left = iter(range(options.count))
    failed, spans = 0, []

    async def talk():
        nonlocal failed
        for number, _ in enumerate(left):
            if number % 10 == 0:
                thread = f"turns-{uuid.uuid4()}"
            asked = time.monotonic_ns()
            stream = await service.ask(thread, f"say {options.tokens} at 0", [])
            failed += not await stream.done
            spans.append(time.monotonic_ns() - asked)

    begun = time.perf_counter()
    await asyncio.gather(*(talk() for _ in range(options.concurrency)))
    seconds = time.perf_counter() - begun
    return {"turns": options.count, "failed": failed, "seconds": seconds, **percentiles("turn", spans)}


async def first(options, service):
    waits, firsts, failed = [], [], 0
    thread = f"first-{uuid.uuid4()}"
    for number in range(options.count + 5):
        if not options.same_thread:
            thread = f"first-{uuid.uuid4()}"
        stream = await service.ask(thread, "say 5 at 0", [])
        wait = await stream.begun
        failed += not await stream.done
        # The first ones open connections.
        if wait and number >= 5:
            waits.append(wait[0])
            firsts.append(wait[1])
    return {"failed": failed, **percentiles("model asked", waits), **percentiles("first token", firsts)}


async def follow(options, service):
    source = Service(options.source or options.url)
    threads = [f"silent-{uuid.uuid4()}" for _ in range(options.runs)]
    asked = [await source.ask(thread, "be silent", []) for thread in threads]
    for stream in asked:
        await stream.begun
    print(json.dumps({"runs": len(asked)}), flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    streams = []
    for number in range(0, options.count, 50):
        some = range(number, min(options.count, number + 50))
        streams += await asyncio.gather(*(service.follow(threads[index % len(threads)], []) for index in some))
    failed = sum([await stream.begun is None for stream in streams])
    print(json.dumps({"followers": len(streams), "failed": failed}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    return {"still there": sum(not stream.done.done() for stream in streams)}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["chats", "turns", "first", "follow"])
    parser.add_argument("url")
    parser.add_argument("--from", dest="source", help="where the runs are that are followed at URL")
    parser.add_argument("--model", action="store_true", help="URL is the model itself")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--rate", type=int, default=10)
    parser.add_argument("--ramp", type=float, default=2, help="seconds until all chats have begun")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--same-thread", action="store_true")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    what = {"chats": chats, "turns": turns, "first": first, "follow": follow}[options.what]
    print(json.dumps(await what(options, Service(options.url, options.model))), flush=True)


asyncio.run(main())
