# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Threads of every kind, as LangGraph writes them."""

import operator
import uuid
from typing import Annotated, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

import agents


class State(TypedDict, total=False):
    x: int
    log: Annotated[list, operator.add]
    note: str


def at(thread, **more):
    return {"configurable": {"thread_id": thread}, **more}


async def write(saver):
    """Writes a thread of each kind and returns their names."""
    kinds = [
        agent, react_agent, interrupted, resumed, stopped_before, failed, subgraph, sends, joined, functional, at_exit,
        forked, updated, messages_of_all_kinds,
    ]
    names = []
    for kind in kinds:
        thread = kind.__name__.replace("_", "-")
        try:
            await kind(saver, thread)
        except (ImportError, NotImplementedError):
            continue  # newer than these packages
        names.append(thread)
    try:
        await delta(saver, "delta")
        names.append("delta")
    except ImportError:
        pass
    return names


async def agent(saver, thread):
    try:
        import langchain.agents  # noqa: F401
        kind = "create_agent"
    except ImportError:
        kind = "hand_built"
    graph = agents.agent(kind, saver, agents.Adder())
    await graph.ainvoke({"messages": [{"role": "user", "content": "What is 1+2 and 3+4?"}]}, at(thread))
    await graph.ainvoke({"messages": [HumanMessage("Thank you: 世界 🎉")]}, at(thread, metadata={"run_id": "r1", "tier": 2}))


async def react_agent(saver, thread):
    graph = agents.agent("create_react_agent", saver, agents.Adder())
    await graph.ainvoke({"messages": [{"role": "user", "content": "What is 1+2?"}]}, at(thread))


def asking(saver):
    def a(state):
        return {"x": state["x"] + 1, "log": ["a"]}

    def ask(state):
        answer = interrupt({"question": "ok?", "x": state["x"]})
        again = interrupt("sure?")
        return {"log": [answer, again], "note": f"{answer}{again}"}

    builder = StateGraph(State)
    builder.add_node("a", a)
    builder.add_node("ask", ask)
    builder.add_edge(START, "a")
    builder.add_edge("a", "ask")
    builder.add_edge("ask", END)
    return builder.compile(checkpointer=saver)


async def interrupted(saver, thread):
    await asking(saver).ainvoke({"x": 1, "log": ["in"]}, at(thread))


async def resumed(saver, thread):
    graph = asking(saver)
    await graph.ainvoke({"x": 1, "log": ["in"]}, at(thread))
    await graph.ainvoke(Command(resume="yes"), at(thread))
    await graph.ainvoke(Command(resume={"deep": [1, 2.5, None]}["deep"]), at(thread))


async def stopped_before(saver, thread):
    graph = agents.agent("create_react_agent", saver, agents.Adder(), interrupt_before=["tools"])
    await graph.ainvoke({"messages": [HumanMessage("What is 5+6?")]}, at(thread))


async def failed(saver, thread):
    async def good(state):
        return {"log": ["good"]}

    async def bad(state):
        raise ValueError("boom")

    builder = StateGraph(State)
    builder.add_node("good", good)
    builder.add_node("bad", bad)
    builder.add_edge(START, "good")
    builder.add_edge(START, "bad")
    try:
        await builder.compile(checkpointer=saver).ainvoke({"x": 1, "log": []}, at(thread, max_concurrency=1))
    except ValueError:
        pass


async def subgraph(saver, thread):
    def inner(state):
        return {"log": ["inner"], "note": interrupt("from below")}

    child = StateGraph(State)
    child.add_node("inner", inner)
    child.add_edge(START, "inner")
    parent = StateGraph(State)
    parent.add_node("sub", child.compile())
    parent.add_node("own", child.compile(checkpointer=True))
    parent.add_edge(START, "sub")
    parent.add_edge("sub", "own")
    graph = parent.compile(checkpointer=saver)
    await graph.ainvoke({"x": 1, "log": ["in"]}, at(thread))
    await graph.ainvoke(Command(resume="up"), at(thread))
    await graph.ainvoke(Command(resume="and up"), at(thread))


async def sends(saver, thread):
    def split(state):
        return [Send("work", {"x": i}) for i in range(12)]

    def work(state):
        return {"log": [state["x"]]}

    builder = StateGraph(State)
    builder.add_node("first", lambda state: {"x": 12})
    builder.add_node("work", work)
    builder.add_edge(START, "first")
    builder.add_conditional_edges("first", split, ["work"])
    await builder.compile(checkpointer=saver).ainvoke({"x": 0, "log": []}, at(thread))


async def joined(saver, thread):
    builder = StateGraph(State)
    builder.add_node("a", lambda state: Command(goto="b", update={"log": ["a"]}), destinations=("b",))
    for name in "bcd":
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    builder.add_node("e", lambda state: {"note": "joined"})
    builder.add_edge(START, "a")
    builder.add_edge("b", "c")
    builder.add_edge("b", "d")
    builder.add_edge(["c", "d"], "e")
    await builder.compile(checkpointer=saver).ainvoke({"x": 1, "log": []}, at(thread))


async def functional(saver, thread):
    @task
    async def double(x):
        return 2 * x

    @entrypoint(checkpointer=saver)
    async def flow(x, *, previous=None):
        value = await double(x) + await double(x + 1) + (previous or 0)
        return entrypoint.final(value=value, save=value)

    await flow.ainvoke(3, at(thread))
    await flow.ainvoke(4, at(thread))


async def at_exit(saver, thread):
    graph = agents.agent("create_react_agent", saver, agents.Adder())
    await graph.ainvoke({"messages": [HumanMessage("What is 7+8?")]}, at(thread), durability="exit")


async def forked(saver, thread):
    graph = asking(saver)
    await graph.ainvoke({"x": 1, "log": ["in"]}, at(thread))
    history = [state async for state in graph.aget_state_history(at(thread))]
    await graph.ainvoke(None, history[-2].config)


async def updated(saver, thread):
    graph = asking(saver)
    await graph.ainvoke({"x": 1, "log": ["in"]}, at(thread))
    await graph.aupdate_state(at(thread), {"note": "by hand"}, as_node="a")


async def messages_of_all_kinds(saver, thread):
    class Messages(TypedDict):
        messages: list

    def node(state):
        return {"messages": [
            SystemMessage("Be brief.", id="s1"),
            HumanMessage([{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://x"}}], id="h1"),
            AIMessage(
                "…", id="a1", tool_calls=[{"name": "f", "args": {"n": {"deep": [None, True, -1, 2.5]}}, "id": "c1"}],
                invalid_tool_calls=[{"name": "g", "args": "{", "id": "c2", "error": "no JSON", "type": "invalid_tool_call"}],
                usage_metadata={"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
                response_metadata={"model_name": "m", "finish_reason": "tool_calls"},
                additional_kwargs={"own": {"at": uuid.UUID(int=5)}}),
            ToolMessage("no", id="t1", tool_call_id="c1", name="f", status="error", artifact={"rows": [1, 2]}),
        ]}

    builder = StateGraph(Messages)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    await builder.compile(checkpointer=saver).ainvoke({"messages": []}, at(thread))


async def delta(saver, thread):
    from langgraph.channels.delta import DeltaChannel

    def extend(items, writes):
        return (items or []) + [item for write in writes for item in write]

    class Delta(TypedDict):
        items: Annotated[list, DeltaChannel(extend, snapshot_frequency=2)]

    builder = StateGraph(Delta)
    builder.add_node("a", lambda state: {"items": ["a"]})
    builder.add_node("b", lambda state: {"items": ["b"]})
    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    graph = builder.compile(checkpointer=saver)
    for number in range(3):
        await graph.ainvoke({"items": [f"in {number}"]}, at(thread))


async def write_golden(saver, samples):
    """Stores each sample's value as Python's serializer reads it: as a channel, and as a write.

    Returns for each what `dumps_typed` makes of it, or why it cannot be written.
    """
    written = {}
    for index, sample in enumerate(samples):
        try:
            value = saver.serde.loads_typed((sample["type"], bytes.fromhex(sample["hex"])))
            kind, data = saver.serde.dumps_typed(value)
        except Exception as error:
            written[sample["name"]] = {"error": f"{type(error).__name__}: {error}"}
            continue
        version = f"{index + 1:032}.{0.5:016}"
        checkpoint = empty_checkpoint()
        # In a list beside itself: primitives alone would lie in the document.
        checkpoint["channel_values"] = {"value": [value]}
        checkpoint["channel_versions"] = {"value": version}
        config = await saver.aput(
            {"configurable": {"thread_id": f"golden-{sample['name']}", "checkpoint_ns": ""}}, checkpoint,
            {"source": "input", "step": -1, "parents": {}}, {"value": version})
        await saver.aput_writes(config, [("value", value)], str(uuid.UUID(int=index)), "~__pregel_pull, golden")
        written[sample["name"]] = {"type": kind, "hex": bytes(data).hex()}
    return written
