#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Measures `turnledger transfer copy` from a Redis that langgraph-checkpoint-redis 0.5.2 might have written to PostgreSQL.

    bench.py --binary .build/release/turnledger [--threads 20000] [--checkpoints 25]

Fills a Redis of its own with threads of documents of 2 KB, copies them into a PostgreSQL of its own, and prints
checkpoints a second and the most memory that the command used (VmHWM). Beside that, in the same run, the limit: SCAN with
pipelined JSON.GET of the same keys, and then COPY of the same rows into empty tables, by a program that does nothing else.

Runs with the Python of TURNLEDGER_REDIS_PYTHON. Exit code 1 where the ratio is below --ratio or the memory above --memory.
"""
import argparse
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


class Wire:
    """A connection that sends many commands at once and reads no more of their answers than it must."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.buffer = b""
        self.send([("AUTH", parts.password)])
        self.skip(1)

    def send(self, commands):
        out = []
        for command in commands:
            out.append(b"*%d\r\n" % len(command))
            for part in command:
                part = part if isinstance(part, bytes) else part.encode()
                out.append(b"$%d\r\n%s\r\n" % (len(part), part))
        self.socket.sendall(b"".join(out))

    def more(self):
        part = self.socket.recv(1 << 20)
        if not part:
            raise EOFError("Redis closed the connection")
        return part

    def skip(self, count):
        """Passes over answers that are texts or statuses; gives how many bytes they had."""
        total, place, buffer = 0, 0, self.buffer
        while count:
            end = buffer.find(b"\r\n", place)
            if end < 0:
                buffer, place = buffer[place:] + self.more(), 0
                continue
            line = buffer[place:end]
            if line[:1] == b"-":
                raise RuntimeError(line.decode())
            if line[:1] != b"$":
                place = end + 2
            else:
                last = end + 4 + int(line[1:])
                while len(buffer) < last:
                    buffer, last, place = buffer[place:] + self.more(), last - place, 0
                total += int(line[1:])
                place = last
            count -= 1
        self.buffer = buffer[place:]
        return total

    def line(self):
        while b"\r\n" not in self.buffer:
            self.buffer += self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def scan(self, cursor, pattern, count):
        self.send([("SCAN", cursor, "MATCH", pattern, "COUNT", str(count))])
        self.line()

        def text():
            size = int(self.line()[1:])
            while len(self.buffer) < size + 2:
                self.buffer += self.more()
            value, self.buffer = self.buffer[:size], self.buffer[size + 2:]
            return value
        cursor = text()
        return cursor, [text() for _ in range(int(self.line()[1:]))]


def identifier(ticks):
    """A UUID of version 6 of a time."""
    text = f"{ticks:015x}"
    return f"{text[:8]}-{text[8:12]}-6{text[12:]}-8000-0123456789ab"


def message(kind, name, text):
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", kind + "Message"],
            "kwargs": {"content": text, "type": {"Human": "human", "AI": "ai"}[kind], "id": name}}


def document(thread, step, size):
    """A checkpoint as RedisSaver of 0.5.2 stores it, of about `size` bytes."""
    ticks = 0x1F1E753CF5A6BEB + thread * 1_000_000 + step * 10_000
    parent = identifier(ticks - 10_000) if step else ""
    name = identifier(ticks)
    messages = [message("Human" if number % 2 == 0 else "AI", f"m-{step}-{number}", "") for number in range(4)]
    value = {
        "thread_id": f"thread-{thread:06}", "run_id": "", "checkpoint_ns": "__empty__", "checkpoint_id": name,
        "parent_checkpoint_id": parent, "checkpoint_ts": 1795448257524.979 + thread,
        "checkpoint": {
            "type": "json", "v": 4, "ts": "2026-11-23T15:37:37.524979+00:00", "id": name,
            "channel_values": {"messages": messages, "steps": step},
            "channel_versions": {"__start__": "0" * 31 + "2.0.1", "messages": f"{step + 1:032}.0.{step}123",
                                 "steps": f"{step + 1:032}.0.{step}456"},
            "versions_seen": {"__input__": {}, "__start__": {"__start__": "0" * 31 + "1.0.1"}, "model": {}},
            "updated_channels": ["messages", "steps"], "pending_sends": []},
        "metadata": json.dumps({"source": "loop", "step": step, "parents": {}}), "has_writes": False, "source": "loop",
        "step": step}
    left = max(0, size - len(json.dumps(value)))
    for one in messages:
        one["kwargs"]["content"] = ("A clause says what a building needs. " * 60)[:left // 4]
    return value["thread_id"], name, json.dumps(value)


def fill(url, threads, checkpoints, size):
    wire, batch = Wire(url), []
    for thread in range(threads):
        for step in range(checkpoints):
            name, checkpoint, text = document(thread, step, size)
            key = f"checkpoint:{name}:__empty__:{checkpoint}"
            batch.append(("JSON.SET", key, "$", text))
        batch.append(("SET", f"checkpoint_latest:{name}:__empty__", key))
        write = f"checkpoint_write:{name}:__empty__:{checkpoint}:3d1d3f0b-0000-0000-0000-{thread:012}:0"
        batch.append(("JSON.SET", write, "$", json.dumps({
            "thread_id": name, "checkpoint_ns": "__empty__", "checkpoint_id": checkpoint,
            "task_id": f"3d1d3f0b-0000-0000-0000-{thread:012}", "task_path": "~__pregel_pull, model", "idx": 0,
            "channel": "note", "type": "json", "blob": "eyJhIjoxfQ=="})))
        if len(batch) > 500:
            wire.send(batch)
            wire.skip(len(batch))
            batch = []
    if batch:
        wire.send(batch)
        wire.skip(len(batch))


def read(url):
    """SCAN with pipelined JSON.GET. - Returns: seconds, keys, bytes."""
    wire, begun, keys, total = Wire(url), time.monotonic(), 0, 0
    for pattern in ("checkpoint:*", "checkpoint_write:*"):
        cursor = b"0"
        while True:
            cursor, found = wire.scan(cursor, pattern, 1000)
            for start in range(0, len(found), 200):
                part = found[start:start + 200]
                wire.send([("JSON.GET", key) for key in part])
                total += wire.skip(len(part))
                keys += len(part)
            if cursor == b"0":
                break
    return time.monotonic() - begun, keys, total


def copy_rows(url, folder):
    """COPY of the rows that lie in the tables into empty ones like them. - Returns: seconds, bytes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA rows")
        total, seconds = 0, 0.0
        for table in TABLES:
            path = os.path.join(folder, table)
            with open(path, "wb") as file, connection.cursor().copy(
                    f"COPY (SELECT * FROM {table} ORDER BY thread_id) TO STDOUT (FORMAT binary)") as copy:
                for part in copy:
                    file.write(part)
            connection.execute(f"CREATE TABLE rows.{table} (LIKE {table} INCLUDING ALL)")
        begun = time.monotonic()
        for table in TABLES:
            with open(os.path.join(folder, table), "rb") as file, connection.cursor().copy(
                    f"COPY rows.{table} FROM STDIN (FORMAT binary)") as copy:
                while part := file.read(1 << 18):
                    copy.write(part)
                    total += len(part)
        seconds = time.monotonic() - begun
        connection.execute("DROP SCHEMA rows CASCADE")
    return seconds, total


def memory(process):
    try:
        return int(re.search(r"VmHWM:\s+(\d+) kB", open(f"/proc/{process}/status").read())[1])
    except (OSError, TypeError):
        return 0


def transfer(binary, source, target, journal, parallel):
    """- Returns: seconds, kB at most, what the command reports."""
    begun, most = time.monotonic(), 0
    process = subprocess.Popen(
        [binary, "transfer", "copy", "--from", source, "--to", target, "--journal", journal, "--parallel",
         str(parallel), "--json"], stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        most = max(most, memory(process.pid))
        time.sleep(0.05)
    seconds = time.monotonic() - begun
    if process.returncode != 0:
        raise SystemExit("turnledger transfer copy failed")
    return seconds, most, json.loads(process.stdout.read().strip().splitlines()[-1])


def started(script, folder):
    said = subprocess.run([ROOT / "scripts" / script, "start", folder], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^export (\w+)='?([^'\n]+)'?$", said, re.M))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--threads", type=int, default=20_000)
    parser.add_argument("--checkpoints", type=int, default=25, help="of each thread")
    parser.add_argument("--size", type=int, default=2048, help="bytes of a document")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--ratio", type=float, default=0.5, help="fail below it; 0: do not")
    parser.add_argument("--memory", type=float, default=200, help="MB; fail above it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        redis, postgres = os.path.join(folder, "redis"), os.path.join(folder, "postgres")
        try:
            source = started("redis.sh", redis)["TURNLEDGER_TEST_REDIS"]
            target = started("postgres.sh", postgres)["TURNLEDGER_TEST_POSTGRES"]
            begun = time.monotonic()
            fill(source, options.threads, options.checkpoints, options.size)
            count = options.threads * options.checkpoints
            print(f"{options.threads} threads, {count} checkpoints of {options.size} bytes: filled in "
                  f"{time.monotonic() - begun:.0f} s", flush=True)
            seconds, most, report = transfer(
                os.path.abspath(options.binary), source, target, os.path.join(folder, "journal"), options.parallel)
            with psycopg.connect(target) as connection:
                moved = connection.execute("SELECT count(*) FROM checkpoints").fetchone()[0]
            if moved != count or report["moved_threads"] != options.threads:
                raise SystemExit(f"{moved} of {count} checkpoints were moved: {report}")
            get_seconds, keys, got = read(source)
            copy_seconds, sent = copy_rows(target, folder)
        finally:
            subprocess.run([ROOT / "scripts/redis.sh", "stop", redis], check=False)
            subprocess.run([ROOT / "scripts/postgres.sh", "stop", postgres], check=False)
    limit = get_seconds + copy_seconds
    ratio = limit / seconds
    print(f"turnledger transfer copy   {seconds:7.1f} s  {count / seconds:8.0f} checkpoints/s   VmHWM {most / 1024:.0f} MB")
    print(f"SCAN and JSON.GET          {get_seconds:7.1f} s  {count / get_seconds:8.0f} checkpoints/s   "
          f"{keys} keys, {got / 1e6:.0f} MB")
    print(f"COPY of the same rows      {copy_seconds:7.1f} s  {count / copy_seconds:8.0f} checkpoints/s   {sent / 1e6:.0f} MB")
    print(f"limit, one after the other {limit:7.1f} s  {count / limit:8.0f} checkpoints/s   ratio {ratio:.2f}")
    failed = [text for is_bad, text in ((ratio < options.ratio, f"the ratio is below {options.ratio}"),
                                        (most / 1024 > options.memory, f"the memory is above {options.memory} MB")) if is_bad]
    for text in failed:
        print(f"FAILED: {text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
