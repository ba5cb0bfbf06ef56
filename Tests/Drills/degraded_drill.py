#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Servers that go on while PostgreSQL is away: what they say, and whether everything is there afterwards.

    degraded_drill.py --binary .build/debug/turnledger [--seconds 2] [--rate 10] [--bound 5] [--stand-still]

  - two servers under turns, threads of their own and shared ones; PostgreSQL is killed and comes back; then all of its
    processes stand still (SIGSTOP) and go on: no turn fails or waits longer than the bound, health, headers and log say
    how it is, and afterwards every thread has every acknowledged turn once, in order, with its answer;
  - turns of one thread at both servers during an outage: one line;
  - kill -9 of a server in the midst of its merge: the next process ends it;
  - a start while PostgreSQL is away: turns at once, an unknown thread says that what was said earlier is not at hand, and
    readiness and durability are as the configuration has them.

Starts a PostgreSQL of its own whose commits reach the disk. Exit code 1 and a line per failure otherwise.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from drilling import Database, Server, Talker, check, complete, failures, percentile


class Drill:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.database = Database(os.path.join(folder, "postgres"))
        self.binary = str(pathlib.Path(options.binary).resolve())
        self.servers = []

    def server(self, name, **settings):
        server = Server(self.binary, self.database.url, os.path.join(self.folder, name), **settings)
        self.servers.append(server)
        return server

    def under_turns(self, what, break_it, mend_it):
        first, second = self.servers[:2]
        before = [len(server.lines("Database is away")) for server in (first, second)]
        pause = 2 / self.options.rate
        shared = [f"{what}-shared-{number}" for number in range(3)]
        talkers = [Talker(f"{what}-{number}", server, [f"{what}-own-{number}", *shared], pause)
                   for number, server in enumerate([first, second, first, second])]
        time.sleep(1)
        break_it()
        for server in (first, second):
            server.until("degraded", 5)
        known = time.monotonic()
        status, headers, text = first.say(f"{what}-one", "one")
        check(f"{what}: a turn is answered and says that it is spooled",
              status == 200 and headers.get("x-turnledger-durability") == "spooled", (status, headers, text[-200:]))
        status, headers, health = first.health("/health/ready")
        check(f"{what}: ready, degraded, spooled",
              status == 200 and health["state"] == "degraded" and headers.get("x-turnledger-durability") == "spooled",
              (status, health))
        time.sleep(self.options.seconds)
        mended = time.monotonic()
        mend_it()
        Talker.stop(talkers)
        took = max(server.until("connected") for server in (first, second))
        errors = [error for talker in talkers for error in talker.errors]
        latencies = [latency for talker in talkers for latency in talker.latencies]
        print(f"{what}: {len(latencies)} turns, median {percentile(latencies, 0.5) * 1000:.0f} ms, p99 "
              f"{percentile(latencies, 0.99) * 1000:.0f} ms, longest {max(latencies) * 1000:.0f} ms; merged {took:.1f} s "
              "after the last", flush=True)
        check(f"{what}: no turn fails", not errors, [errors[:3], first.log[-30:], second.log[-30:]])
        check(f"{what}: none waits longer than {self.options.bound} s", max(latencies) < self.options.bound, max(latencies))
        meanwhile = [ended - begun for talker in talkers for begun, ended in talker.turns if known < begun and ended < mended]
        check(f"{what}: once that is known, none waits for the database", max(meanwhile) < self.options.bound / 2,
              max(meanwhile))
        complete(what, second, Talker.all_said(talkers))
        for number, server in enumerate((first, second)):
            away = len(server.lines("Database is away")) - before[number]
            check(f"{what}: one line says that the database is away", away == 1, away)
        check(f"{what}: an answer says nothing of spools when all is merged",
              "x-turnledger-durability" not in first.health()[1])
        check(f"{what}: no lease and no unfinished run is left",
              self.database.sql("SELECT (SELECT count(*) FROM turnledger_threads WHERE lease_run_id IS NOT NULL) || ' ' || "
                                "(SELECT count(*) FROM turnledger_runs WHERE status IN ('pending', 'running'))") == "0 0")

    def stand_still(self):
        self.stopped = self.database.processes()
        for process in self.stopped:
            os.kill(process, signal.SIGSTOP)

    def go_on(self):
        for process in self.stopped:
            try:
                os.kill(process, signal.SIGCONT)
            except ProcessLookupError:
                pass

    def one_line(self):
        first, second = self.servers[:2]
        first.say("line", "l0")
        second.messages("line")
        self.database.script("kill")
        for server in (first, second):
            server.until("degraded", 5)
        for server, message in ((first, "l1"), (second, "l2"), (first, "l3"), (second, "l4")):
            server.say("line", message)
        check("each server shows its own turns meanwhile",
              [one for one, role in second.messages("line") if role == "user"] == ["l0", "l2", "l4"], second.messages("line"))
        self.database.script("resume")
        for server in (first, second):
            server.until("connected")
        complete("one thread at both servers", first, {"line": [["l0", "l1", "l3"], ["l2", "l4"]]})
        parents = self.database.sql("SELECT count(parent_checkpoint_id) - count(DISTINCT parent_checkpoint_id) FROM checkpoints "
                                    "WHERE thread_id = 'line' AND checkpoint_ns = ''")
        check("one thread at both servers: one line of checkpoints", parents == "0", parents)

    def killed_merge(self):
        first = self.servers[0]
        self.database.script("kill")
        first.until("degraded", 5)
        threads = [f"merge-{number}" for number in range(30)]
        for thread in threads:
            for turn in range(2):
                status, _, text = first.say(thread, f"{thread}-{turn}")
                if status != 200:
                    failures.append(text)
        self.database.script("resume")
        first.until("merging")
        while first.health()[2].get("spooledThreads", 0) > 20:
            time.sleep(0.005)
        left = first.health()[2].get("spooledThreads", 0)
        first.end(signal.SIGKILL)
        done = int(self.database.sql("SELECT count(*) FROM turnledger_threads WHERE thread_id LIKE 'merge-%'"))
        check(f"the server is killed in the midst of its merge ({done} of {len(threads)} done)", 0 < left and done < len(threads),
              (left, done))
        first.start()
        for server in self.servers[:2]:
            server.until("connected")
        check("the next process says what the spool holds", first.lines("Spool holds threads"))
        complete("killed in the merge", self.servers[1],
                      {thread: [[f"{thread}-0", f"{thread}-1"]] for thread in threads})

    def started_away(self):
        self.database.script("kill")
        third = self.server("third", POSTGRESQL_FALLBACK="memory", POSTGRESQL_READY_WHILE_DEGRADED="false")
        status, headers, health = third.health("/health/ready")
        check("started without a database: not ready by configuration, degraded, in memory",
              status == 503 and health["state"] == "degraded" and headers.get("x-turnledger-durability") == "memory",
              (status, headers, health))
        check("started without a database: alive", third.health("/health/live")[0] == 200)
        status, headers, text = third.say("line", "l5")
        check("started without a database: a turn is answered, and what was said earlier is not at hand",
              status == 200 and headers.get("x-turnledger-history") == "unavailable", (status, headers, text[-200:]))
        status, _, text = third.ask("GET", "/api/threads/line/messages")
        check("and so does the conversation", status == 200 and json.loads(text).get("history") == "unavailable", text[:300])
        status, _, text = third.ask("GET", "/api/threads/merge-1/messages")
        check("a thread that is not known says so",
              status == 503 and "not available until it is back" in text, (status, text[:300]))
        status, _, text = third.ask("DELETE", "/api/threads/line")
        check("a deletion waits for the database", status == 503, (status, text[:300]))
        self.database.script("resume")
        third.until("connected")
        complete("started without a database", third, {"line": [["l0", "l1", "l3"], ["l2", "l4"], ["l5"]]})

    def run(self):
        self.server("first")
        self.server("second")
        check("connected at first", self.servers[0].state() == "connected", self.servers[0].health())
        self.under_turns("killed", lambda: self.database.script("kill"), lambda: self.database.script("resume"))
        if self.options.stand_still:
            self.under_turns("stopped", self.stand_still, self.go_on)
        self.one_line()
        self.killed_merge()
        self.started_away()

    def end(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.end()
        self.database.script("stop")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=float, default=2, help="how long the database is away under turns")
    parser.add_argument("--rate", type=float, default=10, help="turns a second of each server")
    parser.add_argument("--bound", type=float, default=5, help="the longest turn, in seconds")
    parser.add_argument("--stand-still", action="store_true", help="also PostgreSQL's processes stopped and continued")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="turnledger-degraded-")
    os.chmod(folder, 0o755)
    begun = time.monotonic()
    drill = Drill(options, folder)
    try:
        drill.run()
    finally:
        drill.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{time.monotonic() - begun:.0f} s; " + (f"{len(failures)} failed" if failures else "all passed"))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
