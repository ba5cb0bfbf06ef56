#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Moves conversations from a Redis that Python wrote to PostgreSQL, and has Python say whether they are the same.

    transfer_drill.py --binary .build/debug/turnledger [--dumps Tests/Fixtures/redis]

For each dump of langgraph-checkpoint-redis: it is replayed into a Redis of its own, planned, copied into a fresh schema of
TURNLEDGER_TEST_POSTGRES and verified by the command; then every checkpoint that RedisSaver returns is compared with what
AsyncPostgresSaver returns: values, versions, metadata, parent, writes (at least those that RedisSaver does not lose). What
0.0.x wrote no saver of today reads: there the values are those that its own saver listed.
Beside it what must be refused or found: a wrong password, damaged documents, a flipped byte, a copy that is killed and
started again, one that follows and is killed while others write, a Redis that throws keys out meanwhile.

A server is never used twice: where FLUSHALL takes the keys away from under an index, RediSearch in Valkey now and then
damages its memory, and the server hangs.

Runs with the Python of TURNLEDGER_REDIS_PYTHON. Exit code 1 and a line per failure otherwise.
"""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import psycopg
import redis
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.redis import RedisSaver

from drilling import ROOT, check, failures, within

sys.path.insert(0, str(ROOT / "Tests/Tools"))
import redis_dump  # noqa: E402

POSTGRES = os.environ["TURNLEDGER_TEST_POSTGRES"]


class Source:
    """A Redis of its own, with what a dump holds."""

    def __init__(self, folder, name, dump):
        self.folder = os.path.join(folder, f"{name}.redis")
        said = subprocess.run([ROOT / "scripts/redis.sh", "start", self.folder], capture_output=True, text=True, check=True)
        self.url = re.search(r"redis://\S+", said.stdout)[0]
        self.password = re.search(r":([^:@/]+)@", self.url)[1]
        self.connection = redis.Redis.from_url(self.url, socket_timeout=60)
        self.count = replay(self.connection, dump)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        subprocess.run([ROOT / "scripts/redis.sh", "stop", self.folder], check=True)


class Target:
    """A schema of its own in the database, and a journal."""

    def __init__(self, folder, name, source):
        self.source = source
        self.journal = os.path.join(folder, f"{name}.journal")
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            connection.execute(f"CREATE SCHEMA {name}")
        self.url = f"{POSTGRES}&options=-csearch_path%3D{name}"

    def command(self, binary, command, url=None):
        return [binary, "transfer", command, "--from", url or self.source.url, "--to", self.url, "--journal", self.journal,
                "--json"]

    def run(self, binary, command, url=None, more=()):
        done = subprocess.run(
            [*self.command(binary, command, url), *more], capture_output=True, text=True, timeout=300)
        line = done.stdout.strip().splitlines()[-1:] or ["null"]
        check(f"{command} says no password and no statement",
              self.source.password not in done.stdout + done.stderr and not re.search("SELECT|INSERT ", done.stdout + done.stderr),
              done.stderr)
        return done.returncode, json.loads(line[0]) if line[0].startswith("{") else None, done.stderr


def replay(connection, path):
    """Puts a dump's keys into an empty server, with what is left of their time."""
    count = 0
    for line in open(path):
        entry = json.loads(line)
        key, value = entry["key"], entry["value"]
        if entry["type"] == "ReJSON-RL":
            connection.execute_command("JSON.SET", key, "$", json.dumps(value))
        elif entry["type"] == "zset":
            connection.zadd(key, dict(map(tuple, value)))
        else:
            connection.set(key, value)
        if entry["pttl"] > 0:
            connection.pexpire(key, entry["pttl"])
        count += 1
    return count


def plain(value):
    """Values of both savers in one form: objects by class and fields, numbers and texts as they are."""
    if hasattr(value, "model_dump"):
        return {"_class": type(value).__name__, **{k: plain(v) for k, v in value.model_dump().items()}}
    if hasattr(value, "__dataclass_fields__"):
        return {"_class": type(value).__name__, **{k: plain(getattr(value, k)) for k in value.__dataclass_fields__}}
    if type(value).__name__ == "Send":
        return {"_class": "Send", "node": value.node, "arg": plain(value.arg)}
    if isinstance(value, dict) and value.get("id") == ["builtins", "bytes"]:
        # RedisSaver of today no longer reads the bytes of 0.1.
        return bytes.fromhex(value["args"][0])
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"_class": "set", "items": sorted(map(repr, value))}
    return value


def state(tuple_):
    checkpoint = tuple_.checkpoint
    metadata = {k: v for k, v in tuple_.metadata.items() if k in ("source", "step", "parents")}
    return {
        "values": plain(checkpoint["channel_values"]), "versions": plain(checkpoint["channel_versions"]),
        "seen": plain(checkpoint["versions_seen"]), "ts": checkpoint["ts"], "metadata": plain(metadata),
        "updated": sorted(checkpoint.get("updated_channels") or []),
        "parent": tuple_.parent_config and tuple_.parent_config["configurable"]["checkpoint_id"],
    }


def checkpoint_ids(connection):
    """All full checkpoints, by what the documents say."""
    found = set()
    for key in connection.scan_iter("checkpoint:*", count=1000):
        document = connection.execute_command("JSON.GET", key)
        document = json.loads(document) if document else {}
        if "parent_checkpoint_id" in document and "checkpoint" in document:
            namespace = document["checkpoint_ns"]
            found.add((document["thread_id"], "" if namespace == "__empty__" else namespace, document["checkpoint"]["id"]))
    return found


async def compare(target, name):
    compared, lost, unreadable = 0, 0, 0
    with RedisSaver.from_conn_string(target.source.url) as source:
        source.setup()
        # The index is made in the background.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and source.checkpoints_index.info().get("percent_indexed") not in (1, "1", 1.0):
            time.sleep(0.1)
        async with AsyncPostgresSaver.from_conn_string(target.url) as saver:
            for thread, namespace, identifier in sorted(checkpoint_ids(target.source.connection)):
                config = {"configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": identifier}}
                moved = await saver.aget_tuple(config)
                try:
                    expected = source.get_tuple(config)
                except NotImplementedError:
                    # The saver of today no longer reads writes of bytes that 0.1 made.
                    check(f"{name}: {thread} {namespace} {identifier}, which RedisSaver cannot read, is moved",
                          moved is not None)
                    unreadable += 1
                    continue
                if expected is None or moved is None:
                    check(f"{name}: {thread} {namespace} {identifier} is on both sides", False, (expected, moved))
                    return
                left, right = state(expected), state(moved)
                if left != right:
                    part = next(key for key in left if left[key] != right[key])
                    check(f"{name}: {thread} {namespace} {identifier}: {part}", False, (left[part], right[part]))
                    return
                writes = [json.dumps(plain(write), default=repr, sort_keys=True) for write in expected.pending_writes or []]
                there = [json.dumps(plain(write), default=repr, sort_keys=True) for write in moved.pending_writes or []]
                missing = [write for write in writes if write not in there]
                if missing:
                    check(f"{name}: {thread} {namespace} {identifier}: writes", False, (missing[0], there))
                    return
                lost += len(there) - len(writes)
                compared += 1
    check(f"{name}: Python reads {compared} checkpoints in PostgreSQL as it read them in Redis "
          f"(with {lost} writes that RedisSaver loses, beside {unreadable} that it cannot read)",
          compared > 10 * unreadable and compared > 0)


async def compare_with(target, expected, name):
    """Values with those that the saver listed which wrote them."""
    lines = [json.loads(line) for line in open(expected)]
    async with AsyncPostgresSaver.from_conn_string(target.url) as saver:
        for line in lines:
            moved = await saver.aget_tuple({"configurable": {
                "thread_id": line["thread"], "checkpoint_ns": line["namespace"], "checkpoint_id": line["id"]}})
            values = moved and redis_dump.plain(moved.checkpoint["channel_values"])
            # Its saver had the sends beside the values.
            (values or {}).pop("__pregel_tasks", None)
            if values != line["values"]:
                check(f"{name}: {line['thread']} {line['id']}", False, (line["values"], values))
                return
        step = [(found.metadata["step"], found.parent_config and found.parent_config["configurable"]["checkpoint_id"],
                 found.checkpoint["id"])
                async for found in saver.alist({"configurable": {"thread_id": lines[0]["thread"]}})]
    check(f"{name}: Python reads {len(lines)} checkpoints in PostgreSQL with the values that their own saver listed",
          len(lines) > 50)
    check(f"{name}: each has grown from the one before",
          all(later[1] == earlier[2] for later, earlier in zip(step, step[1:])) and step[-1][1] is None, step)


async def go_on(target, thread):
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    async with AsyncPostgresSaver.from_conn_string(target.url) as saver:
        config = {"configurable": {"thread_id": thread}}
        before = (await saver.aget_tuple(config)).checkpoint["channel_values"]["messages"]
        agent = create_agent(GenericFakeChatModel(messages=iter([AIMessage("Again.")])), [], checkpointer=saver)
        result = await agent.ainvoke({"messages": [{"role": "user", "content": "Once more?"}]}, config)
        check("a thread that was moved goes on in Python", len(result["messages"]) == len(before) + 2, result)


def damage(source, binary, folder):
    """Documents that cannot be read are told by their keys; all others are moved."""
    connection = source.connection
    whole = len(checkpoint_ids(connection))
    keys = sorted(connection.scan_iter("checkpoint:*:__empty__:*"))[:3]
    connection.set("checkpoint:odd:__empty__:1", "a text")
    connection.execute_command("JSON.SET", keys[0], "$.checkpoint.id", "5")
    connection.execute_command("JSON.SET", keys[1], "$.checkpoint.channel_values", '{"a": {"__bytes__": "no base64!"}}')
    write = next(iter(connection.scan_iter("checkpoint_write:*")))
    connection.execute_command("JSON.SET", write, "$.type", '"odd"')
    connection.execute_command("JSON.SET", "checkpoint:huge:__empty__:1", "$", json.dumps({
        "thread_id": "huge", "checkpoint_ns": "", "checkpoint_id": "1f1e753c-f315-6c0c-bfff-6e597721a5de",
        "parent_checkpoint_id": "", "metadata": "{}", "checkpoint": {
            "v": 4, "id": "1f1e753c-f315-6c0c-bfff-6e597721a5de", "ts": "", "channel_values": {"text": ["x" * (50 << 20)]},
            "channel_versions": {"text": "1"}, "versions_seen": {}}}))
    target = Target(folder, "transfer_damage", source)
    code, report, said = target.run(binary, "copy")
    told = {problem["key"] for problem in (report or {}).get("first_problems", []) if problem["kind"] == "unreadable"}
    expected = {"checkpoint:odd:__empty__:1", keys[0].decode(), keys[1].decode(), write.decode()}
    check("what cannot be read is told by its key", code == 0 and expected <= told, (code, told, expected, said))
    with psycopg.connect(target.url) as connection_:
        moved = connection_.execute("SELECT count(*) FROM checkpoints").fetchone()[0]
        length = connection_.execute("SELECT length(blob) FROM checkpoint_blobs WHERE thread_id = 'huge'").fetchone()
    check("the rest is moved, a document of 50 MB with it", moved >= whole - 2 and length and length[0] > 50 << 20,
          (moved, whole, length))


def flipped(source, binary, folder):
    target = Target(folder, "transfer_flip", source)
    target.run(binary, "copy")
    code, report, said = target.run(binary, "verify")
    check("verify finds all equal", code == 0 and report and report["equal"] == report["checkpoints"] > 0, (report, said))
    with psycopg.connect(target.url, autocommit=True) as database:
        database.execute("UPDATE checkpoint_blobs SET blob = set_byte(blob, length(blob) - 1, get_byte(blob, length(blob) - 1)"
                         " # 1) WHERE ctid = (SELECT ctid FROM checkpoint_blobs WHERE length(blob) > 40 LIMIT 1)")
    code, report, said = target.run(binary, "verify")
    check("a byte flipped in PostgreSQL is found", code == 1 and report and report["differing_threads"] == 1, (report, said))
    target = Target(folder, "transfer_flip2", source)
    target.run(binary, "copy")
    key = next(iter(source.connection.scan_iter("checkpoint:*:__empty__:*")))
    source.connection.execute_command("JSON.SET", key, "$.metadata", json.dumps('{"source": "loop", "step": 77, "parents": {}}'))
    code, report, said = target.run(binary, "verify")
    check("a change in Redis is found", code == 1 and report and report["differing_threads"] == 1, (report, said))


def killed(source, binary, folder):
    """A copy is killed again and again; the next one goes on, and in the end all is there once."""
    target = Target(folder, "transfer_killed", source)
    for delay in (0.05, 0.2, 0.4, 0.6, 0.8, 1.0):
        process = subprocess.Popen(target.command(binary, "copy"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    code, report, said = target.run(binary, "copy")
    check("a copy that was killed goes on", code == 0 and report["moved_threads"] == report["threads"] > 0, said)
    code, report, said = target.run(binary, "verify")
    check("and all is equal", code == 0 and report["equal"] == report["checkpoints"], (report, said))


class Writer:
    """Goes on with the threads of a Redis, as one that serves chats does."""

    def __init__(self, source):
        self.connection = redis.Redis.from_url(source.url, socket_timeout=60)
        self.heads = {}
        for key in self.connection.scan_iter("checkpoint:*:__empty__:*"):
            document = json.loads(self.connection.execute_command("JSON.GET", key) or "{}")
            name = document.get("thread_id")
            if "checkpoint" in document and document["checkpoint"]["id"] > self.heads.get(name, ("",))[0]:
                self.heads[name] = document["checkpoint"]["id"], document
        self.written, self.stopped = [], threading.Event()
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        while not self.stopped.wait(0.01):
            name = sorted(self.heads)[len(self.written) % len(self.heads)]
            parent, document = self.heads[name]
            new = str(uuid6())
            document |= {"checkpoint_id": new, "parent_checkpoint_id": parent}
            document["checkpoint"] |= {"id": new, "channel_values": {"number": [len(self.written)]},
                                       "channel_versions": {"number": str(len(self.written) + 1)}}
            self.connection.execute_command("JSON.SET", f"checkpoint:{name}:__empty__:{new}", "$", json.dumps(document))
            self.heads[name] = new, document
            self.written.append((name, new))

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.connection.close()


def followed(source, binary, folder):
    """A copy that follows is killed again and again while others write; the next one goes on, and in the end all is there."""
    for says in ("KEA", ""):
        source.connection.config_set("notify-keyspace-events", says)
        name = "what is announced" if says else "what is not announced"
        target = Target(folder, "transfer_follow_" + (says.lower() or "silent"), source)
        writer = Writer(source)
        for number in range(6):
            process = subprocess.Popen([*target.command(binary, "copy"), "--follow", "--every", "0.1"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.3 + 0.4 * number)
            process.send_signal(signal.SIGKILL)
            process.wait()
        writer.stop()
        check(f"{name}: much was written meanwhile", len(writer.written) > 50, len(writer.written))
        code, report, said = target.run(binary, "copy", more=["--until-quiet", "--every", "0.1"])
        check(f"{name}: a copy that followed and was killed goes on",
              code == 0 and report["moved_threads"] == report["threads"] > 0, said)
        with psycopg.connect(target.url) as connection:
            there = set(connection.execute("SELECT thread_id, checkpoint_id FROM checkpoints").fetchall())
        check(f"{name}: all that was written is there", set(writer.written) <= there, set(writer.written) - there)
        code, report, said = target.run(binary, "verify")
        check(f"{name}: and all is equal", code == 0 and report["equal"] == report["checkpoints"], (report, said))


def multiplied(connection, times):
    """The threads of a Redis as many times, each under a name of its own."""
    for kind in ("checkpoint", "checkpoint_write"):
        for key in list(connection.scan_iter(f"{kind}:*", count=1000)):
            document = json.loads(connection.execute_command("JSON.GET", key) or "{}")
            if name := document.get("thread_id"):
                for number in range(times):
                    other = key.decode().replace(f":{name}:", f":{name}-{number}:", 1)
                    text = json.dumps(document | {"thread_id": f"{name}-{number}"})
                    connection.execute_command("JSON.SET", other, "$", text)


def is_scanned(journal):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
            return database.execute("SELECT is_scanned FROM pass").fetchone() == (1,)
    except sqlite3.Error:
        return False


def evicting(source, binary, folder):
    """A Redis that throws keys out while they are copied: they are told as gone, all others are moved."""
    connection = source.connection
    multiplied(connection, 20)
    whole = len(checkpoint_ids(connection))
    target = Target(folder, "transfer_evicting", source)
    process = subprocess.Popen([*target.command(binary, "copy"), "--reads-per-second", str(whole)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check("the Redis is looked through", within(60, lambda: is_scanned(target.journal) or process.poll() is not None))
    connection.config_set("maxmemory-policy", "allkeys-random")
    connection.config_set("maxmemory", connection.info("memory")["used_memory"])
    number = 0
    # What is thrown out is any key, more and more often one of those that fill the memory.
    while process.poll() is None and number < 2_000:
        for _ in range(20):
            connection.set(f"filler:{number}", "x" * 10_000)
            number += 1
    printed, said = process.communicate(timeout=300)
    connection.config_set("maxmemory", 0)
    report = json.loads(printed.strip().splitlines()[-1]) if process.returncode == 0 else None
    told = [problem for problem in (report or {}).get("first_problems", []) if problem["kind"] == "vanished"]
    check("keys that were thrown out meanwhile are told", process.returncode == 0 and report["problems"]["vanished"] > 0
          and told and all(problem["key"].startswith("checkpoint") for problem in told), (process.returncode, report, said))
    left = checkpoint_ids(connection)
    with psycopg.connect(target.url) as database:
        there = set(database.execute("SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints").fetchall())
    check(f"all {len(left)} of {whole} checkpoints that are left are moved, among {len(there)}",
          left and left <= there, left - there)


def moved(source, binary, folder, dump):
    """A dump is planned, copied and verified; Python finds it in PostgreSQL and goes on."""
    name, expected = dump.name, dump.with_suffix(".expected.jsonl")
    target = Target(folder, "transfer_" + re.sub(r"\W", "_", name), source)
    code, report, said = target.run(binary, "plan")
    check(f"{name}: the plan counts", code == 0 and report and report["checkpoints"] > 0, said)
    print(f"        {source.count} keys: {report['threads']} threads, {report['checkpoints']} checkpoints, "
          f"{report['writes']} writes; {report['problems']}" if report else said)
    code, copied, said = target.run(binary, "copy")
    check(f"{name}: copied", code == 0 and copied["moved_threads"] == copied["threads"], said)
    print(f"        {copied['problems']}" if copied else said)
    code, report, said = target.run(binary, "verify")
    check(f"{name}: verified", code == 0 and report["equal"] == report["checkpoints"], (report, said))
    if "-redis-0.0." in name:
        asyncio.run(compare_with(target, expected, name))
    else:
        asyncio.run(compare(target, name))
    if "-redis-0.2.0" in name:
        check(f"{name}: sends without their content are told", copied["problems"]["emptied"] > 0, copied)
    for thread in ("sync-1", "async-1"):
        if source.connection.keys(f"checkpoint:{thread}:__empty__:*"):
            asyncio.run(go_on(target, thread))
            break


def refused(source, binary, folder):
    target = Target(folder, "transfer_refused", source)
    for name, url in (("a wrong password", source.url.replace(source.password, "wrong")),
                      ("a port where nothing answers", "redis://127.0.0.1:1"),
                      ("what is no Redis", re.sub(r"^postgresql://[^@]*@", "redis://", POSTGRES).split("?")[0].rsplit("/", 1)[0])):
        code, _, said = target.run(binary, "plan", url)
        check(f"{name} is a clear error", code == 1 and said.strip().startswith("Error: ") and "source" in said, said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--dumps", default=ROOT / "Tests/Fixtures/redis")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    dumps = sorted(path for path in pathlib.Path(options.dumps).glob("*.jsonl") if "expected" not in path.name)
    with tempfile.TemporaryDirectory() as folder:
        for number, dump in enumerate(dumps):
            with Source(folder, f"dump-{number}", dump) as source:
                moved(source, binary, folder, dump)
        for part in (refused, flipped, killed, followed, evicting, damage):
            with Source(folder, part.__name__, dumps[-1]) as source:
                part(source, binary, folder)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
