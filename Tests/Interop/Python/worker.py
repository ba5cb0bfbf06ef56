# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Does with LangGraph's own packages what the interop tests ask for.

Reads one JSON object a line from standard input and answers each with one line: {"ok": …} or {"error": traceback}.
Every request names the database (`database`) and the schema (`schema`) that it is about, or the Redis (`redis`) and what its
keys begin with (`prefix`).
"""

import asyncio
import contextlib
import datetime
import json
import sys
import traceback

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.store.postgres.aio import AsyncPostgresStore

import agents
import corpus
import judge


def url_with(database, schema):
    return f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3D{schema}"


@contextlib.asynccontextmanager
async def saver(request, schema=None):
    if "redis" in request:
        from langgraph.checkpoint.redis.aio import AsyncRedisSaver

        prefix = schema or request["prefix"]
        async with AsyncRedisSaver.from_conn_string(
            request["redis"],
            # Some commands take longer than the client's own five seconds on a machine that has much to do.
            connection_args={"socket_timeout": 120},
            checkpoint_prefix=f"{prefix}_c",
            checkpoint_write_prefix=f"{prefix}_w",
        ) as opened:
            yield opened
        return
    async with AsyncPostgresSaver.from_conn_string(url_with(request["database"], schema or request["schema"])) as opened:
        yield opened


async def make(request):
    """Makes the schema, and LangGraph's tables in it."""
    async with await psycopg.AsyncConnection.connect(request["database"], autocommit=True) as connection:
        await connection.execute(f"CREATE SCHEMA {request['schema']}")
    if request.get("tables", True):
        async with saver(request) as opened:
            await opened.setup()


async def drop(request):
    async with await psycopg.AsyncConnection.connect(request["database"], autocommit=True) as connection:
        await connection.execute(f"DROP SCHEMA IF EXISTS {request['schema']} CASCADE")


async def index(request):
    """Makes the indexes that Python's listings in Redis need."""
    async with saver(request):
        pass


async def places(request):
    """Every checkpoint of these threads in Redis."""
    async with saver(request) as opened:
        return [
            [stored.config["configurable"][name] for name in ("thread_id", "checkpoint_ns", "checkpoint_id")]
            for thread in request["threads"]
            async for stored in opened.alist({"configurable": {"thread_id": thread}})
        ]


async def same(request):
    """Compares these checkpoints in Redis with what lies under another prefix."""
    async with saver(request) as left, saver(request, request["other"]) as right:
        return await judge.same(left, right, request["places"])


async def write_corpus(request):
    async with saver(request) as opened:
        return await corpus.write(opened)


async def write_golden(request):
    async with saver(request) as opened:
        return await corpus.write_golden(opened, request["samples"])


async def talk(request):
    async with saver(request) as opened:
        return await agents.talk(opened, request)


async def state(request):
    async with saver(request) as opened:
        return await agents.state(opened, request)


async def check_read(request):
    async with saver(request) as opened:
        return await judge.check_read(opened, request)


async def compare(request):
    async with saver(request) as left, saver(request, request["other"]) as right:
        return await judge.compare(left, right, request)


@contextlib.asynccontextmanager
async def values(request):
    async with AsyncPostgresStore.from_conn_string(url_with(request["database"], request["schema"])) as opened:
        yield opened


async def values_set_up(request):
    async with values(request) as opened:
        await opened.setup()


async def values_put(request):
    async with values(request) as opened:
        await opened.aput(tuple(request["namespace"]), request["key"], request["value"], ttl=request.get("ttl"))


async def values_found(request):
    """What get, search and list_namespaces show, without times."""
    async with values(request) as opened:
        item = await opened.aget(tuple(request["namespace"]), request["key"])
        found = await opened.asearch(tuple(request["below"]), filter=request.get("filter"))
        spaces = await opened.alist_namespaces(prefix=tuple(request["below"]))
        return {
            "value": item and item.value,
            "age": item and abs((datetime.datetime.now(datetime.timezone.utc) - item.updated_at).total_seconds()),
            "found": [[list(one.namespace), one.key, one.value] for one in found],
            "namespaces": [list(space) for space in spaces],
        }


async def main():
    operations = {
        "make": make, "drop": drop, "write_corpus": write_corpus, "write_golden": write_golden, "talk": talk,
        "state": state, "index": index, "places": places, "same": same, "check_read": check_read, "compare": compare,
        "values_set_up": values_set_up, "values_put": values_put, "values_found": values_found,
    }
    # Whatever a library prints must not look like an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        try:
            answer = {"ok": await operations[request["do"]](request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


asyncio.run(main())
