#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Kills servers, PostgreSQL and both, with SIGKILL, while turns, merges of spools and retention are under way.

    storm_drill.py --binary .build/debug/turnledger [--graphs .build/debug/graph-drill] --seconds 35
    storm_drill.py --binary .build/release/turnledger --graphs .build/release/graph-drill --kills 1000 --hits 10

Two servers share a database, each with a spool of its own. Clients talk in threads of their own, in shared ones, in ones
that hop from server to server, and in threads that are old enough for retention to take them at that moment. Retention
sweeps once a second, through aged threads that are made all the time: with labels, pins, holds, questions, and Python's.
The servers' logs (level trace) say how far each run, each merge and each sweep has come; the drill waits for one of these
points and kills: a server, all servers, PostgreSQL, or PostgreSQL and servers. A killed database stays away for a moment,
so that turns go on in the spools. With --graphs a process beside them runs graphs with tools that may not run twice on the
same database, and is killed as often.

After every few kills all comes to rest, and then
  - every message whose 200 had begun is in its thread, once, in its sender's order, with one answer;
  - every thread loads at both servers, and no run is unfinished and no lease held;
  - of the aged threads exactly the right ones are gone or shorter.
It ends after --kills kills with at least --hits hits of each point by a kill of a server, of the database, and of both; or
after --seconds, whichever is first: with a time bound the hits are told, not required. Exit code 1 and a line per violation
otherwise.
"""
import argparse
import collections
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from drilling import Database, ROOT, Server, within, wrongs
from graphs import Graphs
from kill_drill import PHASES, QUESTIONS

POINTS = [*PHASES, "thread-merged", "sweep-begun"]
VICTIMS = ["server", "database", "both"]


class Watch:
    """What the servers' logs tell, for whoever waits for it."""

    def __init__(self):
        self.condition, self.events = threading.Condition(), []

    def note(self, server, point):
        with self.condition:
            self.events.append((server, point))
            self.condition.notify_all()

    def wait_for(self, point, skip, seconds):
        """Waits until a point is reached, `skip` times over. - Returns: The server; None where it is not."""
        deadline = time.monotonic() + seconds
        with self.condition:
            place = len(self.events)
            while True:
                while place < len(self.events):
                    server, reached = self.events[place]
                    place += 1
                    if reached == point:
                        if skip == 0:
                            return server
                        skip -= 1
                left = deadline - time.monotonic()
                if left <= 0 or not self.condition.wait(left):
                    return None


class Watched(Server):
    """A server whose log says how far its runs, its merges and its sweeps have come."""

    PHASE = re.compile(r"phase=([a-z-]+).*run_id=(\S+)|run_id=(\S+).*phase=([a-z-]+)")

    def __init__(self, watch, counts, *arguments, **more):
        self.watch, self.counts = watch, counts
        super().__init__(*arguments, **more)

    def start(self):
        self.reached, self.is_away, self.has_spooled, self.is_sweeping = {}, False, False, False
        super().start()

    @property
    def is_merging(self):
        return self.has_spooled and not self.is_away

    def noted(self):
        for line in self.process.stdout:
            if found := self.PHASE.search(line):
                phase, run = (found[1], found[2]) if found[1] else (found[4], found[3])
                self.reached[run] = phase
                self.watch.note(self, phase)
            elif " trace " not in line:
                self.tell(line)
            yield line

    def tell(self, line):
        was_merging = self.is_merging
        if "Database is away" in line:
            self.is_away = True
        elif "Database is back" in line:
            self.is_away = False
        elif "Thread is spooled" in line or "Spool holds threads" in line:
            self.has_spooled = True
        elif "Spool is merged" in line:
            self.has_spooled = False
        elif "Spooled thread is merged" in line:
            self.counts["threads merged"] += 1
            self.watch.note(self, "thread-merged")
        elif "Retention begins" in line:
            self.is_sweeping = True
            self.counts["sweeps"] += 1
            self.watch.note(self, "sweep-begun")
        elif "Retention is done" in line or "Retention is put off" in line:
            self.is_sweeping = False
        if self.is_merging and not was_merging:
            self.counts["merges begun"] += 1
        if " debug " not in line and "Answered a request" not in line:
            self.log = [*self.log[-200:], line]

    def under_way(self):
        """The last point of each run that has not come to its last one."""
        return [phase for phase in list(self.reached.values())[-6:] if phase != "answer-streamed"]


class Client(threading.Thread):
    """Says one thing after another, each again with the same id until it is answered, as a browser does.

    One with a home asks no other server; one without asks any. Each thing said may have a thread of its own.
    """

    def __init__(self, number, drill, home, thread_of):
        super().__init__(daemon=True)
        self.number, self.drill, self.home, self.thread_of = number, drill, home, thread_of
        self.turn, self.pending, self.is_idle = 0, None, threading.Event()

    def run(self):
        while not self.drill.over.is_set():
            if self.drill.pause.is_set():
                self.is_idle.set()
                time.sleep(0.005)
                continue
            self.is_idle.clear()
            if self.pending is None:
                self.turn += 1
                self.pending = (self.thread_of(self.turn), f"m{self.number}-{self.turn}", random.choice(QUESTIONS))
            server = self.home or random.choice(self.drill.servers)
            try:
                if self.say(server, *self.pending):
                    self.pending = None
            except (OSError, http.client.HTTPException):
                time.sleep(0.005)
        self.is_idle.set()

    def say(self, server, thread, message, text):
        def begun(status):
            if status == 200:
                self.drill.acknowledge(self, thread, message)

        status, _, stream = server.say(thread, message, text, begun)
        if status != 200:
            self.drill.counts[f"answers {status}"] += 1
            if status not in (409, 503):
                self.drill.violate(f"{thread}: {message} got {status}: {stream[:200]}")
            time.sleep(0.02)
            return False
        if '"type":"finish"' in stream and "[DONE]" in stream:
            self.drill.counts["turns seen to their end"] += 1
            return True
        return False


AGED = """
CREATE FUNCTION pg_temp.id_at(us bigint, step int, salt text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(h, 2, 8) || '-' || substr(h, 10, 4) || '-6' || substr(h, 14, 3) || '-8' || lpad(to_hex(step), 3, '0')
        || '-' || substr(md5(salt), 1, 12)
    FROM (SELECT lpad(to_hex(us * 10 + 122192928000000000), 16, '0') AS h) AS x
$$;
CREATE TEMP TABLE made AS
SELECT '{prefix}-' || k.name || '-' || i AS id, k.name,
    ((extract(epoch FROM now()) - k.days * 86400) * 1000000)::bigint AS us, k.labels
FROM (VALUES {kinds}) AS k (name, count, days, labels), generate_series(1, k.count) AS i;
BEGIN;
INSERT INTO turnledger_retention (thread_id, pinned, hold, updated_at)
SELECT id, name = 'pinned', CASE name WHEN 'held' THEN 'case' END, 1 FROM made WHERE name IN ('pinned', 'held');
INSERT INTO turnledger_threads (thread_id, title, title_folded, owner, labels, status, created_at, updated_at, epoch)
SELECT id, id, id, 'aged', labels::jsonb, CASE name WHEN 'waiting' THEN 'interrupted' ELSE 'idle' END, us, us, 1
FROM made WHERE name <> 'python';
INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
SELECT id, '', pg_temp.id_at(us + s, s, id), CASE WHEN s > 0 THEN pg_temp.id_at(us + s - 1, s - 1, id) END,
    jsonb_build_object('v', 4, 'id', pg_temp.id_at(us + s, s, id), 'ts', to_timestamp(us / 1000000), 'channel_values',
        jsonb_build_object('count', s), 'channel_versions', jsonb_build_object('count', lpad((s + 1)::text, 32, '0') || '.0'),
        'versions_seen', '{{}}'::jsonb),
    jsonb_build_object('source', 'loop', 'step', s, 'parents', '{{}}'::jsonb)
FROM made, generate_series(0, 3) AS s;
COMMIT;
"""


class Aged:
    """Threads of long ago, and what is to become of them: how many of a kind, their days, their labels, and how many of
    their four checkpoints are left."""

    KINDS = {
        "plain": (6, 5, "{}", 0), "python": (4, 5, "{}", 0), "free": (6, 2, '{"tier": "free"}', 0),
        "recent": (2, 2, "{}", 4), "legal": (2, 50, '{"team": "legal", "tier": "free"}', 4), "pinned": (2, 50, "{}", 4),
        "held": (2, 50, "{}", 4), "waiting": (2, 50, "{}", 4), "long": (4, 5, '{"tier": "long"}', 2),
    }
    SETTINGS = {
        "POSTGRESQL_TTL_DAYS": "3", "RETENTION_INTERVAL": "1", "RETENTION_BATCH": "10",
        "RETENTION_RULES": "team=legal forever,tier=free 1 delete,tier=long 2 keep_latest=2",
    }

    def __init__(self, database):
        self.database, self.right = database, {}

    def make(self, prefix):
        kinds = ", ".join(f"('{name}', {count}, {days}, '{labels}')" for name, (count, days, labels, _) in self.KINDS.items())
        self.database.sql(AGED.format(prefix=prefix, kinds=kinds))
        for name, (count, _, _, left) in self.KINDS.items():
            self.right.update({f"{prefix}-{name}-{number}": left for number in range(1, count + 1)})

    def left(self):
        rows = self.database.sql("SELECT thread_id, count(*) FROM checkpoints WHERE thread_id LIKE 'aged-%' GROUP BY thread_id "
                                 "UNION ALL SELECT thread_id, 0 FROM turnledger_threads AS t WHERE thread_id LIKE 'aged-%' "
                                 "AND NOT EXISTS (SELECT 1 FROM checkpoints AS c WHERE c.thread_id = t.thread_id)")
        return {thread: int(count) for thread, count in (row.split("|") for row in rows.splitlines())}

    def wrong(self, seconds):
        """Waits until all is as it should be. - Returns: What is not: the thread, what is left, what should be."""
        wrong = []

        def is_settled():
            left = self.left()
            wrong[:] = [(thread, left.get(thread), count or None) for thread, count in self.right.items()
                        if left.get(thread) != (count or None)]
            return not wrong or any((is_there or 0) < (right or 0) for _, is_there, right in wrong)

        within(seconds, is_settled)
        return wrong

    @property
    def gone(self):
        return sum(count == 0 for count in self.right.values())


class Storm:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.binary = str(pathlib.Path(options.binary).resolve())
        self.database = Database(os.path.join(folder, "postgres"))
        self.watch, self.counts = Watch(), collections.Counter()
        self.hits = {victim: collections.Counter() for victim in VICTIMS}
        self.over, self.pause, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.violations, self.said, self.checked, self.round = [], {}, {}, 0
        self.servers, self.graphs, self.aged = [], None, Aged(self.database)

    def violate(self, text):
        self.violations.append(text)
        print("VIOLATION", text, flush=True)

    def acknowledge(self, client, thread, message):
        """Each sender's messages in one list; of one that hops from server to server each has a list of its own."""
        with self.lock:
            key = (client.number, None if client.home else message)
            own = self.said.setdefault(thread, {}).setdefault(key, [])
            if message not in own:
                own.append(message)
                self.counts["acknowledged"] += 1

    # MARK: Killing

    def die(self, victim, first):
        """Kills at once what is to be killed, and counts what that hit."""
        if victim == "server":
            servers = [first] if random.random() < 0.7 else self.servers
        else:
            servers = [] if victim == "database" else [first] if random.random() < 0.5 else self.servers
        for server in self.servers if victim != "server" else servers:
            self.hits[victim].update(server.under_way())
            self.counts[f"merges hit by a kill of {victim}"] += server.is_merging
            self.counts[f"sweeps hit by a kill of {victim}"] += server.is_sweeping
            server.reached = {}
        if victim != "server":
            self.database.script("kill")
        for server in servers:
            server.process.send_signal(signal.SIGKILL)
        for server in servers:
            server.process.wait()
        self.counts[f"kills of {victim}"] += 1
        self.counts["processes killed"] += len(servers) + (victim != "server")
        return servers

    def blow(self):
        """One kill, where the fewest have hit so far; afterwards what was killed is started again."""
        victim = min(VICTIMS, key=lambda one: (self.counts[f"kills of {one}"], random.random()))
        point = min(POINTS, key=lambda one: (self.hits[victim][one], random.random()))
        if random.random() < 0.3:
            point = random.choice(POINTS)
        if point == "thread-merged" and not any(server.has_spooled for server in self.servers):
            # There is something to merge once turns have gone on without the database.
            self.database.script("kill")
            self.watch.wait_for("answer-streamed", 3, 5)
            self.database.script("resume")
        began = time.monotonic()
        first = self.watch.wait_for(point, random.randrange(3 if point in PHASES else 1), 5)
        if self.options.verbose:
            print(f"{victim} at {point}: {time.monotonic() - began:.2f} s, {first and os.path.basename(first.folder)}, "
                  f"{[server.has_spooled for server in self.servers]}", flush=True)
        if first and point in ("answer-streamed", "thread-merged", "sweep-begun"):
            # The other points are those of runs that are under way.
            self.hits[victim][point] += 1
        if random.random() < 0.5:
            time.sleep(random.random() * 0.003)
        killed = self.die(victim, first or random.choice(self.servers))
        if self.graphs:
            if self.graphs.process.poll() is None:
                self.graphs.kill()
            else:
                self.graphs.end()
        if victim != "server" and random.random() < 0.5:
            self.start(killed)
            killed = []
        if victim != "server":
            time.sleep(random.random() * 1.2)
            self.database.script("resume")
        else:
            time.sleep(random.random() * 0.3)
        self.start(killed)
        if self.graphs:
            self.graphs.begin()

    def start(self, servers):
        for server in servers:
            server.start()

    # MARK: Rest

    def settle(self):
        """Waits until all rests, and compares what is stored with what was acknowledged."""
        self.pause.set()
        for client in self.clients:
            if not within(90, client.is_idle.is_set):
                self.violate(f"a turn of client {client.number} does not end: {client.pending}")
        for server in self.servers:
            server.until("connected", 180)
        unfinished = ("SELECT (SELECT count(*) FROM turnledger_runs WHERE status IN ('pending', 'running')) + "
                      "(SELECT count(*) FROM turnledger_threads WHERE lease_run_id IS NOT NULL)")
        if not within(180, lambda: self.database.sql(unfinished) == "0"):
            self.violate(f"{self.database.sql(unfinished)} runs and leases do not end")
        with self.lock:
            said, self.said = self.said, {}
        lists = {thread: list(own.values()) for thread, own in said.items()}
        for one in wrongs(random.choice(self.servers), lists):
            self.violate(one)
        for thread, own in said.items():
            checked = self.checked.setdefault(thread, {})
            for key, messages in own.items():
                # One whose stream broke off before the rest is said again behind it.
                known = checked.setdefault(key, [])
                known += [message for message in messages if message not in known]
        if self.options.verbose:
            print(f"settled {len(said)} threads", flush=True)
        for wrong in self.aged.wrong(60)[:5]:
            self.violate("retention: of %s there are %s checkpoints, not %s" % wrong)

    def check_all(self):
        """Every thread of the storm, at both servers."""
        everything = {thread: list(own.values()) for thread, own in self.checked.items()}
        for server in self.servers:
            for one in wrongs(server, everything):
                self.violate(one)
        if self.graphs:
            if self.graphs.process.poll() is None:
                self.graphs.kill()
            else:
                self.graphs.end()
            for one in self.graphs.violations():
                self.violate("graphs: " + one)

    # MARK: The storm

    def make_clients(self):
        first, second = self.servers

        def own(number):
            return lambda turn: f"storm-{self.round // 8}-own-{number}" if turn % 3 else f"storm-{self.round // 8}-shared"

        def aged(number):
            def make(turn):
                thread = f"contested-{number}-{turn}"
                try:
                    self.database.sql(f"""
                        INSERT INTO turnledger_threads (thread_id, owner, labels, status, created_at, updated_at, epoch)
                        SELECT '{thread}', 'local', '{{}}', 'idle', us, us, 1
                        FROM (SELECT ((extract(epoch FROM now()) - 9 * 86400) * 1000000)::bigint AS us) AS x""")
                    self.counts["aged threads that were talked in"] += 1
                    time.sleep(random.random() * 0.3)
                except RuntimeError:
                    # The database is away: the thread is new.
                    pass
                return thread
            return make

        def hopping(number):
            return lambda turn: f"storm-{self.round // 8}-hopping-{number}"

        homes = [first, second, first, second]
        self.clients = [Client(number, self, home, own(number)) for number, home in enumerate(homes)]
        self.clients += [Client(len(homes), self, None, hopping(0)), Client(len(homes) + 1, self, None, aged(1))]

    def run(self):
        options, begun = self.options, time.monotonic()
        subprocess.run([self.binary, "regulations", "import", ROOT / "Examples/regulations", "--store", self.database.url],
                       cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        environment = {"TURNLEDGER_LOG_LEVEL": "trace"}
        for name in ("first", "second"):
            self.servers.append(Watched(self.watch, self.counts, self.binary, self.database.url,
                                        os.path.join(self.folder, name), environment=environment, AGENT_LEASE="2",
                                        **Aged.SETTINGS))
        if options.graphs:
            self.graphs = Graphs(str(pathlib.Path(options.graphs).resolve()), self.database.url, self.folder, "storm",
                                 errors=subprocess.DEVNULL)
            self.graphs.begin()
        self.make_clients()
        for client in self.clients:
            client.start()
        kills = 0
        while not self.violations and not self.is_done(kills, begun):
            self.round += 1
            self.aged.make(f"aged-{self.round}")
            self.pause.clear()
            for _ in range(random.randint(2, 5)):
                self.blow()
                kills += 1
            self.settle()
            if self.round % 10 == 0:
                print(f"{kills} kills, {self.counts['acknowledged']} acknowledged, {time.monotonic() - begun:.0f} s", flush=True)
        self.over.set()
        self.check_all()
        self.report(kills, time.monotonic() - begun)
        return 1 if self.violations or kills == 0 else 0

    def is_done(self, kills, begun):
        if self.options.seconds and time.monotonic() - begun > self.options.seconds:
            return True
        return kills >= self.options.kills and all(
            self.hits[victim][point] >= self.options.hits for victim in VICTIMS for point in POINTS)

    def report(self, kills, seconds):
        print(f"{kills} kills in {seconds:.0f} s, {self.aged.gone} threads removed by retention of {len(self.aged.right)} aged, "
              f"{len(self.checked)} threads talked in")
        print(", ".join(f"{name} {count}" for name, count in sorted(self.counts.items())))
        for victim in VICTIMS:
            print(f"hits by a kill of {victim}: " + ", ".join(f"{point} {self.hits[victim][point]}" for point in POINTS))
        if self.graphs:
            print("graphs: " + self.graphs.told())
        if self.violations:
            for server in self.servers:
                print("".join(server.log[-60:]))
            for thread in sorted({one.split(":")[0] for one in self.violations} & set(self.checked))[:3]:
                self.tell(thread)
        print(f"{len(self.violations)} violations", flush=True)

    def tell(self, thread):
        """What the database has of a thread, for whoever looks for the cause."""
        print(self.database.sql(f"""
            SELECT run_id, status, attempt, idempotency_key, failure, created_at, updated_at FROM turnledger_runs
            WHERE thread_id = '{thread}' ORDER BY created_at DESC LIMIT 60"""))
        print(self.database.sql(f"""
            SELECT checkpoint_id, parent_checkpoint_id, metadata->>'source', metadata->>'step', metadata->>'run_id',
                metadata->>'turnledger_merge', metadata->>'turnledger_branch',
                (SELECT string_agg(channel, ' ') FROM checkpoint_writes AS w
                 WHERE w.thread_id = c.thread_id AND w.checkpoint_id = c.checkpoint_id)
            FROM checkpoints AS c WHERE thread_id = '{thread}' ORDER BY checkpoint_id DESC LIMIT 120"""))

    def end(self):
        self.over.set()
        for server in self.servers:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()
        if self.graphs and self.graphs.process.poll() is None:
            self.graphs.process.kill()
        self.database.script("stop")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--graphs", help="the process that runs graphs, if it is to be killed too")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--hits", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--verbose", action="store_true", help="tell each kill")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    random.seed(options.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    folder = tempfile.mkdtemp(prefix="turnledger-storm-")
    os.chmod(folder, 0o755)
    storm = Storm(options, folder)
    try:
        code = storm.run()
    finally:
        storm.end()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
