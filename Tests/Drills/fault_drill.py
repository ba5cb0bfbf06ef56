#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Breaks what lies below a service, under turns on several threads, and checks that nothing acknowledged is lost.

    fault_drill.py --binary .build/debug/turnledger [--only line,clock,standby,disk,backend] [--seconds 1.5] [--rounds 1]

  - line: a proxy between a server and PostgreSQL, beside a server that has no proxy: connections cut, the line down, each
    byte 300 ms late, half open (bytes are swallowed and nobody is told), and answers alone swallowed;
  - clock: a server's clock is set back an hour in the midst of turns, runs that wait, retention, a deletion and an outage,
    beside a server whose clock is right; it is killed with an hour to make up for, and its clock is put right again;
  - standby: a primary with a synchronous stand-by, both named to the servers: the primary is killed and the stand-by
    promoted; in every second round the primary stands still first, as one does behind a dead network;
  - disk: the spool's disk becomes full while the database is away, with the room that is set aside and without, and the
    server is killed and started again on the full disk;
  - backend: the PostgreSQL process of a statement stands still until the statement was given up, and goes on; then a
    server does, past its lease.

A turn is acknowledged when the first byte of its 200 was seen. After each fault every acknowledged turn must be in its
thread, once, in order, with its answer; every thread must take the next turn. In line, clock and standby no turn fails.
Starts a PostgreSQL of its own whose commits reach the disk. Needs gcc (clock) and the right to mount (disk). Prints the
counts. Exit code 1 and a line per failure otherwise.
"""
import argparse
import asyncio
import collections
import email.utils
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from drilling import Database, ROOT, Server, Talker, check, complete, failures, percentile, scripted_model

PARTS = ["line", "clock", "standby", "disk", "backend"]
LEASE = 2


class Line(threading.Thread):
    """A TCP proxy whose connections can be cut, delayed and left half open.

    Bytes of a connection that was half open once are gone for ever, in the directions that were: it stays so when the line is
    mended, and neither side learns that the other has closed it.
    """

    class Connection:
        def __init__(self, client, server):
            self.client, self.server, self.dead = client, server, set()

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.connections, self.carried = port, [], collections.Counter()
        self.delay, self.is_down, self.swallowed = 0, False, frozenset()
        self.loop, self.listens = asyncio.new_event_loop(), threading.Event()
        self.start()
        self.listens.wait()

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.listens.set()
        self.loop.run_forever()

    def change(self, what):
        """Does something in the proxy's own OS thread, and waits for it."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (what(), done.set()))
        done.wait()

    def cut(self):
        def cut():
            for connection in self.connections:
                for end in (connection.client, connection.server):
                    end.transport.abort()
            self.connections = []
        self.change(cut)

    def go_down(self):
        self.is_down = True
        self.cut()

    def slow_down(self):
        self.delay = 0.3

    def swallow(self, *directions):
        def swallow():
            self.swallowed = frozenset(directions)
            for connection in self.connections:
                connection.dead |= self.swallowed
        self.change(swallow)

    def mend(self):
        self.delay, self.is_down, self.swallowed = 0, False, frozenset()

    async def accept(self, reader, writer):
        if self.is_down:
            return writer.transport.abort()
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        connection = Line.Connection(writer, forth)
        connection.dead |= self.swallowed
        self.connections.append(connection)
        await asyncio.gather(self.carry(connection, "up", reader, forth), self.carry(connection, "down", back, writer))

    async def carry(self, connection, direction, reader, writer):
        queue = asyncio.Queue()

        async def send():
            while item := await queue.get():
                due, data = item
                await asyncio.sleep(max(0, due - self.loop.time()))
                if direction in connection.dead:
                    self.carried["swallowed"] += len(data)
                else:
                    self.carried[direction] += len(data)
                    writer.write(data)

        sending = asyncio.create_task(send())
        try:
            while data := await reader.read(65536):
                queue.put_nowait((self.loop.time() + self.delay, data))
        except OSError:
            pass
        queue.put_nowait(None)
        await sending
        if not connection.dead and not writer.is_closing():
            writer.close()


class Clock:
    """The clock of a process: a library of the drill's own that is loaded before the C library."""

    def __init__(self, folder):
        self.file, library = os.path.join(folder, "clock"), os.path.join(folder, "clock.so")
        self.set(0)
        compiler = shutil.which("gcc") or shutil.which("clang") or "cc"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, ROOT / "Tests/Drills/clock.c"], check=True)
        self.environment = {"LD_PRELOAD": library, "DRILL_CLOCK": self.file}

    def set(self, seconds):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))


class Turn(threading.Thread):
    """A turn beside the drill, begun when it is acknowledged."""

    def __init__(self, server, thread, message, text):
        super().__init__(daemon=True)
        self.answered, self.status, self.text = threading.Event(), None, ""
        self.arguments = (server, thread, message, text)
        self.start()
        self.answered.wait(60)

    def run(self):
        server, thread, message, text = self.arguments
        try:
            _, _, self.text = server.say(thread, message, text, self.begun)
        except (OSError, http.client.HTTPException) as error:
            self.text = repr(error)
        self.answered.set()

    def begun(self, status):
        self.status = status
        self.answered.set()

    def ended(self, seconds=60):
        self.join(seconds)
        return not self.is_alive() and self.status == 200 and "[DONE]" in self.text and '"error"' not in self.text


class Drill:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.binary = str(pathlib.Path(options.binary).resolve())
        self.database = Database(os.path.join(folder, "postgres"))
        self.databases, self.servers, self.counts = [self.database], [], collections.Counter()
        self.disks = []

    # MARK: Help

    def server(self, name, *arguments, url=None, **more):
        server = Server(self.binary, url or self.database.url, os.path.join(self.folder, name), *arguments, **more)
        self.servers.append(server)
        return server

    def end_server(self, server):
        self.servers.remove(server)
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)
            server.end()

    def end_servers(self):
        for server in list(self.servers):
            self.end_server(server)

    def talkers(self, what, servers, pause=0.1, **more):
        """Two for each server, each with threads of its own and those that all share."""
        shared = [f"{what}-shared-{number}" for number in range(3)]
        talkers = [Talker(f"{what}-{number}", server, [f"{what}-own-{number}", *shared], pause, **more)
                   for number, server in enumerate([*servers, *servers])]
        deadline = time.monotonic() + 20
        while not all(talker.said for talker in talkers) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        return talkers

    def settle(self, what, talkers, servers, may_fail=False, seconds=60):
        """Waits until all rests, then compares what is stored with what was acknowledged, and goes on with every thread."""
        Talker.stop(talkers)
        begun = time.monotonic()
        for server in servers:
            server.until("connected", seconds)
        merged = time.monotonic() - begun
        unfinished = "SELECT count(*) FROM turnledger_runs WHERE status IN ('pending', 'running')"
        while (left := self.database.sql(unfinished)) != "0" and time.monotonic() - begun < seconds:
            time.sleep(0.05)
        check(f"{what}: every run ends", left == "0", left)
        for server in servers:
            for line in server.lines("is merged beside another"):
                print(f"{what}: {line}", end="")
        said = Talker.all_said(talkers)
        errors = [error for talker in talkers for error in talker.errors]
        latencies = [latency for talker in talkers for latency in talker.latencies]
        acknowledged = sum(len(own) for talkers in said.values() for own in talkers)
        self.counts.update(acknowledged=acknowledged, turns=len(latencies), failed=len(errors), faults=1)
        print(f"{what}: {len(latencies)} turns, {acknowledged} acknowledged, {len(errors)} failed; median "
              f"{percentile(latencies, 0.5) * 1000:.0f} ms, longest {max(latencies) * 1000:.0f} ms; all merged {merged:.1f} s "
              "after the last", flush=True)
        if not may_fail:
            check(f"{what}: no turn fails", not errors, (errors[:3], [server.log[-10:] for server in servers]))
        complete(what, servers[-1], said)
        for number, thread in enumerate(said):
            status, _, text = servers[number % len(servers)].say(thread, f"{thread}-goes-on")
            if status == 200 and "[DONE]" in text and '"error"' not in text:
                said[thread].append([f"{thread}-goes-on"])
            else:
                check(f"{what}: {thread} goes on", False, (status, text[-300:]))
        complete(f"{what}, {len(said)} threads go on", servers[0], said)
        return said

    # MARK: The line to the database

    def line(self):
        line = Line(self.database.port)
        beside = self.server("line-beside")
        faults = {
            "cut": line.cut, "down": line.go_down, "late": line.slow_down,
            "half open": lambda: line.swallow("up", "down"), "answers swallowed": lambda: line.swallow("down"),
        }
        for round in range(self.options.rounds):
            for name, fault in faults.items():
                what = f"line {name}" + (f" {round + 1}" if round else "")
                # One of its own for each fault: a database that goes away again and again is trusted later and later.
                behind = self.server(what.replace(" ", "-"), url=self.database.url_at(line.port))
                talkers = self.talkers(what.replace(" ", "-"), [behind, beside])
                fault()
                time.sleep(self.options.seconds)
                line.mend()
                self.settle(what, talkers, [behind, beside])
                self.end_server(behind)
        check(f"line: bytes were carried and swallowed: {dict(line.carried)}",
              line.carried["up"] and line.carried["down"] and line.carried["swallowed"])

    # MARK: The clock

    def clock(self):
        clock, model = Clock(self.folder), scripted_model()
        arguments = ["--model", "openai", "--model-url", model.url, "--model-name", "scripted"]
        settings = {"POSTGRESQL_TTL_DAYS": "1", "RETENTION_INTERVAL": "1"}
        changed = self.server("clock-changed", *arguments, environment=clock.environment, **settings)
        right = self.server("clock-right", *arguments, **settings)
        # The one whose leases are short has no turns during the outage: it would not have the time to come back.
        short = self.server("clock-short", *arguments, environment=clock.environment, **settings, AGENT_LEASE=str(LEASE))
        for round in range(self.options.rounds):
            prefix = "clock" + (f"-{round + 1}" if round else "")
            self.set_back(prefix, clock, changed, right, short)
            self.away_with_clock_set_back(prefix, changed, right)
            self.killed_with_clock_set_back(prefix, short, right)
            clock.set(0)
            talkers = self.talkers(f"{prefix}-right-again", [changed, right], text="words 3 100")
            time.sleep(self.options.seconds)
            self.settle(f"{prefix} put right again", talkers, [changed, right])
            self.check_aged(prefix)

    def set_back(self, prefix, clock, changed, right, short):
        self.make_aged(prefix)
        changed.say(f"{prefix}-gone", f"{prefix}-gone-1", "words 1 100")
        changed.say(f"{prefix}-earlier", f"{prefix}-earlier", "words 1 100")
        check(f"{prefix}: a thread is deleted", changed.ask("DELETE", f"/api/threads/{prefix}-gone")[0] in (200, 204))
        talkers = self.talkers(prefix, [changed, right], text="words 3 100")
        # A run that is longer than its lease, and others that wait for it, begun before and after.
        line, begun = f"{prefix}-line", [Turn(short, f"{prefix}-line", f"{prefix}-l0", f"words {LEASE * 15} 10")]
        begun.append(Turn(changed, line, f"{prefix}-l1", "words 3 100"))
        time.sleep(0.5)
        clock.set(-3600)
        begun.append(Turn(changed, line, f"{prefix}-l2", "words 3 100"))
        begun.append(Turn(right, line, f"{prefix}-l3", "words 3 100"))
        begun.append(Turn(changed, line, f"{prefix}-l4", "words 3 100"))
        check(f"{prefix}: turns that wait are acknowledged", all(turn.status == 200 for turn in begun),
              [(turn.status, turn.text[-200:]) for turn in begun])
        time.sleep(self.options.seconds)
        # Dates of answers are made once a second.
        date = email.utils.parsedate_to_datetime(changed.health()[1]["date"]).timestamp()
        check(f"{prefix}: the server's clock is an hour back", abs(date + 3600 - time.time()) < 30, date)
        check(f"{prefix}: turns that waited are answered", all(turn.ended() for turn in begun),
              [(turn.status, turn.text[-200:]) for turn in begun])
        self.settle(f"{prefix} set back", talkers, [changed, right])
        complete(f"{prefix}: a line of turns that waited", right, {line: [[f"{prefix}-l{number}" for number in range(5)]]})
        attempts = self.database.sql(f"SELECT max(attempt) FROM turnledger_runs WHERE thread_id LIKE '{prefix}%'")
        check(f"{prefix}: no run was taken from its server", attempts == "1", attempts)
        changed.say(f"{prefix}-later", f"{prefix}-later", "words 1 100")
        for server in (changed, right):
            self.check_list(prefix, server)

    def check_list(self, prefix, server):
        """The list of threads: each once, the one that was begun last first."""
        names, cursor = [], ""
        while True:
            status, _, text = server.ask("GET", f"/api/threads?limit=3{cursor}")
            page = json.loads(text) if status == 200 else {"threads": []}
            names += [thread["id"] for thread in page["threads"]]
            if not page.get("next"):
                break
            cursor = f"&cursor={page['next']}"
        stored = self.database.sql("SELECT thread_id FROM turnledger_threads WHERE thread_id NOT LIKE '%aged%'").split()
        check(f"{prefix}: the list has every thread once", sorted(names) == sorted(stored), (sorted(names), sorted(stored)))
        check(f"{prefix}: the thread that was begun after the clock was set back is listed before the one of before",
              f"{prefix}-earlier" in names[names.index(f"{prefix}-later"):], names)

    AGED = {"20": True, "23.5": True, "72-pinned": True, "24.5": False, "49": False}

    def make_aged(self, prefix):
        """Threads of so many hours ago."""
        for name in self.AGED:
            self.database.sql(f"""
                INSERT INTO turnledger_threads (thread_id, owner, labels, status, created_at, updated_at, epoch)
                SELECT '{prefix}-aged-{name}', 'aged', '{{}}', 'idle', us, us, 1
                FROM (SELECT ((extract(epoch FROM now()) - {name.split("-")[0]} * 3600) * 1000000)::bigint AS us) AS x;
                INSERT INTO turnledger_retention (thread_id, pinned, updated_at)
                SELECT '{prefix}-aged-{name}', true, 1 WHERE '{name}' LIKE '%pinned';""")

    def check_aged(self, prefix):
        right = {f"{prefix}-aged-{name}" for name, stays in self.AGED.items() if stays}
        query = f"SELECT thread_id FROM turnledger_threads WHERE thread_id LIKE '{prefix}-aged-%'"
        deadline = time.monotonic() + 20
        while (left := set(self.database.sql(query).split())) > right and time.monotonic() < deadline:
            time.sleep(0.1)
        check(f"{prefix}: retention removes what is older than a day, and that alone", left == right, left ^ right)

    def away_with_clock_set_back(self, prefix, changed, right):
        """The database is away; a thread that was deleted before the clock was set back is begun anew, and a turn waits behind
        another server's."""
        talkers = self.talkers(f"{prefix}-away", [changed, right], text="words 3 100")
        waiting = [Turn(changed, f"{prefix}-waits", f"{prefix}-w0", "words 20 10"),
                   Turn(right, f"{prefix}-waits", f"{prefix}-w1", "words 3 100")]
        self.database.script("kill")
        changed.until("degraded", 5)
        status, _, text = changed.say(f"{prefix}-gone", f"{prefix}-gone-2", "words 1 100")
        check(f"{prefix}: a deleted thread begins anew", status == 200 and "[DONE]" in text, (status, text[-200:]))
        time.sleep(self.options.seconds)
        self.database.script("resume")
        self.settle(f"{prefix} database away", talkers, [changed, right])
        complete(f"{prefix}: the thread that was begun anew", right, {f"{prefix}-gone": [[f"{prefix}-gone-2"]]})
        check(f"{prefix}: a turn that waited behind another server's is answered", all(turn.ended() for turn in waiting),
              [(turn.status, turn.text[-200:]) for turn in waiting])
        complete(f"{prefix}: the turn that waited", right, {f"{prefix}-waits": [[f"{prefix}-w0", f"{prefix}-w1"]]})

    def killed_with_clock_set_back(self, prefix, short, right):
        """Another server takes the run over."""
        talkers = self.talkers(f"{prefix}-killed", [right], text="words 3 100")
        # What it answered while the database was away to it would be in its spool till it is started again.
        short.until("connected")
        turn = Turn(short, f"{prefix}-taken", f"{prefix}-t0", "words 20 10")
        short.end(signal.SIGKILL)
        turn.ended()
        begun = time.monotonic()
        query = f"SELECT status FROM turnledger_runs WHERE thread_id = '{prefix}-taken'"
        while self.database.sql(query) != "succeeded" and time.monotonic() - begun < 4 * LEASE + 20:
            time.sleep(0.1)
        print(f"{prefix}: the other server has ended the run after {time.monotonic() - begun:.1f} s", flush=True)
        self.settle(f"{prefix} killed", talkers, [right])
        complete(f"{prefix}: a run that was taken over", right, {f"{prefix}-taken": [[f"{prefix}-t0"]]})
        short.start()

    # MARK: The stand-by

    def standby(self):
        threads = {}
        for round in range(self.options.rounds):
            primary, what = self.database, f"standby {round + 1}"
            standby = primary.standby()
            self.databases.append(standby)
            url = primary.url_at(primary.port, standby.port) + "&target_session_attrs=read-write"
            servers = [self.server(f"standby-{round}-{number}", url=url) for number in range(2)]
            talkers = self.talkers(f"standby-{round}", servers)
            begun = time.monotonic()
            if round % 2:
                stopped = primary.processes()
                for process in stopped:
                    os.kill(process, signal.SIGSTOP)
                time.sleep(0.5)
            else:
                primary.script("kill")
            standby.script("promote")
            self.database = standby
            if round % 2:
                primary.script("kill")
            for server in servers:
                server.until("connected")
            print(f"{what}: connected {time.monotonic() - begun:.1f} s after the primary was lost", flush=True)
            time.sleep(self.options.seconds)
            for thread, own in self.settle(what, talkers, servers).items():
                threads[thread] = own
            complete(f"{what}: all threads of all rounds", servers[0], threads)
            self.end_servers()

    # MARK: The spool's disk

    def disk(self):
        for round in range(self.options.rounds):
            for has_room in (True, False):
                what = f"disk {'with' if has_room else 'without'} room set aside" + (f" {round + 1}" if round else "")
                self.full_disk(what, 24 if has_room else 14, has_room)

    def full_disk(self, what, megabytes, has_room):
        name = what.replace(" ", "-")
        folder = os.path.join(self.folder, name)
        os.makedirs(os.path.join(folder, "data"))
        # The disk is that of a process that outlives the server.
        root = [] if os.getuid() == 0 else ["--map-root-user"]
        mount = f'mount -t tmpfs -o size={megabytes}m drill "{folder}/data" && echo mounted && exec sleep 3600'
        disk = subprocess.Popen(["unshare", "--mount", *root, "sh", "-c", mount], stdout=subprocess.PIPE, text=True)
        self.disks.append(disk)
        check(f"{what}: the disk is there", disk.stdout.readline().strip() == "mounted")
        enter = ["nsenter", "--target", str(disk.pid), "--mount", *(["--user", "--preserve-credentials"] if root else [])]
        server = self.server(name, prefix=[*enter, "sh", "-c", f'cd "{folder}" && exec "$@"', "sh"])
        data = f"/proc/{disk.pid}/root{folder}/data"
        check(f"{what}: the room is {'' if has_room else 'not '}set aside",
              any(file.endswith(".reserve") for file in os.listdir(data)) == has_room, os.listdir(data))
        free = os.statvfs(data).f_bavail * os.statvfs(data).f_frsize
        with open(f"{data}/ballast", "wb") as ballast:
            ballast.write(bytes(max(0, free - (2 << 20))))
        talkers = self.talkers(name, [server, server], text="My name is Frank. " + "Remember this. " * 3000)
        self.database.script("kill")
        deadline = time.monotonic() + 30
        while not any("507" in error for talker in talkers for error in talker.errors) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(self.options.seconds)
        full = f"{server.health()[2].get('spooledThreads')} threads in the spool"
        server.end(signal.SIGKILL)
        server.start()
        state = server.health()[2]
        check(f"{what}: a server starts on the full disk and knows its spool",
              state["state"] == "degraded" and state.get("spooledThreads"), (state, server.log[-10:]))
        time.sleep(self.options.seconds)
        self.database.script("resume")
        if not has_room:
            time.sleep(2)
            os.remove(f"{data}/ballast")
        self.settle(what, talkers, [server], may_fail=True)
        errors = [error for talker in talkers for error in talker.errors]
        kinds = collections.Counter(error.split(": ", 1)[1][:3] for error in errors)
        # Those that the kill cut off have no status.
        check(f"{what}: turns are refused with 507, or break off with an error ({dict(kinds)}; {full})",
              kinds["507"] and all(kind in ("507", "200") or not kind.isdigit() for kind in kinds), errors[:3])
        told = server.lines("Thread cannot be merged")
        check(f"{what}: that a thread cannot be merged is told once a minute at most", len(told) <= 2, told)
        used = server.lines("The room set aside for a full spool is used")
        check(f"{what}: the room is {'used' if has_room else 'not there to be used'}", bool(used) == has_room, server.log[-10:])
        self.end_servers()

    # MARK: Processes that stand still

    def backend(self):
        servers = [self.server(f"backend-{number}", POSTGRESQL_STATEMENT_DEADLINE="2") for number in range(2)]
        short = [self.server(f"backend-short-{number}", AGENT_LEASE=str(LEASE)) for number in range(2)]
        for round in range(self.options.rounds):
            prefix = "backend" + (f"-{round + 1}" if round else "")
            self.statement_stands_still(prefix, servers)
            self.backends_stand_still(prefix, servers)
            self.service_stands_still(prefix, short)

    def statement_stands_still(self, prefix, servers):
        """The process of a statement that waits for a row stands still until the statement was given up."""
        servers[0].say(f"{prefix}-own-0", f"{prefix}-before")
        talkers = self.talkers(prefix, servers)
        holder = subprocess.Popen(["psql", self.database.url, "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write(f"BEGIN; SELECT thread_id FROM turnledger_threads WHERE thread_id = '{prefix}-own-0' FOR UPDATE;\n")
        holder.stdin.flush()
        check(f"{prefix}: a row is held", holder.stdout.readline().strip() == f"{prefix}-own-0")
        waits = "SELECT pid FROM pg_stat_activity WHERE application_name = 'turnledger' AND wait_event_type = 'Lock' LIMIT 1"
        deadline = time.monotonic() + 10
        while not (process := self.database.sql(waits)) and time.monotonic() < deadline:
            time.sleep(0.02)
        check(f"{prefix}: a statement waits for it", process)
        os.kill(int(process), signal.SIGSTOP)
        holder.stdin.close()
        holder.wait()
        time.sleep(3)
        os.kill(int(process), signal.SIGCONT)
        time.sleep(self.options.seconds)
        self.settle(f"{prefix} statement", talkers, servers, may_fail=True)

    def backends_stand_still(self, prefix, servers):
        """One process after another, whatever it does."""
        talkers = self.talkers(f"{prefix}-any", servers, pause=0.02)
        for _ in range(3):
            processes = self.database.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'turnledger' "
                                          "ORDER BY state = 'active' DESC, state_change DESC LIMIT 2").split()
            for process in processes:
                os.kill(int(process), signal.SIGSTOP)
            time.sleep(2.5)
            for process in processes:
                try:
                    os.kill(int(process), signal.SIGCONT)
                except ProcessLookupError:
                    pass
        self.settle(f"{prefix} any", talkers, servers, may_fail=True)

    def service_stands_still(self, prefix, servers):
        """Past its lease: the other one takes its runs."""
        talkers = self.talkers(f"{prefix}-service", servers, pause=0.02)
        servers[0].process.send_signal(signal.SIGSTOP)
        time.sleep(2 * LEASE)
        servers[0].process.send_signal(signal.SIGCONT)
        time.sleep(self.options.seconds)
        self.settle(f"{prefix} service", talkers, servers, may_fail=True)

    # MARK: Verdict

    def run(self):
        for part in self.options.only:
            begun = time.monotonic()
            getattr(self, part)()
            self.end_servers()
            print(f"{part}: {time.monotonic() - begun:.0f} s", flush=True)

    def end(self):
        self.end_servers()
        for disk in self.disks:
            disk.kill()
            disk.wait()
        for database in self.databases:
            database.script("stop")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="which parts: " + ",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a fault lasts under turns")
    parser.add_argument("--rounds", type=int, default=1, help="how often each part breaks what it breaks")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"--only: there is no part {sorted(unknown)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    folder = tempfile.mkdtemp(prefix="turnledger-faults-")
    os.chmod(folder, 0o755)
    begun = time.monotonic()
    drill = Drill(options, folder)
    try:
        drill.run()
    finally:
        drill.end()
        shutil.rmtree(folder, ignore_errors=True)
    counts = drill.counts
    print(f"{counts['faults']} faults, {counts['turns']} turns, {counts['acknowledged']} acknowledged, {counts['failed']} told "
          f"that they failed; {time.monotonic() - begun:.0f} s; "
          + (f"{len(failures)} violations" if failures else "no violation"), flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
