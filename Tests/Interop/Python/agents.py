# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Agents with a model that needs no network, and a tool that counts how often it runs."""

import re
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool


class AddingModel(BaseChatModel):
    """Asks for one `add` for each `a+b` of the last question; says what came out, or what was said."""

    @property
    def _llm_type(self) -> str:
        return "adding"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        turn = messages[max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage)):]
        results = [message.content for message in turn if isinstance(message, ToolMessage)]
        question = turn[0].content
        sums = re.findall(r"(\d+)\+(\d+)", question)
        if results:
            answer = AIMessage("The sums: " + ", ".join(results))
        elif sums:
            calls = [
                {"name": "add", "args": {"a": int(a), "b": int(b)}, "id": f"call_{a}_{b}"} for a, b in sums
            ]
            answer = AIMessage("", tool_calls=calls)
        else:
            answer = AIMessage(f"After {len(messages) - 1} messages you said: {question}")
        return ChatResult(generations=[ChatGeneration(message=answer)])


class Adder:
    """The tool `add`; a sum in `failing` makes the process die as far as the tool's node can tell."""

    def __init__(self, failing=()):
        self.runs = []
        self.failing = set(failing)

    @property
    def tool(self):
        @tool
        async def add(a: int, b: int) -> str:
            """Adds two numbers."""
            if f"{a}+{b}" in self.failing:
                raise ConnectionAbortedError(f"{a}+{b} was cut off")
            self.runs.append(f"{a}+{b}")
            return str(a + b)

        return add


def agent(kind, checkpointer, adder, **compiling):
    """`create_agent` of LangChain 1, `create_react_agent` of LangGraph, or the former's graph built by hand."""
    if kind == "create_agent":
        from langchain.agents import create_agent

        return create_agent(AddingModel(), [adder.tool], checkpointer=checkpointer, **compiling)
    if kind == "create_react_agent":
        from langgraph.prebuilt import create_react_agent

        return create_react_agent(AddingModel(), [adder.tool], checkpointer=checkpointer, **compiling)
    return hand_built(checkpointer, adder, kind == "delta", **compiling)


def delta_state():
    from typing import Annotated, TypedDict

    from langgraph.channels.delta import DeltaChannel
    from langgraph.graph.message import _messages_delta_reducer

    return TypedDict("State", {"messages": Annotated[list, DeltaChannel(_messages_delta_reducer, snapshot_frequency=5)]})


def hand_built(checkpointer, adder, is_delta=False, **compiling):
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode
    from langgraph.types import Send

    model = AddingModel()
    tools = ToolNode([adder.tool], handle_tool_errors=False)

    async def call_model(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    def route(state):
        return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END

    builder = StateGraph(delta_state() if is_delta else MessagesState)
    builder.add_node("model", call_model)
    builder.add_node("tools", tools)
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", route, ["tools", END])
    builder.add_edge("tools", "model")
    return builder.compile(checkpointer=checkpointer, **compiling)


def told(message):
    told = {"id": message.id, "type": message.type, "text": message.content}
    if getattr(message, "tool_calls", None):
        told["calls"] = [call["id"] for call in message.tool_calls]
    if getattr(message, "tool_call_id", None):
        told["answers"] = message.tool_call_id
    return told


async def talk(checkpointer, request):
    """A turn, or with no `text` the rest of one. Tells the thread's messages, what comes next and which sums ran."""
    adder = Adder(request.get("failing", ()))
    compiling = {"interrupt_before": ["tools"]} if request.get("stops_before_tools") else {}
    graph = agent(request["agent"], checkpointer, adder, **compiling)
    # One after another: what came before a failing call has ended.
    config = {"configurable": {"thread_id": request["thread"]}, "max_concurrency": 1}
    text = request.get("text")
    given = None if text is None else {"messages": [{"role": "user", "content": text}]}
    failure = None
    try:
        await graph.ainvoke(given, config)
    except ConnectionAbortedError as error:
        failure = str(error)
    return await snapshot(graph, config) | {"ran": adder.runs, "failure": failure}


async def state(checkpointer, request):
    graph = agent(request["agent"], checkpointer, Adder())
    config = {"configurable": {"thread_id": request["thread"]}}
    history = [snapshot async for snapshot in graph.aget_state_history(config)]
    return await snapshot(graph, config) | {
        "steps": [old.metadata["step"] for old in reversed(history)],
        "has_one_branch": all(
            newer.parent_config["configurable"] == older.config["configurable"]
            for newer, older in zip(history, history[1:])
        ),
    }


async def snapshot(graph, config):
    state = await graph.aget_state(config)
    return {
        "messages": [told(message) for message in state.values.get("messages", [])],
        "next": list(state.next),
        "step": (state.metadata or {}).get("step"),
    }
