# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Puts TLS before a server on loopback that has none: tls_proxy.py PORT SERVER_PORT CERTIFICATE KEY."""

import asyncio
import ssl
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hands on what comes until the other side ends, or this one does."""
    try:
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main() -> None:
    port, server = int(sys.argv[1]), int(sys.argv[2])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[3], sys.argv[4])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    listener = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    async with listener:
        await listener.serve_forever()


asyncio.run(main())
