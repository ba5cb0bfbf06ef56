# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Forwards TCP connections and holds every piece for half the round trip that is to be added, each way.

    delay_proxy.py HOST PORT MILLISECONDS      prints the port that it listens on
"""

import asyncio
import sys


class Pipe(asyncio.Protocol):
    """One side of a connection; `other` is the other side."""

    def __init__(self, delay, other=None):
        self.delay = delay
        self.other = other
        self.transport = None
        self.held = []

    def connection_made(self, transport):
        self.transport = transport
        for data in self.held:
            transport.write(data)

    def send(self, data):
        if self.transport is None:
            self.held.append(data)
        else:
            self.transport.write(data)

    def data_received(self, data):
        asyncio.get_running_loop().call_later(self.delay, self.other.send, data)

    def connection_lost(self, error):
        if self.other.transport is not None:
            self.other.transport.close()


class Front(Pipe):
    def __init__(self, delay, host, port):
        super().__init__(delay)
        self.host, self.port = host, port

    def connection_made(self, transport):
        super().connection_made(transport)
        self.other = Pipe(self.delay, self)
        asyncio.ensure_future(
            asyncio.get_running_loop().create_connection(lambda: self.other, self.host, self.port))


async def main(host, port, milliseconds):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Front(milliseconds / 2000, host, port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
