#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Two servers on one PostgreSQL behind a proxy that gives each request to the other one, and what becomes of a run when
its server is killed or stands still.

    chat_drill.py --binary .build/debug/turnledger --store postgresql://… [--rounds 1] [--silence 60]

  - three turns with both forms of the body, resume, stop and regenerate: each request reaches the other server;
  - kill -9 of the server that runs: within the lease time whoever follows elsewhere sees the run go on or gets an honest
    error, and a new GET shows it to its end; the thread has the question and one answer;
  - SIGSTOP of it past its lease during a tool, then SIGCONT: another server finishes the run, and not one row in any
    table changes afterwards;
  - with `--silence`, a model that says nothing for so many seconds: comments keep the stream open;
  - more clients at once than the server may have descriptors: each is answered or told to try again, and the server lives.
Every stream that ended is checked by the rules of the oldest client (Tests/Tools/check-ui-stream.py). The model is a
script of the drill's own. Exit code 1 and a line per failure otherwise.
"""
import argparse, http.client, itertools, json, os, pathlib, re, resource, signal, socket, subprocess, sys
import tempfile
import threading, time, uuid

from drilling import check, failures, port_of, scripted_model

CHECKER = pathlib.Path(__file__).resolve().parents[1] / "Tools/check-ui-stream.py"
LEASE = 2


class Server:
    def __init__(self, binary, store, model, folder, name, descriptors=None):
        self.name = name
        self.running, self.condition = [], threading.Condition()
        environment = os.environ | {
            "TURNLEDGER_LOG_LEVEL": "trace", "TURNLEDGER_AGENT_LEASE": str(LEASE), "TURNLEDGER_SERVER_KEEP_ALIVE": "1"}
        self.process = subprocess.Popen(
            [binary, "serve", "--store", store, "--port", "0", "--model", "openai", "--model-url", model,
             "--model-name", "scripted"],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=descriptors and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))))
        self.port = port_of(self.process.stderr)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stderr:
            if "phase=" in line and (found := re.search(r"phase=([a-z-]+)", line)):
                with self.condition:
                    self.running.append((found[1], line))
                    self.condition.notify_all()

    def wait_for(self, phase, run, seconds=30):
        """Waits until a run reaches a phase here."""
        deadline = time.monotonic() + seconds
        with self.condition:
            while not any(known == phase and run in line for known, line in self.running):
                if not self.condition.wait(max(0.01, deadline - time.monotonic())) and time.monotonic() > deadline:
                    return False
        return True

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


class Proxy(threading.Thread):
    """Gives one connection after another to the servers in turn; one that refuses is passed over."""

    def __init__(self, servers):
        super().__init__(daemon=True)
        self.turn = itertools.count()
        self.servers = servers
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        for _ in self.servers:
            try:
                server = socket.create_connection(
                    ("127.0.0.1", self.servers[next(self.turn) % len(self.servers)].port))
            except OSError:
                continue
            back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
            back.start()
            self.copy(client, server)
            return back.join()
        client.close()

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Stream(threading.Thread):
    """Reads an answer beside the drill; `chunks` grows as they come."""

    def __init__(self, port, method, path, body=None):
        super().__init__(daemon=True)
        self.chunks, self.text, self.status, self.headers = [], "", None, {}
        self.begun = threading.Event()
        self.arguments = (port, method, path, body)
        self.broke = None
        self.start()

    def run(self):
        port, method, path, body = self.arguments
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request(method, path, body and json.dumps(body),
                               {"Content-Type": "application/json", "Connection": "close"})
            response = connection.getresponse()
            self.status, self.headers = response.status, response.headers
            while line := response.readline():
                self.text += line.decode()
                if line.startswith(b"data: {"):
                    self.chunks.append(json.loads(line[6:]))
                    if self.deltas:
                        self.begun.set()
        except (OSError, http.client.HTTPException) as error:
            self.broke = error
        finally:
            connection.close()
            self.begun.set()

    @property
    def types(self):
        return [chunk["type"] for chunk in self.chunks]

    @property
    def deltas(self):
        return "".join(chunk["delta"] for chunk in self.chunks if chunk["type"] == "text-delta")

    def ended(self, seconds=60):
        self.join(seconds)
        return not self.is_alive()

    def checked(self, name):
        done = subprocess.run([sys.executable, CHECKER, "--client", "5.0.92"], input=self.text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(f"{name}: the stream is one that the oldest client takes", done.returncode == 0, done.stdout + self.text)


def user(text, identifier=None):
    return {"id": identifier or uuid.uuid4().hex, "role": "user", "parts": [{"type": "text", "text": text}]}


class Drill:
    def __init__(self, options, folder, model):
        self.options, self.folder, self.model = options, folder, model
        self.servers = [self.start("one"), self.start("two")]
        self.proxy = Proxy(self.servers)

    def start(self, name):
        return Server(self.options.binary, self.options.store, self.model, self.folder, name)

    def post(self, thread, message, port=None, **more):
        body = {"id": thread, "message": message, "trigger": "submit-message"} | more
        return Stream(port or self.proxy.port, "POST", "/api/ai-sdk/chat", body)

    def follow(self, what, port=None):
        return Stream(port or self.proxy.port, "GET", f"/api/ai-sdk/chat/{what}/stream")

    def request(self, method, path, port=None):
        stream = Stream(port or self.proxy.port, method, path)
        stream.ended()
        return stream.status, stream.text

    def texts(self, thread, port=None):
        status, body = self.request("GET", f"/api/threads/{thread}/messages", port)
        if status != 200:
            return [(status, body[:200])]
        return [(message["role"], "".join(part.get("text", "") for part in message["parts"]))
                for message in json.loads(body)["messages"]]

    # MARK: parts

    def turns(self):
        thread = f"turns-{uuid.uuid4()}"
        for number in (1, 2):
            answer = self.post(thread, user(f"{number} words 3 100"))
            check(f"turn {number} is answered", answer.ended() and answer.deltas == "w0 w1 w2 ", answer.text)
            answer.checked(f"turn {number}")
        _, body = self.request("GET", f"/api/threads/{thread}/messages")
        history = json.loads(body)["messages"] + [user("3 search words 4 100")]
        answer = Stream(self.proxy.port, "POST", "/api/ai-sdk/chat", {
            "id": thread, "messages": history, "trigger": "submit-message"})
        check("the third, with the whole history and a tool, too",
              answer.ended() and answer.deltas == "w0 w1 w2 w3 " and "tool-output-available" in answer.types, answer.text)
        answer.checked("turn 3")
        again = Stream(self.proxy.port, "POST", "/api/ai-sdk/chat", {
            "id": thread, "messages": history, "trigger": "regenerate-message"})
        check("the last answer is given anew", again.ended() and again.deltas == "w0 w1 w2 w3 ", again.text)
        for server in self.servers:
            texts = self.texts(thread, server.port)
            check(f"server {server.name} shows three questions and three answers",
                  [role for role, _ in texts] == ["user", "assistant"] * 3, texts)

    def resume_and_stop(self):
        thread = f"stop-{uuid.uuid4()}"
        asked = self.post(thread, user("words 600 20"))
        asked.begun.wait(30)
        followers = [self.follow(thread) for _ in range(4)]
        for follower in followers:
            follower.begun.wait(30)
        check("followers of both servers see it", all(follower.deltas for follower in followers),
              [follower.text[:200] for follower in followers])
        cut, begun = self.options.model_server.cut, time.monotonic()
        for _ in range(2):
            self.request("POST", f"/api/ai-sdk/chat/{thread}/stop")
        check("a stop ends all of them", all(one.ended(20) and one.types[-1] == "abort" for one in [asked, *followers]),
              [one.text[-300:] for one in [asked, *followers]])
        while self.options.model_server.cut == cut and time.monotonic() < begun + 10:
            time.sleep(0.02)
        waited = time.monotonic() - begun
        check(f"the model's request is closed ({waited:.2f} s after the stop)", self.options.model_server.cut > cut)
        check("nothing is left to resume", self.request("GET", f"/api/ai-sdk/chat/{thread}/stream")[0] == 204)
        for one in (asked, *followers[:2]):
            one.checked("a stopped run")

    def kill(self):
        """The server that runs is killed; the other one and whoever follows there go on."""
        thread = f"kill-{uuid.uuid4()}"
        victim, other = self.servers
        asked = self.post(thread, user("words 40 10"), victim.port)
        asked.begun.wait(30)
        follower = self.follow(thread, other.port)
        follower.begun.wait(30)
        begun = time.monotonic()
        victim.signal(signal.SIGKILL)
        victim.process.wait()
        ended = follower.ended(60)
        waited = time.monotonic() - begun
        honest = ended and (follower.types[-1] in ("error", "finish"))
        check(f"a follower at the other server gets an honest end ({follower.types[-1:]} after {waited:.1f} s)", honest,
              follower.text[-400:])
        follower.checked("a run whose server was killed")
        anew = self.follow(thread)
        check("a new GET shows the run to its end", anew.ended(60) and anew.types[-1:] == ["finish"]
              and anew.deltas.endswith("w39 "), (anew.status, anew.text[-400:]))
        anew.checked("the run at the other server")
        texts = self.texts(thread)
        check("the thread has the question and one answer", [role for role, _ in texts] == ["user", "assistant"]
              and texts[1][1].endswith("w39 "), texts)
        self.servers[0] = self.start("three")

    def freeze(self):
        """The server that runs stands still past its lease while a tool runs, and comes back."""
        thread = f"freeze-{uuid.uuid4()}"
        frozen, other = self.servers
        asked = self.post(thread, user("search words 5 50"), frozen.port)
        while not asked.headers and asked.is_alive():
            time.sleep(0.001)
        run = asked.headers["x-workflow-run-id"]
        reached = frozen.wait_for("tool-running", run)
        frozen.signal(signal.SIGSTOP)
        check("the server stands still while the tool runs", reached, frozen.running[-5:])
        deadline = time.monotonic() + 60
        while True:
            texts = self.texts(thread, other.port)
            if len(texts) == 2 and texts[1][1].endswith("w4 ") or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        check("the other server finishes the run", len(texts) == 2 and texts[1][1].endswith("w4 "), texts)
        before = self.rows(thread)
        frozen.signal(signal.SIGCONT)
        # It is alive again when it answers, and has noticed what it lost when a lease's third has passed.
        status, _ = self.request("GET", "/health/live", frozen.port)
        asked.ended(30)
        time.sleep(LEASE)
        check("nothing that it does afterwards is committed", status == 200 and self.rows(thread) == before,
              (status, before, self.rows(thread)))
        check("its client is told honestly", asked.types[-1:] != ["finish"] or asked.deltas.endswith("w4 "),
              asked.text[-400:])
        for server in self.servers:
            texts = self.texts(thread, server.port)
            check(f"server {server.name} shows one answer", len(texts) == 2, texts)

    def rows(self, thread):
        """All that is stored of a thread, as a digest a table."""
        tables = ["checkpoints", "checkpoint_blobs", "checkpoint_writes", "turnledger_threads", "turnledger_runs",
                  "turnledger_run_events"]
        query = " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} AS t "
            f"WHERE thread_id = '{thread}'" for table in tables)
        done = subprocess.run(["psql", "-XAtq", self.options.store, "-c", query], stdout=subprocess.PIPE, text=True,
                              check=True)
        return done.stdout

    def crowd(self):
        """Many more clients than descriptors, all at once."""
        server = Server(self.options.binary, self.options.store, self.model, self.folder, "crowded", descriptors=256)
        try:
            asked = [self.post(f"crowd-{uuid.uuid4()}", user("words 20 10"), server.port) for _ in range(400)]
            ended = [one.ended(90) for one in asked]
            served = sum(one.status == 200 and one.types[-1:] in (["finish"], ["error"]) for one in asked)
            refused = sum(one.status == 503 and "Try again" in one.text for one in asked)
            check(f"of 400 clients at once {served} are answered and {refused} told to try again",
                  all(ended) and served + refused == 400 and served >= 40,
                  [(one.status, one.broke, one.text[-200:]) for one in asked if one.status not in (200, 503)][:5])
            later = self.post(f"crowd-{uuid.uuid4()}", user("words 3 100"), server.port)
            check("the server lives, and answers when they have gone",
                  later.ended(30) and later.types[-1:] == ["finish"] and server.process.poll() is None,
                  (server.process.poll(), later.status, later.text[-300:]))
        finally:
            server.end()

    def silence(self):
        answer = self.post(f"silent-{uuid.uuid4()}", user(f"silent {self.options.silence} words 3 100"))
        check("a stream outlives silence", answer.ended(self.options.silence + 30) and answer.deltas == "w0 w1 w2 ",
              answer.text[-300:])
        comments = answer.text.count(": keep-alive")
        check(f"which {comments} comments have broken", comments >= self.options.silence // 2, answer.text)
        answer.checked("a silent stream")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/debug/turnledger")
    parser.add_argument("--store", default=os.environ.get("TURNLEDGER_TEST_POSTGRES"))
    parser.add_argument("--rounds", type=int, default=1, help="of kills and of standing still")
    parser.add_argument("--silence", type=int, default=4, help="seconds for which a model says nothing")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    options.model_server = scripted_model()
    with tempfile.TemporaryDirectory(prefix="turnledger-chat-drill-") as folder:
        drill = Drill(options, folder, options.model_server.url)
        try:
            drill.turns()
            drill.resume_and_stop()
            drill.silence()
            drill.crowd()
            for _ in range(options.rounds):
                drill.kill()
                drill.freeze()
        finally:
            for server in drill.servers:
                server.end()
    print(f"{len(failures)} failures", flush=True)
    sys.exit(bool(failures))


main()
