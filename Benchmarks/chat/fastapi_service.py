# Turnledger. SPDX-License-Identifier: Apache-2.0
"""The same chat in Python: FastAPI, a LangGraph graph of one node that asks the model, AsyncPostgresSaver without its lock.

    fastapi_service.py POSTGRES MODEL PORT

A turn takes the message of an AI SDK client, streams the model's tokens as a UI message stream and stores the thread. Less
than Turnledger does: nothing can be followed, stopped or taken over, a turn is stored while it runs (durability "async"),
and the model's stream is read by hand instead of through a chain of classes.
"""

import json
import sys
import uuid
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

postgres, model, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
http = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None))


class NoLock:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *_):
        pass


async def ask(state):
    roles = {"human": "user", "ai": "assistant"}
    messages = [{"role": roles[message.type], "content": message.content} for message in state["messages"]]
    write, text = get_stream_writer(), ""
    body = {"model": "scripted", "stream": True, "messages": messages}
    async with http.stream("POST", f"{model}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            delta = json.loads(line[6:])["choices"][0]["delta"].get("content")
            if delta:
                text += delta
                write(delta)
    return {"messages": [AIMessage(text, id=str(uuid.uuid4()))]}


def chunk(**fields):
    return f"data: {json.dumps(fields, separators=(',', ':'))}\n\n"


async def stream(graph, body):
    message = body["messages"][-1]
    text = "".join(part["text"] for part in message["parts"] if part["type"] == "text")
    question = {"messages": [HumanMessage(text, id=message["id"])]}
    yield chunk(type="start") + chunk(type="start-step") + chunk(type="text-start", id="0")
    config = {"configurable": {"thread_id": body["id"]}}
    async for delta in graph.astream(question, config, stream_mode="custom"):
        yield chunk(type="text-delta", id="0", delta=delta)
    yield chunk(type="text-end", id="0") + chunk(type="finish-step") + chunk(type="finish") + "data: [DONE]\n\n"


@asynccontextmanager
async def lifespan(app):
    arguments = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(postgres, min_size=1, max_size=16, kwargs=arguments, timeout=60) as pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        saver.lock = NoLock()
        builder = StateGraph(MessagesState)
        builder.add_node("model", ask)
        builder.add_edge(START, "model")
        builder.add_edge("model", END)
        app.state.graph = builder.compile(checkpointer=saver)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/chat")
async def chat(request: Request):
    return StreamingResponse(stream(app.state.graph, await request.json()), media_type="text/event-stream")


uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
