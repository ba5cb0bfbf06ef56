# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Runs the graphs of cases.json in Python's LangGraph, for the tests that compare Turnledger with it.

Reads a request a line, answers with a line: {"case": name, "rows": [...], "actions": [...], "thread": id}. The answer
has the outcome of each action and the thread's rows. With {"database": url, "schema": name} the thread lies in
PostgreSQL, and its rows are those of the tables; {"tables": thread} asks for these alone. A graph is data that both sides
interpret alike.
"""

import json
import operator
import sys
import threading
import uuid
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from langgraph.cache.memory import InMemoryCache
from langgraph.channels import AnyValue, EphemeralValue, LastValue, Topic, UntrackedValue
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.config import get_stream_writer
from langgraph.errors import GraphBubbleUp
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from langgraph.types import CachePolicy, Command, Interrupt, Overwrite, RetryPolicy, Send, interrupt


def extend(state, writes):
    return list(state) + [item for write in writes for item in write]


CHANNELS = {
    "x": int,
    "y": int,
    "note": str,
    "log": Annotated[list, operator.add],
    "n": Annotated[int, operator.add],
    "msgs": Annotated[list, add_messages],
    "any": Annotated[int, AnyValue],
    "eph": Annotated[int, EphemeralValue],
    "top": Annotated[list, Topic(str)],
    "acc": Annotated[list, Topic(str, True)],
    "unt": Annotated[int, UntrackedValue],
    "items": Annotated[list, DeltaChannel(extend, snapshot_frequency=2)],
}


def message(spec):
    kind, text, identifier = spec
    if kind == "human":
        return HumanMessage(text, id=identifier)
    if kind == "ai":
        return AIMessage(text, id=identifier)
    if kind == "remove":
        return RemoveMessage(id=identifier)
    return RemoveMessage(id=REMOVE_ALL_MESSAGES)


class Tables:
    """LangGraph's tables in one schema of a PostgreSQL database."""

    opened = {}

    @classmethod
    def of(cls, request):
        key = (request["database"], request["schema"])
        if key not in cls.opened:
            cls.opened[key] = cls(*key)
        return cls.opened[key]

    def __init__(self, database, schema):
        import psycopg
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg.rows import dict_row

        url = f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3D{schema}"
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=0, row_factory=dict_row)
        self.saver = PostgresSaver(self.connection)
        self.saver.setup()

    def select(self, table, thread):
        return self.connection.execute(f"SELECT * FROM {table} WHERE thread_id = %s", (thread,)).fetchall()

    def rows(self, thread):
        """Each checkpoint as it lies in the tables: what is inline in its document, and what in rows of its own."""
        blobs = {(b["checkpoint_ns"], b["channel"], b["version"]): b for b in self.select("checkpoint_blobs", thread)}
        writes = {}
        for row in self.select("checkpoint_writes", thread):
            writes.setdefault((row["checkpoint_ns"], row["checkpoint_id"]), []).append(row)
        result, used = [], set()
        for row in self.select("checkpoints", thread):
            namespace, identifier, checkpoint = row["checkpoint_ns"], row["checkpoint_id"], row["checkpoint"]
            values = {channel: {"inline": value} for channel, value in checkpoint["channel_values"].items()}
            for channel, version in checkpoint["channel_versions"].items():
                blob = blobs.get((namespace, channel, version))
                if blob:
                    used.add((namespace, channel, version))
                    values.setdefault(channel, {}).update(type=blob["type"], hex=blob["blob"].hex())
            result.append(
                {
                    "namespace": namespace,
                    "id": identifier,
                    "parent": row["parent_checkpoint_id"],
                    "ts": checkpoint["ts"],
                    "versions": checkpoint["channel_versions"],
                    "seen": checkpoint["versions_seen"],
                    "updated": checkpoint.get("updated_channels"),
                    "metadata": row["metadata"],
                    "values": values,
                    "writes": sorted(
                        (
                            {
                                "task": w["task_id"],
                                "path": w["task_path"],
                                "index": w["idx"],
                                "channel": w["channel"],
                                "type": w["type"],
                                "hex": w["blob"].hex(),
                            }
                            for w in writes.pop((namespace, identifier), [])
                        ),
                        key=lambda w: (w["path"], w["task"], w["index"]),
                    ),
                }
            )
        if set(blobs) - used or writes:
            raise RuntimeError(f"No checkpoint has these: {sorted(set(blobs) - used)} {sorted(writes)}")
        return sorted(result, key=lambda row: (row["namespace"], row["id"]))


class Runner:
    """One graph with everything that its nodes count."""

    def __init__(self, case, request):
        self.case = case
        self.thread = request.get("thread", "t")
        self.ran = []
        self.failures = {}
        self.lock = threading.Lock()
        self.tables = Tables.of(request) if "schema" in request else None
        self.saver = self.tables.saver if self.tables else InMemorySaver()
        self.cache = InMemoryCache()

    def noted(self, name):
        with self.lock:
            self.ran.append(name)

    def text(self, value):
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), sort_keys=True)

    def body(self, name, ops):
        def run(state: Any):
            self.noted(name)
            writes, control = {}, []
            commands = []

            def write(channel, value):
                writes[channel] = value

            for op in ops:
                (kind, value), = op.items()
                if kind == "w":
                    for channel, item in value:
                        write(channel, item)
                elif kind == "addx":
                    write("x", (state.get("x") or 0) + value)
                elif kind == "logx":
                    write("log", [f"{value}:{state.get('x')}"])
                elif kind == "logsent":
                    write("log", [f"{value}:{self.text(state)}"])
                elif kind == "loglen":
                    write("log", [f"{value}:{len(state.get('log', []))}"])
                elif kind == "ask":
                    answer = interrupt(value)
                    writes.setdefault("log", [])
                    writes["log"] = writes["log"] + [f"{self.text(value)}={self.text(answer)}"]
                elif kind == "send":
                    control += [Send(node, arg) for node, arg in value]
                elif kind == "goto":
                    control += value
                elif kind == "raise":
                    raise ValueError(value)
                elif kind == "failing":
                    with self.lock:
                        self.failures[name] = self.failures.get(name, 0) + 1
                        count = self.failures[name]
                    if count <= value:
                        raise ConnectionError("try again")
                elif kind == "show":
                    get_stream_writer()(value)
                elif kind == "overwrite":
                    write(value[0], Overwrite(value[1]))
                elif kind == "msgs":
                    write("msgs", [message(item) for item in value])
                elif kind == "parent":
                    commands.append(
                        Command(graph=Command.PARENT, update=dict(value.get("w", [])), goto=value.get("goto", []))
                    )
                elif kind == "twice":
                    return [Command(update={value[0]: item}) for item in value[1]]
                else:
                    raise RuntimeError(kind)
            if commands:
                return commands[0]
            return Command(update=writes, goto=control) if control else writes

        run.__name__ = name
        return run

    def schema(self, graph):
        names = graph.get("channels") or self.case.get("channels") or ["x", "note", "log"]
        return TypedDict("S", {name: CHANNELS[name] for name in names}, total=False)

    def compile(self, graph, saver=None):
        if "functional" in graph:
            return self.functional(graph["functional"], saver)
        builder = StateGraph(self.schema(graph))
        for name, node in graph["nodes"].items():
            options = node if isinstance(node, dict) else {}
            ops = node.get("ops", []) if isinstance(node, dict) else node
            if "graph" in options:
                keep = {"task": None, "thread": True, "none": False}[options.get("keep", "task")]
                inner = self.compile(self.case["graphs"][options["graph"]], keep)
                builder.add_node(name, inner, defer=options.get("defer", False))
                continue
            extra = {}
            if "retry" in options:
                extra["retry_policy"] = RetryPolicy(
                    max_attempts=options["retry"], initial_interval=0.001, jitter=False
                )
            if options.get("cache"):
                extra["cache_policy"] = CachePolicy()
            if "reads" in options:
                extra["input_schema"] = TypedDict(
                    "R", {channel: CHANNELS[channel] for channel in options["reads"]}, total=False
                )
            if "handler" in options:
                extra["error_handler"] = self.handler(options["handler"])
            builder.add_node(name, self.body(name, ops), defer=options.get("defer", False), **extra)
        for start, end in graph.get("edges", []):
            builder.add_edge(self.name(start), self.name(end))
        for branch in graph.get("branches", []):
            builder.add_conditional_edges(self.name(branch["from"]), self.branch(branch))
        return builder.compile(
            checkpointer=saver,
            cache=self.cache,
            interrupt_before=graph.get("before"),
            interrupt_after=graph.get("after"),
        )

    def handler(self, ops):
        return self.body("handler", ops)

    def name(self, name):
        if isinstance(name, list):
            return name
        return {"start": START, "end": END}.get(name, name)

    def branch(self, branch):
        def decide(state: dict):
            chosen = branch["then"]
            if "lt" in branch:
                channel, bound = branch["lt"]
                if not (state.get(channel) or 0) < bound:
                    chosen = branch["else"]
            return [Send(*item) if isinstance(item, list) else self.name(item) for item in chosen]

        return decide

    def functional(self, spec, saver):
        def make(name, ops):
            def work(value):
                self.noted(name)
                for op in ops:
                    (kind, item), = op.items()
                    if kind == "plus":
                        value = value + item
                    elif kind == "ask":
                        value = f"{value}{interrupt(item)}"
                    elif kind == "raise":
                        raise ValueError(item)
                return value

            work.__name__ = name
            return task(work)

        works = {name: make(name, ops) for name, ops in spec["tasks"].items()}

        def run(value: Any, *, previous: Any = None):
            self.noted(spec["name"])
            for op in spec["ops"]:
                (kind, item), = op.items()
                if kind == "call":
                    value = works[item](value).result()
                elif kind == "calls":
                    futures = [works[name](value) for name in item]
                    value = [future.result() for future in futures]
                elif kind == "ask":
                    value = [value, interrupt(item)]
                elif kind == "previous":
                    value = [value, previous]
                elif kind == "save":
                    return entrypoint.final(value=value, save=item)
                elif kind == "raise":
                    raise ValueError(item)
            return value

        run.__name__ = spec["name"]
        return entrypoint(checkpointer=saver)(run)

    # Rows

    def rows(self):
        if self.tables:
            return self.tables.rows(self.thread)
        result = []
        for item in self.saver.list({"configurable": {"thread_id": self.thread}}):
            namespace = item.config["configurable"]["checkpoint_ns"]
            identifier = item.config["configurable"]["checkpoint_id"]
            parent = item.parent_config and item.parent_config["configurable"].get("checkpoint_id")
            checkpoint = item.checkpoint
            writes = []
            for (task_id, index), (_, channel, (kind, data), path) in self.saver.writes[
                (self.thread, namespace, identifier)
            ].items():
                writes.append(
                    {"task": task_id, "path": path, "index": index, "channel": channel, "type": kind, "hex": data.hex()}
                )
            values = {}
            for channel, value in checkpoint["channel_values"].items():
                kind, data = self.saver.serde.dumps_typed(value)
                values[channel] = {"type": kind, "hex": data.hex()}
            result.append(
                {
                    "namespace": namespace,
                    "id": identifier,
                    "parent": parent,
                    "ts": checkpoint["ts"],
                    "versions": checkpoint["channel_versions"],
                    "seen": checkpoint["versions_seen"],
                    "updated": checkpoint.get("updated_channels"),
                    "metadata": item.metadata,
                    "values": values,
                    "writes": sorted(writes, key=lambda w: (w["path"], w["task"], w["index"])),
                }
            )
        return sorted(result, key=lambda row: (row["namespace"], row["id"]))

    def load(self, rows):
        for row in rows:
            namespace, identifier = row["namespace"], row["id"]
            values = {
                channel: self.saver.serde.loads_typed((value["type"], bytes.fromhex(value["hex"])))
                for channel, value in row["values"].items()
            }
            checkpoint = {
                "v": 4,
                "id": identifier,
                "ts": row["ts"],
                "channel_values": values,
                "channel_versions": row["versions"],
                "versions_seen": row["seen"],
                "updated_channels": row["updated"],
            }
            config = {"configurable": {"thread_id": self.thread, "checkpoint_ns": namespace}}
            if row["parent"]:
                config["configurable"]["checkpoint_id"] = row["parent"]
            self.saver.put(config, checkpoint, row["metadata"], row["versions"])
            for write in row["writes"]:
                self.saver.writes[(self.thread, namespace, identifier)][(write["task"], write["index"])] = (
                    write["task"],
                    write["channel"],
                    (write["type"], bytes.fromhex(write["hex"])),
                    write["path"],
                )

    # Actions

    def plain(self, value):
        """A value as JSON that both sides print alike."""
        if isinstance(value, Interrupt):
            return {"interrupt": self.plain(value.value), "id": value.id}
        if isinstance(value, Send):
            return {"send": value.node, "arg": self.plain(value.arg)}
        if isinstance(value, (HumanMessage, AIMessage, RemoveMessage)):
            return {"message": value.type, "content": value.content, "id": value.id}
        if isinstance(value, Overwrite):
            return {"overwrite": self.plain(value.value)}
        if isinstance(value, _DeltaSnapshot):
            return self.plain(value.value)
        if isinstance(value, BaseException):
            return repr(value)
        if isinstance(value, dict):
            return {key: self.plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(item) for item in value]
        if isinstance(value, set):
            return sorted(value)
        return value

    def history(self, graph):
        return list(reversed(list(graph.get_state_history({"configurable": {"thread_id": self.thread}}))))

    def act(self, graph, action):
        config = {"configurable": {"thread_id": self.thread, "checkpoint_ns": ""}, "recursion_limit": action.get("limit", 50)}
        outcome = {"events": [], "error": None}
        options = {"durability": action.get("durability", "sync")}
        for key, name in (("before", "interrupt_before"), ("after", "interrupt_after")):
            if key in action:
                options[name] = action[key]
        if "at" in action:
            config["configurable"]["checkpoint_id"] = self.history(graph)[action["at"]].config["configurable"][
                "checkpoint_id"
            ]
        try:
            if "update" in action:
                change = action["update"]
                node = self.name(change["as"]) if "as" in change else None
                values = dict(change["w"]) if "w" in change else None
                graph.update_state(config, values, as_node=node)
            elif "updates" in action:
                from langgraph.types import StateUpdate

                graph.bulk_update_state(
                    config,
                    [
                        [StateUpdate(dict(one["w"]), self.name(one["as"])) for one in superstep]
                        for superstep in action["updates"]
                    ],
                )
            elif "fork" in action:
                graph.update_state(config, None, as_node="__copy__")
            else:
                if "input" in action:
                    given = action["input"]
                elif "resume" in action:
                    given = Command(resume=action["resume"])
                elif "answers" in action:
                    waiting = graph.get_state({"configurable": {"thread_id": self.thread}}).interrupts
                    given = Command(
                        resume={waiting[int(place)].id: answer for place, answer in action["answers"].items()}
                    )
                elif "command" in action:
                    command = action["command"]
                    goto = [Send(*g) if isinstance(g, list) else g for g in command.get("goto", [])]
                    given = Command(
                        update=dict(command.get("w", [])) or None, goto=goto, resume=command.get("resume")
                    )
                else:
                    given = None
                modes = action.get("modes", ["values", "updates", "custom", "tasks", "checkpoints"])
                for namespace, mode, payload in graph.stream(
                    given, config, stream_mode=modes, subgraphs=action.get("subgraphs", True), **options
                ):
                    outcome["events"].append(self.event(namespace, mode, payload))
        except GraphBubbleUp as error:
            outcome["error"] = f"{type(error).__name__}"
        except Exception as error:
            outcome["error"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        try:
            state = graph.get_state({"configurable": {"thread_id": self.thread}})
        except Exception:  # it applies what cannot be applied
            outcome["state"] = None
            return outcome
        outcome["state"] = {
            "values": self.plain(state.values),
            "next": list(state.next),
            "interrupts": [self.plain(item) for item in state.interrupts],
            "tasks": [
                {
                    "name": item.name,
                    "error": item.error and self.plain(item.error),
                    "interrupts": [self.plain(one) for one in item.interrupts],
                    "result": self.plain(item.result),
                }
                for item in state.tasks
            ],
        }
        outcome["history"] = [
            {"values": self.plain(item.values), "next": list(item.next), "step": item.metadata["step"],
             "source": item.metadata.get("source")}
            for item in self.history(graph)
        ]
        return outcome

    def event(self, namespace, mode, payload):
        if mode == "checkpoints":
            payload = {
                "values": payload["values"],
                "next": payload["next"],
                "step": payload["metadata"]["step"],
                "source": payload["metadata"]["source"],
                "tasks": [
                    {"name": item["name"], "interrupts": item.get("interrupts", []), "result": item.get("result")}
                    for item in payload["tasks"]
                ],
            }
        if mode == "tasks":
            payload = {key: payload[key] for key in ("name", "input", "triggers", "result", "error", "interrupts") if key in payload}
        return {"ns": list(namespace), "mode": mode, "payload": self.plain(payload)}


def answer(request, cases):
    if "tables" in request:
        return {"rows": Tables.of(request).rows(request["tables"])}
    runner = Runner(cases[request["case"]], request)
    runner.load(request.get("rows", []))
    graph = runner.compile(runner.case["graph"], runner.saver)
    outcomes = [runner.act(graph, action) for action in request.get("actions", runner.case["actions"])]
    return {"outcomes": outcomes, "rows": runner.rows(), "ran": runner.ran}


def main():
    cases = {case["name"]: case for case in json.load(open(sys.argv[1]))}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = answer(request, cases)
        except Exception as error:  # the test says which case it was
            import traceback

            result = {"failed": traceback.format_exc()}
        print(json.dumps(result), flush=True)


main()
