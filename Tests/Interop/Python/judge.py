# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Compares what savers and Turnledger read, value by value with their types."""

import dataclasses
import enum
import importlib.metadata

from langchain_core.messages import BaseMessage
from pydantic import BaseModel


# Packages before 3.0 order writes by their tasks' IDs, not by their paths.
KNOWS_PATHS = int(importlib.metadata.version("langgraph-checkpoint-postgres").split(".")[0]) >= 3


def canonical(value):
    """The value as text-like tuples that are equal exactly where values, types and orders are."""
    kind = type(value).__qualname__
    if isinstance(value, enum.Enum):
        return (kind, canonical(value.value))
    if isinstance(value, (BaseMessage, BaseModel)):
        return (kind, canonical(value.model_dump()))
    if isinstance(value, dict):
        return (kind, [(canonical(key), canonical(item)) for key, item in value.items()])
    if isinstance(value, (set, frozenset)):
        return (kind, sorted(map(canonical, value), key=repr))
    if isinstance(value, (list, tuple)):
        return (kind, [canonical(item) for item in value])
    if kind == "ndarray":
        return (kind, value.dtype.str, value.shape, value.flags.f_contiguous, repr(value.tolist()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
        return (kind, canonical(fields))
    if kind == "Send":
        return (kind, value.node, canonical(value.arg), repr(getattr(value, "timeout", None)))
    if kind == "SecretStr":
        return (kind, value.get_secret_value())
    if kind == "Item":
        return (kind, canonical(value.dict()))
    return (kind, repr(value))


def of_document(value):
    """A part of the checkpoint's document: JSON, in which the order of members means nothing."""
    if isinstance(value, dict):
        return {key: of_document(item) for key, item in value.items()}
    return canonical(value)


def of_tuple(stored):
    checkpoint = dict(stored.checkpoint)
    values = checkpoint.pop("channel_values")
    # Of what is not there and what is null Python makes the same.
    checkpoint.setdefault("updated_channels", None)
    return {
        "config": stored.config["configurable"],
        "parent": stored.parent_config and stored.parent_config["configurable"],
        "metadata": of_document(stored.metadata),
        "checkpoint": of_document(checkpoint),
        "values": {channel: canonical(value) for channel, value in values.items()},
        "writes": [(task, channel, canonical(value)) for task, channel, value in stored.pending_writes or []],
    }


def differences(left, right, place=""):
    """Where two canonical trees differ, as lines."""
    if isinstance(left, dict) and isinstance(right, dict):
        found = []
        for key in sorted({*left, *right}, key=str):
            if key not in left or key not in right:
                found.append(f"{place}.{key}: only in {'the first' if key in left else 'the second'}")
            else:
                found += differences(left[key], right[key], f"{place}.{key}")
        return found
    return [] if left == right else [f"{place}: {str(left)[:300]} / {str(right)[:300]}"]


async def check_read(saver, request):
    """Compares every checkpoint of the schema with what Turnledger read there: `rows`, newest first."""
    load = saver.serde.loads_typed
    read = []
    for row in request["rows"]:
        where = {"thread_id": row["thread"], "checkpoint_ns": row["namespace"]}
        read.append({
            "config": where | {"checkpoint_id": row["id"]},
            "parent": where | {"checkpoint_id": row["parent"]} if row["parent"] else None,
            "metadata": of_document(row["metadata"]),
            "checkpoint": {
                key: of_document(row[key])
                for key in ("v", "ts", "id", "channel_versions", "versions_seen", "updated_channels")
            },
            "values": {
                channel: canonical(load((payload["type"], bytes.fromhex(payload["hex"]))))
                for channel, payload in row["values"].items()
            },
            "writes": [
                (write["task"], write["channel"], canonical(load((write["type"], bytes.fromhex(write["hex"])))))
                for write in row["writes"]
            ],
        })
    stored = [of_tuple(stored) async for stored in saver.alist(None)]
    for own in stored:
        for key in read[0]["checkpoint"]:
            own["checkpoint"].setdefault(key, canonical(None))
        for extra in {*own["checkpoint"]} - {*read[0]["checkpoint"]}:
            del own["checkpoint"][extra]
    # Python orders namespaces and threads with equal IDs as it likes.
    def key(row):
        return tuple(row["config"][name] for name in ("checkpoint_id", "thread_id", "checkpoint_ns"))
    found = []
    if [row["config"]["checkpoint_id"] for row in stored] != [row["config"]["checkpoint_id"] for row in read]:
        found.append("The listings name other checkpoints, or in another order.")
    if not KNOWS_PATHS:
        for row in stored + read:
            row["writes"].sort(key=lambda write: write[0])
    for own, other in zip(sorted(stored, key=key), sorted(read, key=key)):
        found += differences(own, other, "/".join(key(own)))
    return {"checkpoints": len(stored), "differences": found[:20]}


async def compare(left, right, request):
    """Compares two schemas by `alist(None)`, by listings with filters, and by `aget_tuple` of each thread's head."""
    def key(row):
        return tuple(row["config"][name] for name in ("checkpoint_id", "thread_id", "checkpoint_ns"))

    async def listing(saver, config, **arguments):
        return sorted([of_tuple(stored) async for stored in saver.alist(config, **arguments)], key=key)

    found, count = [], 0

    async def check(config, **arguments):
        nonlocal found, count
        first = await listing(left, config, **arguments)
        second = await listing(right, config, **arguments)
        name = f"{config} {arguments} "
        if [key(row) for row in first] != [key(row) for row in second]:
            found.append(f"{name}: other checkpoints")
        for one, other in zip(first, second):
            found += differences(one, other, name + "/".join(key(one)))
        count += len(first)
        return first

    everything = await check(None)
    threads = sorted({row["config"]["thread_id"] for row in everything})
    await check(None, filter={"source": "loop"}, limit=7)
    await check(None, filter={"source": "input", "step": -1})
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        await check(config, limit=2)
        await check({"configurable": {"thread_id": thread, "checkpoint_ns": ""}}, filter={"step": 0})
        ids = [row["config"]["checkpoint_id"] for row in everything if row["config"]["thread_id"] == thread]
        middle = {"configurable": {"thread_id": thread, "checkpoint_id": sorted(ids)[len(ids) // 2]}}
        await check(config, before=middle)
        for where in (config, middle):
            one, other = await left.aget_tuple(where), await right.aget_tuple(where)
            if (one is None) != (other is None):
                found.append(f"{where}: only one has it")
            elif one:
                found += differences(of_tuple(one), of_tuple(other), str(where))
                count += 1
    return {"checkpoints": len(everything), "compared": count, "differences": found[:20]}


async def same(left, right, places):
    """Compares checkpoints of two savers in Redis, each read by its ID."""
    found = []
    for thread, namespace, checkpoint in places:
        where = {"configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint}}
        one, other = of_tuple(await left.aget_tuple(where)), of_tuple(await right.aget_tuple(where))
        for read in (one, other):
            # How the writer's serializer came to write it.
            read["checkpoint"].pop("type", None)
        # The saver passes over writes that came before their checkpoint; see `has_writes`.
        if not one["writes"]:
            other["writes"] = []
        one["writes"].sort(key=repr)
        other["writes"].sort(key=repr)
        found += differences(one, other, "/".join((thread, namespace, checkpoint)))
    return {"compared": len(places), "differences": found[:20]}
