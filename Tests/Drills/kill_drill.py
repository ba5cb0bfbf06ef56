#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Kills a serving process at random moments of many turns and checks that nothing is lost and nothing doubled.

    kill_drill.py --binary .build/debug/turnledger --kills 200 --hits 10 [--seconds 60] [--seed 1]

Four clients talk on threads of their own. The server's log (level trace) says how far each run has come; the drill
waits for a phase, kills with SIGKILL, and notes for every run that was under way the last phase that it had reached.
Then it starts the server again on the same store and checks every thread:
  - a message whose 200 response had begun is there, once;
  - no message is there twice;
  - every thread comes to rest with an answer to its last message, and takes the next one.
It ends after `--kills` kills with at least `--hits` hits of each phase, or after `--seconds`, whichever is first; with a
time bound the hits are reported, not required. Exit code 1 and a line per violation otherwise.
"""
import argparse, collections, http.client, json, os, random, re, signal, socket, subprocess, sys, tempfile, threading, time

PHASES = ["run-created", "message-stored", "model-called", "tool-running", "writes-committed", "checkpoint-committed",
          "answer-streamed"]
QUESTIONS = [
    "How wide must an evacuation door be?", "My name is Frank. What is the least illumination of an escape route?",
    "How often must emergency lighting be tested? And how long must it burn?", "疏散门应该多宽？", "What is my name?",
    "How hot must a dish be kept? How wide must an evacuation door be?", "我叫王芳。实验室的通风有什么要求？",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One life of the serving process."""

    def __init__(self, binary, store, folder):
        self.port = free_port()
        self.lines, self.condition = [], threading.Condition()
        environment = dict(os.environ, TURNLEDGER_LOG_LEVEL="trace")
        # Nobody outside can tell whether a server that held a lease in a database is dead: its lease must stand still.
        if not store.startswith("sqlite:"):
            environment["TURNLEDGER_AGENT_LEASE"] = "1"
        self.process = subprocess.Popen(
            [binary, "serve", "--store", store, "--port", str(self.port)], cwd=folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.request("GET", "/health/live")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server does not start:\n" + "\n".join(self.tail))
            time.sleep(0.02)

    tail = []

    def read(self):
        pattern = re.compile(rb"phase=([a-z-]+).*run_id=(\S+)|run_id=(\S+).*phase=([a-z-]+)")
        for line in self.process.stderr:
            found = pattern.search(line)
            if not found:
                if b" trace " not in line and b" debug " not in line:
                    self.tail = (self.tail + [line.decode(errors="replace").rstrip()])[-20:]
                continue
            phase, run = (found[1], found[2]) if found[1] else (found[4], found[3])
            with self.condition:
                self.lines.append((phase.decode(), run.decode()))
                self.condition.notify_all()

    def wait_for(self, phase, skip, timeout):
        """Waits for a phase to be reached, `skip` times over."""
        place, deadline = len(self.lines), time.monotonic() + timeout
        with self.condition:
            while True:
                while place < len(self.lines):
                    if self.lines[place][0] == phase:
                        if skip == 0:
                            return True
                        skip -= 1
                    place += 1
                left = deadline - time.monotonic()
                if left <= 0 or not self.condition.wait(left):
                    return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.reader.join()

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body and json.dumps(body).encode(), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class Client(threading.Thread):
    """Sends turns on one thread, one after another, as a browser would: again with the same id until it is answered."""

    def __init__(self, number, drill):
        super().__init__(daemon=True)
        self.number, self.drill = number, drill
        self.thread = f"drill-{number}"
        self.sent, self.acknowledged = [], set()
        self.pending = None

    def run(self):
        while not self.drill.over.is_set():
            server = self.drill.server
            if server is None:
                time.sleep(0.002)
                continue
            if self.pending is None:
                self.pending = (f"m{self.number}-{len(self.sent)}", random.choice(QUESTIONS))
                self.sent.append(self.pending[0])
            try:
                if self.turn(server, *self.pending):
                    self.pending = None
            except (OSError, http.client.HTTPException):
                time.sleep(0.002)

    def turn(self, server, identifier, text):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            body = {"id": self.thread, "trigger": "submit-message", "message": {
                "id": identifier, "role": "user", "parts": [{"type": "text", "text": text}]}}
            connection.request("POST", "/api/ai-sdk/chat", json.dumps(body).encode(), {"Content-Type": "application/json"})
            response = connection.getresponse()
            if response.status == 409:
                response.read()
                time.sleep(0.01)
                return False
            if response.status != 200:
                self.drill.violate(f"{self.thread}: {identifier} got {response.status}: {response.read()[:200]}")
                return True
            self.acknowledged.add(identifier)
            stream = response.read()
            if b'"type":"finish"' in stream and b"[DONE]" in stream:
                self.drill.turns += 1
                return True
            if b'"type":"error"' in stream:
                return False
            # The stream broke off: the connection closed under it.
            return False
        finally:
            connection.close()


class Drill:
    def __init__(self, options):
        self.options = options
        self.over = threading.Event()
        self.server = None
        self.turns = 0
        self.violations = []
        self.hits = collections.Counter()

    def violate(self, text):
        self.violations.append(text)
        print("VIOLATION", text, flush=True)

    def check(self, server, clients):
        """Waits until every thread rests, then compares what is stored with what was acknowledged."""
        for client in clients:
            deadline = time.monotonic() + 30
            while True:
                status, body = server.request("GET", f"/api/threads/{client.thread}/messages")
                if status == 404:
                    if client.acknowledged:
                        self.violate(f"{client.thread}: the thread is lost")
                    break
                messages = json.loads(body)["messages"]
                if messages and messages[-1]["role"] == "assistant":
                    break
                if time.monotonic() > deadline:
                    self.violate(f"{client.thread}: does not come to rest: {messages[-1:]}")
                    break
                time.sleep(0.05)
            else:
                continue
            if status == 404:
                continue
            ids = collections.Counter(message["id"] for message in messages)
            for identifier, count in ids.items():
                if count > 1:
                    self.violate(f"{client.thread}: {identifier} is there {count} times")
            for identifier in client.acknowledged:
                if ids[identifier] != 1:
                    self.violate(f"{client.thread}: {identifier} was acknowledged and is there {ids[identifier]} times")
            roles = [message["role"] for message in messages]
            for position, role in enumerate(roles[:-1]):
                if role == roles[position + 1]:
                    self.violate(f"{client.thread}: two {role} messages in a row at {position}")
                    break

    def run(self):
        options, begun = self.options, time.monotonic()
        binary = os.path.abspath(options.binary)
        examples = os.path.abspath(options.regulations)
        with tempfile.TemporaryDirectory() as folder:
            store = options.store or "sqlite:" + os.path.join(folder, "drill.sqlite")
            subprocess.run([binary, "regulations", "import", examples, "--store", store], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            clients = [Client(number, self) for number in range(4)]
            self.server = Server(binary, store, folder)
            for client in clients:
                client.start()
            kills = 0
            while not self.violations:
                if kills >= options.kills and all(self.hits[phase] >= options.hits for phase in PHASES):
                    break
                if options.seconds and time.monotonic() - begun > options.seconds:
                    break
                target = min(PHASES, key=lambda phase: (self.hits[phase], random.random()))
                if random.random() < 0.3:
                    target = random.choice(PHASES)
                server = self.server
                if not server.wait_for(target, random.randrange(4), 20):
                    self.violate(f"no run came to {target} within 20 s; the log ends: {server.tail[-3:]}")
                if random.random() < 0.5:
                    time.sleep(random.random() * 0.003)
                self.server = None
                server.kill()
                kills += 1
                last = {}
                for phase, run in server.lines:
                    last[run] = phase
                # A run that had only its end to note may have ended: its phase counts all the same.
                for run, phase in list(last.items())[-len(clients):]:
                    self.hits[phase] += 1
                revived = Server(binary, store, folder)
                self.check(revived, clients)
                self.server = revived
            self.over.set()
            server, self.server = self.server, None
            for client in clients:
                client.join(60)
            if server:
                self.check(server, clients)
                server.stop()
        acknowledged = sum(len(client.acknowledged) for client in clients)
        print(f"{kills} kills in {time.monotonic() - begun:.0f} s, {acknowledged} messages acknowledged, "
              f"{self.turns} turns seen to their end; hits: " + ", ".join(f"{p} {self.hits[p]}" for p in PHASES))
        print(f"{len(self.violations)} violations")
        return 1 if self.violations or kills == 0 else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--regulations", default="Examples/regulations")
    parser.add_argument("--store", help="a database that nobody else uses; without it a file of the drill's own")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--hits", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    sys.exit(Drill(arguments).run())
