#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Moves a deployment from Redis to PostgreSQL and back while chats go on, and kills its processes meanwhile.

    mirror_drill.py --binary .build/debug/turnledger [--seconds 3] [--rate 10] [--kills 3] [--rounds 1] [--seed N] [--mode copy|on_touch]

Two servers with chats on Redis; plan and copy; the same servers on a mirror of both stores; verify; switch, verify, roll
back, switch again, each by the command and once over HTTP. In each phase a process is killed (SIGKILL) at random points: a server,
which is started again, or the command that switches, which is given again until it says that it is done.

At the end every acknowledged turn is there once, in order, with its answer (0 lost, 0 doubled), and `transfer verify` finds
both stores equal in both directions.

Prints the p99 of turns on Redis alone and on the mirror, each also of those turns that a killed server was in the way of, which
wait for its lease (2 s here) on any store, of those during a switch, and of those after the kill of one. The p99 of all that no
kill was in the way of, switches included, is checked to be at most twice that of Redis alone where there are enough turns.

`--mode on_touch`: the servers begin on an empty PostgreSQL; threads of Redis move when they are used next.

Needs TURNLEDGER_REDIS_PYTHON (scripts/python.sh --interop); starts a Redis and a PostgreSQL of its own. Exit code 1 and a
line per failure otherwise.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from drilling import ROOT, Database, Server, Talker, check, complete, failures, percentile, scripted_model

LEASE = 2
# How long after a kill turns may wait for what was killed: for the lease of a server's run, or the seal of a switch.
LEASE_WINDOW, SEAL_WINDOW = 2 * LEASE, 5
ENOUGH = 300


class MirrorServer(Server):
    """A server whose stores are those of a configuration file."""

    def __init__(self, binary, folder, model):
        self.binary, self.model, self.port = binary, model, 0
        self.folder, self.settings, self.environment, self.log = folder, {"AGENT_LEASE": str(LEASE)}, {}, []
        os.makedirs(folder, exist_ok=True)

    def begin(self, configuration):
        # Under the port that it had: whoever talks to it finds it again.
        self.arguments = [self.binary, "serve", "--port", str(self.port), "--config", configuration, "--model", "openai",
                          "--model-url", self.model.url, "--model-name", "scripted"]
        self.start()

    def kill(self):
        self.end(signal.SIGKILL)
        self.arguments[3] = str(self.port)
        self.start()

    def metrics(self):
        text = self.ask("GET", "/metrics")[2]
        return {name: float(value) for name, value in re.findall(r"^(turnledger_mirror_\S+) (\S+)$", text, re.M)}


class Drill:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.binary = str(pathlib.Path(options.binary).resolve())
        self.database = Database(os.path.join(folder, "postgres"))
        said = subprocess.run([ROOT / "scripts/redis.sh", "start", os.path.join(folder, "redis")], capture_output=True,
                              text=True, check=True).stdout
        self.redis = re.search(r"redis://\S+", said)[0]
        self.model = scripted_model()
        self.servers = [MirrorServer(self.binary, os.path.join(folder, name), self.model) for name in ("one", "two")]
        self.talkers, self.names, self.changes = [], 0, 0
        # What was in the way of turns, and of which turns: by kind, spans of the monotonic clock; by kind, latencies.
        self.spans, self.latencies = [], {}

    def close(self):
        for server in self.servers:
            if getattr(server, "process", None) and server.process.poll() is None:
                server.end(signal.SIGKILL)
        self.database.script("stop")
        subprocess.run([ROOT / "scripts/redis.sh", "stop", os.path.join(self.folder, "redis")], check=True)

    # What is configured

    def configuration(self, name, store):
        path = os.path.join(self.folder, name + ".yaml")
        with open(path, "w") as file:
            file.write(f"store: {json.dumps(store)}\n")
        return path

    def mirror(self):
        parts = {"primary": self.redis, "secondary": self.database.url, "shadow_reads": True}
        return self.configuration("mirror", {"mirror": parts})

    def serve(self, configuration):
        for server in self.servers:
            server.begin(configuration)

    def stop(self):
        for server in self.servers:
            server.end()

    def command(self, name, *arguments):
        return [self.binary, "transfer", name, *arguments, "--json"]

    def run(self, name, *arguments):
        done = subprocess.run(self.command(name, *arguments), capture_output=True, text=True, timeout=300, cwd=self.folder)
        check(f"{name} says no password", not any(self.password(url) in done.stdout + done.stderr for url in (self.redis,)),
              done.stderr)
        return done.returncode, done.stdout.strip(), done.stderr

    @staticmethod
    def password(url):
        return re.search(r":([^:@/]+)@", url)[1]

    # Chats

    def talk(self, what):
        """Chats at a rate, on both servers: each talker in a thread of its own, from the beginning of the drill to its end,
        and all together in shared ones.

        The shared ones are new for each change of places, so that turns before and behind it are alike: a document in
        Redis has all messages of its thread, and is a megabyte after a thousand turns. Where threads move when they are used
        there are fewer: all turns of a thread wait for its move once.
        """
        pause = 4 / self.options.rate
        number = 3 if self.options.mode == "on_touch" else 6
        shared = [f"shared-{self.changes}-{number}" for number in range(number)]
        self.names += 1
        talkers = [Talker(f"{what}{self.names}-{number}", self.servers[number % 2], [f"own-{number}", *shared], pause,
                          "words 5 200", is_paced=True) for number in range(4)]
        self.talkers += talkers
        return talkers

    def kill(self, server):
        begun = time.monotonic()
        server.kill()
        self.spans.append(("a server killed", begun, time.monotonic() + LEASE_WINDOW))

    def kind(self, begun, latency):
        """What was in the way of a turn."""
        met = {kind for kind, start, end in self.spans if begun < end and begun + latency > start}
        return next((kind for kind in ("a server killed", "a switch killed", "switching") if kind in met), "undisturbed")

    def end(self, talkers, what, kills, store):
        Talker.stop(talkers)
        errors = [error for talker in talkers for error in talker.errors]
        latencies = [latency for talker in talkers for latency in talker.latencies]
        for talker in talkers:
            for begun, ended in talker.turns:
                self.latencies.setdefault((store, self.kind(begun, ended - begun)), []).append(ended - begun)
        print(f"{what}: {len(latencies)} turns, {len(errors)} failed of {kills} kills, median "
              f"{percentile(latencies, 0.5) * 1000:.0f} ms, p99 {percentile(latencies, 0.99) * 1000:.0f} ms", flush=True)
        if not kills:
            check(f"{what}: no turn fails", not errors, errors[:3])

    def at_rest(self):
        """Waits until no run is unfinished and the secondary has everything."""
        begun = time.monotonic()
        quiet = 0
        while quiet < 3:
            if time.monotonic() - begun > 60:
                check("the mirror comes to rest", False, [server.metrics() for server in self.servers])
                return
            time.sleep(0.3)
            seen = [server.metrics() for server in self.servers]
            running = self.unfinished()
            quiet = quiet + 1 if not running and all(one.get("turnledger_mirror_queued") == 0 for one in seen) else 0

    def unfinished(self):
        return int(self.database.sql("SELECT count(*) FROM turnledger_runs WHERE status IN ('pending', 'running')"))

    # Phases

    def alone(self):
        self.serve(self.configuration("alone", self.redis))
        talkers = self.talk("alone")
        time.sleep(self.options.seconds)
        code, said, error = self.run("plan", "--from", self.redis, "--to", self.database.url)
        check("plan counts while chats go on", code == 0 and json.loads(said)["threads"] > 0, (said, error))
        code, said, error = self.run("copy", "--from", self.redis, "--to", self.database.url)
        check("copy while chats go on", code == 0, (said, error))
        self.end(talkers, "Redis alone", 0, "Redis alone")
        self.killed_alone()
        self.stop()

    def killed_alone(self):
        """What a kill costs without a mirror."""
        if not self.options.kills:
            return
        talkers = self.talk("killed")
        time.sleep(self.options.seconds / 4)
        self.kill(self.servers[0])
        time.sleep(self.options.seconds / 2)
        self.end(talkers, "Redis alone, a server killed", 1, "Redis alone")

    def verify(self, what):
        for source, target in ((self.redis, self.database.url), (self.database.url, self.redis)):
            journal = os.path.join(self.folder, f"verify-{time.monotonic_ns()}")
            code, said, error = self.run("verify", "--from", source, "--to", target, "--journal", journal)
            report = json.loads(said) if said.startswith("{") else {}
            check(f"{what}: verify finds both equal ({report.get('checkpoints')} checkpoints)",
                  code == 0 and report["checkpoints"] > 0, (report.get("differences", [])[:3], error))

    def switch(self, name):
        """Gives the command again and again, killed at random points, until it says that it is done."""
        for attempt in range(self.options.kills + 1):
            arguments = self.command(name, "--config", self.mirror())
            begun = time.monotonic()
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
            if attempt < self.options.kills:
                try:
                    process.wait(self.random.uniform(0.02, 1.5))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    self.spans.append(("a switch killed", begun, time.monotonic() + SEAL_WINDOW))
                    continue
            said, error = process.communicate(timeout=120)
            self.spans.append(("switching", begun, time.monotonic()))
            if process.returncode == 0:
                return json.loads(said)
        return {"error": error}

    def change(self, what, name, primary):
        self.changes += 1
        talkers = self.talk(what)
        time.sleep(self.options.seconds / 2)
        result = self.switch(name)
        check(f"{what}: the primary is {primary}", result.get("primary") == primary, result)
        kills = 0
        for number in self.random.sample(range(2), 1 if self.options.kills else 0):
            time.sleep(self.options.seconds / 4)
            self.kill(self.servers[number])
            kills += 1
        time.sleep(self.options.seconds / 2)
        self.end(talkers, what, kills, "the mirror")
        self.at_rest()
        self.verify(what)

    def over_http(self):
        self.changes += 1
        talkers = self.talk("http")
        time.sleep(self.options.seconds / 4)
        begun = time.monotonic()
        status, _, text = self.servers[0].ask("POST", "/api/transfer/switch", {"to": "first"})
        check("a switch over HTTP", status == 200 and json.loads(text)["primary"] == "first", (status, text))
        status, _, text = self.servers[1].ask("POST", "/api/transfer/switch", {})
        check("and back, at the other server", status == 200 and json.loads(text)["primary"] == "second", (status, text))
        self.spans.append(("switching", begun, time.monotonic()))
        time.sleep(self.options.seconds / 4)
        self.end(talkers, "switched over HTTP", 0, "the mirror")
        self.at_rest()

    def copied(self):
        self.alone()
        self.serve(self.mirror())
        talkers = self.talk("mirrored")
        time.sleep(self.options.seconds)
        self.end(talkers, "mirrored", 0, "the mirror")
        self.at_rest()
        self.verify("mirrored")
        for _ in range(self.options.rounds):
            self.change("switched", "switch", "second")
            self.change("rolled back", "rollback", "first")
        self.change("switched again", "switch", "second")
        self.over_http()
        complete("at the end", self.servers[0], Talker.all_said(self.talkers))
        self.verify("at the end")
        seen = self.servers[0].metrics()
        check("shadow reads found no difference", seen.get("turnledger_mirror_shadow_differences_total") == 0, seen)
        self.stop()
        # PostgreSQL alone, once the mirror has ended; Redis never.
        self.refused("secondary")
        self.refused("primary")
        code, said, error = self.run("unmirror", "--config", self.mirror())
        check("unmirror", code == 0 and json.loads(said)["left"] == 0, (said, error))
        self.refused("secondary")
        self.serve(self.configuration("after", self.database.url))
        complete("PostgreSQL alone", self.servers[1], Talker.all_said(self.talkers))

    def refused(self, role):
        url = self.redis if role == "secondary" else self.database.url
        done = subprocess.run([self.binary, "serve", "--port", "0", "--store", url], capture_output=True, text=True,
                              cwd=self.folder, timeout=60)
        check(f"a server on the {role} alone is refused", done.returncode != 0 and role in done.stderr, done.stderr)

    def touched(self):
        self.serve(self.configuration("alone", self.redis))
        talkers = self.talk("alone")
        for number in range(5):
            self.servers[0].say(f"left-{number}", f"left-{number}", "words 3 200")
        time.sleep(self.options.seconds)
        self.end(talkers, "Redis alone", 0, "Redis alone")
        self.killed_alone()
        self.stop()
        parts = {"primary": self.database.url, "secondary": self.redis, "mode": "on_touch"}
        self.serve(self.configuration("touch", {"mirror": parts}))
        listed = {one["id"] for one in json.loads(self.servers[1].ask("GET", "/api/threads?limit=100")[2])["threads"]}
        check("lists show what was not moved", {f"left-{number}" for number in range(5)} <= listed, sorted(listed))
        talkers = self.talk("touched")
        kills = 0
        for _ in range(self.options.kills):
            time.sleep(self.options.seconds / 2)
            self.kill(self.servers[self.random.randrange(2)])
            kills += 1
        # Every thread's first turn waits for its move: talk so long that these are few, as they are where threads live for days.
        time.sleep(self.options.seconds * 6)
        self.end(talkers, "copy on touch", kills, "the mirror")
        begun = time.monotonic()
        while self.unfinished() and time.monotonic() - begun < 30:
            time.sleep(0.2)
        complete("copy on touch", self.servers[0], Talker.all_said(self.talkers))
        moved = self.database.sql("SELECT count(*) FROM turnledger_threads WHERE thread_id LIKE 'left-%'")
        check("what nobody used was not moved", moved == "0", moved)

    def all(self):
        self.touched() if self.options.mode == "on_touch" else self.copied()
        for (store, kind), latencies in sorted(self.latencies.items(), reverse=True):
            print(f"{store}, {kind}: {len(latencies)} turns, median {percentile(latencies, 0.5) * 1000:.0f} ms, p99 "
                  f"{percentile(latencies, 0.99) * 1000:.0f} ms, at most {max(latencies) * 1000:.0f} ms", flush=True)
        for what, kinds in (("without kills", {"undisturbed", "switching"}), ("all", None)):
            alone, later = ([latency for (one, kind), latencies in self.latencies.items() if one == store
                             and (not kinds or kind in kinds) for latency in latencies]
                            for store in ("Redis alone", "the mirror"))
            first, last = percentile(alone, 0.99), percentile(later, 0.99)
            said = f"p99, {what}: {first * 1000:.0f} ms on Redis alone, {last * 1000:.0f} ms on the mirror"
            print(said, flush=True)
            if kinds and min(len(alone), len(later)) >= ENOUGH:
                check("the p99 of a turn is at most twice that of Redis alone", last <= 2 * first, said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rate", type=float, default=10, help="turns a second in all")
    parser.add_argument("--kills", type=int, default=3, help="how often each switch is killed; 0: nothing is killed")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--mode", choices=["copy", "on_touch"], default="copy")
    options = parser.parse_args()
    options.seed = options.seed if options.seed is not None else random.randrange(1 << 30)
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="turnledger-mirror-")
    os.chmod(folder, 0o755)
    drill = Drill(options, folder)
    begun = time.monotonic()
    try:
        drill.all()
    finally:
        if failures:
            for server in drill.servers:
                print("".join(server.log[-40:]))
        drill.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{time.monotonic() - begun:.0f} s")
    print("FAILED: " + ", ".join(failures) if failures else "the mirror holds")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
