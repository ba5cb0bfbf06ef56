#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Writes threads with the langgraph-checkpoint-redis that is installed, and dumps the Redis that they are in.

    redis_dump.py redis://… DUMP [EXPECTED]

Made for the dumps of Tests/Fixtures/redis that old versions wrote, each in an environment of its own:

    0.0.8: langgraph-checkpoint-redis==0.0.8 langgraph==0.4.10 langgraph-checkpoint==2.0.26 "redisvl<0.9" "langchain-core<0.4"
    0.2.0: langgraph-checkpoint-redis==0.2.0 "langgraph<1.1" "langchain-core<2"

DUMP gets a line for each key: {"key", "type", "pttl", "value"}. EXPECTED gets a line for each checkpoint that this saver lists:
{"thread", "namespace", "id", "values"}; today's saver cannot read what 0.0.x wrote.
"""
import datetime
import json
import operator
import sys
import uuid
from typing import Annotated, Any, TypedDict

import redis
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.redis import RedisSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt


class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    value: Any


def graph(nodes, edges, branches=()):
    builder = StateGraph(State)
    for name, node in nodes.items():
        builder.add_node(name, node)
    for left, right in edges:
        builder.add_edge(left, right)
    for name, choose, targets in branches:
        builder.add_conditional_edges(name, choose, targets)
    return builder


def values():
    call = {"name": "search", "args": {"query": "pipes"}, "id": "call-1"}
    return {
        "messages": [HumanMessage("Which clause?", id="h-1"), AIMessage("", id="a-1", tool_calls=[call]),
                     ToolMessage("7.1", tool_call_id="call-1", id="t-1"), AIMessage("Clause 7.1 (fictional).", id="a-2")],
        "bytes": b"\x00\xff", "uuid": uuid.UUID(int=7),
        "time": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc), "number": 2**60 + 1,
    }


def write(saver):
    """Threads of two turns each: with values of many kinds, with sends, with a subgraph that asks."""
    def run(built, thread, *inputs):
        compiled = built.compile(checkpointer=saver)
        for given in inputs:
            compiled.invoke(given, {"configurable": {"thread_id": thread}})

    for name, value in values().items():
        run(graph({"set": lambda state, value=value: {"value": value, "log": ["set"]}, "end": lambda state: {"log": ["end"]}},
                  [(START, "set"), ("set", "end"), ("end", END)]),
            name, {"log": ["first"]}, {"log": ["second"]})
    fan = graph({"plan": lambda state: {"log": ["plan"]}, "work": lambda state: {"log": [state["given"]]}},
                [(START, "plan"), ("work", END)],
                [("plan", lambda state: [Send("work", {"given": number}) for number in range(3)], ["work"])])
    run(fan, "fan:out:of:sends", {"log": ["first"]}, {"log": ["second"]})
    asking = graph({"ask": lambda state: {"log": [interrupt({"question": "Go on?"})]}}, [(START, "ask"), ("ask", END)])
    outer = graph({"inner": asking.compile(), "end": lambda state: {"log": ["end"]}},
                  [(START, "inner"), ("inner", "end"), ("end", END)])
    run(outer, "waiting", {"log": ["first"]})
    run(outer, "answered", {"log": ["first"]}, Command(resume="yes"))
    return [*values(), "fan:out:of:sends", "waiting", "answered"]


def dump(connection, path):
    with open(path, "w") as file:
        for key in sorted(connection.scan_iter("*", count=1000)):
            kind, key = connection.type(key).decode(), key.decode()
            if kind == "ReJSON-RL":
                value = json.loads(connection.execute_command("JSON.GET", key))
            elif kind == "zset":
                value = [[member.decode(), score] for member, score in connection.zrange(key, 0, -1, withscores=True)]
            else:
                value = connection.get(key).decode()
            pttl = connection.pttl(key)
            file.write(json.dumps({"key": key, "type": kind, "pttl": pttl, "value": value}) + "\n")


def plain(value):
    """In a form that is the same for all versions of LangChain."""
    if hasattr(value, "tool_calls") or hasattr(value, "content"):
        return {"class": type(value).__name__, "id": value.id, "content": value.content,
                "calls": [call["id"] for call in getattr(value, "tool_calls", None) or []]}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def main():
    url, path = sys.argv[1:3]
    with RedisSaver.from_conn_string(url) as saver:
        saver.setup()
        threads = write(saver)
        dump(redis.Redis.from_url(url), path)
        if len(sys.argv) > 3:
            with open(sys.argv[3], "w") as file:
                for thread in threads:
                    for found in saver.list({"configurable": {"thread_id": thread}}):
                        file.write(json.dumps({
                            "thread": thread, "namespace": found.config["configurable"]["checkpoint_ns"],
                            "id": found.checkpoint["id"], "values": plain(found.checkpoint["channel_values"])}) + "\n")


if __name__ == "__main__":
    main()
