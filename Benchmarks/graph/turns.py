# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Runs turns of an agent's graph in Python's LangGraph: one tool call, and a model that answers at once.

    turns.py URL SCHEMA --turns 200 --concurrency 32 [--unlocked] [--memory]

The graph is that of LangChain's create_agent with nothing around it. Prints a JSON object: turns/s, CPU ms a turn.
"""

import argparse
import asyncio
import json
import resource
import time
import uuid

import psycopg
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool


class NoLock:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *_):
        pass


async def model(state):
    if state["messages"][-1].type == "tool":
        return {"messages": [AIMessage("The tool said hello.", id=str(uuid.uuid4()))]}
    call = {"name": "echo", "args": {"text": "hello"}, "id": str(uuid.uuid4()), "type": "tool_call"}
    return {"messages": [AIMessage("", id=str(uuid.uuid4()), tool_calls=[call])]}


def route(state):
    return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END


async def tools(calls):
    message = ToolMessage("hello", tool_call_id=calls[0]["id"], name="echo", id=str(uuid.uuid4()))
    return Command(update={"messages": [message]}, goto="model")


def graph(saver):
    builder = StateGraph(MessagesState)
    builder.add_node("model", model)
    builder.add_node("tools", tools, input_schema=list)
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", route, ["tools", END])
    return builder.compile(checkpointer=saver)


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(saver, options):
    agent = graph(saver)
    question = {"messages": [{"role": "user", "content": "How wide must an evacuation door be?"}]}

    async def talk(thread, turns):
        for _ in range(turns):
            config = {"configurable": {"thread_id": thread}}
            await agent.ainvoke(question, config, durability="sync")

    names = [f"python-{uuid.uuid4()}" for _ in range(options.concurrency)]
    await asyncio.gather(*(talk(name, 1) for name in names))
    cpu, begun = used(), time.perf_counter()
    each = max(1, options.turns // options.concurrency)
    await asyncio.gather(*(talk(name, each) for name in names))
    count = each * options.concurrency
    seconds = time.perf_counter() - begun
    print(json.dumps({"turns/s": count / seconds, "CPU ms/turn": (used() - cpu) * 1000 / count}))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?")
    parser.add_argument("schema", nargs="?")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--unlocked", action="store_true", help="the saver without the lock around each call")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    if options.memory:
        return await measure(InMemorySaver(), options)
    async with await psycopg.AsyncConnection.connect(options.url, autocommit=True) as connection:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {options.schema}")
    url = f"{options.url}{'&' if '?' in options.url else '?'}options=-csearch_path%3D{options.schema}"
    arguments = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(url, min_size=1, max_size=32, kwargs=arguments, timeout=60) as pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        if options.unlocked:
            saver.lock = NoLock()
        await measure(saver, options)


asyncio.run(main())
