#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Fills a PostgreSQL with threads, half of them old, and lets retention go through them while others talk.

    retention_drill.py --binary .build/debug/turnledger --threads 400 --checkpoints 5
    retention_drill.py --binary .build/release/turnledger --threads 50000 --checkpoints 20 --turns 30

Of the old threads some are pinned, some on legal hold, some wait for an answer, some are Python's, and some are Python's
that wait. Exactly the right ones must go; the plan must say beforehand what the run removes, row by row; a second run must
find nothing; langgraph_cleanup_old_data() must do in a copy of the tables what the run did. Prints time, WAL, sizes, and the
latencies of turns without and beside the sweep; with --bound the 99th percentile beside it may be at most so many times
that without.

Starts a PostgreSQL of its own whose commits reach the disk. Exit code 1 and a line per failure otherwise.
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from drilling import Database, check, failures, port_of



FILL = """
CREATE FUNCTION pg_temp.id_at(us bigint, step int, salt text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(h, 2, 8) || '-' || substr(h, 10, 4) || '-6' || substr(h, 14, 3) || '-8' || lpad(to_hex(step), 3, '0')
        || '-' || substr(md5(salt), 1, 12)
    FROM (SELECT lpad(to_hex(us * 10 + 122192928000000000), 16, '0') AS h) AS x
$$;
CREATE TEMP TABLE made AS
SELECT i, 'thread-' || lpad(i::text, 7, '0') AS id, i % 20 AS kind,
    ((extract(epoch FROM now()) - CASE WHEN i % 2 = 0 THEN 30 + i % 300 ELSE 1 END * 86400) * 1000000)::bigint AS us
FROM generate_series(0, {threads} - 1) AS i;
INSERT INTO turnledger_threads (thread_id, title, title_folded, owner, labels, status, created_at, updated_at, epoch)
SELECT id, 'Title ' || i, 'title ' || i, 'owner-' || i % 50, '{{}}', CASE kind WHEN 2 THEN 'interrupted' ELSE 'idle' END,
    us, us, 1
FROM made WHERE kind NOT IN (4, 8);
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
SELECT id, '', pg_temp.id_at(us + s, s, id), CASE WHEN s > 0 THEN pg_temp.id_at(us + s - 1, s - 1, id) END,
    jsonb_build_object('v', 4, 'id', pg_temp.id_at(us + s, s, id), 'ts', to_timestamp(us / 1000000), 'channel_values',
        jsonb_build_object('count', s), 'channel_versions', jsonb_build_object('messages', lpad((s + 1)::text, 32, '0') || '.0'),
        'versions_seen', '{{}}'::jsonb),
    jsonb_build_object('source', 'loop', 'step', s, 'parents', '{{}}'::jsonb)
FROM made, generate_series(0, {checkpoints} - 1) AS s;
INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
SELECT id, '', 'messages', lpad((s + 1)::text, 32, '0') || '.0', 'msgpack', convert_to(rpad('', 200 + 50 * s, md5(id)), 'UTF8')
FROM made, generate_series(0, {checkpoints} - 1) AS s;
INSERT INTO checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
SELECT id, '', pg_temp.id_at(us + s, s, id), 'task', 0,
    CASE WHEN kind IN (2, 8) AND s = {checkpoints} - 1 THEN '__interrupt__' ELSE 'messages' END, 'msgpack',
    convert_to(rpad('', 100, md5(id || s)), 'UTF8')
FROM made, generate_series(0, {checkpoints} - 1) AS s;
INSERT INTO turnledger_retention (thread_id, pinned, hold, updated_at)
SELECT id, kind = 0, CASE WHEN kind = 6 THEN 'case' END, 1 FROM made WHERE kind IN (0, 6);
ANALYZE checkpoints; ANALYZE checkpoint_blobs; ANALYZE checkpoint_writes; ANALYZE turnledger_threads;
"""


class Threads(Database):
    """The database, and what is left in it."""

    def threads(self):
        """Every thread of which a row is left, in any table."""
        return set(self.sql("SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM checkpoint_blobs "
                            "UNION SELECT thread_id FROM checkpoint_writes UNION SELECT thread_id FROM turnledger_threads")
                   .split())

    def sizes(self):
        return self.sql("SELECT string_agg(t || ' ' || pg_size_pretty(pg_total_relation_size(t::regclass)), ', ') FROM "
                        "unnest(ARRAY['checkpoints', 'checkpoint_blobs', 'checkpoint_writes']) AS t")


class Talkers:
    """Callers that each begin conversations, one turn at a time, until they are stopped."""

    def __init__(self, port, count):
        self.port, self.latencies, self.errors, self.stopped = port, [], [], threading.Event()
        self.threads = [threading.Thread(target=self.talk, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def talk(self, number):
        turn = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.stopped.is_set():
            turn += 1
            body = {"id": f"talk-{id(self)}-{number}-{turn // 4}", "messages": [
                {"id": f"u{turn}", "role": "user", "parts": [{"type": "text", "text": "My name is Frank."}]}]}
            begun = time.monotonic()
            try:
                connection.request("POST", "/api/ai-sdk/chat", json.dumps(body), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read().decode()
                if answer.status != 200 or "[DONE]" not in text:
                    self.errors.append(f"{answer.status} {text[:200]}")
            except OSError as error:
                self.errors.append(str(error))
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.latencies.append(time.monotonic() - begun)
            time.sleep(0.05)

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        return sorted(self.latencies)


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--threads", type=int, default=400)
    parser.add_argument("--checkpoints", type=int, default=5)
    parser.add_argument("--turns", type=float, default=3, help="seconds of turns without a sweep")
    parser.add_argument("--talkers", type=int, default=2)
    parser.add_argument("--bound", type=float)
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    folder = tempfile.mkdtemp(prefix="turnledger-retention-")
    os.chmod(folder, 0o755)
    database = Threads(os.path.join(folder, "postgres"))
    server = None
    try:
        def turnledger(*arguments, good=(0,)):
            done = subprocess.run([binary, *arguments, "--store", database.url], cwd=folder, capture_output=True, text=True)
            if done.returncode not in good:
                raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr[:1000]}")
            return done.stdout

        turnledger("schema", "apply")
        begun = time.monotonic()
        database.sql(FILL.format(threads=options.threads, checkpoints=options.checkpoints))
        print(f"filled {options.threads} threads, {options.threads * options.checkpoints} checkpoints in "
              f"{time.monotonic() - begun:.0f} s: {database.sizes()}", flush=True)
        everything = {f"thread-{i:07d}" for i in range(options.threads)}
        right = {f"thread-{i:07d}" for i in range(options.threads) if i % 20 in (4, 10, 12, 14, 16, 18)}
        check("every thread is there", database.threads() == everything)

        server = subprocess.Popen([binary, "serve", "--port", "0", "--store", database.url], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        port = port_of(server.stdout)
        threading.Thread(target=lambda: [None for _ in server.stdout], daemon=True).start()

        talkers = Talkers(port, options.talkers)
        time.sleep(options.turns)
        without = talkers.stop()
        check("turns without a sweep succeed", not talkers.errors, talkers.errors[:3])

        begun = time.monotonic()
        plan = json.loads(turnledger("retention", "plan", "--json", "--ttl-days", "7"))
        print(f"plan in {time.monotonic() - begun:.1f} s: {json.dumps(plan)}", flush=True)
        check("the plan changes nothing", everything <= database.threads())

        wal = database.sql("SELECT pg_current_wal_lsn()")
        talkers = Talkers(port, options.talkers)
        begun = time.monotonic()
        run = json.loads(turnledger("retention", "run", "--json", "--ttl-days", "7"))
        took = time.monotonic() - begun
        beside = talkers.stop()
        wal = int(database.sql(f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{wal}')::bigint"))
        check("turns beside the sweep succeed", not talkers.errors, talkers.errors[:3])
        print(f"run in {took:.1f} s ({run['threads'] / max(took, 0.001):.0f} threads/s), WAL {wal / 2**20:.1f} MiB with that of "
              f"{len(beside)} turns", flush=True)
        for name in ("threads", "checkpoints", "blobs", "writes", "deleted", "shortened"):
            check(f"plan equals run: {name} {run[name]}", plan[name] == run[name], (plan[name], run[name]))
        left = database.threads()
        check(f"exactly the right {len(right)} threads went", everything & left == everything - right,
              sorted((everything & left) ^ (everything - right))[:5])
        check("as many as there should be", run["threads"] == len(right), run["threads"])
        again = json.loads(turnledger("retention", "run", "--json", "--ttl-days", "7", "--reclaim"))
        check("a second run finds nothing", again["threads"] == 0, again)
        print("after the sweep and a vacuum:", database.sizes(), flush=True)
        dead = database.sql("SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE relname LIKE 'checkpoint%'")
        print("dead rows left:", dead, flush=True)
        check("turnledger retention status tells the last sweep",
              "Last sweep" in turnledger("retention", "status"))
        check("the audit chain is intact", "intact" in turnledger("audit", "verify"))

        slow, fast = percentile(beside, 0.99), percentile(without, 0.99)
        print(f"turns without: {len(without)}, median {percentile(without, 0.5) * 1000:.1f} ms, p99 {fast * 1000:.1f} ms; "
              f"beside the sweep: {len(beside)}, median {percentile(beside, 0.5) * 1000:.1f} ms, p99 {slow * 1000:.1f} ms "
              f"({slow / max(fast, 1e-9):.2f} times)", flush=True)
        if options.bound:
            check(f"p99 beside the sweep is at most {options.bound} times that without", slow <= options.bound * fast,
                  (slow, fast))

        # The same by the function alone: the rows of the right threads are made anew and go again.
        database.sql("DELETE FROM turnledger_tombstones")
        database.sql(FILL.replace("AS i;", "AS i WHERE i % 20 IN (4, 10, 12, 14, 16, 18);", 1)
                     .format(threads=options.threads, checkpoints=options.checkpoints))
        begun = time.monotonic()
        counts = database.sql("SELECT threads, checkpoints, blobs, writes FROM langgraph_cleanup_old_data()")
        print(f"langgraph_cleanup_old_data() in {time.monotonic() - begun:.1f} s", flush=True)
        check("the function removes what the run removed",
              counts == "|".join(str(run[name]) for name in ("threads", "checkpoints", "blobs", "writes")), counts)
        check("and leaves the others", everything & database.threads() == everything - right)
    finally:
        if server:
            server.terminate()
            server.wait(30)
        database.script("stop")
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(failures)} failed" if failures else "all passed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
