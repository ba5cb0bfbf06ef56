# Turnledger. SPDX-License-Identifier: Apache-2.0
"""A model that plays a script: an OpenAI-compatible endpoint whose tokens say when they were sent.

    model.py      prints the port that it listens on

The last message asks: "say 200 at 10" is 200 tokens, ten a second; "say 20 at 0" is 20 tokens at once; "be silent" is one
token and then nothing. Each token is the monotonic clock's nanoseconds and a space, so that whoever reads it on the same
machine knows how long it has travelled.
"""

import asyncio
import re
import time

SAY = re.compile(rb"say (\d+) at (\d+)")
CHUNK = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[%s]}\n\n'
TOKEN = CHUNK % b'{"index":0,"delta":{"content":"%d "},"finish_reason":null}'
END = CHUNK % b'{"index":0,"delta":{},"finish_reason":"stop"}' + b"data: [DONE]\n\n"


class Endpoint(asyncio.Protocol):
    def __init__(self):
        self.received = b""
        self.timer = None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        if self.timer:
            self.timer.cancel()

    def data_received(self, data):
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"content-length: *(\d+)", head, re.I)
        if len(body) < int(length[1] if length else 0):
            return
        self.received = b""
        if b"/chat/completions" not in head.split(b"\r\n", 1)[0]:
            self.transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        asked = SAY.findall(body)
        if b"be silent" in body or not asked:
            return self.write(TOKEN % time.monotonic_ns())
        count, rate = int(asked[-1][0]), int(asked[-1][1])
        if rate == 0:
            self.write(b"".join(TOKEN % time.monotonic_ns() for _ in range(count)))
            return self.end()
        self.say(count, 1 / rate, asyncio.get_running_loop().time())

    def say(self, left, interval, due):
        self.write(TOKEN % time.monotonic_ns())
        if left == 1:
            return self.end()
        self.timer = asyncio.get_running_loop().call_at(due + interval, self.say, left - 1, interval, due + interval)

    def write(self, data):
        self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self):
        self.write(END)
        self.transport.write(b"0\r\n\r\n")


async def main():
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
