# Turnledger. SPDX-License-Identifier: Apache-2.0
"""What the drills share: checks that are counted, a PostgreSQL of a drill's own, served processes and those who talk to them."""
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
failures = []


def check(name, good, said=""):
    print(("ok      " if good else "FAILED  ") + name + ("" if good else f": {str(said)[:800]}"), flush=True)
    if not good:
        failures.append(name)


def port_of(lines):
    """The port that a server says it listens on; what it logged last, where it ends before."""
    tail = []
    for line in lines:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
        tail = [*tail[-9:], line]
    raise SystemExit("the server does not start:\n" + "".join(tail))


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def within(seconds, is_so):
    """Waits until something is so, and says whether it is. Counts looks, not time: a machine that stands still, with all that
    is waited for, uses none of it up."""
    for _ in range(int(seconds * 20)):
        if is_so():
            return True
        time.sleep(0.05)
    return False


class Database:
    """A PostgreSQL of the drill's own, with what is committed on disk."""

    def __init__(self, folder, url=None):
        """`url` is that of one that runs already."""
        self.folder = folder
        self.url = url or re.search(r"TURNLEDGER_TEST_POSTGRES=(\S+)", self.script("start"))[1]

    @property
    def port(self):
        return int(re.search(r"@127\.0\.0\.1:(\d+)", self.url)[1])

    def url_at(self, *ports):
        """Its URL with other servers in it."""
        return re.sub(r"@127\.0\.0\.1:\d+", "@" + ",".join(f"127.0.0.1:{port}" for port in ports), self.url)

    def standby(self):
        """A stand-by of it, for which every commit waits from then on."""
        port = int(self.script("standby"))
        return Database(self.folder + "-standby", self.url_at(port))

    def script(self, command):
        return subprocess.run([ROOT / "scripts/postgres.sh", command, self.folder], check=True, stdout=subprocess.PIPE,
                              text=True, env={**os.environ, "FSYNC": "on"}).stdout

    def sql(self, text):
        done = subprocess.run(["psql", self.url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=text,
                              text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[:1000])
        return done.stdout.strip()

    def processes(self):
        """The postmaster and its children."""
        with open(os.path.join(self.folder, "data/postmaster.pid")) as file:
            postmaster = int(file.readline())
        children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
        return [postmaster, *map(int, children)]


class Server:
    """A served process with a folder, and so a spool, of its own."""

    def __init__(self, binary, url, folder, *arguments, environment=None, prefix=(), **settings):
        """`settings` are configuration, `environment` is any variable; `prefix` is a command that runs the binary."""
        self.arguments = [*prefix, binary, "serve", "--port", "0", "--store", url, *arguments]
        self.folder, self.settings, self.environment = folder, settings, environment or {}
        os.makedirs(folder, exist_ok=True)
        self.log = []
        self.start()

    def start(self):
        environment = os.environ | {"TURNLEDGER_LOG_LEVEL": "notice"} | self.environment | {
            f"TURNLEDGER_{name}": value for name, value in self.settings.items()}
        self.process = subprocess.Popen(self.arguments, cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.port = port_of(self.noted())
        threading.Thread(target=lambda: [None for _ in self.noted()], daemon=True).start()

    def noted(self):
        for line in self.process.stdout:
            self.log.append(line)
            yield line

    def lines(self, text):
        return [line for line in self.log if text in line]

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)

    def ask(self, method, path, body=None, begun=None):
        """`begun` is told of the status as soon as it is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            if begun:
                begun(answer.status)
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def say(self, thread, message, text="My name is Frank.", begun=None):
        return self.ask("POST", "/api/ai-sdk/chat", {"id": thread, "messages": [
            {"id": message, "role": "user", "parts": [{"type": "text", "text": text}]}]}, begun)

    def health(self, path="/health"):
        status, headers, text = self.ask("GET", path)
        return status, headers, json.loads(text)

    def state(self):
        return self.health()[2].get("state")

    def until(self, state, seconds=30):
        begun = time.monotonic()
        if within(seconds, lambda: self.state() == state):
            return time.monotonic() - begun
        raise SystemExit(f"the server does not become {state}: {self.health()}\n" + "".join(self.log[-20:]))

    def messages(self, thread):
        """The conversation as (id, role) of each message."""
        status, _, text = self.ask("GET", f"/api/threads/{thread}/messages")
        if status != 200:
            return f"{status} {text[:200]}"
        return [(message["id"], message["role"]) for message in json.loads(text)["messages"]]


class Talker:
    """One who talks to a server, a turn at a time, in threads in turn; remembers what was acknowledged: that the first byte
    of a 200 was seen."""

    def __init__(self, name, server, threads, pause, text="My name is Frank.", is_paced=False):
        """`is_paced`: the pause lies between the beginnings of turns, not between a turn and the next."""
        self.name, self.server, self.names, self.pause, self.text = name, server, threads, pause, text
        self.is_paced = is_paced
        # When each turn began and ended, on the monotonic clock.
        self.said, self.errors, self.turns, self.stopped = {}, [], [], threading.Event()
        self.thread = threading.Thread(target=self.talk, daemon=True)
        self.thread.start()

    def talk(self):
        turn = 0
        while not self.stopped.is_set():
            turn += 1
            thread, message = self.names[turn % len(self.names)], f"{self.name}-{turn}"
            begun = time.monotonic()

            def acknowledged(status):
                if status == 200:
                    self.said.setdefault(thread, []).append(message)

            try:
                status, _, text = self.server.say(thread, message, self.text, acknowledged)
                if status != 200 or "[DONE]" not in text or '"error"' in text:
                    self.errors.append(f"{message}: {status} {text[-300:]}")
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(f"{message}: {error!r}")
            ended = time.monotonic()
            self.turns.append((begun, ended))
            self.stopped.wait(max(0, self.pause - (ended - begun)) if self.is_paced else self.pause)

    @property
    def latencies(self):
        return [ended - begun for begun, ended in self.turns]

    @staticmethod
    def stop(talkers, seconds=60):
        for talker in talkers:
            talker.stopped.set()
        for talker in talkers:
            talker.thread.join(seconds)
            if talker.thread.is_alive():
                talker.errors.append(f"a turn of {talker.name} does not end")

    @staticmethod
    def all_said(talkers):
        """What each of them said, by thread."""
        said = {}
        for talker in talkers:
            for thread, own in talker.said.items():
                said.setdefault(thread, []).append(own)
        return said


def wrongs(server, said):
    """What is not as it should be: every acknowledged message once, each talker's in order, each followed by an answer."""
    wrong = []
    for thread, talkers in said.items():
        messages = server.messages(thread)
        if isinstance(messages, str):
            wrong.append(f"{thread}: {messages}")
            continue
        ids = [identifier for identifier, _ in messages]
        asked = [identifier for identifier, role in messages if role == "user"]
        answered = {messages[place][0] for place in range(len(messages) - 1)
                    if messages[place][1] == "user" and messages[place + 1][1] == "assistant"}
        if len(set(ids)) != len(ids):
            wrong.append(f"{thread}: doubled {sorted({one for one in ids if ids.count(one) > 1})[:3]}")
        if any(one[1] == other[1] == "assistant" for one, other in zip(messages, messages[1:])):
            wrong.append(f"{thread}: answered twice")
        for own in talkers:
            mine = set(own)
            if missing := mine - set(asked):
                wrong.append(f"{thread}: {len(missing)} of {len(own)} missing: {sorted(missing)[:3]}")
            elif [one for one in asked if one in mine] != own:
                wrong.append(f"{thread}: out of order: {[one for one in asked if one in mine]}")
            if unanswered := (mine & set(asked)) - answered:
                wrong.append(f"{thread}: without an answer {sorted(unanswered)[:3]}")
    return wrong


def complete(what, server, said):
    wrong = wrongs(server, said)
    check(f"{what}: every acknowledged turn is there once, in order, with its answer", not wrong, wrong[:4])


class Model(http.server.BaseHTTPRequestHandler):
    """"words N RATE" is N words at a rate a second, "search" a call of a tool and then words, "silent N" says nothing for
    N seconds first."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(404)
        self.end_headers()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        messages = body["messages"]
        said = [message["content"] for message in messages if message["role"] == "user"]
        text = said[-1] if said and isinstance(said[-1], str) else json.dumps(said[-1:])
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            if found := re.search(r"silent (\d+)", text):
                time.sleep(int(found[1]))
            if "search" in text and messages[-1]["role"] == "user":
                call = {"name": "search_regulations", "arguments": '{"query":"door"}'}
                self.delta({"tool_calls": [{"index": 0, "id": "call_" + uuid.uuid4().hex[:8], "type": "function",
                                            "function": call}]})
                return self.end("tool_calls")
            count, rate = re.search(r"words (\d+) (\d+)", text + " words 3 100").groups()
            for number in range(int(count)):
                self.delta({"content": f"w{number} "})
                time.sleep(1 / int(rate))
            self.end("stop")
        except OSError:
            # Whoever asked is gone.
            self.server.cut += 1

    def delta(self, delta, reason=None):
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
                 "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def end(self, reason):
        self.delta({}, reason)
        self.wfile.write(b"data: [DONE]\n\n")


def scripted_model():
    """A model of the drill's own; `cut` is how many of those who asked it went away, `url` what to give a server."""
    http.server.ThreadingHTTPServer.daemon_threads = True
    model = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    model.cut, model.url = 0, f"http://127.0.0.1:{model.server_address[1]}/v1"
    threading.Thread(target=model.serve_forever, daemon=True).start()
    return model
