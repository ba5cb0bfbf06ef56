# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Shows how PostgreSQL finds conversations among 1,000,000 checkpoints in 50,000 threads.

    explain.py --binary .build/release/turnledger

Starts a server of its own, has Turnledger look things up and prints what auto_explain logged of the statements that it
sent: each statement's name, time, buffers and plan, the first time that it was run. Fails where a plan reads a large
table from end to end.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from server import ROOT, server

LARGE = ["checkpoints", "checkpoint_blobs", "checkpoint_writes", "turnledger_threads", "turnledger_runs"]

FILL = """
INSERT INTO turnledger_threads (thread_id, owner, title, title_folded, status, created_at, updated_at, epoch)
SELECT t::text, 'owner ' || t % 100, 'Thread ' || t, 'thread ' || t, 'idle', t, t * 1000, 1
FROM generate_series(0, :threads - 1) AS t;
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
SELECT t::text, '', id(t, s), CASE WHEN s > 0 THEN id(t, s - 1) END,
    jsonb_build_object('v', 4, 'id', id(t, s), 'ts', '2026-01-01T00:00:00+00:00', 'channel_values', '{}'::jsonb,
        'channel_versions', jsonb_build_object('messages', v(s)), 'versions_seen', '{}'::jsonb,
        'updated_channels', jsonb_build_array('messages')),
    jsonb_build_object('source', 'loop', 'step', s, 'parents', '{}'::jsonb, 'run_id', 'run ' || t)
FROM generate_series(0, :threads - 1) AS t, generate_series(0, 19) AS s;
INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
SELECT t::text, '', 'messages', v(s), 'msgpack', '\\x90'
FROM generate_series(0, :threads - 1) AS t, generate_series(0, 19) AS s;
INSERT INTO checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
SELECT t::text, '', id(t, s), lpad(to_hex(t), 32, '0'), '', 0, 'messages', 'msgpack', '\\x90'
FROM generate_series(0, :threads - 1) AS t, generate_series(0, 19) AS s;
INSERT INTO turnledger_runs (thread_id, run_id, status, attempt, input, created_at, updated_at)
SELECT t::text, id(t, 1), CASE WHEN t % 10000 = 7 THEN 'pending' ELSE 'success' END, 1, '\\x90', t, t
FROM generate_series(0, :threads - 1) AS t;
VACUUM ANALYZE;
ALTER DATABASE turnledger SET session_preload_libraries = 'auto_explain';
ALTER DATABASE turnledger SET auto_explain.log_min_duration = 0;
ALTER DATABASE turnledger SET auto_explain.log_analyze = on;
ALTER DATABASE turnledger SET auto_explain.log_buffers = on;
"""
FILTERED = """
SELECT c.thread_id, c.checkpoint_id
FROM checkpoints AS c
WHERE c.metadata @> '{"run_id": "run 4711"}'::jsonb
ORDER BY c.checkpoint_id DESC, c.thread_id DESC, c.checkpoint_ns DESC
LIMIT 11;
"""
HELPERS = """
CREATE FUNCTION pg_temp.id(t bigint, s bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT '1f' || lpad(to_hex(s), 6, '0') || '-0000-6000-8000-' || lpad(to_hex(t), 12, '0') $$;
CREATE FUNCTION pg_temp.v(s bigint) RETURNS text LANGUAGE sql AS $$ SELECT lpad(s::text, 32, '0') || '.5' $$;
"""


def psql(url, sql, threads):
    subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-v", f"threads={threads}", url], input=sql, text=True, check=True,
        stdout=subprocess.DEVNULL)


def plans(log):
    """Of each statement the first plan: duration and text."""
    found = {}
    for duration, text in re.findall(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)", log):
        query, plan = split(text)
        found.setdefault(query, (float(duration), plan))
    return found


def split(text):
    """The statement and its plan, which begins at the first line that has costs."""
    lines = text.replace("\t", "", 1).split("\n")
    begin = next((n for n, line in enumerate(lines) if "(cost=" in line), len(lines))
    query = " ".join(" ".join(lines[:begin]).replace("Query Text:", "").split())
    plan = "\n".join(line.removeprefix("\t") for line in lines[begin:] if line.strip())
    return query, re.sub(r"\(cost=[^)]*\) ", "", plan)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/turnledger"))
    parser.add_argument("--threads", type=int, default=50_000, help="with 20 checkpoints each")
    options = parser.parse_args()
    with server("off") as variables:
        url, admin = variables["TURNLEDGER_TEST_POSTGRES"], variables["TURNLEDGER_TEST_POSTGRES_ADMIN"]
        turnledger(options, "schema", "apply", "--store", url)
        psql(admin, HELPERS + FILL.replace(" id(", " pg_temp.id(").replace(" v(", " pg_temp.v("), options.threads)
        turnledger(options, "threads", "list", "--store", url)
        turnledger(options, "threads", "list", "--owner", "owner 7", "--store", url)
        turnledger(options, "threads", "list", "--query", "thread 4999", "--store", url)
        turnledger(options, "threads", "show", "123", "--store", url)
        turnledger(
            options, "bench", "store", "--store", url, "--operation", "list", "--concurrency", "1", "--seconds", "0.1")
        # The page of a listing by metadata, which no command asks for.
        psql(url, FILTERED, options.threads)
        serve(options, url)
        log = pathlib.Path(variables["TURNLEDGER_TEST_POSTGRES_CA"]).with_name("postgres.log").read_text()
    scans = 0
    for query, (duration, plan) in plans(log).items():
        if not any(table in query for table in LARGE):
            continue
        print(f"## {duration:.2f} ms: {query}\n{plan}\n")
        scans += any(re.search(rf"Seq Scan on {table}\b", plan) for table in LARGE)
    print(f"{scans} statements read a large table from end to end.")
    return 1 if scans else 0


def serve(options, url):
    """A start of the service looks for runs that nobody finished and for threads that Python wrote."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [options.binary, "serve", "--store", url, "--port", "0"], cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "Serving" in line:
                break
        process.terminate()
        process.communicate()
        if process.returncode:
            sys.exit(f"turnledger serve ended with {process.returncode}.")


def turnledger(options, *arguments):
    done = subprocess.run([options.binary, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"turnledger {arguments[0]} {arguments[1]}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
