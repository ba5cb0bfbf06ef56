# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Makes calls of LangGraph's AsyncPostgresSaver, as `turnledger bench store` makes Turnledger's.

    saver.py URL THREADS

Reads one JSON object a line: {"operation", "concurrency", "seconds", "locked"}, answers with {"calls", "seconds", "cpu"}.
{"operation": "turns", "count"} runs turns of an agent instead, each two model calls and one tool call.
"""

import asyncio
import json
import random
import resource
import sys
import time
import uuid

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

ALPHABET = "abcdefghijklmnopqrstuvwxyz012345"


class NoLock:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None


def message(number):
    letters = random.Random(number)
    text = "".join(" " if letters.random() < 1 / 9 else letters.choice(ALPHABET) for _ in range(500))
    return (AIMessage if number % 2 else HumanMessage)(text, id=f"message-{number}")


MESSAGES = [message(number) for number in range(20)]
ANSWER = [message(21)]
# The first threads are written, the others are only read.
WRITERS = 64
EARLIER = f"{1:032}.{0.5:016}"


def checkpoint():
    version = f"{1:032}.{random.random():016}"
    return {
        "v": 4, "id": str(uuid6(clock_seq=3)), "ts": "2026-01-01T00:00:00.000000+00:00",
        "channel_values": {"messages": MESSAGES, "branch:to:model": None},
        "channel_versions": {
            "__start__": EARLIER, "messages": version, "branch:to:model": version, "__pregel_tasks": EARLIER},
        "versions_seen": {
            "__input__": {}, "__start__": {"__start__": EARLIER}, "model": {"branch:to:model": EARLIER}, "tools": {}},
        "updated_channels": ["branch:to:model", "messages"],
    }, {"messages": version, "branch:to:model": version}


class Load:
    def __init__(self, saver, threads):
        self.saver = saver
        self.threads = threads

    def at(self, thread, checkpoint_id="1f1e7537-8f50-6e4a-8003-6e169961877f"):
        return {"configurable": {"thread_id": str(thread), "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}

    def any_head(self):
        return {"configurable": {"thread_id": str(random.randrange(WRITERS, self.threads)), "checkpoint_ns": ""}}

    async def put(self, worker):
        new, versions = checkpoint()
        metadata = {"source": "loop", "step": 3, "parents": {}, "run_id": "run_bench"}
        await self.saver.aput(self.at(worker), new, metadata, versions)

    async def put_writes(self, worker):
        await self.saver.aput_writes(
            self.at(worker, str(uuid6(clock_seq=3))), [("messages", ANSWER), ("branch:to:tools", None)],
            "3c308b5c-9340-fb33-2d9a-beb89d0091e9", "~__pregel_pull, model")

    async def latest(self, worker):
        assert await self.saver.aget_tuple(self.any_head())

    async def list(self, worker):
        assert len([row async for row in self.saver.alist(self.any_head(), limit=10)]) == 10

    async def superstep(self, worker):
        await self.put_writes(worker)
        await self.put(worker)


async def measure(load, request):
    call = getattr(load, request["operation"].replace("-", "_"))

    async def work(worker, end):
        count = 0
        while time.perf_counter() < end:
            await call(worker)
            count += 1
        return count

    async def all_workers(seconds):
        end = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(work(worker, end) for worker in range(request["concurrency"]))))

    await all_workers(0.2)
    cpu, begun = used(), time.perf_counter()
    calls = await all_workers(request["seconds"])
    return {"calls": calls, "seconds": time.perf_counter() - begun, "cpu": used() - cpu}


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def turns(saver, request):
    from langchain.agents import create_agent
    from langchain_core.language_models import BaseChatModel
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_core.tools import tool

    class Stub(BaseChatModel):
        _llm_type = "stub"

        def bind_tools(self, tools, **_):
            return self

        def _generate(self, messages, stop=None, run_manager=None, **_):
            answer = AIMessage("The tool said hello.")
            if messages[-1].type != "tool":
                call = {"name": "echo", "args": {"text": "hello"}, "id": f"call-{len(messages)}"}
                answer = AIMessage("", tool_calls=[call])
            return ChatResult(generations=[ChatGeneration(message=answer)])

    @tool
    def echo(text: str) -> str:
        """Says what it is told."""
        return text

    agent = create_agent(Stub(), [echo], checkpointer=saver)
    name, cpu, begun = uuid.uuid4(), used(), time.perf_counter()
    for turn in range(request["count"]):
        await agent.ainvoke(
            {"messages": [HumanMessage("How wide must an evacuation door be?", id=f"m{turn}")]},
            {"configurable": {"thread_id": f"{name}-{turn // 10}"}}, durability=request.get("durability", "sync"))
    return {"calls": request["count"], "seconds": time.perf_counter() - begun, "cpu": used() - cpu}


async def main(url, threads):
    loop = asyncio.get_running_loop()
    arguments = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(url, min_size=1, max_size=32, kwargs=arguments, timeout=60) as pool:
        saver = AsyncPostgresSaver(pool)
        lock = saver.lock
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            request = json.loads(line)
            saver.lock = lock if request.get("locked", True) else NoLock()
            answer = turns(saver, request) if request["operation"] == "turns" else measure(Load(saver, threads), request)
            print(json.dumps(await answer), flush=True)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
